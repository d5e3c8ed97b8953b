"""Events over time, by cohort and in all: the share with a first event, the mean number of events, and who was at risk.

Day 0 is the day of the first dose. Death competes with a first event and ends all counting (`cumulative_incidence`, `mean_count`); exit and
cut-off censor. An event without a date, or after the end of observation, has no place on a curve and is counted apart.
Limits of the mean count: normal on the logarithm, as survfit gives them for a cumulative hazard.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

import pandas as pd
from scipy.special import ndtri

from trial.signals.cumulative_incidence import IncidenceCurve, fit_incidence
from trial.signals.mean_count import compute_mean_count_errors, compute_mean_count_with_death
from trial.tables.event_courses import AT_RISK, EVENT_COURSES, FIRST_EVENTS, MEAN_COUNTS

NONE, EVENT, DEATH = 0, 1, 2
NORMAL = float(ndtri(0.975))
DECIMALS = 12
"""A share is told without the rounding of its sum: all is all."""
MOST_COHORTS = 4
"""With more cohorts than this only all together have a curve."""


@dataclass(frozen=True)
class Course:
    """One subject: how long it was observed, whether death ended that, and when it had its events (each time as often as events)."""

    end: float
    died: bool
    events: tuple[float, ...]


@dataclass(frozen=True)
class Group:
    """Subjects of one cohort, or of all of them (``total``)."""

    total: bool
    cohort: int | None
    label: str | None
    courses: tuple[Course, ...]

    @property
    def name(self) -> tuple[bool, int | None, str | None]:
        """The columns that say whose row it is."""
        return self.total, self.cohort, self.label


@dataclass(frozen=True)
class Grouped:
    """The groups, and how many subjects have such events only where no curve can hold them, with these events."""

    groups: tuple[Group, ...]
    unplaced_subjects: int
    unplaced_events: int


def group_courses(courses: pd.DataFrame) -> Grouped:
    """Return the subjects of EVENT_COURSES by cohort and in all; a single cohort, or more than a few, are not told apart.

    A subject whose only such events have no date, or came after the end of its observation, is in no group.
    """
    found: dict[int, tuple[tuple[int | None, str | None], float, bool, list[float]]] = {}
    lost: dict[int, int] = {}
    for place, cohort, label, days, died, day, events in courses[EVENT_COURSES.names].itertuples(index=False):
        key = (None if pd.isna(cohort) else int(cohort), None if pd.isna(label) else str(label))
        own = found.setdefault(place, (key, float(days), bool(died), []))[3]
        if not pd.isna(day) and day <= days:
            own.extend([float(day)] * int(events))
        else:
            lost[place] = lost.get(place, 0) + int(events)
    people: dict[tuple[int | None, str | None], list[Course]] = {}
    for place, (key, end, dead, times) in found.items():
        if times or not lost.get(place):
            people.setdefault(key, []).append(Course(end, dead, tuple(times)))
    subjects, unplaced = sum(1 for place, number in lost.items() if number and not found[place][3]), sum(lost.values())
    order = sorted(people, key=lambda key: (key[0] is None, key[0] or 0))
    apart = [Group(False, *key, tuple(people[key])) for key in order] if 1 < len(order) <= MOST_COHORTS else []
    whole = tuple(course for key in order for course in people[key])
    return Grouped((*apart, *([Group(True, None, None, whole)] if whole else [])), subjects, unplaced)


def group_surgery(courses: pd.DataFrame) -> tuple[Group, ...]:
    """Return everybody of SURGICAL_COURSES as one group, times in hours from the incision; a first event after the end does not count.

    A subject whose only such events have no complete date stays in without one: see ``undated`` there.
    """
    people = tuple(
        Course(float(row.hours), bool(row.died), (float(row.first_hours),) if row.first_hours <= row.hours else ())
        for row in courses.itertuples()
    )
    return (Group(True, None, None, people),) if people else ()


def compute_first_events(groups: Sequence[Group]) -> pd.DataFrame:
    """Return FIRST_EVENTS of ``groups``."""
    return FIRST_EVENTS.frame((*group.name, *point) for group in groups for point in _first_points(_fit(group), _last(group)))


def _fit(group: Group) -> IncidenceCurve:
    """The incidence curve of a group."""
    times = [min(course.events) if course.events else course.end for course in group.courses]
    causes = [EVENT if course.events else DEATH if course.died else NONE for course in group.courses]
    return fit_incidence(times, causes)


def _last(group: Group) -> float:
    return max(course.end for course in group.courses)


def _first_points(curve: IncidenceCurve, last: float) -> Iterator[tuple[float, float, float | None, float | None]]:
    """The start unless the curve rises there, each rise, and the end."""
    times = [float(time) for time in curve.times[curve.events > 0]]
    if not times or times[0] > 0:
        yield 0.0, 0.0, None, None
    for time in (*times, *([last] if not times or last > times[-1] else [])):
        point = curve.at(time)
        limits = point.interval
        yield time, round(point.share, DECIMALS), limits.lower if limits else None, limits.upper if limits else None


def compute_mean_counts(groups: Sequence[Group]) -> pd.DataFrame:
    """Return MEAN_COUNTS of ``groups``."""
    return MEAN_COUNTS.frame((*group.name, *point) for group in groups for point in _mean_points(group))


def _mean_points(group: Group) -> Iterator[tuple[float, float, float | None, float | None]]:
    """The start unless the mean rises there, each rise, and the end."""
    events = [time for course in group.courses for time in course.events]
    ends, died = [course.end for course in group.courses], [course.died for course in group.courses]
    times = sorted({*events, _last(group)})
    if not events or times[0] > 0:
        yield 0.0, 0.0, None, None
    if not events:
        yield _last(group), 0.0, None, None
        return
    means = compute_mean_count_with_death(events, ends, died, times)
    errors = compute_mean_count_errors([course.events for course in group.courses], ends, died, times)
    for time, mean, error in zip(times, means, errors, strict=True):
        reach = exp(NORMAL * error / mean) if mean > 0 else None
        yield (time, mean, mean / reach, mean * reach) if reach and error > 0 else (time, mean, None, None)


def count_at_risk(groups: Sequence[Group], times: Sequence[float]) -> pd.DataFrame:
    """Return AT_RISK of ``groups`` at ``times``."""
    return AT_RISK.frame((*group.name, time, *_standing(group, time)) for group in groups for time in times)


def _standing(group: Group, time: float) -> tuple[int, ...]:
    """At risk and observed just before ``time``; with an event, dead without one, and ended without one by then."""
    first = [(min(course.events) if course.events else None, course) for course in group.courses]
    at_risk = sum((course.end if day is None else day) >= time for day, course in first)
    with_event = sum(day is not None and day <= time for day, _ in first)
    died = sum(day is None and course.died and course.end <= time for day, course in first)
    ended = sum(day is None and not course.died and course.end <= time for day, course in first)
    return at_risk, sum(course.end >= time for course in group.courses), with_event, died, ended


def find_row_at(curve: pd.DataFrame, time: float) -> Any:
    """Return the row of one group's FIRST_EVENTS, or MEAN_COUNTS, that holds at ``time``: the last at or before it."""
    return curve[curve["time"] <= time].iloc[-1]
