"""Is the record still what was written? Chain, rows, history, guards, keys, the file itself, and heads noted elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select
from sqlmodel import Session

from db.audit import Head, read_head
from db.engine import reading
from db.guards.chain_check import check_chain
from db.guards.install import missing_guards
from db.guards.row_check import check_rows
from db.history import table_of
from db.models import AuditEntry
from db.schema import require_current
from trial.errors import Fault

CURE = "Do not work on; compare with a backup."


@dataclass(frozen=True)
class Verification:
    """What was found: the head of the chain, how many entries it has, what was checked, and every fault."""

    head: Head
    entries: int
    checked: tuple[str, ...]
    faults: tuple[Fault, ...]


def verify(engine: Engine, *, noted: Sequence[Head] = ()) -> Verification:
    """Return the verification of a database; raise FaultyInput when its schema is not this program's.

    A chain cannot show that its end was cut off: ``noted`` are heads that were kept outside the database, and each must be found.
    """
    require_current(engine)
    with reading(engine) as session:
        return verify_within(session, noted=noted)


def verify_within(session: Session, *, noted: Sequence[Head] = ()) -> Verification:
    """Return the verification of what one transaction sees of a database that has this program's schema."""
    connection = session.connection()
    found = check_chain(connection)
    faults = [*found.faults, *check_rows(connection, found), *_check_guards(connection), *_check_heads(connection, noted)]
    checked = ["audit chain", "every row and its history against the chain", "guards"]
    if noted:
        checked.append(f"{len(noted):,} heads noted outside")
    if connection.dialect.name == "sqlite":
        faults += [*_check_integrity(connection), *_check_foreign_keys(connection)]
        checked += ["integrity of the file, unique keys and conditions", "foreign keys"]
    return Verification(read_head(session), found.entries, tuple(checked), tuple(faults))


def _check_guards(connection: Connection) -> Iterator[Fault]:
    """Every trigger stands as this program makes it."""
    if missing := missing_guards(connection):
        named = ", ".join(missing[:3])
        yield Fault("guards", f"{len(missing)} do not stand as they should ({named}): changes could pass unseen", CURE)


def _check_heads(connection: Connection, noted: Sequence[Head]) -> Iterator[Fault]:
    """Every head that was noted elsewhere is in the chain."""
    chain = table_of(AuditEntry)
    last = connection.execute(select(func.max(chain.c.sequence))).scalar_one() or 0
    beyond = [head for head in noted if head.sequence > last]
    if beyond:
        newest = max(head.sequence for head in beyond)
        yield Fault(f"audit entries {last + 1} to {newest}", "are missing from the end of the chain: their head was noted elsewhere", CURE)
    for head in noted:
        found = connection.execute(select(chain.c.hash).where(chain.c.sequence == head.sequence)).scalar_one_or_none()
        if found is not None and not str(found).startswith(head.hash):
            yield Fault(f"audit entry {head.sequence}", "is not the one whose head was noted elsewhere", CURE)


def _check_integrity(connection: Connection) -> Iterator[Fault]:
    """SQLite's own check of pages, indexes, NOT NULL, UNIQUE and CHECK."""
    for (message,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if message != "ok":
            yield Fault("database file", str(message), CURE)


def _check_foreign_keys(connection: Connection) -> Iterator[Fault]:
    """Rows that refer to nothing."""
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield Fault(f"{table}, row {row}", f"refers to no row of {parent}", CURE)
