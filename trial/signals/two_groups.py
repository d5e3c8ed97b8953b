"""Two groups of subjects beside each other: the difference of their shares with its interval, and Fisher's exact test.

A p-value alone says nothing on groups of three; the interval stands with it. Sources: Newcombe 1998 (Stat Med 17:873, method 10), Fisher's
exact test with the conditional odds ratio (Cornfield 1956). Checked against R 4.2.2 (fisher.test, Newcombe's formula) to 1e-9; R finds
the odds ratio itself to about 1e-5 only.
"""

from dataclasses import dataclass
from math import exp, inf, log, sqrt
from typing import Any

import numpy as np
from scipy.special import gammaln

from trial.signals.intervals import Interval, compute_wilson

TIED = 1e-7
"""Two chances that differ by less than this part are equally likely."""


@dataclass(frozen=True)
class Difference:
    """The share of one group less that of the other, with its interval."""

    difference: float
    interval: Interval


@dataclass(frozen=True)
class Fisher:
    """Fisher's exact test, given the margins: a table as far off, one with at least as many in the first group, and the odds ratio."""

    chance_as_far: float
    chance_as_many: float
    odds_ratio: float


def compute_difference(events: int, subjects: int, events_other: int, subjects_other: int, *, confidence: float = 0.95) -> Difference:
    """Return the difference of two shares with Newcombe's hybrid score interval; raise ValueError for an empty group."""
    if min(subjects, subjects_other) <= 0:
        raise ValueError("a difference needs subjects in both groups")
    one, other = events / subjects, events_other / subjects_other
    first, second = (
        compute_wilson(events, subjects, confidence=confidence), compute_wilson(events_other, subjects_other, confidence=confidence)
    )  # fmt: skip
    below = sqrt((one - first.lower) ** 2 + (second.upper - other) ** 2)
    above = sqrt((first.upper - one) ** 2 + (other - second.lower) ** 2)
    return Difference(one - other, Interval(one - other - below, one - other + above))


def compute_fisher(events: int, subjects: int, events_other: int, subjects_other: int) -> Fisher:
    """Return Fisher's exact test of two groups; the odds ratio is 0 or infinite at the edge of what the margins allow.

    Raises ValueError for impossible counts.
    """
    if not 0 <= events <= subjects or not 0 <= events_other <= subjects_other:
        raise ValueError("more events than subjects")
    counts, weights = _list_tables(subjects, subjects_other, events + events_other)
    chances = _normalize(weights)
    seen = chances[counts == events][0]
    return Fisher(
        min(1.0, float(chances[chances <= seen * (1 + TIED)].sum())),
        min(1.0, float(chances[counts >= events].sum())),
        _fit_odds_ratio(counts, weights, events),
    )


def compute_least_chance(subjects: int, subjects_other: int, total: int) -> float:
    """Return the smallest two-sided chance of Fisher's test that ``total`` events could have, however the two groups share them.

    Where it is not small no split could be told from chance. Raises ValueError for more events than subjects.
    """
    if not 0 <= total <= subjects + subjects_other:
        raise ValueError("more events than subjects")
    chances = _normalize(_list_tables(subjects, subjects_other, total)[1])
    return min(1.0, float(chances[chances <= chances.min() * (1 + TIED)].sum()))


def _list_tables(subjects: int, subjects_other: int, total: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """How many of ``total`` events the first group can have, and the log weight of each such table when the groups do not differ."""
    counts = np.arange(max(0, total - subjects_other), min(subjects, total) + 1)
    weights = -(gammaln(counts + 1) + gammaln(subjects - counts + 1) + gammaln(total - counts + 1))
    return counts, weights - gammaln(subjects_other - total + counts + 1)


def _normalize(weights: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    chances: np.ndarray[Any, Any] = np.exp(weights - weights.max())
    chances /= chances.sum()
    return chances


def _fit_odds_ratio(counts: np.ndarray[Any, Any], weights: np.ndarray[Any, Any], events: int) -> float:
    """The odds ratio under which the observed number is the expected one."""
    from scipy.optimize import brentq  # noqa: PLC0415  # slow to load, and needed by few

    if events in (counts[0], counts[-1]):
        return 0.0 if events == counts[0] else inf

    def excess(logarithm: float) -> float:
        """The expected events at this log odds ratio, less those observed."""
        return float((_normalize(weights + counts * logarithm) * counts).sum()) - events

    return exp(brentq(excess, -log(1e9), log(1e9), xtol=1e-14))
