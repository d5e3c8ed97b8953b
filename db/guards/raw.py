"""Reading what a database really holds, undecodable text and all, so that damage is found and located instead of stopping the search."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from db.guards.canonical import encode_row
from db.guards.guarded import CHAIN, Guarded

AT_ONCE = 2_000


def read_raw(connection: Connection, table: str, columns: Sequence[str], order: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as mappings, by ``order``: as stored in SQLite, as typed values from PostgreSQL."""
    listed = ", ".join(f'"{name}"' for name in columns)
    for row in _fetch(connection, f'SELECT {listed} FROM "{table}" ORDER BY "{order}"'):
        yield dict(zip(columns, row, strict=True))


def read_rows(connection: Connection, guarded: Guarded) -> Iterator[tuple[int, str]]:
    """Yield the id of each row of a guarded table, and the row as the JSON that the guards of this database write."""
    for row in _fetch(connection, f'SELECT "id", {_row(connection, guarded)} FROM "{guarded.name}" AS t ORDER BY "id"'):
        yield row[0], _text(connection, guarded, row[1:])


def read_versions(connection: Connection, guarded: Guarded) -> Iterator[tuple[int, Any, str]]:
    """Yield the change number, the end and the row of each version in the history of a guarded table."""
    assert guarded.history is not None
    statement = f'SELECT "change_number", "valid_to", {_row(connection, guarded)} FROM "{guarded.history.name}" AS t ORDER BY 1'
    for row in _fetch(connection, statement):
        yield row[0], row[1], _text(connection, guarded, row[2:])


def read_said(connection: Connection, side: str, entries: Iterable[int]) -> dict[int, Any]:
    """Return what some entries say of their rows, by number: ``side`` is before or after."""
    numbers = ", ".join(str(int(number)) for number in entries) or "NULL"
    return dict(_fetch(connection, f'SELECT "sequence", "{side}" FROM {CHAIN} WHERE "sequence" IN ({numbers})'))


def _row(connection: Connection, guarded: Guarded) -> str:
    """The columns of a row; on PostgreSQL as one JSON text."""
    columns = ", ".join(f't."{name}"' for name in guarded.columns)
    if connection.dialect.name == "sqlite":
        return columns
    return f"json_strip_nulls(to_json((SELECT x FROM (SELECT {columns}) AS x)))::text"


def _text(connection: Connection, guarded: Guarded, values: Sequence[Any]) -> str:
    return encode_row(guarded.columns, values) if connection.dialect.name == "sqlite" else str(values[0])


def _fetch(connection: Connection, statement: str) -> Iterator[tuple[Any, ...]]:
    """Rows straight from the driver; bytes that are no UTF-8 come as lone surrogates."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("SET LOCAL timezone = 'UTC'")
        yield from map(tuple, connection.exec_driver_sql(statement, execution_options={"yield_per": AT_ONCE}))
        return
    driver: Any = connection.connection.driver_connection
    before, driver.text_factory = driver.text_factory, lambda stored: stored.decode("utf-8", "surrogateescape")
    try:
        cursor = driver.execute(statement)
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows
    finally:
        driver.text_factory = before
