"""Inserting many rows at the speed of the driver: the statement is compiled once, values are converted column by column."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert

Convert = Callable[[Any], Any] | None


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert ``rows``, complete mappings of column to value with the same keys; values become what the table's types say.

    It does what ``connection.execute(insert(table), rows)`` does in about a quarter of the time, which counts for the half
    million events of a large trial.
    """
    if not rows:
        return
    dialect = connection.dialect
    compiled = insert(table).compile(dialect=dialect, column_keys=list(rows[0]))
    if compiled.insert_prefetch or set(rows[0]) - set(table.c.keys()):
        connection.execute(insert(table), rows)  # defaults made in Python, or a column that is none: let SQLAlchemy judge
        return
    names = list(compiled.positiontup or rows[0])
    converters: list[tuple[str, Convert]] = [(name, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]
    if compiled.positional:
        tuples = [tuple([convert(row[name]) if convert else row[name] for name, convert in converters]) for row in rows]
        connection.exec_driver_sql(compiled.string, tuples)
    else:
        mappings = [{name: convert(row[name]) if convert else row[name] for name, convert in converters} for row in rows]
        connection.exec_driver_sql(compiled.string, mappings)
