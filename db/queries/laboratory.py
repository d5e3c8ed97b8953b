"""Laboratory results of dosed subjects, by days since the first dose."""

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import Subquery, and_, case, func, or_, select
from sqlmodel import Session

from db.history import known
from db.models import Cohort, Measurement, Subject
from db.queries.conditions import Condition, first_doses
from db.queries.spans import count_days
from trial.asof import AsOf
from trial.tables.laboratory import LAB_SERIES, LAB_TESTS


def lab_tests(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return LAB_TESTS, those with most subjects outside the reference range first."""
    rows = _results(as_of, study_id)
    outside = and_(rows.c.day > 0, or_(rows.c.value < rows.c.low, rows.c.value > rows.c.high))
    strayed = func.count(case((outside, rows.c.subject_id)).distinct())
    unit = case((func.count(rows.c.unit.distinct()) == 1, func.min(rows.c.unit)))
    statement = (
        select(rows.c.test, func.min(rows.c.label), unit, func.count(), func.count(rows.c.subject_id.distinct()), strayed)
        .group_by(rows.c.test)
        .order_by(strayed.desc(), rows.c.test)
    )
    return LAB_TESTS.frame(session.connection().execute(statement).all())


def lab_series(
    session: Session, as_of: AsOf, study_id: int, *, tests: Sequence[str] | None = None, outside: bool = False, limit: int | None = None
) -> pd.DataFrame:
    """Return LAB_SERIES of ``tests`` (all by default), in time; ``outside`` keeps results beyond their range after the first dose."""
    rows, subject, cohort = _results(as_of, study_id), known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    wanted: list[Condition] = [] if tests is None else [rows.c.test.in_(list(tests))]
    if outside:
        wanted += [rows.c.day > 0, or_(rows.c.value < rows.c.low, rows.c.value > rows.c.high)]
    statement = (
        select(
            rows.c.test, subject.c.code, cohort.c.number, rows.c.day, rows.c.value, rows.c.unit, rows.c.low, rows.c.high, rows.c.baseline
        )
        .join(subject, subject.c.id == rows.c.subject_id)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .where(*wanted)
        .order_by(rows.c.test, subject.c.code, rows.c.day, rows.c.id)
        .limit(limit)
    )
    return LAB_SERIES.frame(session.connection().execute(statement).all())


def _results(as_of: AsOf, study_id: int) -> Subquery:
    """Every laboratory number of a dosed subject with its day, and the last one before the first dose beside it."""
    result, dose = known(Measurement, as_of, study_id), first_doses(as_of, study_id)
    day = count_days(dose.c.first_dose_on, result.c.measured_on)
    numbers = (
        select(
            result.c.id, result.c.subject_id, result.c.test, result.c.label, result.c.unit, result.c.value, result.c.low, result.c.high,
            day.label("day"),
        )
        .join(dose, dose.c.subject_id == result.c.subject_id)
        .where(result.c.kind == "laboratory", result.c.value.is_not(None), result.c.measured_on.is_not(None))
        .subquery("numbers")
    )  # fmt: skip
    newest = func.row_number().over(
        partition_by=(numbers.c.subject_id, numbers.c.test), order_by=(numbers.c.day.desc(), numbers.c.id.desc())
    )
    before = (
        select(numbers.c.subject_id, numbers.c.test, numbers.c.value, newest.label("place")).where(numbers.c.day <= 0).subquery("before")
    )
    joined = and_(before.c.subject_id == numbers.c.subject_id, before.c.test == numbers.c.test, before.c.place == 1)
    return select(numbers, before.c.value.label("baseline")).join(before, joined, isouter=True).subquery("results")
