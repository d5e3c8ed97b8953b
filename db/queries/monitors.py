"""What the declared monitors and background rates count, all in one pass over the events.

A monitor's ``counts`` becomes one SQL condition; whoever declares another monitor in the protocol file needs no code.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Date, FromClause, Subquery, and_, case, func, literal, or_, select
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Cohort, Subject
from db.queries.conditions import (
    Condition,
    at_least_grade,
    count_where,
    exits,
    fatal,
    first_doses,
    limiting,
    of_special_interest,
    of_terms,
    related,
    serious,
    treatment_emergent,
)
from db.queries.spans import count_days
from trial.asof import AsOf
from trial.clocks.calendar import compute_study_day
from trial.protocol import AesiPart, BackgroundPart, CountsPart, MonitorPart
from trial.tables import BACKGROUND_COUNTS, MONITOR_COUNTS, MONITOR_EVENTS


def monitor_counts(
    session: Session, as_of: AsOf, study_id: int, *, monitors: Sequence[MonitorPart], aesi: Sequence[AesiPart] = ()
) -> pd.DataFrame:
    """Return MONITOR_COUNTS, in the order of ``monitors``; only treatment-emergent events of dosed subjects count."""
    event, dose = known(AdverseEvent, as_of, study_id), first_doses(as_of, study_id)
    conditions = {monitor.code: _counted(event, dose, monitor.counts, aesi) for monitor in monitors}
    windows = {monitor.code: monitor.counts.within_days for monitor in monitors}
    rows = _count(session, as_of, study_id, event, dose, conditions=conditions, windows=windows)
    return MONITOR_COUNTS.frame((code, *counts) for code, counts in rows.items())


def background_counts(session: Session, as_of: AsOf, study_id: int, *, rates: Sequence[BackgroundPart]) -> pd.DataFrame:
    """Return BACKGROUND_COUNTS, in the order of ``rates``; only treatment-emergent events of dosed subjects count."""
    event, dose = known(AdverseEvent, as_of, study_id), first_doses(as_of, study_id)
    conditions = {rate.code: _counted(event, dose, CountsPart(terms=rate.terms), ()) for rate in rates}
    rows = _count(session, as_of, study_id, event, dose, conditions=conditions, windows={})
    return BACKGROUND_COUNTS.frame((code, subjects, events, dosed) for code, (subjects, events, _, _, dosed) in rows.items())


def monitor_events(
    session: Session, as_of: AsOf, study_id: int, *, monitor: MonitorPart, aesi: Sequence[AesiPart] = (), limit: int | None = None
) -> pd.DataFrame:
    """Return MONITOR_EVENTS: what one monitor counts, newest onset first."""
    event, dose = known(AdverseEvent, as_of, study_id), first_doses(as_of, study_id)
    subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    columns = (event.c.code, event.c.term_used, event.c.grade, event.c.severity, event.c.serious, event.c.onset_text)
    statement = (
        select(subject.c.code, cohort.c.number, *columns, event.c.onset_date, dose.c.first_dose_on, event.c.outcome)
        .select_from(event)
        .join(dose, dose.c.subject_id == event.c.subject_id)
        .join(subject, subject.c.id == event.c.subject_id)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .where(_counted(event, dose, monitor.counts, aesi))
        .order_by(event.c.onset_date.desc().nulls_last(), event.c.code.desc())
        .limit(limit)
    )
    rows = session.connection().execute(statement).all()
    days = (compute_study_day(row[8], row[9]) if row[8] else None for row in rows)
    return MONITOR_EVENTS.frame([(*row[:8], study_day, row[10]) for row, study_day in zip(rows, days, strict=True)])


def _counted(event: FromClause, dose: Subquery, counts: CountsPart, aesi: Sequence[AesiPart]) -> Condition:
    """The condition that ``counts`` states: treatment-emergent, and everything that is given."""
    asked: dict[str, tuple[bool, Condition | None]] = {
        "terms": (bool(counts.terms), of_terms(event, counts.terms)),
        "aesi": (bool(counts.aesi), of_special_interest(event, [part for part in aesi if part.code in counts.aesi])),
        "grade": (counts.minimum_grade is not None, at_least_grade(event, counts.minimum_grade or 1)),
        "serious": (counts.serious is not None, _as_asked(serious(event), counts.serious)),
        "fatal": (counts.fatal is not None, _as_asked(fatal(event), counts.fatal)),
        "dlt": (counts.dlt is not None, _as_asked(limiting(event), counts.dlt)),
        "cause": (bool(counts.attributed_to), related(event, counts.attributed_to)),
        "window": (counts.within_days is not None, _within(event, dose, counts.within_days)),
    }
    given = [condition for wanted, condition in asked.values() if wanted and condition is not None]
    return and_(treatment_emergent(event, dose.c.first_dose_on), *given)


def _as_asked(condition: Condition, wanted: bool | None) -> Condition:
    return condition if wanted else ~condition


def _within(event: FromClause, dose: Subquery, days: int | None) -> Condition | None:
    """Whether the event began at most ``days`` after the first dose, or may have (onset unknown)."""
    if days is None:
        return None
    return or_(event.c.onset_date.is_(None), count_days(dose.c.first_dose_on, event.c.onset_date) <= days)


def _count(
    session: Session,
    as_of: AsOf,
    study_id: int,
    event: Subquery,
    dose: Subquery,
    *,
    conditions: Mapping[str, Condition],
    windows: Mapping[str, int | None],
) -> dict[str, tuple[int, int, int, int, int]]:
    """For each condition: subjects, events, at risk, pending, dosed."""
    if not conditions:
        return {}
    numbers = [count_where(condition).label(f"n{place}") for place, condition in enumerate(conditions.values())]
    found = select(event.c.subject_id, *numbers).join(dose, dose.c.subject_id == event.c.subject_id).group_by(event.c.subject_id)
    per_subject, left = found.subquery("per_subject"), exits(as_of, study_id)
    end = case((left.c.left_on < as_of.day, left.c.left_on), else_=literal(as_of.day, Date))
    observed, present = count_days(dose.c.first_dose_on, end), left.c.left_on.is_(None)
    columns: list[ColumnElement[Any]] = []
    for place, code in enumerate(conditions):
        number, window = func.coalesce(per_subject.c[f"n{place}"], 0), windows.get(code)
        complete = observed >= (0 if window is None else window)
        columns += [count_where(number > 0), func.coalesce(func.sum(number), 0), count_where(or_(number > 0, complete))]
        columns.append(count_where(and_(number == 0, ~complete, present)))
    statement = (
        select(func.count(), *columns)
        .select_from(dose)
        .join(left, left.c.subject_id == dose.c.subject_id, isouter=True)
        .join(per_subject, per_subject.c.subject_id == dose.c.subject_id, isouter=True)
    )
    dosed, *values = session.connection().execute(statement).one()
    return {code: (*values[4 * place : 4 * place + 4], dosed) for place, code in enumerate(conditions)}
