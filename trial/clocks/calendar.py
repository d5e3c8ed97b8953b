"""Day arithmetic of a trial: study days, day differences and local days.

Source: CDISC SDTMIG 4.4.4 (study day has no day 0); see GLOSSARY.md.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2100, 12, 31)
"""Between these every day lies that somebody may ask for: windows and midnights around it can be computed."""


def read_day(text: str) -> date:
    """Return the day that ``text`` (YYYY-MM-DD) names; raise ValueError, in words, for none and for one that is out of range."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a date like 2026-03-01") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"{day} is out of range; give a day from {FIRST_DAY} to {LAST_DAY}")
    return day


def compute_study_day(day: date, anchor: date) -> int:
    """Return the study day of ``day``: 1 on the ``anchor`` date, -1 on the day before; there is no day 0."""
    difference = (day - anchor).days
    return difference + 1 if difference >= 0 else difference


def compute_days_between(start: date, end: date) -> int:
    """Return whole calendar days from ``start`` to ``end``; negative when ``end`` comes first."""
    return (end - start).days


def compute_day_after(day: date, days: int) -> date:
    """Return the calendar day ``days`` after ``day``."""
    return day + timedelta(days=days)


def compute_local_day(moment: datetime, time_zone: str) -> date:
    """Return the calendar day of an aware ``moment`` in ``time_zone``; raise ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(ZoneInfo(time_zone)).date()


def compute_hours_between(start: datetime, end: datetime) -> float:
    """Return elapsed hours from ``start`` to ``end`` (both aware), safe across clock changes."""
    return (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds() / 3600
