"""Heads of the audit chain kept outside the database, since a chain cannot show by itself that its end was cut off.

After each committed transaction the new head is appended to a file: beside an SQLite database as ``<name>.heads``, or where
FIRSTWATCH_HEADS says (PostgreSQL needs that). One line a head: instant of its entry, number, hash, database; a line that ends in
``begins`` starts a record anew (a backup brought back, a copy), and what stands before it counts no longer.
"""

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, text

from trial.sentence import Sentence

HEADS_VARIABLE = "FIRSTWATCH_HEADS"
"""Environment variable: the file that heads are appended to."""

LOGGER = logging.getLogger("firstwatch")
TAIL_BYTES = 4096
BEGINS = "begins"
LINE = re.compile(r"(\S+) ([1-9][0-9]*|0) ([0-9a-f]{64}) (\S+)( begins)?")
_refused: dict[Path, str] = {}
"""Files that could not be written when this process last tried, and why."""


@dataclass(frozen=True)
class NotedHead:
    """A head as it was noted: instant of its entry (UTC, ISO 8601), number, hash, database, and whether a record begins with it."""

    at: str
    sequence: int
    hash: str
    database: str
    begins: bool = False

    @property
    def line(self) -> str:
        """The head as it stands in the file."""
        return f"{self.at} {self.sequence} {self.hash} {self.database}{' ' + BEGINS if self.begins else ''}\n"


@dataclass(frozen=True)
class NotedHeads:
    """What a file says: where it is, the heads of the record that is there now, and how many lines cannot be read (torn ones)."""

    file: Path | None
    heads: tuple[NotedHead, ...] = ()
    unreadable: int = 0


def heads_file(url: URL, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file that the heads of the database at ``url`` are noted in; None where there is none (in memory, PostgreSQL unset)."""
    if _in_memory(url):
        return None
    if said := environment.get(HEADS_VARIABLE):
        return Path(said)
    return Path(f"{url.database}.heads") if url.get_backend_name() == "sqlite" else None


def newest_head(connection: Connection) -> NotedHead | None:
    """Return the head of the chain as a transaction sees it; None when heads are noted nowhere, or there is none yet."""
    if heads_file(connection.engine.url) is None:
        return None
    row = connection.execute(text("SELECT sequence, hash, at FROM audit_entry ORDER BY sequence DESC LIMIT 1")).first()
    if row is None:
        return None
    return NotedHead(_write_instant(row.at), row.sequence, row.hash, name_database(connection.engine.url))


def note_head(url: URL, head: NotedHead) -> None:
    """Append a head to the file of the database; where that cannot be done, log it and remember it for `complaint_of_heads`.

    It never raises for a full or read-only disk: the work that it notes is committed already.
    """
    file = heads_file(url)
    if file is None:
        return
    try:
        if head.begins or _read_last(file) != head:
            _append(file, head.line)
    except OSError as error:
        _refused[file] = error.strerror or type(error).__name__
        LOGGER.error("the head of the audit chain could not be noted in %s: %s", file, _refused[file])
    else:
        _refused.pop(file, None)


def begin_heads(url: URL, sequence: int, digest: str, at: datetime) -> None:
    """Note the head that a new database starts with: one brought back, a copy. ``at`` is the instant of that (aware).

    Heads noted before stay in the file, but are those of an earlier record.
    """
    note_head(url, NotedHead(_write_instant(at), sequence, digest, name_database(url), begins=True))


def read_heads(file: Path | None, database: str | None = None) -> NotedHeads:
    """Return the heads noted in ``file``, of ``database`` only where one is named; none when there is no file. Raises OSError."""
    if file is None or not file.exists():
        return NotedHeads(file)
    heads: list[NotedHead] = []
    unreadable = 0
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            head = _parse(line)
            if head is None:
                unreadable += bool(line.strip())
            elif database in (None, head.database):
                if head.begins:
                    heads.clear()
                heads.append(head)
    return NotedHeads(file, tuple(heads), unreadable)


def heads_of(url: URL) -> NotedHeads:
    """Return the heads noted of the database at ``url`` where this program notes them. Raises OSError."""
    return read_heads(heads_file(url), _own_name(url))


def complaint_of_heads(url: URL, sequence: int) -> Sentence | None:
    """Return what is wrong with noting the heads of a database whose head has number ``sequence``; None when all is well."""
    file = heads_file(url)
    if file is None:
        return Sentence("No heads are noted outside this database: a cut end would not be seen. Set {variable}.", variable=HEADS_VARIABLE)
    if file in _refused:
        return Sentence("The file of heads cannot be written ({why}): a cut end would not be seen.", why=_refused[file])
    try:
        last = _read_last(file, _own_name(url))
    except OSError as error:
        return Sentence("The file of heads cannot be read ({why}).", why=error.strerror or type(error).__name__)
    noted = last.sequence if last else 0
    if noted < sequence:
        return Sentence("The newest head noted outside is number {noted}, the record is at {head}.", noted=noted, head=sequence)
    return None


def name_database(url: URL) -> str:
    """Return how lines name a database: an SQLite file by its whole path, another database by its name, without server or user."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite:{quote(str(Path(url.database or '').absolute()))}"
    return f"{url.get_backend_name()}:{quote(url.database or '')}"


def _own_name(url: URL) -> str | None:
    """The name that lines of a shared file must carry; None for a file beside its database, with which it may have moved."""
    return name_database(url) if os.environ.get(HEADS_VARIABLE) else None


def _in_memory(url: URL) -> bool:
    name = url.database or ""
    return url.get_backend_name() == "sqlite" and (name in ("", ":memory:") or name.startswith("file:"))


def _write_instant(at: datetime | str) -> str:
    """An instant as ISO 8601 in UTC; SQLite gives it as text in UTC."""
    instant = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parse(line: str) -> NotedHead | None:
    found = LINE.fullmatch(line.rstrip("\n")) if line.endswith("\n") else None
    return NotedHead(found[1], int(found[2]), found[3], found[4], bool(found[5])) if found else None


def _read_last(file: Path, database: str | None = None) -> NotedHead | None:
    """The last readable head of a file, of ``database`` where one is named; read from the end of the file alone."""
    if not file.exists():
        return None
    with file.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - TAIL_BYTES))
        lines = stream.read().decode("utf-8", "replace").splitlines(keepends=True)
    heads = filter(None, map(_parse, reversed(lines)))
    return next((head for head in heads if database in (None, head.database)), None)


def _append(file: Path, line: str) -> None:
    """Append a line and see it onto the disk; a torn line before it is ended first."""
    new = not file.exists()
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        data = (("\n" if torn else "") + line).encode()
        if os.write(descriptor, data) != len(data):
            raise OSError(28, "No space left on device")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new:
        _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    """See the name of a new file onto the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
