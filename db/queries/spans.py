"""Spans of time in SQL that mean the same on SQLite and PostgreSQL: days between two days, seconds and local day of an instant."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from db.engine import LOCAL_DAY


class days_between(GenericFunction[int]):
    """Whole calendar days from the first day to the second; negative when the second comes first."""

    type = Integer()
    inherit_cache = True


class seconds_of(GenericFunction[int]):
    """Whole seconds of an instant (or of the midnight that begins a day) since 1970, in UTC."""

    type = BigInteger()
    inherit_cache = True


class day_in_zone(GenericFunction[date]):
    """The calendar day of an instant in an IANA time zone."""

    type = Date()
    inherit_cache = True


@compiles(days_between, "sqlite")
def _days_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(part, **options) for part in element.clauses)
    return f"CAST(julianday({end}) - julianday({start}) AS INTEGER)"


@compiles(days_between)
def _days(element: Any, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(part, **options) for part in element.clauses)
    return f"({end} - {start})"


@compiles(seconds_of, "sqlite")
def _seconds_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"


@compiles(seconds_of)
def _seconds(element: Any, compiler: Any, **options: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **options)})) AS BIGINT)"


@compiles(day_in_zone, "sqlite")
def _day_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"{LOCAL_DAY}({compiler.process(element.clauses, **options)})"


@compiles(day_in_zone)
def _day(element: Any, compiler: Any, **options: Any) -> str:
    moment, zone = (compiler.process(part, **options) for part in element.clauses)
    return f"CAST(({moment}) AT TIME ZONE ({zone}) AS DATE)"


def find_local_day(moment: ColumnElement[Any], zone: ColumnElement[Any]) -> ColumnElement[date]:
    """Return the calendar day of ``moment`` in the time zone ``zone``; missing where the instant is."""
    return day_in_zone(moment, zone)


def count_days(start: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[int]:
    """Return whole calendar days from ``start`` to ``end``."""
    return days_between(start, end)


def count_seconds(moment: ColumnElement[Any]) -> ColumnElement[int]:
    """Return whole seconds of ``moment`` since 1970 in UTC, for differences and comparisons."""
    return seconds_of(moment)
