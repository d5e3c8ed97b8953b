"""When dosed subjects had events of a kind: day by day for curves, without names; and who they are."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import CTE, ColumnElement, Date, FromClause, Subquery, and_, case, false, func, literal, null, select
from sqlmodel import Session

from db.history import known, known_facts
from db.models import AdverseEvent, Cohort, Subject
from db.queries.conditions import DATED, exits, serious, treatment_emergent, treatment_starts
from db.queries.deaths import add_deaths
from db.queries.events import Arms, list_kinds
from db.queries.spans import count_days
from db.queries.spelling import spell_lists, term_spellings
from trial.asof import AsOf
from trial.protocol import AesiPart
from trial.tables.event_courses import EVENT_COURSES, MEASURE_DAYS, MEASURE_SUBJECTS
from trial.terms import SEVERITIES


def event_courses(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    measure: str = "emergent",
    term: str | None = None,
    arms: Arms = "actual",
    aesi: Sequence[AesiPart] = (),
) -> pd.DataFrame:
    """Return EVENT_COURSES of treatment-emergent events of a ``measure`` of the overview, of one ``term`` where it is given.

    Observation ends with the cut-off, or with the day of exit or death before it. Deaths without an event are among the fatal ones.
    """
    dose, left = treatment_starts(as_of, study_id), exits(as_of, study_id)
    found = _count_by_day(_events(session, as_of, study_id, measure=measure, term=term, aesi=aesi), dose)
    subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    died = and_(subject.c.died_on == left.c.left_on, subject.c.died_on <= as_of.day)
    place = func.dense_rank().over(order_by=dose.c.subject_id)
    statement = (
        select(
            place,
            cohort.c.number,
            cohort.c.label,
            _not_before(count_days(dose.c.first_dose_on, _end(left, as_of))),
            func.coalesce(died, false()),
            found.c.day,
            func.coalesce(found.c.events, 0),
        )
        .select_from(dose)
        .join(subject, subject.c.id == dose.c.subject_id)
        .join(cohort, cohort.c.id == subject.c[f"{arms}_cohort_id"], isouter=True)
        .join(left, left.c.subject_id == dose.c.subject_id, isouter=True)
        .join(found, found.c.subject_id == dose.c.subject_id, isouter=True)
        .order_by(place, found.c.day.is_(None), found.c.day)
    )
    rows = session.connection().execute(statement).all()
    return EVENT_COURSES.frame([(*row[:4], bool(row[4]), *row[5:]) for row in rows])


def _count_by_day(event: CTE, dose: FromClause) -> Subquery:
    """Per dosed subject and day after the first dose how many treatment-emergent events."""
    day = _not_before(count_days(dose.c.first_dose_on, event.c.onset_date))
    return (
        select(event.c.subject_id, day.label("day"), func.count().label("events"))
        .join(dose, dose.c.subject_id == event.c.subject_id)
        .where(treatment_emergent(event, dose))
        .group_by(event.c.subject_id, day)
        .subquery("found")
    )


def measure_subjects(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    measure: str = "emergent",
    term: str | None = None,
    arms: Arms = "actual",
    aesi: Sequence[AesiPart] = (),
) -> pd.DataFrame:
    """Return MEASURE_SUBJECTS: who had treatment-emergent events of a ``measure`` of the overview, of one ``term`` where it is given."""
    event = _events(session, as_of, study_id, measure=measure, term=term, aesi=aesi)
    dose, subject, cohort = treatment_starts(as_of, study_id), known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    first = _not_before(func.min(count_days(dose.c.first_dose_on, event.c.onset_date)))
    statement = (
        select(subject.c.code, cohort.c.number, first, func.count(), *_worst(event), func.max(event.c.serious))
        .select_from(event)
        .join(dose, dose.c.subject_id == event.c.subject_id)
        .join(subject, subject.c.id == event.c.subject_id)
        .join(cohort, cohort.c.id == subject.c[f"{arms}_cohort_id"], isouter=True)
        .where(treatment_emergent(event, dose))
        .group_by(subject.c.code, cohort.c.number)
        .order_by(first.is_(None), first, subject.c.code)
    )
    rows = session.connection().execute(statement).all()
    return MEASURE_SUBJECTS.frame([(*row[:6], bool(row[6])) for row in rows])


def measure_days(
    session: Session, as_of: AsOf, study_id: int, *, measure: str = "emergent", term: str | None = None, aesi: Sequence[AesiPart] = ()
) -> pd.DataFrame:
    """Return MEASURE_DAYS: when each subject had events that event_courses counts and a curve can hold."""
    event = _events(session, as_of, study_id, measure=measure, term=term, aesi=aesi)
    dose, subject, left = treatment_starts(as_of, study_id), known(Subject, as_of, study_id), exits(as_of, study_id)
    day = _not_before(count_days(dose.c.first_dose_on, event.c.onset_date))
    observed = _not_before(count_days(dose.c.first_dose_on, _end(left, as_of)))
    statement = (
        select(subject.c.code, day.label("day"), func.count(), *_worst(event))
        .select_from(event)
        .join(dose, dose.c.subject_id == event.c.subject_id)
        .join(subject, subject.c.id == event.c.subject_id)
        .join(left, left.c.subject_id == event.c.subject_id, isouter=True)
        .where(treatment_emergent(event, dose), day <= observed)
        .group_by(subject.c.code, day.label("day"))
        .order_by(day.label("day"), subject.c.code)
    )
    return MEASURE_DAYS.frame(session.connection().execute(statement).all())


def _end(left: Subquery, as_of: AsOf) -> ColumnElement[Any]:
    """The last day of observation: the exit, or the cut-off where it is not later."""
    return case((left.c.left_on < as_of.day, left.c.left_on), else_=literal(as_of.day, Date))


def _worst(event: CTE) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The worst grade of a group of events, and their worst severity where none has a grade."""
    grade, names = func.max(event.c.grade), dict(enumerate(SEVERITIES, start=1))
    return grade, case((grade.is_(None), case(names, value=func.max(event.c.rank))), else_=null())


def _events(session: Session, as_of: AsOf, study_id: int, *, measure: str, term: str | None, aesi: Sequence[AesiPart]) -> CTE:
    """Events of a measure, of one term where it is given, with their subject, days, grade, severity as a rank, and 1 or 0 for serious."""
    lists = spell_lists(aesi, term_spellings(session, as_of, study_id)) if aesi else []
    places = {name: place for place, name in enumerate(SEVERITIES, start=1)}

    def pick(event: FromClause) -> list[ColumnElement[Any]]:
        """The columns of an event that courses and listings need."""
        rank = case(places, value=event.c.severity).label("rank")
        return [*(event.c[name] for name in (*DATED, "grade")), rank, case((serious(event), 1), else_=0).label("serious")]

    def kept(event: FromClause) -> list[ColumnElement[Any]]:
        """The conditions on an event: its kind, and its term where one is given."""
        return [list_kinds(event, lists)[measure], *([event.c.term_used == term] if term is not None else [])]

    events = known_facts(AdverseEvent, as_of, study_id, pick, kept=kept)
    return add_deaths(events, as_of, study_id, {"serious": 0}) if measure == "fatal" and term is None else events


def _not_before(days: ColumnElement[int]) -> ColumnElement[int]:
    """Days since the first dose, 0 for an event that began before it but may have been later."""
    return case((days < 0, 0), else_=days)
