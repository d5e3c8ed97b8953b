"""Who has been dosed, when, and whether a dose-limiting toxicity is recorded."""

import pandas as pd
from sqlalchemy import Subquery, case, func, select
from sqlmodel import Session

from db.history import known
from db.models import Administration, AdverseEvent, Cohort, DoseLevel, Site, Subject
from trial.asof import AsOf
from trial.tables import DOSED


def dosed(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return DOSED, one row a dosed subject, in the order of the first administration."""
    subject, site = known(Subject, as_of, study_id), known(Site, as_of, study_id)
    cohort, level = known(Cohort, as_of, study_id), known(DoseLevel, as_of, study_id)
    dose, worst = _first_and_last(as_of, study_id), _worst_dlt(as_of, study_id)
    left = func.coalesce(subject.c.died_on, case((subject.c.status == "discontinued", subject.c.discontinued_on)))
    statement = (
        select(
            subject.c.code,
            func.coalesce(site.c.code, ""),
            cohort.c.number,
            level.c.number,
            dose.c.given,
            dose.c.first_on,
            dose.c.started_at,
            dose.c.last_on,
            worst.c.dlt,
            worst.c.term_used,
            worst.c.code,
            worst.c.onset_date,
            subject.c.status,
            left,
        )
        .join(dose, dose.c.subject_id == subject.c.id)
        .join(site, site.c.id == subject.c.site_id, isouter=True)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .join(level, level.c.id == cohort.c.dose_level_id, isouter=True)
        .join(worst, worst.c.subject_id == subject.c.id, isouter=True)
        .order_by(dose.c.first_on, subject.c.code)
    )
    return DOSED.frame(session.connection().execute(statement).all())


def _first_and_last(as_of: AsOf, study_id: int) -> Subquery:
    """Per dosed subject: administrations given, first and last day, first instant."""
    dose = known(Administration, as_of, study_id)
    return (
        select(
            dose.c.subject_id,
            func.count().label("given"),
            func.min(dose.c.first_on).label("first_on"),
            func.min(dose.c.started_at).label("started_at"),
            func.max(func.coalesce(dose.c.last_on, dose.c.first_on)).label("last_on"),
        )
        .where(dose.c.first_on.is_not(None))
        .group_by(dose.c.subject_id)
        .subquery()
    )


def _worst_dlt(as_of: AsOf, study_id: int) -> Subquery:
    """Per subject with a DLT assessment: the event that counts, DLT before pending before none, then the earliest."""
    event = known(AdverseEvent, as_of, study_id)
    rank = case((event.c.dlt == "yes", 0), (event.c.dlt == "pending", 1), else_=2)
    place = func.row_number().over(partition_by=event.c.subject_id, order_by=(rank, event.c.onset_date, event.c.code)).label("place")
    columns = (event.c.subject_id, event.c.dlt, event.c.term_used, event.c.code, event.c.onset_date)
    ranked = select(*columns, place).where(event.c.dlt.is_not(None)).subquery()
    return select(ranked).where(ranked.c.place == 1).subquery()
