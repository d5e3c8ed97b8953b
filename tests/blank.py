"""A migrated database with nothing in it, at the price of a copy: the migrations run once for each process."""

import sqlite3
import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from db.engine import embedded_url, open_engine
from db.schema import upgrade


def open_blank(path: Path) -> Engine:
    """Return the engine of a new SQLite database at ``path`` with the newest schema."""
    path.write_bytes(_migrated())
    return open_engine(embedded_url(path))


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blank.db"
        engine = open_engine(embedded_url(path))
        upgrade(engine)
        engine.dispose()
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
        return path.read_bytes()
