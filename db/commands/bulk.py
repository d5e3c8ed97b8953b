"""Bulk writing with ids given by the writer, so that rows can refer to each other before they are inserted."""

from sqlalchemy import func, select, text
from sqlmodel import Session, SQLModel

from db.guards.guarded import guarded_tables
from db.history import HISTORY, table_of


def next_id(session: Session, model: type[SQLModel]) -> int:
    """Return the first id that no row of ``model`` has or ever had (its history counted)."""
    tables = [table_of(model), *(past for known, past in HISTORY.items() if known is model)]
    highest = [session.connection().execute(select(func.max(table.c.id))).scalar_one() for table in tables]
    return 1 + max(int(number or 0) for number in highest)


def reset_sequences(session: Session) -> None:
    """Move PostgreSQL's id sequences past the ids that were given; SQLite needs nothing, it continues from the highest id."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return
    for name in (guarded.name for guarded in guarded_tables()):  # names of our own tables, never from a person
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {name}), false)")
        )
