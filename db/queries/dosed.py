"""Who has been dosed, when, and whether a dose-limiting toxicity is recorded."""

import pandas as pd
from sqlalchemy import Subquery, case, func, select
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Cohort, DoseLevel, Site, Subject
from db.queries.conditions import first_doses
from trial.asof import AsOf
from trial.tables import DOSED


def dosed(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return DOSED, one row a dosed subject, in the order of the first administration."""
    subject, site = known(Subject, as_of, study_id), known(Site, as_of, study_id)
    cohort, level = known(Cohort, as_of, study_id), known(DoseLevel, as_of, study_id)
    dose, worst = first_doses(as_of, study_id), _worst_dlt(as_of, study_id)
    left = func.coalesce(subject.c.died_on, case((subject.c.status == "discontinued", subject.c.discontinued_on)))
    statement = (
        select(
            subject.c.code,
            func.coalesce(site.c.code, ""),
            cohort.c.number,
            level.c.number,
            dose.c.administrations,
            dose.c.first_dose_on,
            dose.c.first_cell_at,
            dose.c.last_dose_on,
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
        .order_by(dose.c.first_dose_on, subject.c.code)
    )
    return DOSED.frame(session.connection().execute(statement).all())


def _worst_dlt(as_of: AsOf, study_id: int) -> Subquery:
    """Per subject with a DLT assessment: the event that counts, DLT before pending before none, then the earliest."""
    event = known(AdverseEvent, as_of, study_id)
    rank = case((event.c.dlt == "yes", 0), (event.c.dlt == "pending", 1), else_=2)
    place = func.row_number().over(partition_by=event.c.subject_id, order_by=(rank, event.c.onset_date, event.c.code)).label("place")
    columns = (event.c.subject_id, event.c.dlt, event.c.term_used, event.c.code, event.c.onset_date)
    ranked = select(*columns, place).where(event.c.dlt.is_not(None)).subquery()
    return select(ranked).where(ranked.c.place == 1).subquery()
