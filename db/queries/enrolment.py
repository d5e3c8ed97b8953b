"""Enrolment: how many reached each step, why the others did not, on which days, and at which site.

A subject is screened when on record, eligible when found so or further on, enrolled when an enrolment day is known (or a cohort
was assigned and the status lies beyond eligibility), dosed when an administration with a day is known. The steps are nested.
"""

from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Subquery, and_, case, func, literal, or_, select, union_all
from sqlmodel import Session

from db.history import known
from db.models import Administration, EligibilityFinding, Site, Subject
from trial.asof import AsOf
from trial.tables.enrolment import CRITERIA_FAILED, ENROLMENT_DAYS, FUNNEL, LOSSES, SITE_ENROLMENT

GONE = ("completed", "discontinued", "died")
BEYOND_ELIGIBILITY = ("enrolled", "on study", *GONE)


def funnel(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return FUNNEL: screened, eligible, enrolled, dosed."""
    step = _steps(as_of, study_id)
    counts = session.connection().execute(select(func.count(), *(_total(step.c[name]) for name in _COUNTED)).select_from(step)).one()
    screened, eligible, enrolled, dosed, lost_eligible, lost_enrolled, lost_dosed = (int(count or 0) for count in counts)
    return FUNNEL.frame(
        [
            ("screened", screened, screened, 0, 0),
            ("eligible", eligible, screened, screened - eligible - lost_eligible, lost_eligible),
            ("enrolled", enrolled, eligible, eligible - enrolled - lost_enrolled, lost_enrolled),
            ("dosed", dosed, enrolled, enrolled - dosed - lost_dosed, lost_dosed),
        ]
    )


def losses(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return LOSSES, by step, the most frequent reason first."""
    step = _steps(as_of, study_id)
    at = case((step.c.lost_eligible == 1, 1), (step.c.lost_enrolled == 1, 2), (step.c.lost_dosed == 1, 3))
    lost = select(at.label("at"), step.c.reason).where(at.is_not(None)).subquery()
    statement = (
        select(lost.c["at"], lost.c.reason, func.count())
        .group_by(lost.c["at"], lost.c.reason)
        .order_by(lost.c["at"], func.count().desc(), lost.c.reason)
    )
    names = {1: "eligible", 2: "enrolled", 3: "dosed"}
    return LOSSES.frame([(names[row[0]], row[1], row[2]) for row in session.connection().execute(statement)])


def criteria_failed(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return CRITERIA_FAILED, the most failed first; criteria that everybody met are left out."""
    finding = known(EligibilityFinding, as_of, study_id)
    failed = func.count(case((finding.c.met.is_(False), finding.c.subject_id)).distinct())
    statement = (
        select(finding.c.criterion, failed, func.count(finding.c.subject_id.distinct()))
        .group_by(finding.c.criterion)
        .having(failed > 0)
        .order_by(failed.desc(), finding.c.criterion)
    )
    return CRITERIA_FAILED.frame(session.connection().execute(statement).all())


def enrolment_days(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return ENROLMENT_DAYS, oldest first. An enrolled subject without an enrolment day counts on the day of the first dose."""
    step = _steps(as_of, study_id)
    happened = union_all(
        select(step.c.screened_on.label("day"), *_marks(1, 0, 0)),
        select(step.c.enrolled_day.label("day"), *_marks(0, 1, 0)).where(step.c.enrolled == 1),
        select(step.c.dosed_on.label("day"), *_marks(0, 0, 1)),
    ).subquery()
    statement = (
        select(happened.c.day, func.sum(happened.c.screened), func.sum(happened.c.enrolled), func.sum(happened.c.dosed))
        .where(happened.c.day.is_not(None))
        .group_by(happened.c.day)
        .order_by(happened.c.day)
    )
    return ENROLMENT_DAYS.frame(session.connection().execute(statement).all())


def site_enrolment(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return SITE_ENROLMENT by site code, sites without a subject included."""
    step, site = _steps(as_of, study_id), known(Site, as_of, study_id)
    waiting = case((and_(step.c.eligible == 0, step.c.lost_eligible == 0), 1), else_=0)
    counted = (
        select(
            step.c.site_id,
            func.count().label("screened"),
            func.sum(waiting).label("undecided"),
            func.sum(step.c.lost_eligible).label("failed"),
            func.sum(step.c.enrolled).label("enrolled"),
            func.sum(step.c.dosed).label("dosed"),
            func.max(case((step.c.enrolled == 1, step.c.enrolled_day))).label("last"),
        )
        .group_by(step.c.site_id)
        .subquery()
    )
    numbers = (func.coalesce(counted.c[name], 0) for name in ("screened", "undecided", "failed", "enrolled", "dosed"))
    statement = (
        select(site.c.code, site.c.name, site.c.country, site.c.planned_per_month, *numbers, counted.c.last)
        .join(counted, counted.c.site_id == site.c.id, isouter=True)
        .order_by(site.c.code)
    )
    return SITE_ENROLMENT.frame(session.connection().execute(statement).all())


_COUNTED = ("eligible", "enrolled", "dosed", "lost_eligible", "lost_enrolled", "lost_dosed")


def _steps(as_of: AsOf, study_id: int) -> Subquery:
    """One row a subject: which steps were reached (1 or 0), at which it was lost, on which days, and the reason."""
    subject, dose = known(Subject, as_of, study_id), known(Administration, as_of, study_id)
    given = (
        select(dose.c.subject_id, func.min(dose.c.first_on).label("first_on"))
        .where(dose.c.first_on.is_not(None))
        .group_by(dose.c.subject_id)
        .subquery()
    )
    dosed = given.c.subject_id.is_not(None)
    assigned = and_(subject.c.planned_cohort_id.is_not(None), subject.c.status.in_(BEYOND_ELIGIBILITY))
    enrolled = or_(subject.c.enrolled_on.is_not(None), assigned, dosed)
    refused = or_(subject.c.eligible.is_(False), subject.c.status == "screen failure")
    eligible = or_(enrolled, and_(func.coalesce(subject.c.eligible, subject.c.status == "eligible"), ~refused))
    left = or_(subject.c.status.in_(GONE), subject.c.status == "screen failure")
    return (
        select(
            subject.c.site_id,
            func.coalesce(subject.c.screened_on, subject.c.consented_on).label("screened_on"),
            func.coalesce(subject.c.enrolled_on, given.c.first_on).label("enrolled_day"),
            given.c.first_on.label("dosed_on"),
            func.coalesce(subject.c.ineligible_reason, subject.c.discontinuation_reason).label("reason"),
            _one(eligible).label("eligible"),
            _one(enrolled).label("enrolled"),
            _one(dosed).label("dosed"),
            _one(and_(~eligible, or_(refused, left))).label("lost_eligible"),
            _one(and_(eligible, ~enrolled, left)).label("lost_enrolled"),
            _one(and_(enrolled, ~dosed, left)).label("lost_dosed"),
        )
        .join(given, given.c.subject_id == subject.c.id, isouter=True)
        .subquery("steps")
    )


def _one(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _total(column: ColumnElement[Any]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0)


def _marks(screened: int, enrolled: int, dosed: int) -> tuple[ColumnElement[int], ...]:
    return literal(screened).label("screened"), literal(enrolled).label("enrolled"), literal(dosed).label("dosed")
