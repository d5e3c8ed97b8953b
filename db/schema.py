"""The schema of a database: create it, bring it up to date, and say which version it has."""

from datetime import datetime
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from db.commands.database_roles import grant_rights
from trial.errors import refuse

MIGRATIONS = Path(__file__).parent / "migrations"


def make_config() -> Config:
    """Return Alembic's configuration; the connection is added by the caller."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def read_version(database: Engine | Connection) -> str | None:
    """Return the schema version of a database, or None when it has none yet."""
    if isinstance(database, Connection):
        return MigrationContext.configure(database).get_current_revision()
    with database.connect() as connection:
        return read_version(connection)


@cache
def newest_version() -> str:
    """Return the schema version that this program expects."""
    head = ScriptDirectory.from_config(make_config()).get_current_head()
    assert head is not None
    return head


def upgrade(engine: Engine, *, at: datetime | None = None) -> tuple[str | None, str]:
    """Bring a database to the newest schema, in one transaction; return the versions before and after.

    ``at`` is the instant (aware) that audit entries made by a migration carry; by default that of the newest entry there was.
    """
    before = read_version(engine)
    if before != newest_version():
        with engine.connect().execution_options(writer=True) as connection, connection.begin():
            migrate(connection, at=at)
    return before, newest_version()


def migrate(connection: Connection, *, at: datetime | None = None, to: str = "head") -> None:
    """Bring a database to the schema ``to``, in the caller's transaction, and put the guards up anew."""
    config = make_config()
    config.attributes.update(connection=connection, at=at)
    command.upgrade(config, to)
    grant_rights(connection)


def require_current(database: Engine | Connection) -> None:
    """Raise FaultyInput unless the database has the schema that this program expects."""
    version = read_version(database)
    if version is None:
        raise refuse("database", "holds no Firstwatch tables", "Create them with: python -m db init")
    if version != newest_version():
        raise refuse(
            "database", f"has schema {version}, this program needs {newest_version()}", "Bring it up to date with: python -m db upgrade"
        )
