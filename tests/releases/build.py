"""A database as a release left it, of either kind."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from db.schema import make_config

HERE = Path(__file__).parent
Rows = list[dict[str, Any]]


def released_versions() -> list[str]:
    """Every schema before the newest one, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(make_config()).walk_revisions()][:0:-1]


def read_release(version: str) -> dict[str, Rows]:
    """The rows of each table that had any, as SQLite stored them."""
    text = (HERE / f"{version}.json").read_text(encoding="utf-8")
    return {table: [dict(zip(held["columns"], row, strict=True)) for row in held["rows"]] for table, held in json.loads(text).items()}


def build_release(engine: sa.Engine, version: str) -> None:
    """Make the schema ``version`` in an empty database, without today's guards, and fill in the rows that the release left."""
    with engine.connect().execution_options(writer=True) as connection, connection.begin():
        _make_schema(connection, version)
        made = sa.MetaData()
        made.reflect(connection)
        rows = read_release(version)
        for table in made.sorted_tables:
            if table.name in rows:
                _insert(connection, table, rows[table.name])


def _make_schema(connection: sa.Connection, version: str) -> None:
    config = make_config()
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, script, fn=lambda held, _context: script._upgrade_revs(version, held)) as environment:
        environment.configure(connection=connection, render_as_batch=True)
        environment.run_migrations()


def _insert(connection: sa.Connection, table: sa.Table, rows: Rows) -> None:
    """Insert rows as they were stored; PostgreSQL is given each value in the type of its column."""
    names = list(rows[0])
    statement = sa.text(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})")
    if connection.dialect.name != "sqlite":
        rows = [{name: _typed(table.c[name].type, value) for name, value in row.items()} for row in rows]
    connection.execute(statement, rows)


def _typed(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    if value is None:
        return None
    match kind:
        case sa.DateTime():
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        case sa.Date():
            return date.fromisoformat(value)
        case sa.Boolean():
            return bool(value)
    return value
