"""What a site answered when it was asked for a complication by name: a count means little without how it was looked for."""

from datetime import date

from sqlalchemy import CheckConstraint

from db.models.base import Known, by_known, of_study, one_of, unique_code
from trial.terms import CHECK_ANSWERS, CHECK_PERIODS


class ComplicationCheck(Known, table=True):
    """One answer on the prompted list of one procedure and one period.

    ``complication`` is the code of a background rate of the protocol that names days after surgery. ``checked_on`` is the day of the
    answer, on a list to discharge the day of discharge. ``event_id`` is the adverse event, where the site named it.
    """

    __tablename__ = "complication_check"
    __table_args__ = (
        *unique_code(),
        of_study("subject_id", "subject"),
        of_study("procedure_id", "procedure"),
        of_study("event_id", "adverse_event"),
        one_of("period", CHECK_PERIODS),
        one_of("answer", CHECK_ANSWERS),
        CheckConstraint("event_id IS NULL OR answer = 'occurred'", name="event_occurred"),
        by_known("procedure_id"),
        by_known("subject_id"),
    )

    code: str
    subject_id: int
    procedure_id: int
    complication: str
    period: str
    answer: str
    checked_on: date
    event_id: int | None = None
