"""Visits, measurements, medications, medical history and dispositions (SV, VS, LB, NV, CM, MH, DS)."""

import math
from collections.abc import Iterable, Sequence
from datetime import date

from db.importers.dispositions import classify_dispositions
from db.importers.plan import Plan, Versions
from db.importers.records import Record
from db.models import Disposition, Measurement, MedicalHistory, Medication, Visit
from trial.dates import CollectedDate, compute_end_day, compute_start_day
from trial.errors import FaultyInput
from trial.grading.isncsci_text import TEST as WORKSHEET
from trial.grading.isncsci_text import read_text

LONGEST_NOTE = 300
_KINDS = {"VS": "vital sign", "LB": "laboratory", "NV": "neurology"}


def compose_visits(plan: Plan, rows: Sequence[Record]) -> Iterable[Versions]:
    """Yield each visit; where it took several days, its end is known from its last."""
    for record in rows:
        start, end = record.date("SVSTDTC"), record.date("SVENDTC")
        number = record.text("VISITNUM")
        day = compute_start_day(start, None)[0] if start else None
        known_on = plan.knowledge.day_of(record, "SVSTDTC", happened=day)
        row = plan.row(
            Visit,
            known_on,
            subject_id=plan.subject_ids[record.subject],
            code=number or record.text("VISIT") or "unscheduled",
            label=record.text("VISIT") or f"Visit {number or 'unscheduled'}",
            occurred_on=day,
        )
        ended = compute_end_day(end, plan.knowledge.through)[0] if end else None
        yield plan.versions(row, known_on, [(ended, {"ended_on": ended})] if ended else [])


def compose_measurements(plan: Plan, rows: Sequence[Record]) -> Iterable[Versions]:
    """Yield each result: the standardised one with its range, else the original.

    An ISNCSCI worksheet is one result with the test code ISNCSCI and the line of trial.grading.isncsci_text; one that cannot be read is
    kept as it came, and noted.
    """
    for record in rows:
        code = next(code for code in _KINDS if f"{code}SEQ" in record.places)
        taken = record.date(f"{code}DTC")
        known_on = plan.knowledge.day_of(record, f"{code}DTC", happened=taken.first if taken else None)
        _check_worksheet(plan, record, code, known_on)
        standard = record.number(f"{code}STRESN") is not None or record.text(f"{code}STRESC") is not None
        done = record.upper(f"{code}STAT") != "NOT DONE"
        yield [
            plan.row(
                Measurement,
                known_on,
                subject_id=plan.subject_ids[record.subject],
                kind=_KINDS[code],
                test=record.text(f"{code}TESTCD") or "not stated",
                label=record.text(f"{code}TEST", f"{code}TESTCD") or "not stated",
                visit=record.text("VISIT"),
                measured_on=taken.day if taken else None,
                measured_at=taken.instant(plan.time_zone) if taken else None,
                result_text=record.text(f"{code}STRESC", f"{code}ORRES") if done else "not done",
                value=record.number(f"{code}STRESN") if standard else _number(record.text(f"{code}ORRES")),
                unit=record.text(f"{code}STRESU") if standard else record.text(f"{code}ORRESU"),
                low=record.number(f"{code}STNRLO") if standard else _number(record.text(f"{code}ORNRLO")),
                high=record.number(f"{code}STNRHI") if standard else _number(record.text(f"{code}ORNRHI")),
                indicator=record.text(f"{code}NRIND"),
                baseline=record.flag(f"{code}BLFL"),
            )
        ]


def _check_worksheet(plan: Plan, record: Record, code: str, known_on: date) -> None:
    """Note a worksheet that cannot be read, with every value that is missing or impossible."""
    line = record.text(f"{code}STRESC", f"{code}ORRES")
    if _KINDS[code] != "neurology" or record.text(f"{code}TESTCD") != WORKSHEET or record.upper(f"{code}STAT") == "NOT DONE":
        return
    try:
        read_text(line or "")
    except FaultyInput as refused:
        named = ", ".join(fault.where for fault in refused.faults)[:LONGEST_NOTE]
        plan.note(
            record,
            "worksheet not readable",
            f"is an ISNCSCI worksheet that cannot be read: {named}",
            "text kept, not scored",
            column=f"{code}ORRES",
            known_on=known_on,
        )


def compose_medications(plan: Plan, rows: Sequence[Record]) -> Iterable[Versions]:
    """Yield each medication; that it ended is known from the end's own day."""
    for record in rows:
        start, end = record.date("CMSTDTC"), record.date("CMENDTC")
        day = compute_start_day(start, plan.first_dose.get(record.subject))[0] if start else None
        ended = compute_end_day(end, plan.knowledge.through)[0] if end else None
        known_on = plan.knowledge.day_of(record, "CMDTC", "CMSTDTC", happened=day)
        ongoing = ended is None and {record.upper("CMENRTPT"), record.upper("CMENRF")} & {"ONGOING", "AFTER", "DURING/AFTER"}
        dose = (record.text("CMDOSTXT") or _plain(record.number("CMDOSE")), record.text("CMDOSU"), record.text("CMDOSFRQ"))
        row = plan.row(
            Medication,
            known_on,
            subject_id=plan.subject_ids[record.subject],
            name=record.text("CMTRT", "CMDECOD") or "not stated",
            coded_name=record.text("CMDECOD"),
            indication=record.text("CMINDC"),
            dose_text=" ".join(part for part in dose if part) or None,
            route=record.text("CMROUTE"),
            protocol_required=False,
            start_text=_text(start),
            start_precision=start.precision if start else "unknown",
            first_on=day,
            ongoing=True if ongoing else None,
        )
        yield plan.versions(row, known_on, [(ended, {"last_on": ended, "ongoing": False})] if ended else [])


def compose_histories(plan: Plan, rows: Sequence[Record]) -> Iterable[Versions]:
    """Yield each condition from before the trial."""
    for record in rows:
        start, end = record.date("MHSTDTC"), record.date("MHENDTC")
        known_on = plan.knowledge.day_of(record, "MHDTC", happened=start.first if start else None)
        row = plan.row(
            MedicalHistory,
            known_on,
            subject_id=plan.subject_ids[record.subject],
            verbatim=record.text("MHTERM", "MHDECOD") or "not stated",
            coded_term=record.text("MHDECOD"),
            category=record.text("MHBODSYS", "MHCAT"),
            start_text=_text(start),
        )
        yield plan.versions(row, known_on, [(end.first, {"end_text": end.text})] if end else [])


def compose_dispositions(plan: Plan, rows: Sequence[Record]) -> Iterable[Versions]:
    """Yield each row of DS with its kind."""
    for record, kind in classify_dispositions(rows):
        when = record.date("DSSTDTC") or record.date("DSDTC")
        yield [
            plan.row(
                Disposition,
                plan.knowledge.day_of(record, "DSDTC", "DSSTDTC", happened=when.first if when else None),
                subject_id=plan.subject_ids[record.subject],
                kind=kind,
                reason=record.text("DSDECOD", "DSTERM") or "not stated",
                verbatim=record.text("DSTERM"),
                occurred_on=when.day if when else None,
                occurred_text=_text(when),
            )
        ]


def _text(collected: CollectedDate | None) -> str | None:
    """The text of a date as collected."""
    return collected.text if collected is not None else None


def _number(text: str | None) -> float | None:
    """The number that an original result is, if it is one."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _plain(number: float | None) -> str | None:
    """A number without a needless decimal point."""
    return None if number is None else f"{number:g}"
