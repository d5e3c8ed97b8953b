"""The events that the declared background rates count, one by one, for what comes again."""

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import select
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Subject
from db.queries.conditions import of_terms, treatment_emergent, treatment_starts
from db.queries.spans import count_days
from db.queries.spelling import spell, term_spellings
from trial.asof import AsOf
from trial.protocol import BackgroundPart
from trial.tables.recurrence import REPEATED_EVENTS


def repeated_events(session: Session, as_of: AsOf, study_id: int, *, rates: Sequence[BackgroundPart]) -> pd.DataFrame:
    """Return REPEATED_EVENTS: treatment-emergent events of dosed subjects, by background rate, subject and event."""
    if not rates:
        return REPEATED_EVENTS.empty()
    event, dose = known(AdverseEvent, as_of, study_id), treatment_starts(as_of, study_id)
    subject = known(Subject, as_of, study_id)
    spellings = term_spellings(session, as_of, study_id)
    written = {part.code: {*part.terms, *spell(part.terms, spellings)} for part in rates}
    day = count_days(dose.c.first_dose_on, event.c.onset_date)
    statement = (
        select(event.c.term_used, subject.c.code, event.c.code, day)
        .select_from(event)
        .join(dose, dose.c.subject_id == event.c.subject_id)
        .join(subject, subject.c.id == event.c.subject_id)
        .where(treatment_emergent(event, dose), of_terms(event, sorted(set().union(*written.values()))))
        .order_by(subject.c.code, event.c.code)
    )
    rows = session.connection().execute(statement).all()
    return REPEATED_EVENTS.frame((code, *row[1:]) for code, terms in written.items() for row in rows if row[0] in terms)
