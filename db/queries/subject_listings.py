"""One subject's listings: visits, medications, measurements, medical history and disposition."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Select, and_, case, func, or_, select
from sqlmodel import Session

from db.history import known
from db.models import Disposition, Measurement, MedicalHistory, Medication, Visit
from db.queries.subject_story import key_of
from trial.asof import AsOf
from trial.tables.story import (
    SUBJECT_DISPOSITIONS,
    SUBJECT_HISTORY,
    SUBJECT_MEASUREMENTS,
    SUBJECT_MEDICATIONS,
    SUBJECT_TESTS,
    SUBJECT_VISITS,
)


def subject_visits(session: Session, as_of: AsOf, study_id: int, *, subject: str) -> pd.DataFrame:
    """Return SUBJECT_VISITS in the order of their days."""
    key, visit = key_of(session, as_of, study_id, subject), known(Visit, as_of, study_id)
    statement = (
        select(*(visit.c[name] for name in SUBJECT_VISITS.names))
        .where(visit.c.subject_id == key)
        .order_by(visit.c.occurred_on.is_(None), visit.c.occurred_on, visit.c.code)
    )
    return SUBJECT_VISITS.frame(session.connection().execute(statement).all())


def subject_medications(session: Session, as_of: AsOf, study_id: int, *, subject: str) -> pd.DataFrame:
    """Return SUBJECT_MEDICATIONS: those that the protocol requires first, then by start."""
    key, drug = key_of(session, as_of, study_id, subject), known(Medication, as_of, study_id)
    name = func.coalesce(drug.c.coded_name, drug.c.name)
    columns = ("indication", "dose_text", "route", "protocol_required", "start_text", "first_on", "last_on", "ongoing")
    statement = (
        select(name, drug.c.name, *(drug.c[column] for column in columns))
        .where(drug.c.subject_id == key)
        .order_by(drug.c.protocol_required.desc(), drug.c.first_on.is_(None), drug.c.first_on, name, drug.c.id)
    )
    return SUBJECT_MEDICATIONS.frame(session.connection().execute(statement).all())


def subject_tests(session: Session, as_of: AsOf, study_id: int, *, subject: str) -> pd.DataFrame:
    """Return SUBJECT_TESTS: neurology first, then the tests with most results outside their range."""
    key, result = key_of(session, as_of, study_id, subject), known(Measurement, as_of, study_id)
    numbers = func.count(case((and_(result.c.value.is_not(None), result.c.measured_on.is_not(None)), 1)))
    outside = func.count(case((or_(result.c.value < result.c.low, result.c.value > result.c.high), 1)))
    statement = (
        select(result.c.test, func.min(result.c.label), func.min(result.c.kind), func.count(), numbers, outside)
        .where(result.c.subject_id == key)
        .group_by(result.c.test)
        .order_by(case((func.min(result.c.kind) == "neurology", 0), else_=1), outside.desc(), func.count().desc(), result.c.test)
    )
    return SUBJECT_TESTS.frame(session.connection().execute(statement).all())


def subject_series(session: Session, as_of: AsOf, study_id: int, *, subject: str, tests: Sequence[str]) -> pd.DataFrame:
    """Return SUBJECT_MEASUREMENTS of some ``tests`` (codes) in their order, only numbers with a day, in time."""
    if not tests:
        return SUBJECT_MEASUREMENTS.empty()
    place = {test: number for number, test in enumerate(tests)}
    statement, result = _measurements(session, as_of, study_id, subject)
    wanted = statement.where(result.test.in_(list(tests)), result.value.is_not(None), result.measured_on.is_not(None))
    return _frame(session, wanted.order_by(case(place, value=result.test), result.measured_on, result.measured_at, result.id))


def subject_measurements(session: Session, as_of: AsOf, study_id: int, *, subject: str, limit: int, offset: int = 0) -> pd.DataFrame:
    """Return SUBJECT_MEASUREMENTS, the newest first, ``limit`` rows from ``offset``."""
    statement, result = _measurements(session, as_of, study_id, subject)
    ordered = statement.order_by(result.measured_on.is_(None), result.measured_on.desc(), result.kind, result.test, result.id)
    return _frame(session, ordered.limit(limit).offset(offset))


def subject_history(session: Session, as_of: AsOf, study_id: int, *, subject: str) -> pd.DataFrame:
    """Return SUBJECT_HISTORY in the order it was recorded."""
    key, past = key_of(session, as_of, study_id, subject), known(MedicalHistory, as_of, study_id)
    statement = (
        select(func.coalesce(past.c.coded_term, past.c.verbatim), past.c.verbatim, past.c.category, past.c.start_text, past.c.end_text)
        .where(past.c.subject_id == key)
        .order_by(past.c.id)
    )
    return SUBJECT_HISTORY.frame(session.connection().execute(statement).all())


def subject_dispositions(session: Session, as_of: AsOf, study_id: int, *, subject: str) -> pd.DataFrame:
    """Return SUBJECT_DISPOSITIONS in the order of their days."""
    key, ending = key_of(session, as_of, study_id, subject), known(Disposition, as_of, study_id)
    statement = (
        select(*(ending.c[name] for name in SUBJECT_DISPOSITIONS.names))
        .where(ending.c.subject_id == key)
        .order_by(ending.c.occurred_on.is_(None), ending.c.occurred_on, ending.c.id)
    )
    return SUBJECT_DISPOSITIONS.frame(session.connection().execute(statement).all())


def _measurements(session: Session, as_of: AsOf, study_id: int, subject: str) -> tuple[Select[Any], Any]:
    """The columns of SUBJECT_MEASUREMENTS for one subject, and the measurement they are taken from."""
    key, result = key_of(session, as_of, study_id, subject), known(Measurement, as_of, study_id)
    columns = ("test", "label", "kind", "visit", "measured_on", "result_text", "value", "unit", "low", "high", "indicator")
    return select(*(result.c[name] for name in columns)).where(result.c.subject_id == key), result.c


def _frame(session: Session, statement: Select[Any]) -> pd.DataFrame:
    rows = session.connection().execute(statement).all()
    return SUBJECT_MEASUREMENTS.frame([(*row[:5], _result(row.result_text, row.value), *row[6:]) for row in rows])


def _result(said: str | None, value: float | None) -> str | None:
    return said if said is not None else None if value is None else f"{value:g}"
