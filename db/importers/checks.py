"""What must hold across the datasets of one export before anything of it is recorded."""

from collections.abc import Iterable, Mapping, Sequence

from db.importers.domains import DOMAINS
from db.importers.findings import Findings
from db.importers.raw import RawTable
from db.importers.records import Record


def check_export(records: Mapping[str, Sequence[Record]], findings: Findings, *, all_read: bool) -> None:
    """Note as faults: no demographics, blank or duplicate keys, and rows of subjects that are not in DM.

    Where not ``all_read``, the demographics may be in a file that could not be read, and are not missed.
    """
    if "DM" not in records and not all_read:
        return
    if "DM" not in records:
        findings.fault("import", "has no DM dataset (demographics), so it has no subjects", "Add the DM dataset of the same export.")
    elif not records["DM"]:
        findings.fault("import", "has a DM dataset without rows, so it has no subjects", "Export DM with its subjects.")
    subjects = {record.value("USUBJID") for record in records.get("DM", ())}
    for code, rows in records.items():
        _check_keys(code, rows, findings)
        if code != "TA" and subjects:
            _check_subjects(rows, subjects, findings)


def check_studies(tables: Iterable[RawTable], findings: Findings) -> None:
    """Note as a fault that an import holds more than one study."""
    files: dict[str, str] = {}
    for table in tables:
        for study in table.values("STUDYID"):
            if study:
                files.setdefault(study, table.file)
    if len(files) > 1:
        found = ", ".join(sorted(set(files.values()))[:5])
        findings.fault("import", f"holds {len(files)} studies (first met in {found})", "Import each study by itself.", column="STUDYID")


def _check_keys(code: str, rows: Sequence[Record], findings: Findings) -> None:
    """Key columns are filled, and no two rows have the same key."""
    domain = DOMAINS[code]
    first: dict[tuple[object, ...], Record] = {}
    for record in rows:
        blank = [name for name in domain.filled if record.value(name) is None]
        for name in blank:
            if (record.file, name) not in findings.absent:
                findings.fault(record.file, "is blank", "Fill it in the source and export again.", row=record.row, column=name)
        if blank:
            continue
        other = first.setdefault(tuple(record.value(name) for name in domain.key), record)
        if other is not record:
            what = f"has the key {' + '.join(domain.key)} of row {other.row} in {other.file}"
            findings.fault(record.file, what, "Export each row once, with its own key.", row=record.row, column=domain.key[-1])


def _check_subjects(rows: Sequence[Record], subjects: set[object], findings: Findings) -> None:
    """Every row belongs to a subject of DM."""
    for record in rows:
        subject = record.value("USUBJID")
        if subject is not None and subject not in subjects:
            cure = "Export DM and the other datasets together."
            findings.fault(record.file, "names a subject who is not in DM", cure, row=record.row, column="USUBJID")
