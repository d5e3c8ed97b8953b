"""One way to write a row and an audit entry, so that a hash means the same in every database and for ever."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, Float, Integer, Table
from sqlmodel.sql.sqltypes import UTCDateTime

MOMENT = "%Y-%m-%d %H:%M:%S.%f"
"""How an instant (UTC) is written: as SQLite stores it."""

MOMENT_FORM = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d\.\d{6}|T\d\d:\d\d:\d\d(?:\.\d{1,6})?\+00:00)", re.ASCII)
"""The forms of an instant: SQLite's, and that of PostgreSQL's JSON in UTC."""
DAY_FORM = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def write_moment(instant: datetime) -> str:
    """Return an aware instant as text, in UTC, to the microsecond."""
    return instant.astimezone(UTC).strftime(MOMENT)


def encode_row(names: Sequence[str], values: Iterable[Any]) -> str:
    """Return a row as JSON: its columns in order, missing values left out, bytes (which no column should hold) as hex."""
    return _encode({name: _plain(value) for name, value in zip(names, values, strict=True) if value is not None})


def _plain(value: Any) -> Any:
    return {"bytes": value.hex()} if isinstance(value, bytes) else value


def compute_hash(fields: Iterable[Any]) -> str:
    """Return the SHA-256 over the columns of an entry, each with its length before it; a missing one is a dash.

    Instants count as `write_moment` writes them. Lengths are of the UTF-8 form, so that no two entries look alike.
    """
    parts = []
    for value in fields:
        if value is None:
            parts.append(b"-,")
            continue
        text = (write_moment(value) if isinstance(value, datetime) else str(value)).encode("utf-8", "surrogatepass")
        parts.append(b"%d:%b," % (len(text), text))
    return hashlib.sha256(b"".join(parts)).hexdigest()


def canonical_row(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row, read from either database or from the JSON of an entry, with each value in one form; missing ones left out.

    A value that is not what its column says is kept as it stands, so that it differs from every sound one.
    """
    return {name: _canonical(table, name, value) for name, value in values.items() if value is not None}


def same_row(table: Table, one: Any, other: Any) -> bool:
    """Return whether two JSON texts say the same of a row, though different databases may have written them in different forms."""
    if one is None or other is None:
        return one is other
    try:
        return canonical_row(table, json.loads(one)) == canonical_row(table, json.loads(other))
    except (TypeError, ValueError, AttributeError):
        return False


def _canonical(table: Table, name: str, value: Any) -> Any:
    kind = table.c[name].type if name in table.c else None
    try:
        match kind:
            case UTCDateTime():
                return write_moment(value if isinstance(value, datetime) else _read_moment(value))
            case Date() if isinstance(value, date) or DAY_FORM.fullmatch(value):
                return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()
            case Boolean() | Integer() if isinstance(value, int):
                return int(value)
            case Float() if isinstance(value, int | float):
                return float(value)
    except (TypeError, ValueError):
        pass
    return _plain(value)


def _read_moment(text: str) -> datetime:
    """An instant in one of the two forms that the databases write; ValueError for any other, however readable."""
    if not MOMENT_FORM.fullmatch(text):
        raise ValueError("no form of an instant that a database writes")
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
