"""Is the record still what was written? The audit chain, the keys, the history, and the file itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select
from sqlmodel import Session

from db.audit import GENESIS, Head, compute_hash, read_head
from db.engine import reading
from db.history import HISTORY, table_of
from db.models import AuditEntry
from db.schema import require_current
from trial.errors import Fault

_CURE = "Do not work on; compare with a backup."


@dataclass(frozen=True)
class Verification:
    """What was found: the head of the chain, how many entries it has, what was checked, and every fault."""

    head: Head
    entries: int
    checked: tuple[str, ...]
    faults: tuple[Fault, ...]


def verify(engine: Engine) -> Verification:
    """Return the verification of a database; raise FaultyInput when its schema is not this program's.

    A chain cannot show that its end was cut off: compare the head with one that was noted elsewhere.
    """
    require_current(engine)
    with reading(engine) as session:
        connection = session.connection()
        faults = [*_check_chain(connection), *_check_history(connection)]
        checked = ["audit chain", "history"]
        if connection.dialect.name == "sqlite":
            faults += [*_check_integrity(connection), *_check_foreign_keys(connection)]
            checked += ["integrity of the file, unique keys and conditions", "foreign keys"]
        return Verification(read_head(session), _count_entries(session), tuple(checked), tuple(faults))


def _count_entries(session: Session) -> int:
    """How many entries the audit trail has."""
    return int(session.connection().execute(select(func.count()).select_from(table_of(AuditEntry))).scalar_one())


def _check_chain(connection: Connection) -> Iterator[Fault]:
    """Entries are numbered without gap, each names the hash of the one before, and each hash fits its entry."""
    table = table_of(AuditEntry)
    number, previous = 0, GENESIS
    for row in connection.execution_options(stream_results=True).execute(select(table).order_by(table.c.sequence)):
        entry = dict(row._mapping)
        if entry["sequence"] != number + 1:
            yield Fault(f"audit entry {number + 1}", "is missing", _CURE)
        elif entry["previous_hash"] != previous:
            yield Fault(f"audit entry {entry['sequence']}", "does not follow from the entry before", _CURE)
        if compute_hash(entry) != entry["hash"]:
            yield Fault(f"audit entry {entry['sequence']}", "was changed: its hash does not fit", _CURE)
        number, previous = entry["sequence"], entry["hash"]


def _check_history(connection: Connection) -> Iterator[Fault]:
    """No earlier version lasts until before it began."""
    for past in HISTORY.values():
        wrong = connection.execute(select(func.count()).where(past.c.known_from >= past.c.valid_to)).scalar_one()
        if wrong:
            yield Fault(past.name, f"has {wrong} versions that end before they begin", _CURE)


def _check_integrity(connection: Connection) -> Iterator[Fault]:
    """SQLite's own check of pages, indexes, NOT NULL, UNIQUE and CHECK."""
    for (message,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if message != "ok":
            yield Fault("database file", str(message), _CURE)


def _check_foreign_keys(connection: Connection) -> Iterator[Fault]:
    """Rows that refer to nothing."""
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield Fault(f"{table}, row {row}", f"refers to no row of {parent}", _CURE)
