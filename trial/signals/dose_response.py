"""Whether events rise with the dose: shares by dose level with exact intervals, a monotone estimate, and one exact trend per measure.

The score of a dose level is its rank, chosen before the data (SAFETY.md 5 row 13). A one-sided chance stands only beside the odds ratio
with its interval, and only where some pattern of as many events could have been rare: where even all of them at the highest levels would
come about by chance in more than one of twenty trials, so few subjects cannot carry it. The chances of several measures are not
adjusted for each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from trial.escalation.estimates import fit_isotonic
from trial.sentence import Sentence
from trial.signals.expected import SURPRISING
from trial.signals.intervals import compute_clopper_pearson
from trial.signals.trend import compute_strength, compute_trend
from trial.tables.event_courses import DOSE_SHARES, DOSE_TRENDS

FEWEST_LEVELS = 2


def compute_dose_shares(overview: pd.DataFrame, levels: Mapping[int, tuple[int, str]], measures: Sequence[str]) -> pd.DataFrame:
    """Return DOSE_SHARES of some ``measures`` of EVENT_OVERVIEW; ``levels`` gives each cohort's dose level and its label.

    Subjects without a cohort, and cohorts without a dose level, are left out.
    """
    counted = overview[overview["cohort"].isin(list(levels)) & overview["measure"].isin(list(measures))]
    dosed = counted.assign(level=[levels[int(cohort)][0] for cohort in counted["cohort"]])
    labels = dict(levels.values())
    summed = dosed.groupby(["measure", "level"], as_index=False)[["dosed", "subjects"]].sum()
    summed = summed[summed["dosed"] > 0]
    return DOSE_SHARES.frame(
        row for measure in measures for row in _shares(measure, summed[summed["measure"] == measure].sort_values("level"), labels)
    )


def _shares(measure: str, rows: pd.DataFrame, labels: Mapping[int, str]) -> Iterator[tuple[Any, ...]]:
    if rows.empty:
        return
    dosed, subjects = rows["dosed"].to_numpy(dtype=float), rows["subjects"].to_numpy(dtype=float)
    for one, monotone in zip(rows.itertuples(), fit_isotonic(subjects / dosed, dosed), strict=True):
        limits = compute_clopper_pearson(int(one.subjects), int(one.dosed))
        yield (
            measure, int(one.level), labels[int(one.level)], int(one.dosed), int(one.subjects), limits.lower, limits.upper, float(monotone),
        )  # fmt: skip


def compute_dose_trends(shares: pd.DataFrame) -> pd.DataFrame:
    """Return DOSE_TRENDS of DOSE_SHARES, in its order of measures; the score of a level is its rank among those with dosed subjects."""
    return DOSE_TRENDS.frame((measure, *_trend(rows)) for measure, rows in shares.groupby("measure", sort=False))


def _trend(rows: pd.DataFrame) -> tuple[Any, ...]:
    """Counts, odds ratio with limits, chance and reading of one measure."""
    subjects, dosed = [int(n) for n in rows["subjects"]], [int(n) for n in rows["dosed"]]
    facts, nothing = (sum(dosed), sum(subjects), len(rows)), (None, None, None, None)
    if len(rows) < FEWEST_LEVELS:
        return *facts, *nothing, Sentence("one dose level so far: no trend can be seen")
    if sum(subjects) in (0, sum(dosed)):
        words = Sentence("nobody had one") if not sum(subjects) else Sentence("everybody had one")
        return *facts, *nothing, words
    ranks = list(range(1, len(rows) + 1))
    strength = compute_strength(subjects, dosed, ranks)
    limits = (strength.odds_ratio, strength.lower, strength.upper)
    if strength.least_chance >= SURPRISING:
        return *facts, *limits, None, Sentence("too few subjects for a trend to be told from chance, whatever the pattern")
    chance = compute_trend(subjects, dosed, ranks).chance_as_high
    rises = Sentence("rises with the dose, more than chance explains") if chance < SURPRISING else Sentence("no rise beyond chance")
    return *facts, *limits, chance, rises


def list_levels(cohorts: pd.DataFrame) -> dict[int, tuple[int, str]]:
    """Return the dose level and its label of each cohort of COHORTS that has one."""
    known = cohorts[cohorts["dose_level"].notna() & cohorts["dose"].notna()]
    rows = zip(known["cohort"], known["dose_level"], known["dose"], strict=True)
    return {int(cohort): (int(level), str(label)) for cohort, level, label in rows}
