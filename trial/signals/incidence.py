"""How many of the dosed subjects had an event, by cohort and in all, each share with its exact interval."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from trial.signals.intervals import compute_clopper_pearson
from trial.tables.safety import INCIDENCE


def compute_incidence(overview: pd.DataFrame) -> pd.DataFrame:
    """Return INCIDENCE for EVENT_OVERVIEW: its rows, and for each measure the total of all cohorts.

    A subject counts in one cohort only, so subjects and events add up.
    """
    return INCIDENCE.frame(_rows(overview))


def compute_term_incidence(terms: pd.DataFrame, incidence: pd.DataFrame, order: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return INCIDENCE of terms: for each (category, term) of ``order`` the groups of ``incidence`` with their dosed subjects.

    Counts come from EVENT_TERMS, 0 where a group has no such event; the measure is "t" with the place in ``order``.
    """
    groups = incidence[incidence["measure"] == "any"]
    named = terms[terms["term"].notna()]
    found = {
        (str(one.category), str(one.term), None if pd.isna(one.cohort) else int(one.cohort)): (int(one.subjects), int(one.events))
        for one in named.itertuples()
    }
    return INCIDENCE.frame(row for place, pair in enumerate(order) for row in _term_rows(f"t{place}", pair, found, groups))


def _term_rows(
    measure: str, pair: tuple[str, str], found: Mapping[tuple[str, str, int | None], tuple[int, int]], groups: pd.DataFrame
) -> Iterator[tuple[Any, ...]]:
    """One term in every cohort, and in all of them together."""
    whole = [counts for (category, term, _), counts in found.items() if (category, term) == pair]
    for group in groups.itertuples():
        cohort = None if pd.isna(group.cohort) else int(group.cohort)
        subjects, events = found.get((*pair, cohort), (0, 0))
        if group.total:
            subjects, events = sum(n for n, _ in whole), sum(n for _, n in whole)
        yield (
            measure,
            bool(group.total),
            cohort,
            None if pd.isna(group.label) else str(group.label),
            *_counted(group.dosed, subjects, events),
        )


def pool_levels(incidence: pd.DataFrame, levels: Mapping[int, tuple[int, str]]) -> pd.DataFrame:
    """Return INCIDENCE with the cohorts of a dose level taken together: its number stands as cohort, its label as label.

    ``levels`` gives each cohort's dose level and its label. Cohorts without one are left out; the total still holds them.
    """
    return INCIDENCE.frame(row for _, rows in incidence.groupby("measure", sort=False) for row in _level_rows(rows, levels))


def _level_rows(rows: pd.DataFrame, levels: Mapping[int, tuple[int, str]]) -> Iterator[tuple[Any, ...]]:
    """One measure at each dose level, and in all together."""
    known = rows[rows["cohort"].isin(list(levels)) & ~rows["total"]]
    placed = known.assign(level=[levels[int(cohort)][0] for cohort in known["cohort"]])
    labels = dict(levels.values())
    for level, part in placed.groupby("level"):
        sums = part[["dosed", "subjects", "events"]].sum()
        yield (
            str(part["measure"].iloc[0]),
            False,
            int(level),
            labels[int(level)],
            *_counted(sums["dosed"], sums["subjects"], sums["events"]),
        )
    for one in rows[rows["total"]].itertuples():
        yield (one.measure, True, None, None, *_counted(one.dosed, one.subjects, one.events))


def _rows(overview: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    for measure, rows in overview.groupby("measure", sort=False):
        for row in rows.itertuples(index=False):
            cohort = None if pd.isna(row.cohort) else int(row.cohort)
            label = None if pd.isna(row.label) else str(row.label)
            yield (measure, False, cohort, label, *_counted(row.dosed, row.subjects, row.events))
        yield (measure, True, None, None, *_counted(rows["dosed"].sum(), rows["subjects"].sum(), rows["events"].sum()))


def _counted(dosed: int, subjects: int, events: int) -> tuple[int, int, int, float, float]:
    """Counts with the limits of the share."""
    interval = compute_clopper_pearson(int(subjects), int(dosed))
    return int(dosed), int(subjects), int(events), interval.lower, interval.upper
