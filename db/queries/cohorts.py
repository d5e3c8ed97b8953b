"""Cohorts with how many subjects each was planned for and how many it has."""

import pandas as pd
from sqlalchemy import func, select
from sqlmodel import Session

from db.history import known
from db.models import Administration, Cohort, DoseLevel, Subject
from trial.asof import AsOf
from trial.tables import COHORTS


def cohorts(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return COHORTS in the order of their numbers."""
    cohort, level = known(Cohort, as_of, study_id), known(DoseLevel, as_of, study_id)
    subject, dose = known(Subject, as_of, study_id), known(Administration, as_of, study_id)
    assigned = (
        select(subject.c.planned_cohort_id.label("cohort_id"), func.count().label("n")).group_by(subject.c.planned_cohort_id).subquery()
    )
    given = select(dose.c.subject_id).where(dose.c.first_on.is_not(None)).distinct().subquery()
    dosed = (
        select(subject.c.actual_cohort_id.label("cohort_id"), func.count().label("n"))
        .join(given, given.c.subject_id == subject.c.id)
        .group_by(subject.c.actual_cohort_id)
        .subquery()
    )
    statement = (
        select(
            cohort.c.number,
            cohort.c.label,
            level.c.number,
            level.c.label,
            cohort.c.planned_size,
            cohort.c.opened_on,
            cohort.c.closed_on,
            func.coalesce(assigned.c.n, 0),
            func.coalesce(dosed.c.n, 0),
        )
        .join(level, level.c.id == cohort.c.dose_level_id, isouter=True)
        .join(assigned, assigned.c.cohort_id == cohort.c.id, isouter=True)
        .join(dosed, dosed.c.cohort_id == cohort.c.id, isouter=True)
        .order_by(cohort.c.number)
    )
    return COHORTS.frame(session.connection().execute(statement).all())
