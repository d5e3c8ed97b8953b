"""Cohorts with how many subjects each was planned for and how many it has."""

import pandas as pd
from sqlalchemy import func, select
from sqlmodel import Session

from db.history import known
from db.models import Cohort, DoseLevel, Subject
from db.queries.conditions import first_doses
from trial.asof import AsOf
from trial.tables import COHORTS


def cohorts(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return COHORTS in the order of their numbers."""
    cohort, level = known(Cohort, as_of, study_id), known(DoseLevel, as_of, study_id)
    statement = (
        select(
            cohort.c.id,
            cohort.c.number,
            cohort.c.label,
            level.c.number,
            level.c.label,
            cohort.c.planned_size,
            cohort.c.opened_on,
            cohort.c.closed_on,
        )
        .join(level, level.c.id == cohort.c.dose_level_id, isouter=True)
        .order_by(cohort.c.number)
    )
    assigned, dosed = _count_assigned(session, as_of, study_id), _count_dosed(session, as_of, study_id)
    rows = session.connection().execute(statement).all()
    return COHORTS.frame((*row[1:], assigned.get(row[0], 0), dosed.get(row[0], 0)) for row in rows)


def _count_assigned(session: Session, as_of: AsOf, study_id: int) -> dict[int, int]:
    """Subjects planned for each cohort, by its key."""
    subject = known(Subject, as_of, study_id)
    statement = select(subject.c.planned_cohort_id, func.count()).group_by(subject.c.planned_cohort_id)
    return {row[0]: row[1] for row in session.connection().execute(statement)}


def _count_dosed(session: Session, as_of: AsOf, study_id: int) -> dict[int, int]:
    """Dosed subjects of each cohort, by its key."""
    subject, dose = known(Subject, as_of, study_id), first_doses(as_of, study_id)
    statement = (
        select(subject.c.actual_cohort_id, func.count()).join(dose, dose.c.subject_id == subject.c.id).group_by(subject.c.actual_cohort_id)
    )
    return {row[0]: row[1] for row in session.connection().execute(statement)}
