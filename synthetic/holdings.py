"""What a database holds already; it loads no models, so that asking is quick."""

from sqlalchemy import Connection, Engine, column, inspect, select, table

STUDY = table("study", column("id"), column("code"))


def holds_study(connection: Connection, code: str | None = None) -> bool:
    """Say whether the database holds a study with this code, or any study at all."""
    statement = select(STUDY.c.id).limit(1)
    if code is not None:
        statement = statement.where(STUDY.c.code == code)
    return connection.execute(statement).first() is not None


def holds_any_study(engine: Engine) -> bool:
    """Say whether a database holds any study; one without tables holds none."""
    with engine.connect() as connection:
        return inspect(connection).has_table(STUDY.name) and holds_study(connection)
