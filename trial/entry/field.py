"""A field of a form: what it holds, in which form it may be given, and how a given value is read."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from trial.dates import read_collected_date
from trial.errors import Fault
from trial.sentence import Sentence

Kind = Literal["text", "long text", "day", "collected date", "moment", "choice", "flag", "whole number", "number"]

LONGEST_TEXT = 200
LONGEST_NOTE = 4000
AGAIN = Sentence("Correct it and save again.")


@dataclass(frozen=True)
class Field:
    """One field: ``name`` is its column, ``words`` the closed list of a choice, ``low`` and ``high`` the bounds of a number."""

    name: str
    label: Sentence
    kind: Kind = "text"
    words: tuple[str | int, ...] = ()
    low: float | None = None
    high: float | None = None
    required: bool = False
    note: Sentence | None = None


def read_fields(fields: Sequence[Field], given: Mapping[str, Any], time_zone: str) -> tuple[dict[str, Any], list[Fault]]:
    """Return what was given, as the record holds it, and every fault; fields that were not given are left out.

    Times without an offset are local in ``time_zone`` (IANA). A value at fault is missing from the values.
    """
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for field in fields:
        if field.name not in given:
            continue
        try:
            value = read_value(field, given[field.name], time_zone)
        except ValueError as error:
            faults.append(Fault(field.label, error.args[0], AGAIN))
            continue
        values[field.name] = value
        if value is None and field.required:
            faults.append(Fault(field.label, Sentence("is missing"), Sentence("Fill it in.")))
    return values, faults


def read_value(field: Field, value: Any, time_zone: str) -> Any:
    """Return one value as the record holds it, None for an empty one; raise ValueError whose argument is a Sentence."""
    if isinstance(value, str):
        value = _clean(field, value)
    if value is None:
        return None
    return _READERS[field.kind](field, value, time_zone)


def _clean(field: Field, text: str) -> str | None:
    """The text without the blanks around it; None when nothing is left."""
    text = text.strip()
    longest = LONGEST_NOTE if field.kind == "long text" else LONGEST_TEXT
    if len(text) > longest:
        raise ValueError(Sentence("is longer than {longest} signs", longest=longest))
    if "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError(Sentence("holds signs that no text has"))
    return text or None


def _read_text(_field: Field, value: Any, _zone: str) -> str:
    if not isinstance(value, str):
        raise ValueError(Sentence("is no text"))
    return value


def _read_day(_field: Field, value: Any, _zone: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(Sentence("is no whole date such as 2026-03-01")) from None


def _read_collected(_field: Field, value: Any, _zone: str) -> str:
    """The text as it was given, once it is sure that a date can be read from it."""
    try:
        return read_collected_date(str(value)).text
    except ValueError:
        raise ValueError(Sentence("is no date such as 2026-03-01T14:30, 2026-03-01, 2026-03 or 2026; a lone - means not known")) from None


def _read_moment(_field: Field, value: Any, time_zone: str) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    try:
        instant = read_collected_date(str(value)).instant(time_zone)
    except ValueError:
        instant = None
    if instant is None:
        raise ValueError(Sentence("is no time such as 2026-03-01T14:30"))
    return instant


def _read_choice(field: Field, value: Any, _zone: str) -> str | int:
    if value not in field.words or isinstance(value, bool):
        raise ValueError(Sentence("is none of the words that may stand there"))
    return next(word for word in field.words if word == value)


def _read_flag(_field: Field, value: Any, _zone: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(Sentence("is neither yes nor no"))
    return value


def _read_number(field: Field, value: Any, _zone: str) -> float | int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(Sentence("is no number")) from None
    whole = field.kind == "whole number"
    if isinstance(value, bool) or not math.isfinite(number) or (whole and number != int(number)):
        raise ValueError(Sentence("is no whole number") if whole else Sentence("is no number"))
    if (field.low is not None and number < field.low) or (field.high is not None and number > field.high):
        raise ValueError(Sentence("lies outside {low} to {high}", low=f"{field.low:g}", high=f"{field.high:g}"))
    return int(number) if whole else number


_READERS: Mapping[Kind, Callable[[Field, Any, str], Any]] = {
    "text": _read_text,
    "long text": _read_text,
    "day": _read_day,
    "collected date": _read_collected,
    "moment": _read_moment,
    "choice": _read_choice,
    "flag": _read_flag,
    "whole number": _read_number,
    "number": _read_number,
}
