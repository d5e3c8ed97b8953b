"""What was given and how: product lots, procedures and administrations."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from db.models.base import Known, by_known, of_study, one_of, unique_code, within
from trial.terms import PRECISIONS


class ProductLot(Known, table=True):
    """A lot of the product; viability in percent of cells at release."""

    __tablename__ = "product_lot"
    __table_args__ = (*unique_code(), within("release_viability_percent", 0, 100))

    code: str
    released_on: date | None = None
    expires_on: date | None = None
    release_viability_percent: float | None = None


class Procedure(Known, table=True):
    """An operation, puncture or other procedure; instants are UTC, ``blood_loss_ml`` in millilitres."""

    __tablename__ = "procedure"
    __table_args__ = (*unique_code(), of_study("subject_id", "subject"), within("blood_loss_ml", 0, 20000), by_known("subject_id"))

    code: str
    subject_id: int
    type: str
    performed_on: date | None = None
    anaesthesia: str | None = None
    anaesthesia_started_at: datetime | None = None
    incision_at: datetime | None = None
    closure_at: datetime | None = None
    blood_loss_ml: float | None = None
    neuromonitoring: str | None = None
    neuromonitoring_alert: bool | None = None


class Administration(Known, table=True):
    """One dose given to one subject; ``planned_vector`` and ``delivered_vector`` are JSON text.

    ``last_on`` is missing when the end was not collected. Amounts are in ``amount_unit``; 0 is a dose given (placebo).
    """

    __tablename__ = "administration"
    __table_args__ = (
        *unique_code(),
        of_study("subject_id", "subject"),
        of_study("procedure_id", "procedure"),
        of_study("lot_id", "product_lot"),
        of_study("dose_level_id", "dose_level"),
        one_of("start_precision", PRECISIONS),
        within("viability_percent", 0, 100),
        CheckConstraint("last_on IS NULL OR first_on IS NULL OR last_on >= first_on", name="ends_after_start"),
        by_known("subject_id"),
        Index(None, "study_id", "subject_id", "first_on", "last_on", "started_at", "known_from"),
    )

    code: str
    subject_id: int
    number: int
    product: str
    route: str | None = None
    location: str | None = None
    procedure_id: int | None = None
    lot_id: int | None = None
    dose_level_id: int | None = None
    planned_amount: float | None = None
    delivered_amount: float | None = None
    amount_unit: str | None = None
    planned_vector: str = Field(default="[]", sa_type=Text)
    delivered_vector: str = Field(default="[]", sa_type=Text)
    viability_percent: float | None = None
    start_text: str | None = None
    start_precision: str = "unknown"
    first_on: date | None = None
    last_on: date | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    deviation: str | None = None
