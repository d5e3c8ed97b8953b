"""The results that a monitor counts: beyond a multiple of a limit of normal, beyond a number, or of a grade by value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Row, Subquery, or_, select
from sqlmodel import Session

from db.history import known
from db.models import Cohort, Subject
from db.queries.conditions import Condition
from db.queries.pre_dose import dated_results, settled_results
from trial.asof import AsOf
from trial.grading.laboratory import ALIASES, Side, Value, Version, grade_value, list_fixed_limits, same_unit
from trial.grading.laboratory_terms import name_analyte
from trial.grading.rounding import exceeds, reaches
from trial.protocol import CountsPart, MeasurementPart, MonitorPart
from trial.signals.laboratory import read_bound
from trial.tables import MONITOR_UNDECIDED

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
        grade = grade_value(row.test, value, version, side=side) if row.kind == "laboratory" else None
        if _counts(part, row.test, value, side, grade):
            hit = Hit(row.code, row.number, row.day, row.test, f"{row.label or row.test} {words} {row.unit or ''}".strip(), grade)
            found[row.subject_id] = (*found.get(row.subject_id, ()), hit)
    return found


def undecided_results(session: Session, as_of: AsOf, study_id: int, *, monitor: MonitorPart, version: Version = "5.0") -> pd.DataFrame:
    """Return MONITOR_UNDECIDED of the results that ``monitor`` can neither count nor leave out, by test and unit."""
    part = monitor.counts.measurement
    found: dict[tuple[str, str], list[str]] = {}
    statement = None if part is None else _statement(part, monitor.counts.within_days, as_of, study_id, every=True)
    for row in () if statement is None else session.connection().execute(statement).all():
        read = _read_result(row)
        if part is not None and read is not None and read[1] is None and _is_undecided(part, row.test, row.kind, read[0], version):
            found.setdefault((row.test, row.unit or ""), []).append(row.code)
    return MONITOR_UNDECIDED.frame((*key, len(codes), len(set(codes))) for key, codes in sorted(found.items()))


def _is_undecided(part: MeasurementPart, test: str, kind: str, value: Value, version: Version) -> bool:
    """Whether a number cannot be held against what is asked, for its unit or for want of a limit of normal."""
    if part.unit is not None:
        return not same_unit(test, value.unit, part.unit)
    if part.minimum_grade is None:
        return (value.upper if part.above_limit is not None else value.lower) is None
    if kind != "laboratory" or (part.minimum_grade > 2 and bool(list_fixed_limits(test, value.unit))):
        return False
    return grade_value(test, value, version) is None


def _read_result(row: Row[Any]) -> tuple[Value, Side | None, str] | None:
    """The result, the side that it can be graded on (both without a limit of the method), and in words; None where it is no number."""
    bound = read_bound(row.result_text) if row.value is None else None
    if row.value is None and bound is None:
        return None
    number = row.value if bound is None else bound[1] * (1 + BEYOND if bound[0] == ">" else 1 - BEYOND)
    side: Side | None = None if bound is None else "high" if bound[0] == ">" else "low"
    value = Value(float(number), row.unit or "", row.low, row.high, row.baseline)
    return value, side, f"{row.value:g}" if bound is None else str(row.result_text).strip()


def _counts(part: MeasurementPart, test: str, value: Value, side: Side | None, grade: int | None) -> bool:
    if part.minimum_grade is not None:
        return (grade or 0) >= part.minimum_grade
    if part.unit is not None and not same_unit(test, value.unit, part.unit):
        return False
    above, below = part.above, part.below
    if part.above_limit is not None and value.upper is not None:
        above = part.above_limit * value.upper
    if part.below_limit is not None and value.lower is not None:
        below = part.below_limit * value.lower
    beyond = above is not None and side != "low" and exceeds(value.number, above)
    return beyond or (below is not None and side != "high" and not reaches(value.number, below))


def _list_beyond(part: MeasurementPart, rows: Subquery) -> list[Condition]:
    """The limits of ``part`` as conditions on a number; what lies on them by rounding is left out later."""
    value, conditions = rows.c.value, []
    conditions += [] if part.above_limit is None else [value > part.above_limit * rows.c.high]
    conditions += [] if part.below_limit is None else [value < part.below_limit * rows.c.low]
    conditions += [] if part.above is None else [value > part.above]
    conditions += [] if part.below is None else [value < part.below]
    return conditions


def _statement(part: MeasurementPart, within: int | None, as_of: AsOf, study_id: int, *, every: bool = False) -> Any:
    """Results after the first dose that can count; ``every`` result of the tests where that is asked for."""
    named = {name_analyte(test) for test in part.tests}
    names = {test.upper() for test in part.tests} | named | {other for other, test in ALIASES.items() if test in named}
    dated = dated_results(as_of, study_id, tests=sorted(names))
    rows = settled_results(dated, dated.c.value.is_not(None))
    subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    asked: list[Condition] = [rows.c.after]
    if within is not None:
        asked.append(rows.c.day <= within)
    if part.minimum_grade is None and not every:
        asked.append(or_(rows.c.value.is_(None), *_list_beyond(part, rows)))
    return (
        select(rows, subject.c.code, cohort.c.number)
        .join(subject, subject.c.id == rows.c.subject_id)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .where(*asked)
        .order_by(rows.c.day, rows.c.test, rows.c.id)
    )
