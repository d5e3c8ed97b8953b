"""The audit chain: one entry for each act on the record, each sealed with the hash of the one before."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from db.history import table_of
from db.models import AuditEntry

GENESIS = "0" * 64


@dataclass(frozen=True)
class Actor:
    """Who acts: a name for the record, the role acted in, and when (aware instant)."""

    name: str
    role: str
    at: datetime


@dataclass(frozen=True)
class Head:
    """The newest entry of the chain: its number and its hash; the version of everything the database holds."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence:,} · {self.hash[:12]}"


def read_head(session: Session) -> Head:
    """Return the head of the chain; number 0 for an empty record."""
    table = table_of(AuditEntry)
    row = session.connection().execute(select(table.c.sequence, table.c.hash).order_by(table.c.sequence.desc()).limit(1)).first()
    return Head(row.sequence, row.hash) if row else Head(0, GENESIS)


def append_entry(
    session: Session,
    actor: Actor,
    act: str,
    *,
    study_id: int | None = None,
    details: dict[str, Any] | None = None,
    reason: str | None = None,
) -> Head:
    """Append one entry in the caller's transaction and return the new head."""
    head = read_head(session)
    entry: dict[str, Any] = {
        "sequence": head.sequence + 1,
        "at": actor.at.astimezone(UTC),
        "actor": actor.name,
        "role": actor.role,
        "act": act,
        "study_id": study_id,
        "details": json.dumps(details or {}, sort_keys=True, ensure_ascii=False),
        "reason": reason,
        "previous_hash": head.hash,
    }
    entry["hash"] = compute_hash(entry)
    session.connection().execute(table_of(AuditEntry).insert(), [entry])
    return Head(entry["sequence"], entry["hash"])


def compute_hash(entry: dict[str, Any]) -> str:
    """Return the SHA-256 over every column of an entry but the hash itself, in canonical JSON."""
    columns = {key: value.isoformat() if isinstance(value, datetime) else value for key, value in entry.items() if key != "hash"}
    return hashlib.sha256(json.dumps(columns, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
