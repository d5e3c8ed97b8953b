"""The schema of a database: create it, bring it up to date, and say which version it has."""

from datetime import datetime
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from db.commands.database_roles import grant_rights
from trial.errors import refuse

MIGRATIONS = Path(__file__).parent / "migrations"


def make_config() -> Config:
    """Return Alembic's configuration; the connection is added by the caller."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def read_version(engine: Engine) -> str | None:
    """Return the schema version of a database, or None when it has none yet."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


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
        config = make_config()
        with engine.connect().execution_options(writer=True) as connection:
            config.attributes.update(connection=connection, at=at)
            command.upgrade(config, "head")
            grant_rights(connection)
            connection.commit()
    return before, newest_version()


def require_current(engine: Engine) -> None:
    """Raise FaultyInput unless the database has the schema that this program expects."""
    version = read_version(engine)
    if version is None:
        raise refuse("database", "holds no Firstwatch tables", "Create them with: python -m db init")
    if version != newest_version():
        raise refuse(
            "database", f"has schema {version}, this program needs {newest_version()}", "Bring it up to date with: python -m db upgrade"
        )
