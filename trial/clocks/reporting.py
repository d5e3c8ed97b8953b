"""By when a serious event is due to whom: target dates of expedited and periodic reports, in calendar days.

Day 0 is the local calendar day on which the sponsor received the case, in the zone in which the clock is kept; 7 or 15 days later it is
due, weekends and holidays counted, never rolled forward. The text of 21 CFR 312.32(c)(1) starts its 15 days when the sponsor decides that
the information qualifies; both days are given, and the earlier one is the target. Sources: ICH E2A; 21 CFR 312.32; NMPA/CDE; EU CTR
article 42; ICH E2F; see SAFETY.md section 6. Checked against the calendar cases of the reference, every cell.

These are target dates to plan by. This program is no validated safety database and submits nothing.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from trial.clocks.calendar import compute_day_after, compute_hours_between, compute_local_day

URGENT_DAYS, OTHER_DAYS, FOLLOW_UP_DAYS = 7, 15, 15
INVESTIGATOR_HOURS = 24.0
DSUR_DAYS = 60
"""A DSUR is due so many days after its data lock point (ICH E2F)."""


@dataclass(frozen=True)
class Case:
    """What decides whether a case is reported in haste: when the sponsor received it, and how it was judged."""

    received: datetime
    serious: bool
    related: bool
    unexpected: bool
    fatal_or_life_threatening: bool
    determined: datetime | None = None

    @property
    def expedited(self) -> bool:
        """Whether it is a suspected unexpected serious adverse reaction."""
        return self.serious and self.related and self.unexpected


@dataclass(frozen=True)
class Due:
    """Target dates of one case: day 0, the initial report, the complete one of an urgent case, and FDA's by either reading."""

    day_0: date
    initial: date
    complete: date | None
    fda: date
    fda_by_text: date


def compute_due_dates(case: Case, time_zone: str) -> Due | None:
    """Return the target dates of ``case`` on a clock kept in ``time_zone``; None when it is not expedited.

    Raises ValueError for an instant without a zone.
    """
    if not case.expedited:
        return None
    start = compute_local_day(case.received, time_zone)
    days = URGENT_DAYS if case.fatal_or_life_threatening else OTHER_DAYS
    initial = compute_day_after(start, days)
    complete = compute_day_after(start, FOLLOW_UP_DAYS) if case.fatal_or_life_threatening else None
    by_text = initial
    if case.determined is not None and not case.fatal_or_life_threatening:
        by_text = compute_day_after(compute_local_day(case.determined, time_zone), OTHER_DAYS)
    return Due(start, initial, complete, min(initial, by_text), by_text)


@dataclass(frozen=True)
class Awareness:
    """How long an investigator took to report: until when it was due, the hours that passed, and whether that was too long."""

    due: datetime
    hours: float
    late: bool


def compute_report_due(aware: datetime, *, hours: float = INVESTIGATOR_HOURS) -> datetime:
    """Return the instant ``hours`` of elapsed time after ``aware``, in its zone, safe in clock changes."""
    return (aware.astimezone(UTC) + timedelta(hours=hours)).astimezone(aware.tzinfo)


def compute_awareness(aware: datetime, reported: datetime, *, hours: float = INVESTIGATOR_HOURS) -> Awareness:
    """Return how a report stands to ``hours`` of elapsed time from awareness; ``due`` in the zone of ``aware``, safe in clock changes."""
    elapsed = compute_hours_between(aware, reported)
    return Awareness(compute_report_due(aware, hours=hours), elapsed, elapsed > hours)


@dataclass(frozen=True)
class Period:
    """One period of the development safety update report: its last day, and the day by which the report is due."""

    data_lock_point: date
    due: date


def compute_dsur(birth: date, period: int) -> Period:
    """Return the ``period``-th DSUR (from 1) after the development international birth date; it ends the day before the anniversary.

    An anniversary of 29 February in a common year is 1 March, so the period ends on 28 February. Raises ValueError below 1.
    """
    if period < 1:
        raise ValueError("periods count from 1")
    year = birth.year + period
    exists = birth.day <= monthrange(year, birth.month)[1]
    anniversary = birth.replace(year=year) if exists else date(year, birth.month + 1, 1)
    lock = compute_day_after(anniversary, -1)
    return Period(lock, compute_day_after(lock, DSUR_DAYS))
