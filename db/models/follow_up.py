"""What is seen over time: visits, measurements, medications, medical history and disposition."""

from datetime import date, datetime

from sqlalchemy import Index
from sqlmodel import Field

from db.models.base import Known, by_known, of_study, one_of
from trial.terms import DISPOSITION_KINDS, MEASUREMENT_KINDS, PRECISIONS


class Visit(Known, table=True):
    """A visit that took place."""

    __tablename__ = "visit"
    __table_args__ = (of_study("subject_id", "subject"), by_known("subject_id"))

    subject_id: int
    code: str
    label: str
    occurred_on: date | None = None
    ended_on: date | None = None


class Measurement(Known, table=True):
    """One result: laboratory, vital sign or neurological score, with unit and reference range."""

    __tablename__ = "measurement"
    __table_args__ = (
        of_study("subject_id", "subject"),
        one_of("kind", MEASUREMENT_KINDS),
        Index(None, "study_id", "subject_id", "test", "measured_on"),
        by_known("test"),
    )

    subject_id: int
    kind: str
    test: str
    label: str
    visit: str | None = None
    measured_on: date | None = None
    measured_at: datetime | None = None
    result_text: str | None = None
    value: float | None = None
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    indicator: str | None = None
    baseline: bool | None = None


class Medication(Known, table=True):
    """A medication other than the product; ``protocol_required`` marks e.g. immunosuppression."""

    __tablename__ = "medication"
    __table_args__ = (of_study("subject_id", "subject"), one_of("start_precision", PRECISIONS), by_known("subject_id"))

    subject_id: int
    name: str
    coded_name: str | None = None
    indication: str | None = None
    dose_text: str | None = None
    route: str | None = None
    protocol_required: bool = False
    start_text: str | None = None
    start_precision: str = "unknown"
    first_on: date | None = None
    last_on: date | None = None
    ongoing: bool | None = None


class MedicalHistory(Known, table=True):
    """A condition or operation from before the trial."""

    __tablename__ = "medical_history"
    __table_args__ = (of_study("subject_id", "subject"), by_known("subject_id"))

    subject_id: int
    verbatim: str
    coded_term: str | None = None
    category: str | None = None
    start_text: str | None = None
    end_text: str | None = None


class Disposition(Known, table=True):
    """How the study or the treatment ended for a subject, or a milestone on the way."""

    __tablename__ = "disposition"
    __table_args__ = (of_study("subject_id", "subject"), one_of("kind", DISPOSITION_KINDS), by_known("kind", "reason"))

    subject_id: int
    kind: str
    reason: str
    verbatim: str | None = None
    occurred_on: date | None = None
    occurred_text: str | None = Field(default=None)
