"""The laboratory results that a monitor counts: above a multiple of the upper limit of normal, or of a grade by value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlmodel import Session

from db.history import known
from db.models import Cohort, Subject
from db.queries.conditions import Condition
from db.queries.laboratory import dosed_results
from trial.asof import AsOf
from trial.grading.laboratory import ALIASES, Side, Value, Version, grade_value
from trial.grading.laboratory_terms import name_analyte
from trial.grading.rounding import exceeds
from trial.protocol import CountsPart, MeasurementPart
from trial.signals.laboratory import read_bound

BEYOND = 1e-9
"""A result beyond a limit of the method is taken this part beyond it."""


@dataclass(frozen=True)
class Hit:
    """A result that counts: whose, days since the first dose, test, in words, and its grade by value where that decides."""

    subject: str
    cohort: int | None
    day: int
    test: str
    words: str
    grade: int | None


def measured_hits(
    counts: CountsPart, session: Session, as_of: AsOf, study_id: int, *, version: Version = "5.0"
) -> Mapping[int, tuple[Hit, ...]]:
    """Return the results after the first dose that ``counts`` asks for, by the id of the subject; none where it asks for none."""
    part = counts.measurement
    if part is None:
        return {}
    found: dict[int, tuple[Hit, ...]] = {}
    for row in session.connection().execute(_statement(part, counts.within_days, as_of, study_id)).all():
        read = _read_result(row)
        if read is None:
            continue
        value, side, words = read
        grade = grade_value(row.test, value, version, side=side)
        if _counts(part, value, side, grade):
            hit = Hit(row.code, row.number, row.day, row.test, f"{row.label or row.test} {words} {row.unit or ''}".strip(), grade)
            found[row.subject_id] = (*found.get(row.subject_id, ()), hit)
    return found


def _read_result(row: Row[Any]) -> tuple[Value, Side | None, str] | None:
    """The result, the side that it can be graded on (both without a limit of the method), and in words; None where it is no number."""
    bound = read_bound(row.result_text) if row.value is None else None
    if row.value is None and bound is None:
        return None
    number = row.value if bound is None else bound[1] * (1 + BEYOND if bound[0] == ">" else 1 - BEYOND)
    side: Side | None = None if bound is None else "high" if bound[0] == ">" else "low"
    value = Value(float(number), row.unit or "", row.low, row.high, row.baseline)
    return value, side, f"{row.value:g}" if bound is None else str(row.result_text).strip()


def _counts(part: MeasurementPart, value: Value, side: Side | None, grade: int | None) -> bool:
    if part.minimum_grade is not None:
        return (grade or 0) >= part.minimum_grade
    limit = None if value.upper is None else (part.above_limit or 0) * value.upper
    return side != "low" and limit is not None and exceeds(value.number, limit)


def _statement(part: MeasurementPart, within: int | None, as_of: AsOf, study_id: int) -> Any:
    """Results after the first dose that can count."""
    rows, subject, cohort = dosed_results(as_of, study_id), known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    named = {name_analyte(test) for test in part.tests}
    names = {test.upper() for test in part.tests} | named | {other for other, test in ALIASES.items() if test in named}
    asked: list[Condition] = [func.upper(rows.c.test).in_(sorted(names)), rows.c.after]
    if within is not None:
        asked.append(rows.c.day <= within)
    if part.above_limit is not None:
        asked.append(or_(rows.c.value.is_(None), rows.c.value > part.above_limit * rows.c.high))
    return (
        select(rows, subject.c.code, cohort.c.number)
        .join(subject, subject.c.id == rows.c.subject_id)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .where(*asked)
        .order_by(rows.c.day, rows.c.test, rows.c.id)
    )
