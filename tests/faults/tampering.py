"""Changing a database file behind the program's back: the guards taken down, an edit made, the guards put back as they stood."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def behind_the_guards(path: Path, *tables: str) -> Iterator[sqlite3.Connection]:
    """Yield a bare connection to an SQLite database whose guards are down, of all tables or of those named.

    Conditions are not checked either. The guards stand again afterwards, and the edit is committed.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        found = connection.execute("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        guards = [(name, statement) for name, statement, table in found if not tables or table in tables]
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, statement in guards:
            connection.execute(statement)
        connection.execute("COMMIT")
