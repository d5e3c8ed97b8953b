"""Doses given (EX, or EC without EX), procedures (PR), and what they and DM say of first dose, reference start and death."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from db.importers.plan import Plan, Versions
from db.importers.records import Record
from db.models import Administration, Procedure
from trial.dates import compute_end_day, compute_start_day


def read_doses(records: Mapping[str, Sequence[Record]]) -> list[Record]:
    """Return the rows of EX, else those of EC that say a dose was given."""
    return list(records.get("EX", ())) or [record for record in records.get("EC", ()) if record.flag("ECOCCUR") is not False]


def read_milestones(plan: Plan, records: Mapping[str, Sequence[Record]]) -> None:
    """Fill the plan with each subject's reference start, first dose and death."""
    for record in records["DM"]:
        reference = record.date("RFSTDTC")
        if reference is not None and reference.day is not None:
            plan.reference[record.subject] = reference.day
    for record in read_doses(records):
        start = record.date(_prefix(record) + "STDTC")
        if start is not None and start.first is not None and start.first <= plan.first_dose.get(record.subject, start.first):
            plan.first_dose[record.subject] = start.first
            entered = plan.knowledge.entry_of(record)
            if entered is not None:
                plan.dose_entered[record.subject] = entered
    _read_deaths(plan, records)


def _read_deaths(plan: Plan, records: Mapping[str, Sequence[Record]]) -> None:
    """The day each dead subject died: DM first, then DS, then the end of a fatal event; disagreement is noted."""
    said: dict[str, dict[str, date]] = {}
    for code, name, rows in (
        ("DM", "DTHDTC", [record for record in records["DM"] if record.flag("DTHFL") or record.date("DTHDTC")]),
        ("DS", "DSSTDTC", [record for record in records.get("DS", ()) if record.upper("DSDECOD", "DSTERM") == "DEATH"]),
        ("AE", "AEENDTC", [record for record in records.get("AE", ()) if record.upper("AEOUT") == "FATAL" or record.flag("AESDTH")]),
    ):
        for record in rows:
            value = record.date(name)
            days = said.setdefault(record.subject, {})
            if value is not None and value.last is not None:
                days[code] = max(value.last, days.get(code, value.last))
    first = {record.subject: record for record in records["DM"]}
    for subject, days in said.items():
        day = next(iter(days.values()), plan.knowledge.through)
        plan.died[subject] = min(day, plan.knowledge.through)
        if not days:
            plan.note(
                first[subject], "death without date", "died, but no dataset says when", f"taken as {plan.died[subject]}", column="DTHDTC"
            )
        elif len(set(days.values())) > 1:
            told = ", ".join(f"{code} {day}" for code, day in days.items())
            plan.note(
                first[subject], "death dates disagree", told, f"{plan.died[subject]} is used", column="DTHDTC", known_on=plan.died[subject]
            )


def compose_administrations(plan: Plan, rows: Sequence[Record]) -> Iterable[Versions]:
    """Yield each dose given; its end is known from the end's own day."""
    numbers: dict[str, int] = {}
    for record in sorted(rows, key=lambda record: (record.subject, _order(record.text(_prefix(record) + "SEQ")))):
        numbers[record.subject] = numbers.get(record.subject, 0) + 1
        yield _compose_administration(plan, record, numbers[record.subject])


def _compose_administration(plan: Plan, record: Record, number: int) -> Versions:
    """One dose with its versions."""
    prefix = _prefix(record)
    start, end = record.date(f"{prefix}STDTC"), record.date(f"{prefix}ENDTC")
    first_on = compute_start_day(start, None)[0] if start else None
    last_on = compute_end_day(end, plan.knowledge.through)[0] if end else None
    known_on = plan.knowledge.day_of(record, f"{prefix}DTC", f"{prefix}STDTC", happened=first_on or last_on)
    last_on = _check_days(plan, record, first_on, last_on, known_on)
    row = plan.row(
        Administration,
        known_on,
        code=f"{record.subject}-{prefix}-{record.text(f'{prefix}SEQ')}",
        subject_id=plan.subject_ids[record.subject],
        number=number,
        product=record.text(f"{prefix}TRT") or "not stated",
        route=record.text(f"{prefix}ROUTE"),
        location=record.text(f"{prefix}LOC"),
        delivered_amount=record.number(f"{prefix}DOSE"),
        amount_unit=record.text(f"{prefix}DOSU"),
        planned_vector="[]",
        delivered_vector="[]",
        start_text=start.text if start else None,
        start_precision=start.precision if start else "unknown",
        first_on=first_on,
        started_at=start.instant(plan.time_zone) if start else None,
        deviation=record.text(f"{prefix}ADJ"),
    )
    if last_on is None:
        return [row]
    return plan.versions(row, known_on, [(last_on, {"last_on": last_on, "ended_at": end.instant(plan.time_zone) if end else None})])


def _check_days(plan: Plan, record: Record, first_on: date | None, last_on: date | None, known_on: date) -> date | None:
    """The end of a dose, unless it lies before its start; what is doubtful about either is noted."""
    start, end = _prefix(record) + "STDTC", _prefix(record) + "ENDTC"
    collected = record.date(start)
    if first_on is None:
        plan.note(record, "dose without start", "does not say when it was given", "does not count as a dose given", column=start)
    elif collected is not None and collected.day is None:
        plan.note(record, "partial date", f"{collected.text} is no whole date", f"analysed as {first_on}", column=start, known_on=known_on)
    if last_on is None:
        plan.note(record, "dose without end", "does not say when it ended", "kept open", column=end, known_on=known_on)
    elif first_on is not None and last_on < first_on:
        plan.note(record, "end before start", f"ends on {last_on}, before {first_on}", "end left out", column=end, known_on=known_on)
        return None
    return last_on


def compose_procedures(plan: Plan, rows: Sequence[Record]) -> Iterable[Versions]:
    """Yield each procedure that took place."""
    for record in rows:
        if record.flag("PROCCUR") is False:
            continue
        start = record.date("PRSTDTC")
        day = compute_start_day(start, None)[0] if start else None
        yield [
            plan.row(
                Procedure,
                plan.knowledge.day_of(record, "PRDTC", "PRSTDTC", happened=day),
                code=f"{record.subject}-PR-{record.text('PRSEQ')}",
                subject_id=plan.subject_ids[record.subject],
                type=record.text("PRDECOD", "PRTRT") or "not stated",
                performed_on=day,
            )
        ]


def _prefix(record: Record) -> str:
    """EX or EC, whichever domain a dose comes from."""
    return "EX" if "EXSEQ" in record.places else "EC"


def _order(sequence: str | None) -> tuple[float, str]:
    """Sequence numbers in numerical order, anything else after them."""
    text = sequence or ""
    return (float(text), "") if text.replace(".", "", 1).isdigit() else (float("inf"), text)
