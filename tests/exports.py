"""SDTM-like exports of any size, written for tests of the import and for its benchmark; everything in them is made up."""

import csv
import random
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

FIRST = date(2025, 1, 6)
ARMS = (("LOW", "Low dose", 10), ("MID", "Middle dose", 30), ("HIGH", "High dose", 60))
TERMS = tuple(
    (f"{kind} {number}".upper(), body.upper())
    for body, kinds in (("Nervous system disorders", ("Headache", "Dizziness")), ("Skin disorders", ("Rash", "Pruritus")))
    for kind in kinds
    for number in range(1, 26)
)
"""A hundred terms in two classes."""
Row = Mapping[str, object]


def write_export(folder: Path, *, subjects: int, events: int, study: str = "MADE-UP", seed: int = 1) -> list[Path]:
    """Write DM, EX and AE as CSV, with ``events`` adverse events of each of ``subjects``, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = {"dm": _people, "ex": _doses, "ae": _events}
    return [_write(folder / f"{name}.csv", make(study, subjects, events, random.Random(seed))) for name, make in makers.items()]


def _write(path: Path, rows: Iterator[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        first = next(rows)
        writer = csv.DictWriter(file, list(first))
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)
    return path


def _start(number: int) -> date:
    """The day of the first dose: three subjects a day."""
    return FIRST + timedelta(days=number // 3)


def _code(study: str, number: int) -> str:
    return f"{study}-{number % 40 + 1:02}-{number + 1:05}"


def _people(study: str, subjects: int, _events: int, chance: random.Random) -> Iterator[Row]:
    for number in range(subjects):
        start, (code, arm, _) = _start(number), ARMS[number % len(ARMS)]
        yield {
            "STUDYID": study, "DOMAIN": "DM", "USUBJID": _code(study, number), "SUBJID": f"{number + 1:05}",
            "RFSTDTC": start, "RFENDTC": start + timedelta(days=90), "SITEID": f"{number % 40 + 1:02}",
            "AGE": chance.randint(18, 75), "AGEU": "YEARS", "SEX": chance.choice("FM"), "ARMCD": code, "ARM": arm,
            "ACTARMCD": code, "ACTARM": arm, "COUNTRY": "CHN", "DMDTC": start - timedelta(days=7),
        }  # fmt: skip


def _doses(study: str, subjects: int, _events: int, _chance: random.Random) -> Iterator[Row]:
    for number in range(subjects):
        start, (_, arm, dose) = _start(number), ARMS[number % len(ARMS)]
        yield {
            "STUDYID": study, "DOMAIN": "EX", "USUBJID": _code(study, number), "EXSEQ": 1, "EXTRT": arm.upper(), "EXDOSE": dose,
            "EXDOSU": "mg", "EXROUTE": "ORAL", "EXSTDTC": start, "EXENDTC": start + timedelta(days=84),
        }  # fmt: skip


def _events(study: str, subjects: int, events: int, chance: random.Random) -> Iterator[Row]:
    for number in range(subjects):
        for sequence in range(1, events + 1):
            term, body = chance.choice(TERMS)
            onset = _start(number) + timedelta(days=chance.randint(0, 88))
            over = chance.random() < 0.7
            yield {
                "STUDYID": study, "DOMAIN": "AE", "USUBJID": _code(study, number), "AESEQ": sequence, "AETERM": term.lower(),
                "AEDECOD": term, "AEBODSYS": body, "AESEV": chance.choices(("MILD", "MODERATE", "SEVERE"), (70, 24, 6))[0],
                "AESER": "Y" if chance.random() < 0.05 else "N", "AEREL": chance.choice(("NONE", "REMOTE", "POSSIBLE", "PROBABLE")),
                "AEOUT": "RECOVERED/RESOLVED" if over else "NOT RECOVERED/NOT RESOLVED", "AESTDTC": onset,
                "AEENDTC": onset + timedelta(days=chance.randint(0, 20)) if over else "", "AEDTC": onset + timedelta(days=3),
            }  # fmt: skip
