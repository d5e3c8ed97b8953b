"""A whole database copied into another, of either kind, history and chain included, and verified before it counts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, func, inspect, select
from sqlmodel import Session

from db.audit import Head
from db.commands.bulk import reset_sequences
from db.commands.database_roles import grant_rights
from db.guards.guarded import guarded_tables
from db.guards.install import install, remove
from db.guards.postgresql import LOCK
from db.insertion import insert_rows
from db.schema import migrate, require_current
from db.verification import Verification, verify_within
from trial.errors import Fault, FaultyInput, refuse

AT_ONCE = 5_000
AGAIN = "Copy once more; if it happens again, tell who looks after this program."
Progress = Callable[[int, int, str], None]
"""Told how many rows are copied, of how many, and of which table."""


@dataclass(frozen=True)
class Copied:
    """What a copy brought over: the rows of each table, and the verification of the copy."""

    rows: Mapping[str, int]
    verification: Verification


def copy_database(source: Engine, target: Engine, *, progress: Progress | None = None) -> Copied:
    """Copy everything that ``source`` holds at this moment into ``target``, in one transaction, and return what was copied.

    The target holds no table yet, or no row. The guards are down in it only within that transaction; the copy is committed when it
    has as many rows, the same head of the chain, and verifies as sound. Raises FaultyInput where the source is not sound, the target
    is not empty, or the copy is not the same; the target is then as it was.
    """
    require_current(source)
    with _snapshot(source) as old:
        found = verify_within(old)
        if found.faults:
            raise FaultyInput(found.faults)
        with _one_transaction(target) as new:
            _prepare(new.connection())
            rows = _copy_rows(old.connection(), new.connection(), progress or _say_nothing)
            reset_sequences(new)
            install(new.connection())
            grant_rights(new.connection())
            return Copied(rows, _compare(new, rows, found.head))


@contextmanager
def _snapshot(source: Engine) -> Iterator[Session]:
    """Yield a session that sees one moment of the database, whatever others write meanwhile."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if source.dialect.name == "postgresql" else {}
    with source.connect().execution_options(**options) as connection, Session(connection) as session:
        try:
            yield session
        finally:
            session.rollback()


@contextmanager
def _one_transaction(target: Engine) -> Iterator[Session]:
    """Yield a session whose work is committed together or not at all; the head of a copy is noted by whoever gives it a name."""
    with target.connect().execution_options(writer=True) as connection, Session(connection) as session, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        yield session
        session.flush()


def _prepare(target: Connection) -> None:
    """Make an empty target ready: the newest schema, no row, the guards down. Raises FaultyInput for any other target."""
    if not inspect(target).get_table_names():
        migrate(target)
    require_current(target)
    filled = [table.name for table in _tables() if _count(target, table)]
    if filled:
        raise refuse("target", f"holds rows already ({', '.join(filled[:3])})", "Name an empty or a new database; a copy never overwrites.")
    remove(target)


def _tables() -> list[Table]:
    """Every table of the record, parents before children."""
    return guarded_tables()[0].table.metadata.sorted_tables


def _copy_rows(old: Connection, new: Connection, progress: Progress) -> dict[str, int]:
    """Copy every row of every table, some thousand at a time; return how many there were of each."""
    counts = {table.name: _count(old, table) for table in _tables()}
    total, done = sum(counts.values()), 0
    for table in _tables():
        found = old.execute(select(table), execution_options={"yield_per": AT_ONCE})
        for part in found.partitions():
            _write(new, table, part)
            done += len(part)
            progress(done, total, table.name)
    return counts


def _write(connection: Connection, table: Table, rows: Sequence[Row[Any]]) -> None:
    """Write rows as they were read; PostgreSQL takes them as a stream, which is several times faster."""
    if connection.dialect.name != "postgresql":
        insert_rows(connection, table, [dict(row._mapping) for row in rows])
        return
    driver: Any = connection.connection.driver_connection
    columns = ", ".join(f'"{name}"' for name in table.columns.keys())  # noqa: SIM118  a table's columns are no dict
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as stream:
        for row in rows:
            stream.write_row(row)


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _compare(new: Session, rows: Mapping[str, int], head: Head) -> Verification:
    """Return the verification of the copy; raise FaultyInput unless it is sound and the same as its source."""
    found = verify_within(new)
    there = {table.name: _count(new.connection(), table) for table in _tables()}
    faults = [
        *found.faults,
        *(
            Fault(f"copy of {name}", f"has {there[name]:,} rows instead of {rows[name]:,}", AGAIN)
            for name in rows
            if there[name] != rows[name]
        ),
    ]
    if found.head != head:
        faults.append(Fault("copy of the audit chain", "has another head than its source", AGAIN))
    if faults:
        raise FaultyInput(faults)
    return found


def _say_nothing(_done: int, _total: int, _label: str) -> None:
    """Nobody wants to know."""
