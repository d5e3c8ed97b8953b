"""What must hold across the datasets of one export before anything of it is recorded."""

from collections.abc import Iterable, Mapping, Sequence

from db.importers.domains import DOMAINS
from db.importers.findings import Findings
from db.importers.raw import RawTable
from db.importers.records import Record


def check_export(records: Mapping[str, Sequence[Record]], tables: Iterable[RawTable], findings: Findings) -> None:
    """Note as faults: no demographics, several studies, blank or duplicate keys, and rows of subjects that are not in DM."""
    _check_studies(tables, findings)
    if "DM" not in records:
        findings.fault("import", "has no DM dataset (demographics), so it has no subjects", "Add the DM dataset of the same export.")
    elif not records["DM"]:
        findings.fault("import", "has a DM dataset without rows, so it has no subjects", "Export DM with its subjects.")
    subjects = {record.values["USUBJID"] for record in records.get("DM", ())}
    for code, rows in records.items():
        _check_keys(code, rows, findings)
        if code != "TA" and subjects:
            _check_subjects(rows, subjects, findings)


def _check_studies(tables: Iterable[RawTable], findings: Findings) -> None:
    """One import is one study."""
    files: dict[str, str] = {}
    for table in tables:
        for study in table.values("STUDYID"):
            if study:
                files.setdefault(study, table.file)
    if len(files) > 1:
        found = ", ".join(f"{study} in {file}" for study, file in sorted(files.items())[:5])
        findings.fault("import", f"holds {len(files)} studies ({found})", "Import each study by itself.", column="STUDYID")


def _check_keys(code: str, rows: Sequence[Record], findings: Findings) -> None:
    """Key columns are filled, and no two rows have the same key."""
    domain = DOMAINS[code]
    first: dict[tuple[object, ...], Record] = {}
    there = {name for name in domain.filled if any(record.values[name] is not None for record in rows)}  # absent ones were noted before
    for record in rows:
        blank = [name for name in domain.filled if record.values[name] is None]
        if blank:
            for name in there.intersection(blank):
                findings.fault(record.file, "is blank", "Fill it in the source and export again.", row=record.row, column=name)
            continue
        other = first.setdefault(tuple(record.values[name] for name in domain.key), record)
        if other is not record:
            what = f"has the key {' + '.join(domain.key)} of row {other.row} in {other.file}"
            findings.fault(record.file, what, "Export each row once, with its own key.", row=record.row, column=domain.key[-1])


def _check_subjects(rows: Sequence[Record], subjects: set[object], findings: Findings) -> None:
    """Every row belongs to a subject of DM."""
    for record in rows:
        subject = record.values["USUBJID"]
        if subject is not None and subject not in subjects:
            cure = "Export DM and the other datasets together."
            findings.fault(record.file, f"names subject {str(subject)[:40]}, who is not in DM", cure, row=record.row, column="USUBJID")
