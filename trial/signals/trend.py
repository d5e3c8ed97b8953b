"""Whether events rise with the dose: the exact conditional Cochran-Armitage test, with every way the events could have fallen.

Given how many events there were, each way to spread them over the groups has a known chance when the dose does not matter. The statistic
is the sum of score times events; scores (cohort rank, or the logarithm of cells) are chosen before the data. On few subjects only large
trends show. Sources: Cochran 1954 (Biometrics 10:417), Armitage 1955 (Biometrics 11:375); SAFETY.md 5 row 13. Checked against complete
enumeration and coin 1.4.2 (exact) to 1e-9, the normal approximation against prop.trend.test. How strong the trend is says the odds ratio of
one unit of score in the same conditional distribution (Cox 1970, Hirji, Mehta and Patel 1987), checked on two groups against Fisher's.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb, exp, inf, sqrt
from typing import Any

import numpy as np
from scipy.special import logsumexp, ndtr

Numbers = np.ndarray[Any, Any]

TIED = 9
"""Decimals to which two values of the statistic are equal, relative to the largest score."""
STEEPEST = 2.0**9
"""No odds ratio lies beyond e to this power: a root that far out is none."""


@dataclass(frozen=True)
class Trend:
    """The statistic, the exact chances of one at least as high, as low and as far from its mean, and the normal deviate with its chance."""

    statistic: float
    chance_as_high: float
    chance_as_low: float
    chance_as_far: float
    deviate: float | None
    chance_normal: float | None


@dataclass(frozen=True)
class Strength:
    """The odds ratio of an event for one unit of score with its exact interval, and the smallest chance that any pattern could have."""

    odds_ratio: float
    lower: float
    upper: float
    least_chance: float


def compute_trend(events: Sequence[int], subjects: Sequence[int], scores: Sequence[float]) -> Trend:
    """Return the trend of ``events`` of ``subjects`` over groups with ``scores``; raise ValueError where these do not fit together.

    Without any event, or with events in all, every chance is 1 and there is no deviate.
    """
    if not len(events) == len(subjects) == len(scores) or len(events) < 2:
        raise ValueError("a trend needs events, subjects and a score of at least two groups")
    if any(not 0 <= one <= size for one, size in zip(events, subjects, strict=True)):
        raise ValueError("more events than subjects")
    if not any(subjects):
        raise ValueError("a trend needs subjects")
    unit = max(1.0, *(abs(score) for score in scores))
    plain = [score / unit for score in scores]
    seen = sum(score * one for score, one in zip(plain, events, strict=True))
    spread = _spread(sum(events), tuple(subjects), tuple(plain))
    mean = sum(events) * sum(score * size for score, size in zip(plain, subjects, strict=True)) / sum(subjects)
    tie = 10.0**-TIED
    deviate = _deviate(events, subjects, plain, seen, mean)
    return Trend(
        seen * unit,
        min(1.0, sum(chance for value, chance in spread.items() if value >= seen - tie)),
        min(1.0, sum(chance for value, chance in spread.items() if value <= seen + tie)),
        min(1.0, sum(chance for value, chance in spread.items() if abs(value - mean) >= abs(seen - mean) - tie)),
        deviate,
        None if deviate is None else 2 * float(ndtr(-abs(deviate))),
    )


def compute_strength(events: Sequence[int], subjects: Sequence[int], scores: Sequence[float], *, confidence: float = 0.95) -> Strength:
    """Return how strongly ``events`` of ``subjects`` rise with the scores.

    The ratio is the conditional maximum-likelihood estimate, 0 or infinite where the events lie as low or as high as they can. Raises
    ValueError as `compute_trend`, and where every pattern gives the same statistic: without an event, or with events in all.
    """
    unit = max(1.0, *(abs(score) for score in scores))
    seen = compute_trend(events, subjects, scores).statistic
    values, chances = _merge_tied(_spread(sum(events), tuple(subjects), tuple(score / unit for score in scores)))
    values = values * unit
    if len(values) < 2:
        raise ValueError("no pattern of events differs from another")
    place, tail = int(np.argmin(abs(values - seen))), (1 - confidence) / 2
    weights, last = np.log(chances), len(values) - 1

    def tilt(slope: float) -> Numbers:
        """Chances of the values under a slope, the log odds for one step of the score."""
        tilted = weights + slope * (values - values[place])
        return np.asarray(np.exp(tilted - logsumexp(tilted)))

    estimate = 0.0 if place == 0 else inf if place == last else exp(_rising_root(lambda slope: float(tilt(slope) @ values) - values[place]))
    lower = 0.0 if place == 0 else exp(_rising_root(lambda slope: float(tilt(slope)[place:].sum()) - tail))
    upper = inf if place == last else exp(_rising_root(lambda slope: tail - float(tilt(slope)[: place + 1].sum())))
    return Strength(estimate, lower, upper, float(chances[-1]))


def _merge_tied(spread: Mapping[float, float]) -> tuple[Numbers, Numbers]:
    """The values of the statistic in order, those that rounding told apart as one, and their chances."""
    values = np.array(sorted(spread))
    chances = np.array([spread[value] for value in values])
    starts = np.flatnonzero(np.diff(values, prepend=-np.inf) > 10.0**-TIED)
    return values[starts], np.add.reduceat(chances, starts)


def _rising_root(function: Callable[[float], float]) -> float:
    """Where a rising function of the slope crosses 0."""
    from scipy.optimize import brentq  # noqa: PLC0415  # slow to load, and needed by few

    reach = 1.0
    while reach < STEEPEST and (function(-reach) > 0 or function(reach) < 0):
        reach *= 2
    return float(brentq(function, -reach, reach, xtol=1e-12))


@lru_cache(maxsize=256)
def _spread(total: int, subjects: tuple[int, ...], scores: tuple[float, ...]) -> dict[float, float]:
    """The chance of each value of the statistic, given ``total`` events."""
    ways: dict[tuple[int, float], int] = {(0, 0.0): 1}
    left = sum(subjects)
    for size, score in zip(subjects, scores, strict=True):
        left -= size
        after: dict[tuple[int, float], int] = defaultdict(int)
        for (used, value), count in ways.items():
            for more in range(max(0, total - used - left), min(size, total - used) + 1):
                after[used + more, round(value + score * more, TIED + 3)] += count * comb(size, more)
        ways = after
    whole = comb(sum(subjects), total)
    return {value: count / whole for (used, value), count in ways.items() if used == total}


def _deviate(events: Sequence[int], subjects: Sequence[int], scores: Sequence[float], seen: float, mean: float) -> float | None:
    """The statistic less its mean, over its standard deviation under independent subjects."""
    whole, share = sum(subjects), sum(events) / sum(subjects)
    centre = sum(score * size for score, size in zip(scores, subjects, strict=True)) / whole
    squares = sum(size * (score - centre) ** 2 for score, size in zip(scores, subjects, strict=True))
    variance = share * (1 - share) * squares
    return (seen - mean) / sqrt(variance) if variance > 0 else None
