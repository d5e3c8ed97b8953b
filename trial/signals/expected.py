"""Observed against expected: whether there is more than the low, central and high background rates lead one to expect.

A background rate is itself uncertain by a factor of three to ten, mostly by how hard one looked. So nothing here tests against one
number: the reading says which of the three values the observation would surprise. Interval of the ratio: Garwood over a fixed
expectation. Checked against R 4.2.2 (binom.test, poisson.test) to 1e-9.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.special import betainc, gammainc, gammaincinv

from trial.protocol import BackgroundPart
from trial.sentence import Sentence
from trial.signals.intervals import Interval, compute_clopper_pearson
from trial.signals.shrinkage import compute_shrunk
from trial.tables.safety import BACKGROUND_COUNTS, EXPECTED_LEVELS, OBSERVED_EXPECTED

SURPRISING = 0.05
"""A chance below this is called surprising; a convention, not a decision rule."""
LEVELS = ("low", "central", "high")
DOUBLED = 2.0
"""Of a shrunken ratio it is told how sure it lies above this."""


@dataclass(frozen=True)
class Comparison:
    """Subjects observed against ``expected``: their ratio with interval, and the chance of at least as many."""

    expected: float
    ratio: float | None
    interval: Interval | None
    chance: float
    chance_mid: float
    chance_poisson: float


def compute_comparison(subjects: int, dosed: int, rate: float) -> Comparison:
    """Return ``subjects`` of ``dosed`` against a background ``rate``.

    ``chance_mid`` counts half of the observed number (mid-p); ``chance_poisson`` takes the number as unlimited (events, not subjects).
    """
    expected = dosed * rate
    chance, above = _chance_of_at_least(subjects, dosed, rate), _chance_of_at_least(subjects + 1, dosed, rate)
    poisson = 1.0 if subjects == 0 else float(gammainc(subjects, expected))
    if expected <= 0:
        return Comparison(expected, None, None, chance, (chance + above) / 2, poisson)
    lower = 0.0 if subjects == 0 else float(gammaincinv(subjects, 0.025))
    limits = Interval(lower / expected, float(gammaincinv(subjects + 1, 0.975)) / expected)
    return Comparison(expected, subjects / expected, limits, chance, (chance + above) / 2, poisson)


def _chance_of_at_least(subjects: int, dosed: int, rate: float) -> float:
    if subjects <= 0:
        return 1.0
    return 0.0 if subjects > dosed else float(betainc(subjects, dosed - subjects + 1, rate))


def compare_with_background(counts: pd.DataFrame, rates: Sequence[BackgroundPart]) -> pd.DataFrame:
    """Return OBSERVED_EXPECTED from BACKGROUND_COUNTS and the declared ``rates``, least expected first."""
    found = {row.background: (int(row.subjects), int(row.dosed)) for row in counts.itertuples(index=False)}
    rows = [_compare(part, *found[part.code]) for part in rates if part.code in found]
    return OBSERVED_EXPECTED.frame(sorted(rows, key=lambda row: row[OBSERVED_EXPECTED.names.index("chance")]))


def compare_after_surgery(counts: pd.DataFrame, rates: Sequence[BackgroundPart]) -> pd.DataFrame:
    """Return OBSERVED_EXPECTED of SURGICAL_COUNTS: ``dosed`` there holds the subjects at risk in the days after surgery."""
    at_risk = BACKGROUND_COUNTS.frame((row.background, row.subjects, row.events, row.at_risk) for row in counts.itertuples(index=False))
    return compare_with_background(at_risk, rates)


def _compare(part: BackgroundPart, subjects: int, dosed: int) -> tuple[object, ...]:
    """One row of OBSERVED_EXPECTED."""
    interval = compute_clopper_pearson(subjects, dosed)
    low, central, high = (compute_comparison(subjects, dosed, rate) for rate in (part.low, part.central, part.high))
    limits = central.interval
    return (
        part.code, part.label, subjects, dosed, interval.lower, interval.upper,
        part.low, part.central, part.high, low.expected, central.expected, high.expected,
        central.ratio, limits.lower if limits else None, limits.upper if limits else None,
        low.chance, central.chance, high.chance, describe_reading(low.chance, central.chance, high.chance, subjects, dosed),
        part.window, part.ascertainment, part.source,
    )  # fmt: skip


def compare_at_each_level(table: pd.DataFrame) -> pd.DataFrame:
    """Return EXPECTED_LEVELS of OBSERVED_EXPECTED: each rate has a row with everything that follows when it is the true one."""
    return EXPECTED_LEVELS.frame(row for one in table.itertuples() for row in _levels(one))


def _levels(one: Any) -> Iterator[tuple[object, ...]]:
    """The three rows of one row of OBSERVED_EXPECTED."""
    subjects, dosed = int(one.subjects), int(one.dosed)
    for level, rate in zip(LEVELS, (one.low, one.central, one.high), strict=True):
        found, belief = compute_comparison(subjects, dosed, rate), compute_shrunk(subjects, dosed * rate)
        limits, chances = found.interval, (found.chance, found.chance_mid) if subjects else (None, None)
        yield (
            one.background, one.label, level, rate, subjects, dosed,
            found.expected, found.ratio, limits.lower if limits else None, limits.upper if limits else None, *chances,
            belief.mean, belief.quantile(0.025), belief.quantile(0.975), belief.chance_above(DOUBLED),
            one.reading, one.window, one.ascertainment, one.source,
        )  # fmt: skip


def describe_reading(chance_low: float, chance: float, chance_high: float, subjects: int, dosed: int) -> Sentence:
    """Return in words how the observation stands to the three background rates."""
    if dosed == 0:
        return Sentence("nobody dosed yet")
    if subjects == 0:
        return Sentence("none observed")
    if chance_high < SURPRISING:
        return Sentence("more than expected, even at the high rate")
    if chance < SURPRISING:
        return Sentence("more than expected, unless the high rate is true")
    if chance_low < SURPRISING:
        return Sentence("more than expected only if the low rate is true")
    return Sentence("within what is expected")
