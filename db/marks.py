"""When each table changed last: what was read of a table stands until the record has a newer entry that names it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import count
from threading import Lock
from types import MappingProxyType
from typing import Any

from sqlalchemy import event, func, select
from sqlmodel import Session

from db.audit import Head, read_head
from db.guards.guarded import CHAIN, guarded_tables
from db.history import table_of
from db.models import AuditEntry

ENTRIES_OF = "firstwatch_entries_of"
"""Execution option: the tables whose entries alone a statement reads of the chain, as its own condition says (see `watching`)."""

_lock = Lock()
_origins = count(1)
_latest: dict[str, "Marks"] = {}


@dataclass(frozen=True)
class Marks:
    """The head of the chain, and for each guarded table the number of the newest entry that names it.

    Marks of the same ``origin`` are of one chain that only grew; a restored or exchanged database begins another.
    """

    head: Head
    tables: Mapping[str, int]
    origin: int

    def unchanged(self, tables: frozenset[str], since: int) -> bool:
        """Return whether none of these tables has an entry later than number ``since``; the chain itself has one whenever it grew."""
        return all((self.head.sequence if name == CHAIN else self.tables.get(name, 0)) <= since for name in tables)


def read_marks(session: Session) -> Marks:
    """Return the marks of the record now; costs one short look where nothing was written since this process asked last.

    To be asked first in a session: one after the other looks, so that none comes with an older state than the one before.
    """
    with _lock:
        place, head = str(session.get_bind().engine.url), read_head(session)
        latest = _latest.get(place)
        if latest is None or head != latest.head:
            latest = _latest[place] = _read_on(session, latest, head)
    return latest


def _read_on(session: Session, latest: Marks | None, head: Head) -> Marks:
    """The marks at ``head``: carried on from the latest where those are of the same chain, else read anew."""
    chain = table_of(AuditEntry)
    named = chain.c.table_name.is_not(None), chain.c.sequence <= head.sequence
    newest = select(chain.c.table_name, func.max(chain.c.sequence)).where(*named).group_by(chain.c.table_name)
    if latest and latest.head.sequence:
        found = session.connection().execute(select(chain.c.hash).where(chain.c.sequence == latest.head.sequence)).scalar_one_or_none()
        if found == latest.head.hash and latest.head.sequence < head.sequence:
            later = newest.where(chain.c.sequence > latest.head.sequence)
            return Marks(head, MappingProxyType({**latest.tables, **_pairs(session, later)}), latest.origin)
    return Marks(head, MappingProxyType(_pairs(session, newest)), next(_origins))


def _pairs(session: Session, newest: Any) -> dict[str, int]:
    return {str(name): int(number) for name, number in session.connection().execute(newest)}


@contextmanager
def watching(session: Session) -> Iterator[set[str]]:
    """Collect the tables that are named in what is asked within; an earlier version of a row belongs to its table.

    The chain grows with every command. A statement with the execution option ENTRIES_OF reads no entries but those that name these
    tables, and so changes with them alone.
    """
    found: set[str] = set()
    connection = session.connection()

    def note(_connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        """Take the tables of one statement."""
        named = context.execution_options.get(ENTRIES_OF)
        found.update(tables_of(statement) if named is None else (tables_of(statement) - {CHAIN}).union(named))

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", note)


@lru_cache(maxsize=1000)
def tables_of(statement: str) -> frozenset[str]:
    """Return the tables that an SQL text names, by the names of the tables that hold them today.

    Every whole word counts, so a column of the same name is taken for the table: that reads once too often, never too rarely.
    """
    names = _names()
    return frozenset(names[word] for word in re.findall(r"\w+", statement) if word in names)


@cache
def _names() -> dict[str, str]:
    names = {CHAIN: CHAIN}
    for guarded in guarded_tables():
        names[guarded.name] = guarded.name
        if guarded.history is not None:
            names[guarded.history.name] = guarded.name
    return names
