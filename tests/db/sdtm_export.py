"""A small SDTM export, made by hand, that tests bend in one way each; and the pilot export where it is at hand."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.audit import Actor

SHARED = Path(__file__).parents[3] / "shared" / "data"
XPT_COPY = SHARED / "sdtm_xpt_tdf"
CSV_COPY = SHARED / "sdtm_csv_pharmaversesdtm"
needs_pilot = pytest.mark.skipif(not SHARED.is_dir(), reason="the pilot export is not beside this repository (../shared/data)")

MANAGER = Actor("A. Manager", "data manager", datetime(2026, 3, 1, 12, tzinfo=UTC))

Rows = list[dict[str, str]]


def small_export() -> dict[str, Rows]:
    """Four subjects: two treated in arm A (one of them planned for B), one in B who died, one screen failure."""

    def dm(code: str, arm: str, actual: str, start: str, **more: str) -> dict[str, str]:
        return {
            "STUDYID": "S1", "DOMAIN": "DM", "USUBJID": code, "SITEID": "01", "COUNTRY": "CHN", "AGE": "34", "AGEU": "YEARS", "SEX": "F",
            "ARM": arm, "ARMCD": arm[-1:], "ACTARM": actual, "ACTARMCD": actual[-1:], "ARMNRS": "", "RFSTDTC": start, "RFXSTDTC": start,
            "RFXENDTC": "", "RFICDTC": "2025-01-02", "DMDTC": "2025-01-03", "DTHDTC": "", "DTHFL": "", **more,
        }  # fmt: skip

    def ex(code: str, number: int, dose: str, start: str, end: str) -> dict[str, str]:
        return {
            "STUDYID": "S1", "DOMAIN": "EX", "USUBJID": code, "EXSEQ": str(number), "EXTRT": "CELLS", "EXDOSE": dose, "EXDOSU": "10^6",
            "EXROUTE": "INTRATHECAL", "EXSTDTC": start, "EXENDTC": end,
        }  # fmt: skip

    def ae(code: str, number: int, term: str, start: str, **more: str) -> dict[str, str]:
        return {
            "STUDYID": "S1", "DOMAIN": "AE", "USUBJID": code, "AESEQ": str(number), "AETERM": term.lower(), "AEDECOD": term,
            "AEBODSYS": "NERVOUS SYSTEM DISORDERS", "AESEV": "MILD", "AESER": "N", "AEREL": "NONE", "AEOUT": "RECOVERED/RESOLVED",
            "AEACN": "DOSE NOT CHANGED", "AESDTH": "N", "AESHOSP": "N", "AEDTC": "", "AESTDTC": start, "AEENDTC": "", "AESTDY": "", **more,
        }  # fmt: skip

    def ds(code: str, number: int, reason: str, day: str, category: str = "DISPOSITION EVENT") -> dict[str, str]:
        return {
            "STUDYID": "S1", "DOMAIN": "DS", "USUBJID": code, "DSSEQ": str(number), "DSTERM": reason.lower(), "DSDECOD": reason,
            "DSCAT": category, "DSSTDTC": day, "DSDTC": "",
        }  # fmt: skip

    return {
        "dm": [
            dm("0012", "Arm A", "Arm A", "2025-02-01"),
            dm("0013", "Arm B", "Arm A", "2025-02-10"),
            dm("0014", "Arm B", "Arm B", "2025-02-20", DTHFL="Y", DTHDTC="2025-03-20"),
            dm("0015", "Screen Failure", "Screen Failure", "", ARMCD="Scrnfail", ACTARMCD="Scrnfail"),
        ],
        "ex": [
            ex("0012", 1, "0", "2025-02-01", "2025-02-14"),
            ex("0012", 2, "0", "2025-02-15", "2025-02-28"),
            ex("0013", 1, "5", "2025-02-10T09:30", "2025-02-10T10:00"),
            ex("0014", 1, "20", "2025-02-20", ""),
        ],
        "ae": [
            ae("0012", 1, "HEADACHE", "2025-01-20", AEENDTC="2025-01-25"),
            ae("0012", 2, "HEADACHE", "2025-02", AEDTC="2025-02-03", AEREL="POSSIBLE"),
            ae("0013", 1, "NAUSEA", "2025-02-11T08:15", AEENDTC="2025-03-02", AEREL="REMOTE", AESEV="SEVERE"),
            ae("0014", 1, "SEPSIS", "2025-03-10", AEENDTC="2025-03-20", AEOUT="FATAL", AESDTH="Y", AEREL="RELATED", AESEV="SEVERE"),
            ae("0014", 2, "PAIN", "", AEDTC="2025-03-01", AEOUT="NOT RECOVERED/NOT RESOLVED"),
        ],
        "ds": [
            ds("0012", 1, "RANDOMIZED", "2025-01-30", "PROTOCOL MILESTONE"),
            ds("0012", 2, "COMPLETED", "2025-04-01"),
            ds("0013", 1, "ADVERSE EVENT", "2025-03-05"),
            ds("0014", 1, "DEATH", "2025-03-20"),
            ds("0015", 1, "SCREEN FAILURE", "2025-01-15"),
        ],
        "suppae": [
            {
                "STUDYID": "S1",
                "RDOMAIN": "AE",
                "USUBJID": "0012",
                "IDVAR": "AESEQ",
                "IDVARVAL": "2",
                "QNAM": "AETRTEM",
                "QLABEL": "",
                "QVAL": "Y",
            }
        ],
        "lb": [
            {
                "STUDYID": "S1",
                "DOMAIN": "LB",
                "USUBJID": "0012",
                "LBSEQ": "1",
                "LBTESTCD": "NA",
                "LBTEST": "Sodium",
                "LBORRES": "140",
                "LBORRESU": "mmol/L",
                "LBSTRESC": "140",
                "LBSTRESN": "140",
                "LBSTRESU": "mmol/L",
                "LBSTNRLO": "135",
                "LBSTNRHI": "145",
                "LBNRIND": "NORMAL",
                "LBBLFL": "Y",
                "VISIT": "SCREENING",
                "LBDTC": "2025-01-04T07:50",
            }
        ],
    }


def to_csv(rows: Rows, *, delimiter: str = ",", newline: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    """The rows as delimited text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator=newline, quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_export(folder: Path, tables: dict[str, Rows] | None = None) -> Path:
    """Write the small export (or ``tables``) as CSV files into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (tables or small_export()).items():
        (folder / f"{name}.csv").write_text(to_csv(rows), "utf-8", newline="")
    return folder


def zip_folder(folder: Path, target: Path, *, reverse: bool = False) -> Path:
    """Pack the files of ``folder`` into a zip."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir(), reverse=reverse):
            archive.write(file, f"export/{file.name}")
    return target
