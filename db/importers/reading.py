"""From what a person names to checked, typed rows of one study: the whole of an SDTM export, or every reason why not."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from db.importers.checks import check_export, check_studies
from db.importers.delimited import read_delimited
from db.importers.domains import DOMAINS, recognise
from db.importers.entry_time import ENTRY_TIME, check_entry_name
from db.importers.findings import Findings
from db.importers.raw import RawTable
from db.importers.records import Record, convert, digest_of
from db.importers.sources import Limits, Source, Upload, collect_sources
from db.importers.xpt import is_xpt, read_xpt
from trial.errors import refuse

Progress = Callable[[int, int, str], None]
"""Told how much is done, of how much, and what is being done."""


@dataclass
class Export:
    """One SDTM export as read: rows by domain, names of the files that were used, and the digest of its content."""

    records: dict[str, list[Record]]
    files: list[str]
    findings: Findings
    digest: str = ""

    def of(self, domain: str) -> list[Record]:
        """Return the rows of a domain; none when the export does not have it."""
        return self.records.get(domain, [])


def ignore_progress(_done: int, _total: int, _label: str) -> None:
    """Tell nobody."""


def read_export(
    inputs: Sequence[Path | Upload],
    *,
    settings: str = "",
    entry_time: str | None = None,
    progress: Progress = ignore_progress,
    limits: Limits | None = None,
) -> Export:
    """Return the SDTM export in ``inputs``; raise FaultyInput with every fault of every file.

    ``settings`` is what else decides what will be recorded; it goes into the digest. ``entry_time`` is the column that says
    when a row was entered (`db.importers.entry_time`).
    """
    wanted = check_entry_name(entry_time)
    findings = Findings()
    sources = collect_sources(inputs, findings, limits)  # each name stands for one source
    return assemble_export(read_tables(sources, findings, progress), findings, settings=settings, entry_time=wanted)


def assemble_export(tables: list[RawTable], findings: Findings, *, settings: str = "", entry_time: str | None = None) -> Export:
    """Return the SDTM export that ``tables`` make; raise FaultyInput with their faults and those already in ``findings``."""
    if not tables:
        findings.stop_if_faulty()
        raise refuse("import", "holds no SDTM dataset", "Name XPT or CSV files of SDTM domains, their folder or a zip of them.")
    export = Export(defaultdict(list), [], findings)
    all_read = not findings.faulty
    check_studies(tables, findings)
    for code, table in _choose(tables, findings):
        export.records[code] += convert(table, DOMAINS[code], findings, entry_time)
        export.files.append(table.file)
        table.columns.clear()  # large, and no longer needed
    check_export(export.records, findings, all_read=all_read)
    if entry_time and not any(ENTRY_TIME in rows[0].places for rows in export.records.values() if rows):
        cure = "Name a column that the export has, or leave it out."
        findings.fault("import", "is in no dataset, but asked for as the entry time", cure, column=entry_time)
    findings.stop_if_faulty()
    export.digest = digest_of(export.records, settings)
    return export


def read_tables(sources: Sequence[Source], findings: Findings, progress: Progress = ignore_progress) -> list[RawTable]:
    """Return the tables in ``sources`` as text, in their order; what cannot be read is noted."""
    done = 0

    def advance(name: str) -> None:
        """Say that one more file is being read."""
        nonlocal done
        done += 1
        progress(done, len(sources), f"reading {name}")

    texts = {}
    for source in sources:
        if not is_xpt(source.content):
            texts[source.name] = _read_text(source, findings)
            advance(source.name)
    transports = read_xpt([source for source in sources if is_xpt(source.content)], findings, advance)
    read = texts | {table.file: table for table in transports}
    return [table for source in sources if (table := read.get(source.name)) is not None]


def _read_text(source: Source, findings: Findings) -> RawTable | None:
    """The table in a text file; a text that is none is left aside when it was only found beside the datasets."""
    suffix = Path(source.name).suffix.lower()
    if suffix == ".xpt":
        findings.fault(source.name, "is no SAS transport file", "Export it again as XPT v5, or as CSV.")
        return None
    if not source.named and suffix in (".txt", ""):
        aside = Findings()
        table = read_delimited(source, aside)
        if table is None or recognise(table.columns) is None:
            findings.leave(source.name, "is no SDTM dataset")
            return None
        return table
    return read_delimited(source, findings)


def _choose(tables: list[RawTable], findings: Findings) -> list[tuple[str, RawTable]]:
    """The tables that are used, with their domains; each of the others is noted with the reason."""
    coded = [(recognise(table.columns), table) for table in tables]
    codes = {code for code, _ in coded}
    chosen: list[tuple[str, RawTable]] = []
    seen: dict[str, str] = {}
    for code, table in coded:
        if code is None:
            _refuse_or_leave(table, findings)
        elif code not in DOMAINS:
            plain = len(code) <= 8 and code.isascii() and code.isalnum()  # else it may be anything that stood in that column
            findings.leave(table.file, f"is the dataset {code}, which is not read" if plain else "is a dataset that is not read")
        elif code == "EC" and "EX" in codes:
            findings.leave(table.file, "is the dataset EC, and EX is there")
        elif (twin := seen.setdefault(_content_of(code, table), table.file)) != table.file:
            findings.leave(table.file, f"has the same content as {twin}")
        else:
            chosen.append((code, table))
    return chosen


def _content_of(code: str, table: RawTable) -> str:
    """What a table holds, to find the same dataset given twice."""
    return repr((code, hash(tuple(tuple(table.values(name)) for name in DOMAINS[code].names)), len(table.numbers)))


def _refuse_or_leave(table: RawTable, findings: Findings) -> None:
    """A table that is no SDTM dataset: a fault when it was named or mixes domains, otherwise left aside."""
    codes = sorted({value.upper() for value in table.columns.get("DOMAIN", []) if value})
    if len(codes) > 1:
        named = ", ".join(code if len(code) == 2 else "?" for code in codes[:5])
        findings.fault(
            table.file,
            f"mixes the domains {named}",
            "Export one domain in each file.",
            column="DOMAIN",
        )
    elif table.named:
        findings.fault(
            table.file, "is no SDTM dataset: no DOMAIN column and no variables of a domain", "Name SDTM datasets, or their folder."
        )
    else:
        findings.leave(table.file, "is no SDTM dataset")
