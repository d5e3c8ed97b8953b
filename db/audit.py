"""The audit chain: one entry for each change and each act, each sealed with the hash of the one before.

The entries of changes are written by the database's own guards (db/guards); this module says who acts, and appends the entries
of acts that change no row.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text
from sqlmodel import Session

from db.engine import TELLER
from db.guards.canonical import compute_hash, write_moment
from db.guards.guarded import ENTRY_COLUMNS
from db.guards.sqlite import GENESIS
from db.history import table_of
from db.models import AuditEntry


@dataclass(frozen=True)
class Actor:
    """Who acts: a name for the record, the role acted in, when (aware instant), and in which signed-in session.

    ``studies`` and ``sites`` are the keys of those the role is granted for; None means all of them.
    """

    name: str
    role: str
    at: datetime
    session: str = ""
    studies: frozenset[int] | None = None
    sites: frozenset[int] | None = None


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


def begin_act(session: Session, actor: Actor, act: str, *, reason: str | None = None, known_from: datetime | None = None) -> None:
    """Say who acts and why, for every change that follows in this transaction; said again, the later one counts.

    ``known_from`` is the moment from which a void is known (the act's own by default). Without a reason corrections are refused.
    """
    said: dict[str, str | None] = {
        "at": write_moment(actor.at),
        "known_from": write_moment(known_from or actor.at),
        "actor": actor.name,
        "role": actor.role,
        "session": actor.session,
        "act": act,
        "reason": reason,
    }
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.info[TELLER].act = said
        return
    settings = ", ".join(f"set_config('firstwatch.{name}', :{name}, true)" for name in said)  # names of our own, never from a person
    connection.execute(text(f"SELECT {settings}"), {name: value or "" for name, value in said.items()})


def append_entry(
    session: Session,
    actor: Actor,
    act: str,
    *,
    study_id: int | None = None,
    details: dict[str, Any] | None = None,
    reason: str | None = None,
) -> Head:
    """Append the entry of an act that changes no row, in the caller's transaction, and return the new head."""
    head = read_head(session)
    entry: dict[str, Any] = dict.fromkeys(ENTRY_COLUMNS) | {
        "sequence": head.sequence + 1,
        "at": actor.at.astimezone(UTC),
        "known_from": actor.at.astimezone(UTC),
        "actor": actor.name,
        "role": actor.role,
        "session": actor.session,
        "act": act,
        "study_id": study_id,
        "change": "act",
        "after": json.dumps(details or {}, sort_keys=True, ensure_ascii=False),
        "reason": reason,
        "previous_hash": head.hash,
    }
    entry["hash"] = compute_hash(entry[name] for name in ENTRY_COLUMNS[:-1])
    session.connection().execute(table_of(AuditEntry).insert(), [entry])
    return Head(entry["sequence"], entry["hash"])
