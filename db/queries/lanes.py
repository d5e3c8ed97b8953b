"""What a swimmer plot draws of a handful of subjects: their lanes, administrations, and the worst event of each day."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import FromClause, Select, and_, case, func, select
from sqlmodel import Session

from db.history import known
from db.models import Administration, AdverseEvent, Cohort, DoseLevel, Site, Subject
from db.queries.conditions import exits, find_shown_day, first_doses, limiting, serious, treatment_starts
from trial.asof import AsOf
from trial.dose_vector import describe_amount
from trial.tables.lanes import LANE_DOSES, LANE_EVENTS, LANES


def lanes(session: Session, as_of: AsOf, study_id: int, *, subjects: Sequence[str]) -> pd.DataFrame:
    """Return LANES of the dosed ones among ``subjects`` (codes), by cohort and first dose."""
    keys, subject, site = _keys(session, as_of, study_id, subjects), known(Subject, as_of, study_id), known(Site, as_of, study_id)
    cohort, level = known(Cohort, as_of, study_id), known(DoseLevel, as_of, study_id)
    dose, left = first_doses(as_of, study_id), exits(as_of, study_id)
    statement = (
        select(
            subject.c.code,
            func.coalesce(site.c.code, ""),
            cohort.c.number,
            cohort.c.label,
            level.c.label,
            dose.c.first_dose_on,
            dose.c.last_dose_on,
            subject.c.status,
            left.c.left_on,
        )
        .join(dose, and_(dose.c.subject_id == subject.c.id, dose.c.subject_id.in_(keys)))
        .join(site, site.c.id == subject.c.site_id, isouter=True)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .join(level, level.c.id == cohort.c.dose_level_id, isouter=True)
        .join(left, and_(left.c.subject_id == subject.c.id, left.c.subject_id.in_(keys)), isouter=True)
        .where(subject.c.id.in_(keys))
        .order_by(cohort.c.number.is_(None), cohort.c.number, dose.c.first_dose_on, subject.c.code)
    )
    return LANES.frame(session.connection().execute(statement).all())


def lane_doses(session: Session, as_of: AsOf, study_id: int, *, subjects: Sequence[str]) -> pd.DataFrame:
    """Return LANE_DOSES of ``subjects`` (codes), in the order they were given."""
    keys, subject, dose = _keys(session, as_of, study_id, subjects), known(Subject, as_of, study_id), known(Administration, as_of, study_id)
    amount = func.coalesce(dose.c.delivered_amount, dose.c.planned_amount)
    statement = (
        select(
            subject.c.code,
            dose.c.number,
            dose.c.first_on,
            func.coalesce(dose.c.last_on, dose.c.first_on),
            dose.c.product,
            amount,
            dose.c.amount_unit,
        )
        .join(subject, subject.c.id == dose.c.subject_id)
        .where(dose.c.first_on.is_not(None), dose.c.subject_id.in_(keys), subject.c.id.in_(keys))
        .order_by(subject.c.code, dose.c.first_on, dose.c.number)
    )
    rows = session.connection().execute(statement).all()
    return LANE_DOSES.frame([(*row[:5], None if row[5] is None else describe_amount(row[5], row[6])) for row in rows])


def lane_events(session: Session, as_of: AsOf, study_id: int, *, subjects: Sequence[str]) -> pd.DataFrame:
    """Return LANE_EVENTS of ``subjects`` (codes), in the order of their days; events without an onset day are left out."""
    keys, start = _keys(session, as_of, study_id, subjects), treatment_starts(as_of, study_id)
    subject, event = known(Subject, as_of, study_id), known(AdverseEvent, as_of, study_id)
    ranked = (
        _rank(event, subject, start).where(event.c.onset_date.is_not(None), event.c.subject_id.in_(keys), subject.c.id.in_(keys)).subquery()
    )
    worst = ranked.c
    statement = (
        select(
            worst.code,
            worst.onset_date,
            worst.term_used,
            worst.grade,
            case((worst.grade.is_(None), worst.severity)),
            worst.events,
            worst.any_serious,
            worst.any_dlt,
            case((worst.onset_imputed.is_(None), 0), else_=1),
        )
        .where(worst.place == 1)
        .order_by(worst.code, worst.onset_date)
    )
    rows = session.connection().execute(statement).all()
    return LANE_EVENTS.frame([(*row[:6], *(bool(flag) for flag in row[6:])) for row in rows])


def _keys(session: Session, as_of: AsOf, study_id: int, subjects: Sequence[str]) -> list[int]:
    """The keys of the subjects with these codes; queries name them outright, so that each reads no more than these subjects."""
    subject = known(Subject, as_of, study_id)
    return list(session.connection().execute(select(subject.c.id).where(subject.c.code.in_(list(subjects)))).scalars())


def _rank(event: FromClause, subject: FromClause, start: FromClause) -> Select[Any]:
    """Each event with its place among those of its subject and day (1 is the worst), and what holds for any of them.

    A lane begins with the first dose: what began under treatment before that day, the evening before the cells say, stands on it.
    """
    shown = find_shown_day(event, start)
    day = (event.c.subject_id, shown)
    weight = case((event.c.severity == "severe", 3), (event.c.severity == "moderate", 2), (event.c.severity == "mild", 1), else_=0)
    worst_first = (
        case((limiting(event), 0), else_=1),
        func.coalesce(event.c.grade, weight).desc(),
        case((serious(event), 0), else_=1),
        event.c.code,
    )
    return (
        select(
            subject.c.code,
            shown.label("onset_date"),
            event.c.term_used,
            event.c.grade,
            event.c.severity,
            event.c.onset_imputed,
            func.row_number().over(partition_by=day, order_by=worst_first).label("place"),
            func.count().over(partition_by=day).label("events"),
            func.max(case((serious(event), 1), else_=0)).over(partition_by=day).label("any_serious"),
            func.max(case((limiting(event), 1), else_=0)).over(partition_by=day).label("any_dlt"),
        )
        .join(subject, subject.c.id == event.c.subject_id)
        .join(start, start.c.subject_id == event.c.subject_id, isouter=True)
    )
