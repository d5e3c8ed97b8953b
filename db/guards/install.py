"""Putting the guards up, taking them down for a migration, and seeing whether they stand."""

from sqlalchemy import Connection

from db.guards import postgresql, sqlite


def install(connection: Connection) -> None:
    """Put every guard up, in the caller's transaction; those that stand already are made anew."""
    remove(connection)
    if connection.dialect.name == "sqlite":
        for _, statement in sqlite.make_triggers():
            connection.exec_driver_sql(statement)
    else:
        for statement in postgresql.make_guards():
            connection.exec_driver_sql(statement.replace("%", "%%"))


def remove(connection: Connection) -> None:
    """Take every guard down, so that a migration may rebuild tables; nobody else should."""
    if connection.dialect.name == "sqlite":
        for name in _standing(connection):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        for statement in postgresql.drop_guards(connection):
            connection.exec_driver_sql(statement)


def missing_guards(connection: Connection) -> list[str]:
    """Return the names of the guards that do not stand as this program makes them."""
    if connection.dialect.name != "sqlite":
        return postgresql.missing_guards(connection)
    standing = _standing(connection)
    return [name for name, statement in sqlite.make_triggers() if standing.get(name) != statement]


def _standing(connection: Connection) -> dict[str, str]:
    """The guards that an SQLite database has, with their statements."""
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard\\_%' ESCAPE '\\'")
    return {str(name): str(statement) for name, statement in found}
