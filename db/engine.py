"""Engines and transactions: SQLite embedded by default, PostgreSQL by URL."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import numpy as np
from sqlalchemy import Connection, Engine, create_engine, event
from sqlmodel import Session

from db.guards.postgresql import LOCK
from db.guards.sqlite import Teller
from db.heads import newest_head, note_head
from trial.clocks.calendar import compute_local_day

READ_VARIABLE = "DATABASE_READ_URL"
"""Environment variable: the database that pages read, where it is not the one that commands write."""
EMBEDDED_FILE = Path("firstwatch.db")
BUSY_SECONDS = 30
KEPT_LOG_BYTES = 16 * 2**20
"""What the write-ahead log keeps of its length after a large act, such as an import, once it begins anew."""
PRAGMAS = (
    "journal_mode=WAL",
    f"journal_size_limit={KEPT_LOG_BYTES}",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "cache_size=-65536",
    "recursive_triggers=ON",  # else INSERT OR REPLACE would delete a row without its guard
)
LOCAL_DAY = "firstwatch_local_day"
"""The function by which SQLite, which knows no time zones, finds the local day of an instant."""
TELLER = "firstwatch_teller"
"""Where a pooled connection keeps what it tells its triggers."""

sqlite3.register_adapter(np.int64, int)  # SQLite would store it as a blob
sqlite3.register_adapter(np.float64, float)
sqlite3.register_adapter(np.bool_, bool)


def embedded_url(path: Path = EMBEDDED_FILE) -> str:
    """Return the URL of the embedded SQLite database."""
    return f"sqlite:///{path}"


def reading_url(url: str) -> str:
    """Return where pages read: what DATABASE_READ_URL names (a hot standby, or the reading role), else ``url`` itself.

    Commands always write to ``url``; a standby shows a change as soon as it has arrived there.
    """
    return os.environ.get(READ_VARIABLE) or url


def open_engine(url: str, **options: Any) -> Engine:
    """Return an engine for ``url`` with the settings the record relies on.

    SQLite: write-ahead log, full synchronisation, foreign keys on, writers take their lock at the start, and the functions
    that its guards call. ``options`` go to SQLAlchemy's create_engine.
    """
    engine = create_engine(url, hide_parameters=True, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    """Set a fresh SQLite connection up; transactions are begun by `_begin_sqlite`, not by the driver."""
    connection.isolation_level = None
    teller = Teller()
    teller.register(connection)
    record.info[TELLER] = teller
    connection.create_function(LOCAL_DAY, 2, _find_local_day, deterministic=True)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _find_local_day(moment: str | None, zone: str) -> str | None:
    """The local day of a stored instant, as SQLite keeps both; none in a zone that this machine does not know."""
    try:
        return None if moment is None else str(compute_local_day(datetime.fromisoformat(moment).replace(tzinfo=UTC), zone))
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _begin_sqlite(connection: Connection) -> None:
    """Begin: writers immediately, since a deferred transaction that upgrades its lock can lose appends."""
    writer = connection.get_execution_options().get("writer", False)
    connection.info[TELLER].act = None
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Yield a session that only reads; everything it might have changed is rolled back."""
    with Session(engine) as session:
        try:
            yield session
        finally:
            session.rollback()


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Yield a session whose changes are committed together, or not at all when anything raises.

    Writers come one after the other, on both databases. Who acts is said with `db.audit.begin_act` before the first change.
    What is committed has its head noted outside the database (db/heads.py) before this returns.
    """
    with engine.connect().execution_options(writer=True) as connection, Session(connection) as session:
        try:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            yield session
            session.flush()
            head = newest_head(session.connection())
            session.commit()
            connection.commit()
        except BaseException:
            session.rollback()
            raise
    if head:
        note_head(engine.url, head)


__all__ = ["EMBEDDED_FILE", "TELLER", "embedded_url", "open_engine", "reading", "reading_url", "writing"]
