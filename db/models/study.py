"""The trial itself: study, protocol versions, sites, dose levels, cohorts and committee decisions."""

from datetime import date, datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.models.base import Known, by_known, of_study, one_of, unique_code, within
from trial.terms import DECISIONS


class Study(SQLModel, table=True):
    """A trial. ``data_through`` is the last day its data speak of, where the data stand still (imported, made up)."""

    __tablename__ = "study"
    __table_args__ = (one_of("kind", ("live", "synthetic", "imported")),)

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=40)
    title: str
    kind: str
    time_zone: str
    ctcae_version: str | None = None
    data_through: date | None = None


class ProtocolVersion(Known, table=True):
    """One version of the protocol file, kept as its text; ``derived`` when made from an import's arms."""

    __tablename__ = "protocol_version"
    __table_args__ = (UniqueConstraint("study_id", "number"),)

    number: str
    text: str = Field(sa_type=Text)
    derived: bool = False
    reason: str
    effective_on: date


class Site(Known, table=True):
    """A place that enrols."""

    __tablename__ = "site"
    __table_args__ = unique_code()

    code: str
    name: str
    country: str | None = None
    time_zone: str
    planned_per_month: float | None = None


class DoseLevel(Known, table=True):
    """A declared dose: its leading amount and the whole vector as JSON text."""

    __tablename__ = "dose_level"
    __table_args__ = (*unique_code(), UniqueConstraint("study_id", "number"), within("number", 0, 1000))

    code: str
    number: int
    label: str
    amount: float | None = None
    unit: str | None = None
    vector: str = Field(default="[]", sa_type=Text)


class Cohort(Known, table=True):
    """Subjects who are to receive the same dose; for an imported study, one planned arm."""

    __tablename__ = "cohort"
    __table_args__ = (
        *unique_code(),
        UniqueConstraint("study_id", "number"),
        of_study("dose_level_id", "dose_level"),
        within("number", 0, 1000),
    )

    code: str
    number: int
    label: str
    dose_level_id: int | None = None
    planned_size: int | None = None
    opened_on: date | None = None
    closed_on: date | None = None


class CommitteeDecision(Known, table=True):
    """What a safety review committee decided, about which dose level, and why."""

    __tablename__ = "committee_decision"
    __table_args__ = (
        *unique_code(),
        of_study("dose_level_id", "dose_level"),
        of_study("next_level_id", "dose_level"),
        one_of("decision", DECISIONS),
        by_known(),
    )

    code: str
    decided_at: datetime
    dose_level_id: int | None = None
    decision: str
    next_level_id: int | None = None
    rationale: str = Field(sa_type=Text)
