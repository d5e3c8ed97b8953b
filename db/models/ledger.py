"""The record of the record: imports, their problems, and the audit chain."""

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from db.models.base import Known, by_known, one_of

CHANGES = ("insert", "update", "delete", "act")


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
    """One change of a row, or one act that changes none: who, in which role and session, when, what, why; chained by hash.

    ``change`` says which: insert, update, delete (then ``table_name`` and ``row_key`` name the row, ``before`` and ``after`` are
    its versions as JSON) or act (``after`` holds its particulars). ``known_from`` is the moment from which the trial team knows.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (one_of("change", CHANGES), Index(None, "table_name", "row_key"))

    sequence: int = Field(primary_key=True)
    at: datetime
    known_from: datetime
    actor: str
    role: str
    session: str = ""
    act: str
    study_id: int | None = None
    change: str
    table_name: str | None = None
    row_key: int | None = None
    before: str | None = Field(default=None, sa_type=Text)
    after: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    previous_hash: str
    hash: str
