"""Two groups of dosed subjects side by side: shares, odds and rates, each with its interval, and what one is against the other.

A p-value (Fisher, two-sided) stands only beside the conditional odds ratio with its exact interval, and only where some split of as many
events over the two groups would be rare: three subjects against three cannot carry one (SAFETY.md 5, rows 9, 14 and 20).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from trial.signals.expected import SURPRISING
from trial.signals.exposure import DAYS_A_YEAR, compute_rate, compute_rate_ratio
from trial.signals.intervals import compute_clopper_pearson
from trial.signals.trend import compute_strength
from trial.signals.two_groups import compute_difference, compute_fisher, compute_least_chance
from trial.tables.event_courses import GROUPS_COMPARED

NO_COHORT = "none"
Numbers = tuple[float | None, ...]


@dataclass(frozen=True)
class Group:
    """Dosed subjects, those with an event, all events, and the years at risk until a first event and altogether."""

    dosed: int
    subjects: int
    events: int
    first_years: float
    years: float


def list_groups(overview: pd.DataFrame, levels: Mapping[int, tuple[int, str]]) -> dict[str, tuple[int, ...]]:
    """Return the groups of EVENT_OVERVIEW that can be compared, by key, with their cohort numbers.

    Each cohort with dosed subjects is one (its number), subjects without a cohort are one ("none", no numbers), and so is each dose
    level of several cohorts ("level N"); ``levels`` gives each cohort's dose level and its label.
    """
    dosed = overview[overview["dosed"] > 0]
    numbers = sorted({int(cohort) for cohort in dosed["cohort"].dropna()})
    found: dict[str, tuple[int, ...]] = {str(number): (number,) for number in numbers}
    if dosed["cohort"].isna().any():
        found[NO_COHORT] = ()
    for level in sorted({level for level, _ in levels.values()}):
        own = tuple(number for number in numbers if number in levels and levels[number][0] == level)
        if len(own) > 1:
            found[f"level {level}"] = own
    return found


def count_group(overview: pd.DataFrame, measure: str, cohorts: Collection[int]) -> Group:
    """Return a group of EVENT_OVERVIEW for one ``measure`` whose events have dates; no ``cohorts`` are the subjects without one."""
    rows = overview[overview["measure"] == measure]
    rows = rows[rows["cohort"].isin(list(cohorts))] if cohorts else rows[rows["cohort"].isna()]
    dosed, subjects, events, first, days = (int(rows[name].sum()) for name in ("dosed", "subjects", "events", "days_to_first", "days"))
    return Group(dosed, subjects, events, first / DAYS_A_YEAR, days / DAYS_A_YEAR)


def compare_groups(one: Group, other: Group) -> pd.DataFrame:
    """Return GROUPS_COMPARED: the share of subjects, its odds, first events and all events by time at risk; raise ValueError if empty."""
    difference = compute_difference(one.subjects, one.dosed, other.subjects, other.dosed)
    limits = difference.interval
    shares = (*_share(one), *_share(other))
    rows: list[tuple[object, ...]] = [
        ("share", *shares, difference.difference, limits.lower, limits.upper, None),
        ("odds", *shares, *_odds(one, other)),
        ("first", *_rate(one.subjects, one.first_years), *_rate(other.subjects, other.first_years),
         *_ratio(one.subjects, one.first_years, other.subjects, other.first_years), None),
        ("all", *_rate(one.events, one.years), *_rate(other.events, other.years),
         *_ratio(one.events, one.years, other.events, other.years), None),
    ]  # fmt: skip
    return GROUPS_COMPARED.frame(rows)


def _share(group: Group) -> tuple[float, ...]:
    """Count, size, share and exact limits."""
    limits = compute_clopper_pearson(group.subjects, group.dosed)
    return group.subjects, group.dosed, group.subjects / group.dosed, limits.lower, limits.upper


def _odds(one: Group, other: Group) -> Numbers:
    """The conditional odds ratio with its exact limits, and Fisher's chance where so many subjects can carry one."""
    total = one.subjects + other.subjects
    if total in (0, one.dosed + other.dosed):
        return None, None, None, None
    strength = compute_strength([other.subjects, one.subjects], [other.dosed, one.dosed], [0, 1])
    carried = compute_least_chance(one.dosed, other.dosed, total) < SURPRISING
    chance = compute_fisher(one.subjects, one.dosed, other.subjects, other.dosed).chance_as_far if carried else None
    return strength.odds_ratio, strength.lower, strength.upper, chance


def _rate(events: int, years: float) -> Numbers:
    """Count, subject-years, rate and Garwood limits; no rate without time at risk."""
    if years <= 0:
        return events, years, None, None, None
    found = compute_rate(events, years)
    return events, years, found.rate, found.lower, found.upper


def _ratio(events: int, years: float, events_other: int, years_other: float) -> Numbers:
    """One rate over the other with its exact limits; none without time at risk, or without any event."""
    if min(years, years_other) <= 0 or not events + events_other:
        return None, None, None
    found = compute_rate_ratio(events, years, events_other, years_other)
    return found.ratio, found.lower, found.upper
