"""Dates as they were collected, whole or partial, and the analysis dates that are made from them.

Collected text stays as it is; an analysis date stands beside it with a flag that names the highest part filled in.
Source: ISO 8601 as used by SDTM (partial dates, ``-`` for a missing part); CDISC ADaM date imputation flags.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

_FORM = re.compile(
    r"(?P<year>\d{4}|-)(?:-(?P<month>\d{2}|-)(?:-(?P<day>\d{2}|-))?)?"
    r"(?:[T ](?P<hour>\d{2}|-)(?::(?P<minute>\d{2}|-)(?::(?P<second>\d{2}|-)(?:[.,]\d+)?)?)?(?P<offset>Z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_FLAGS = {"year": "M", "month": "D"}


@dataclass(frozen=True)
class CollectedDate:
    """A date as collected: its text, how precise it is (trial.terms.PRECISIONS) and the days it can mean.

    ``first`` and ``last`` are the first and last possible day, equal for a whole date, None when the year is missing.
    ``clock`` is the time of day where hour and minute were collected, with its offset where one was given.
    """

    text: str
    precision: str
    first: date | None
    last: date | None
    clock: time | None = None

    @property
    def day(self) -> date | None:
        """The day, when it was collected whole; None for a partial date."""
        return self.first if self.precision in ("day", "minute") else None

    def instant(self, time_zone: str) -> datetime | None:
        """Return the UTC instant; a time collected without offset is taken as local in ``time_zone``. None without a time."""
        if self.first is None or self.clock is None:
            return None
        zone = self.clock.tzinfo or ZoneInfo(time_zone)
        return datetime.combine(self.first, self.clock.replace(tzinfo=None), zone).astimezone(UTC)


@lru_cache(maxsize=65536)
def read_collected_date(text: str) -> CollectedDate:
    """Return what ``text`` (ISO 8601, possibly partial) says; raise ValueError when it is no possible date.

    Examples: ``2014``, ``2014-02``, ``2014---15`` (month missing), ``2014-02-28T14:45``, ``2014-02-28T14:45+08:00``.
    """
    text = text.strip()
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:40]} is not an ISO 8601 date such as 2014-02-28, 2014-02 or 2014")
    try:
        return _interpret(text, {name: int(part) for name, part in found.groupdict().items() if part and part.isdigit()}, found["offset"])
    except ValueError:
        raise ValueError(f"{text[:40]} is not a possible date") from None


def _interpret(text: str, parts: dict[str, int], offset: str | None) -> CollectedDate:
    """The days that the collected ``parts`` can mean; ValueError from impossible ones."""
    clock = None
    if "hour" in parts:
        clock = time(parts["hour"], parts.get("minute", 0), parts.get("second", 0), tzinfo=_read_offset(offset))
    year, month, day = parts.get("year"), parts.get("month"), parts.get("day")
    if year is None:
        date(2000, month or 1, day or 1)  # a leap year: only parts that no year allows are refused
        return CollectedDate(text, "unknown", None, None)
    if month is None:
        return CollectedDate(text, "year", date(year, 1, day or 1), date(year, 12, day or 31))
    if day is None:
        return CollectedDate(text, "month", date(year, month, 1), _last_of_month(year, month))
    whole = date(year, month, day)
    timed = clock is not None and "minute" in parts
    return CollectedDate(text, "minute" if timed else "day", whole, whole, clock if timed else None)


def _read_offset(offset: str | None) -> timezone | None:
    """The offset from UTC that ``+08:00``, ``-05`` or ``Z`` stands for."""
    if not offset or offset == "Z":
        return UTC if offset else None
    digits = offset[1:].replace(":", "").ljust(4, "0")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-size if offset[0] == "-" else size)


def _last_of_month(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, 12, 31) if month == 12 else date(year, month + 1, 1) - timedelta(days=1)


def compute_start_day(collected: CollectedDate, first_dose_on: date | None) -> tuple[date | None, str | None]:
    """Return the analysis date of a start, and its imputation flag (D, M, or None when nothing was filled in).

    A partial start is its first possible day, moved up to the first dose when that lies in the possible range, so that an
    event which can have begun under treatment counts as such. Source: admiral, date imputation "first" with the first dose
    as lower limit. A start without a year gets no date.
    """
    first, last = collected.first, collected.last
    if first is not None and last is not None and first_dose_on is not None and first < first_dose_on <= last:
        return first_dose_on, _FLAGS.get(collected.precision)
    return first, _FLAGS.get(collected.precision)


def compute_end_day(collected: CollectedDate, not_after: date | None) -> tuple[date | None, str | None]:
    """Return the analysis date of an end, and its imputation flag.

    A partial end is its last possible day, not after ``not_after`` (death, or the last day of the data).
    """
    first, last = collected.first, collected.last
    if first is not None and last is not None and first < last and not_after is not None:
        last = max(first, min(last, not_after))
    return last, _FLAGS.get(collected.precision)
