"""Whether a row is still the version that a person saw; and if not, who changed what, when and why."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from db.commands.current import MODELS, Row
from db.commands.recorded import Conflict, RowChange
from db.guards.canonical import canonical_row, write_moment
from db.history import HISTORY, table_of
from db.models import AuditEntry
from trial.entry.correctable import TABLE_NAMES
from trial.errors import FaultyInput, refuse
from trial.sentence import Sentence

UNTOLD = frozenset({"known_from", "id", "study_id"})
"""Columns that say nothing to a person who compares two versions."""


def require_seen(session: Session, table: str, study_id: int, row: Row | None, *, row_id: int, seen: datetime) -> Row:
    """Return the row when ``seen`` is its version; raise Conflict that tells every change since, FaultyInput when it never was."""
    if row is not None and row["known_from"] == seen:
        return row
    if row is None and not _ever_was(session, table, study_id, row_id):
        raise _not_there(table)
    changes = find_changes(session, table, row_id, since=seen)
    if not changes:
        raise _not_there(table)
    raise Conflict(table, changes, row["known_from"] if row else None)


def find_changes(session: Session, table: str, row_id: int, *, since: datetime) -> tuple[RowChange, ...]:
    """Return what was changed in a row after its version ``since``, oldest first, from the audit trail."""
    entry = table_of(AuditEntry)
    later = select(entry).where(entry.c.table_name == table, entry.c.row_key == row_id, entry.c.known_from > since)
    rows = session.connection().execute(later.where(entry.c.change.in_(("update", "delete"))).order_by(entry.c.sequence)).mappings()
    return tuple(change for row in rows for change in _read_entry(table, dict(row)))


def _read_entry(table: str, entry: dict[str, Any]) -> list[RowChange]:
    """The columns that one entry changed."""
    who = {"actor": entry["actor"], "role": entry["role"], "at": entry["at"], "reason": entry["reason"] or ""}
    if entry["change"] == "delete":
        return [RowChange("", None, None, **who)]
    model = table_of(MODELS[table])
    before, after = (canonical_row(model, json.loads(entry[side])) for side in ("before", "after"))
    names = [column.name for column in model.columns if column.name not in UNTOLD]
    return [RowChange(name, before.get(name), after.get(name), **who) for name in names if before.get(name) != after.get(name)]


def _ever_was(session: Session, table: str, study_id: int, row_id: int) -> bool:
    past = HISTORY[MODELS[table]]
    found = select(past.c.id).where(past.c.id == row_id, past.c.study_id == study_id).limit(1)
    return session.connection().execute(found).first() is not None


def _not_there(table: str) -> FaultyInput:
    return refuse(TABLE_NAMES[table], Sentence("is not in the record in this version"), Sentence("Open it again and repeat the change."))


def version_mark(known_from: datetime) -> str:
    """Return the version of a row as text, for the key of a form."""
    return write_moment(known_from)
