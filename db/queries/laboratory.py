"""Laboratory results of dosed subjects, by days since the first dose, and the events that report what they show."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import FromClause, Subquery, and_, case, func, or_, select
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Cohort, Measurement, Subject
from db.queries.conditions import Condition, count_where, of_terms, surely, treatment_emergent, treatment_starts
from db.queries.pre_dose import dated_results, settled_results
from db.queries.spans import count_days
from db.queries.spelling import spell, term_spellings
from trial.asof import AsOf
from trial.grading.laboratory import ALIASES, list_fixed_limits
from trial.grading.laboratory_terms import ALL_TERMS
from trial.signals.laboratory import read_bound
from trial.tables.laboratory import LAB_REPORTS, LAB_SERIES, LAB_TESTS

CREATININE = ("CREAT", *(name for name, analyte in ALIASES.items() if analyte == "CREAT"))
RISEN = 1.5
"""Creatinine over the baseline from which CTCAE v5.0 grades it 2, within its range or not."""
BOUNDS = ("<", ">", "\u2264", "\u2265")
"""How a result begins that is only known to lie below or above a limit of the method."""


def lab_tests(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return LAB_TESTS, those with most subjects outside the reference range first; a test without any number has no row."""
    rows = dosed_results(as_of, study_id)
    outside = and_(rows.c.after, or_(rows.c.value < rows.c.low, rows.c.value > rows.c.high))
    strayed, numbers = func.count(case((outside, rows.c.subject_id)).distinct()), func.count(rows.c.value)
    unit = case((func.count(rows.c.unit.distinct()) == 1, func.min(rows.c.unit)))
    subjects = func.count(case((rows.c.value.is_not(None), rows.c.subject_id)).distinct())
    statement = (
        select(rows.c.test, func.min(rows.c.label), unit, numbers, subjects, strayed, count_where(rows.c.value.is_(None)))
        .group_by(rows.c.test)
        .having(numbers > 0)
        .order_by(strayed.desc(), rows.c.test)
    )
    return LAB_TESTS.frame(session.connection().execute(statement).all())


def lab_series(
    session: Session, as_of: AsOf, study_id: int, *, tests: Sequence[str] | None = None, outside: bool = False, limit: int | None = None
) -> pd.DataFrame:
    """Return LAB_SERIES of ``tests`` (all by default), in time.

    ``outside`` keeps, after the first dose, the results beyond their range and those that may be graded all the same: beyond a limit of the
    method, beyond a fixed limit of CTCAE, and creatinine risen over its baseline.
    """
    rows, subject, cohort = dosed_results(as_of, study_id), known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    words = func.ltrim(rows.c.result_text)
    wanted: list[Condition] = [or_(rows.c.value.is_not(None), *(words.like(f"{sign}%") for sign in BOUNDS))]
    wanted += [] if tests is None else [rows.c.test.in_(list(tests))]
    wanted += [_notable(rows, _list_beyond_fixed(session, as_of, study_id, rows))] if outside else []
    statement = (
        select(
            rows.c.test, subject.c.code, cohort.c.number, rows.c.day, rows.c.value, words, rows.c.unit, rows.c.low, rows.c.high,
            rows.c.baseline, rows.c.after,
        )
        .join(subject, subject.c.id == rows.c.subject_id)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .where(*wanted)
        .order_by(rows.c.test, subject.c.code, rows.c.day, rows.c.id)
        .limit(limit)
    )  # fmt: skip
    found: list[tuple[Any, ...]] = []
    for row in session.connection().execute(statement).all():
        bound = None if row[4] is not None else read_bound(row[5])
        if row[4] is not None:
            found.append((*row[:5], None, *row[6:]))
        elif bound is not None:
            found.append((*row[:4], bound[1], bound[0], *row[6:]))
    return LAB_SERIES.frame(found)


def lab_reports(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return LAB_REPORTS: treatment-emergent events of dosed subjects with a term that a laboratory value grades, by subject and event."""
    event, dose = known(AdverseEvent, as_of, study_id), treatment_starts(as_of, study_id)
    subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    spelt = spell(ALL_TERMS, term_spellings(session, as_of, study_id))
    day = count_days(dose.c.first_dose_on, event.c.onset_date)
    statement = (
        select(subject.c.code, cohort.c.number, event.c.code, event.c.term_used, event.c.grade, day)
        .select_from(event)
        .join(dose, dose.c.subject_id == event.c.subject_id)
        .join(subject, subject.c.id == event.c.subject_id)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .where(treatment_emergent(event, dose), of_terms(event, spelt))
        .order_by(subject.c.code, event.c.code)
    )
    return LAB_REPORTS.frame(session.connection().execute(statement).all())


def _notable(rows: FromClause, fixed: Sequence[Condition]) -> Condition:
    """Whether a result after the first dose may have a grade of 1 or above by itself."""
    risen = and_(func.upper(rows.c.test).in_(CREATININE), rows.c.value > RISEN * rows.c.baseline)
    ranged = (surely(rows.c.value < rows.c.low), surely(rows.c.value > rows.c.high))
    return and_(rows.c.after, or_(*ranged, surely(risen), *fixed, rows.c.value.is_(None)))


def _list_beyond_fixed(session: Session, as_of: AsOf, study_id: int, rows: FromClause) -> list[Condition]:
    """Of each test and unit on record: whether a result lies beyond a limit that CTCAE fixes, whatever its range."""
    every = known(Measurement, as_of, study_id)
    kinds = select(every.c.test, every.c.unit).where(every.c.kind == "laboratory", every.c.unit.is_not(None)).distinct()
    conditions = []
    for test, unit in session.connection().execute(kinds).all():
        limits = list_fixed_limits(test, unit).items()
        beyond = [rows.c.value > number if side == "high" else rows.c.value < number for side, number in limits]
        conditions += [surely(and_(rows.c.test == test, rows.c.unit == unit, or_(*beyond)))] if beyond else []
    return conditions


def dosed_results(as_of: AsOf, study_id: int) -> Subquery:
    """Return every laboratory result of a dosed subject with its day, whether it is follow-up, and its baseline in the same unit."""
    rows = dated_results(as_of, study_id, kinds=("laboratory",))
    return settled_results(rows, rows.c.value.is_not(None))
