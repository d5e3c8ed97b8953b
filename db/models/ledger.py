"""The record of the record: imports, their problems, and the audit chain."""

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.models.base import Known, by_known


class ImportBatch(SQLModel, table=True):
    """One accepted import; ``digest`` is the SHA-256 of its content, so that the same export is recognised."""

    __tablename__ = "import_batch"
    __table_args__ = (UniqueConstraint("study_id", "digest"),)

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id")
    imported_at: datetime
    actor: str
    digest: str
    files: str = Field(sa_type=Text)
    rows: int


class DataIssue(Known, table=True):
    """Something that an import found wrong or doubtful, where it stands and what was done about it."""

    __tablename__ = "data_issue"
    __table_args__ = (by_known("kind"),)

    batch_id: int | None = Field(default=None, foreign_key="import_batch.id")
    kind: str
    file: str
    row: int | None = None
    column_name: str | None = None
    subject: str | None = None
    message: str = Field(sa_type=Text)
    done: str = Field(sa_type=Text)


class AuditEntry(SQLModel, table=True):
    """One act on the record: who, in which role, when, what, why; chained by hash to the entry before."""

    __tablename__ = "audit_entry"

    sequence: int = Field(primary_key=True)
    at: datetime
    actor: str
    role: str
    act: str
    study_id: int | None = Field(default=None, foreign_key="study.id")
    details: str = Field(sa_type=Text)
    reason: str | None = None
    previous_hash: str
    hash: str = Field(unique=True)
