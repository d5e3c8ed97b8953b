"""What every table shares: naming of constraints, the known-from moment, and portable CHECK constraints."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Known(SQLModel):
    """A row of one study that the trial team came to know at ``known_from`` (UTC).

    The table holds each row's newest version; earlier versions stand in its history table (db/history.py).
    """

    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="study.id", index=False)
    known_from: datetime


def one_of(column: str, words: Sequence[str | int]) -> CheckConstraint:
    """CHECK that ``column`` is one of ``words`` (a missing value passes)."""
    allowed = ", ".join(repr(word) for word in words)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_known")


def within(column: str, low: float, high: float) -> CheckConstraint:
    """CHECK that ``column`` lies in [low, high]; it also refuses text and blobs on SQLite."""
    return CheckConstraint(f"{column} BETWEEN {low} AND {high}", name=f"{column}_range")


def unique_code() -> tuple[UniqueConstraint, UniqueConstraint]:
    """A code that is unique in its study, and the key that composite foreign keys point to."""
    return UniqueConstraint("study_id", "code"), UniqueConstraint("study_id", "id")


def of_study(column: str, table: str) -> ForeignKeyConstraint:
    """A foreign key to a row of ``table`` in the same study."""
    return ForeignKeyConstraint(["study_id", column], [f"{table}.study_id", f"{table}.id"])


def index_where(name: str, *columns: str, condition: str) -> Index:
    """An index of only those rows for which ``condition`` is true: small, and cheap to keep."""
    return Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


def by_known(*columns: str) -> Index:
    """The index that cut-off queries use."""
    return Index(None, "study_id", *columns, "known_from")
