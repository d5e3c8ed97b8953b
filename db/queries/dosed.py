"""Who has been dosed, when, and whether a dose-limiting toxicity is recorded."""

import pandas as pd
from sqlalchemy import case, func, select
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Cohort, DoseLevel, Site, Subject
from db.queries.conditions import first_doses
from trial.asof import AsOf
from trial.tables import DOSED

NO_DLT = (None, None, None, None)
"""What stands for a subject without a DLT assessment: state, term, event and onset."""


def dosed(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return DOSED, one row a dosed subject, in the order of the first administration.

    The few DLT assessments are read by themselves: joined to the subjects, SQLite would rank them anew for each.
    """
    subject, site = known(Subject, as_of, study_id), known(Site, as_of, study_id)
    cohort, level = known(Cohort, as_of, study_id), known(DoseLevel, as_of, study_id)
    dose = first_doses(as_of, study_id)
    left = func.coalesce(subject.c.died_on, case((subject.c.status == "discontinued", subject.c.discontinued_on)))
    statement = (
        select(
            subject.c.id,
            subject.c.code,
            func.coalesce(site.c.code, ""),
            cohort.c.number,
            level.c.number,
            dose.c.administrations,
            dose.c.first_dose_on,
            dose.c.first_cell_at,
            dose.c.last_dose_on,
            subject.c.status,
            left,
        )
        .join(dose, dose.c.subject_id == subject.c.id)
        .join(site, site.c.id == subject.c.site_id, isouter=True)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .join(level, level.c.id == cohort.c.dose_level_id, isouter=True)
        .order_by(dose.c.first_dose_on, subject.c.code)
    )
    worst = _worst_dlt(session, as_of, study_id)
    rows = session.connection().execute(statement).all()
    return DOSED.frame((*row[1:9], *worst.get(row[0], NO_DLT), *row[9:]) for row in rows)


def _worst_dlt(session: Session, as_of: AsOf, study_id: int) -> dict[int, tuple[object, ...]]:
    """Per subject (by key) with a DLT assessment: the event that counts, DLT before pending before none, then the earliest."""
    event = known(AdverseEvent, as_of, study_id)
    rank = case((event.c.dlt == "yes", 0), (event.c.dlt == "pending", 1), else_=2)
    statement = (
        select(event.c.subject_id, event.c.dlt, event.c.term_used, event.c.code, event.c.onset_date)
        .where(event.c.dlt.is_not(None))
        .order_by(rank.desc(), event.c.onset_date.desc(), event.c.code.desc())
    )
    return {row[0]: tuple(row[1:]) for row in session.connection().execute(statement)}
