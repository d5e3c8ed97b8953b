"""Deaths that no adverse event accounts for."""

import pandas as pd
from sqlalchemy import or_, select
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Subject
from db.queries.conditions import fatal
from trial.asof import AsOf
from trial.tables import DATA_FAULT_LISTING

UNACCOUNTED = "died without fatal event"


def death_faults(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return DATA_FAULT_LISTING of subjects who died after consent and have no event of grade 5, fatal outcome or death as its result.

    A subject whose consent has no day counts; a date of death before consent is no death in the study.
    """
    subject, event = known(Subject, as_of, study_id), known(AdverseEvent, as_of, study_id)
    accounted = select(event.c.subject_id).where(fatal(event))
    died = subject.c.died_on.is_not(None) & or_(subject.c.consented_on.is_(None), subject.c.died_on >= subject.c.consented_on)
    statement = select(subject.c.code, subject.c.died_on).where(died, subject.c.id.not_in(accounted)).order_by(subject.c.code)
    return DATA_FAULT_LISTING.frame(
        (UNACCOUNTED, code, None, None, day.isoformat(), None) for code, day in session.connection().execute(statement)
    )
