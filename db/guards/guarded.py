"""Which tables are guarded, and what the guards need to know of each."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Table

from db.history import HISTORY, table_of
from db.models import Account, AuditEntry, CtcaeTerm, ImportBatch, MeddraTerm, RoleGrant, Study

CHAIN = "audit_entry"
"""The table of the audit chain."""

ENTRY_COLUMNS = tuple(column.name for column in AuditEntry.__table__.columns)  # type: ignore[attr-defined]
"""The columns of an audit entry, in order; the last one is the hash over all the others."""


@dataclass(frozen=True)
class Guarded:
    """A guarded table; ``history`` is the table of its earlier versions, missing where rows have no known-from moment."""

    table: Table
    history: Table | None

    @property
    def name(self) -> str:
        """The name of the table."""
        return self.table.name

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(column.name for column in self.table.columns)

    @property
    def study(self) -> str | None:
        """The column that names the study; None for a table that belongs to none."""
        return "id" if self.name == "study" else "study_id" if "study_id" in self.table.c else None


@cache
def guarded_tables() -> tuple[Guarded, ...]:
    """Return every guarded table, parents before children."""
    plain = [Guarded(table_of(model), None) for model in (Study, ImportBatch, Account, CtcaeTerm, MeddraTerm)]
    known = [Guarded(table_of(model), past) for model, past in HISTORY.items()]
    return (*plain, *known, Guarded(table_of(RoleGrant), None))
