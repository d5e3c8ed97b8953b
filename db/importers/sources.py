"""From what a person names (folders, files, zips, uploads) to the bytes of single files, within limits.

Nothing is unpacked to disk and no name from inside an archive is used as a path. Each limit guards against one kind of
hostile or broken archive.
"""

import io
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

from db.importers.findings import Findings

DATA_SUFFIXES = (".xpt", ".csv", ".tsv", ".txt", ".zip", "")


class Upload(NamedTuple):
    """A file that arrived by upload: its name and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Source:
    """The bytes of one file; ``named`` when a person named it, so that it must be usable."""

    name: str
    content: bytes
    named: bool


@dataclass(frozen=True)
class Limits:
    """How much one import may hold: bytes once expanded, files, members of a zip, zips inside zips.

    A member may expand ``ratio`` times where it has more than ``ratio_from_bytes``, and its name has a longest length.
    """

    total_bytes: int = 1 << 30
    files: int = 5_000
    members: int = 10_000
    depth: int = 2
    ratio: int = 200
    ratio_from_bytes: int = 10 << 20
    name_characters: int = 300


PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How a member may be packed: the ways that can be unpacked piece by piece, so that a false size in a header gains nothing."""
ENCRYPTED = 0x1
_UNREADABLE = (zipfile.BadZipFile, ValueError, struct.error, OSError, NotImplementedError, OverflowError)
"""What `zipfile` raises for headers that cannot be."""


class _Collector:
    """Walks over inputs and keeps the sum of what it took."""

    def __init__(self, findings: Findings, limits: Limits) -> None:
        self.findings = findings
        self.limits = limits
        self.bytes = 0
        self.files = 0

    @property
    def full(self) -> bool:
        """Whether a limit was passed."""
        return self.bytes > self.limits.total_bytes or self.files > self.limits.files

    def take(self, name: str, size: int) -> bool:
        """Whether one more file of ``size`` bytes fits; otherwise the fault is noted, once."""
        if self.full:
            return False
        self.bytes += size
        self.files += 1
        if self.bytes > self.limits.total_bytes:
            self.findings.fault(
                name, f"makes the import larger than {self.limits.total_bytes >> 20:,} MB", "Import the datasets needed only."
            )
            return False
        if self.files > self.limits.files:
            self.findings.fault(name, f"is more than file number {self.limits.files:,}", "Import the datasets needed only.")
            return False
        return True

    def from_path(self, path: Path) -> Iterator[Source]:
        """The sources behind a path; a folder is searched with its subfolders."""
        if not path.exists():
            self.findings.fault(path.name, "does not exist", "Check the path.")
            return
        if not path.is_dir():
            yield from self.from_file(path, path.name, named=True)
            return
        for inner in sorted(path.rglob("*")):
            name = inner.relative_to(path)
            if inner.is_file() and not any(part.startswith((".", "__MACOSX")) for part in name.parts):
                yield from self.from_file(inner, name.as_posix(), named=False)

    def from_file(self, path: Path, name: str, *, named: bool) -> Iterator[Source]:
        """The sources in one file on disk."""
        if not named and path.suffix.lower() not in DATA_SUFFIXES:
            self.findings.leave(name, "is no XPT, CSV or zip file")
            return
        try:
            if self.take(name, path.stat().st_size):
                yield from self.from_bytes(name, path.read_bytes(), named=named, depth=1)
        except OSError as error:
            self.findings.fault(name, f"cannot be read ({error.strerror})", "Check the file and its permissions.")

    def from_bytes(self, name: str, content: bytes, *, named: bool, depth: int) -> Iterator[Source]:
        """The sources in the bytes of one file: itself, or the members of a zip."""
        if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            yield Source(name, content, named)
        elif depth > self.limits.depth:
            self.findings.fault(name, f"is a zip nested more than {self.limits.depth} deep", "Unpack it once and import the result.")
        else:
            yield from self.from_zip(name, content, named=named, depth=depth)

    def from_zip(self, name: str, content: bytes, *, named: bool, depth: int) -> Iterator[Source]:
        """The sources in a zip."""
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except _UNREADABLE:
            self.findings.fault(name, "is a damaged or truncated zip", "Pack or download it again.")
            return
        if len(archive.filelist) > self.limits.members:
            self.findings.fault(name, f"holds more than {self.limits.members:,} members", "Import the datasets needed only.")
            return
        if "[Content_Types].xml" in archive.namelist():
            self._refuse_or_leave(name, "is an office document", named=named)
            return
        for member in archive.infolist():
            if not member.is_dir() and self._member_wanted(name, member):
                yield from self.from_member(archive, member, f"{name}/{member.filename}", depth=depth)

    def from_member(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, *, depth: int) -> Iterator[Source]:
        """The sources in one member of a zip, read within what its own header declares."""
        if member.file_size > self.limits.ratio_from_bytes and member.file_size > self.limits.ratio * max(member.compress_size, 1):
            self.findings.fault(
                name, f"expands more than {self.limits.ratio} times, like a zip bomb", "Import the plain file if it is genuine."
            )
            return
        if not self.take(name, member.file_size):
            return
        if member.compress_type not in PACKINGS or member.flag_bits & ENCRYPTED:
            self.findings.fault(name, "is encrypted or packed in an unknown way", "Pack it again as a plain zip without password.")
            return
        try:
            content = _read_member(archive, member)
        except (*_UNREADABLE, zlib.error, EOFError, RuntimeError, NotImplementedError):
            self.findings.fault(name, "is damaged inside its zip", "Pack or download it again.")
        else:
            yield from self.from_bytes(name, content, named=False, depth=depth + 1)

    def _member_wanted(self, archive_name: str, member: zipfile.ZipInfo) -> bool:
        """Whether a member is of interest; a name that leads out of its archive is a fault."""
        name = member.filename
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or PureWindowsPath(name).drive:
            self.findings.fault(
                archive_name, "holds a member whose name leads outside the archive", "Do not use this file; ask its sender."
            )
            return False
        if len(name) > self.limits.name_characters:
            what = f"holds a member whose name has more than {self.limits.name_characters} characters"
            self.findings.fault(archive_name, what, "Do not use this file; ask its sender.")
            return False
        if any(part.startswith((".", "__MACOSX")) for part in path.parts):
            return False
        if path.suffix.lower() not in DATA_SUFFIXES:
            self.findings.leave(f"{archive_name}/{name}", "is no XPT, CSV or zip file")
            return False
        return True

    def _refuse_or_leave(self, name: str, what: str, *, named: bool) -> None:
        """A file of another kind: a fault when it was named, otherwise left aside."""
        if named:
            self.findings.fault(name, f"{what}, not an SDTM dataset", "Export the SDTM domains as XPT v5 or CSV.")
        else:
            self.findings.leave(name, what)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of a member, unpacked as far as its header says and no further; raises BadZipFile where they are others."""
    with archive.open(member) as packed:
        content = packed.read(member.file_size)
        if packed.read(1) or len(content) != member.file_size:
            raise zipfile.BadZipFile("another size than declared")
    return content


def collect_sources(inputs: Sequence[Path | Upload], findings: Findings, limits: Limits | None = None) -> list[Source]:
    """Return the files behind ``inputs``; every fault and every file left aside is noted in ``findings``.

    No two sources have the same name. Raises FaultyInput where there is more than the limits allow.
    """
    collector = _Collector(findings, limits or Limits())
    sources: list[Source] = []
    for given in inputs:
        if isinstance(given, Path):
            sources += collector.from_path(given)
        elif collector.take(given.name, len(given.content)):
            sources += collector.from_bytes(Path(given.name).name, given.content, named=True, depth=1)
    if collector.full:
        findings.stop_if_faulty()  # what is too much is not read at all
    return _name_apart(sources)


def _name_apart(sources: list[Source]) -> list[Source]:
    """The sources under names of their own: a name that comes again is numbered."""
    times: Counter[str] = Counter()
    apart = []
    for source in sources:
        times[source.name] += 1
        again = times[source.name] > 1
        apart.append(replace(source, name=f"{source.name} ({times[source.name]})") if again else source)
    return apart
