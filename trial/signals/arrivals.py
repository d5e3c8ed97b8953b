"""Boundaries over time at risk: for windows that are still open, events are held against the follow-up of all subjects together.

Events arrive as a Poisson process. The rule stops once d events have come while the total follow-up is at most u(d). The chance of a stop
is exact: walking from limit to limit, the number of events so far is Poisson, and what reached a limit has stopped. The critical value
is the one whose chance of a false stop equals alpha.

Families, with m = the events expected so far, and M expected by the end: Pocock (d-m)/sqrt(m), OBF (d-m)/sqrt(M), WT
(d-m)/(sqrt(m)(m/M)^(delta-1/2)), SPRT d log(r) - m (r-1) for r times the rate, MaxSPRT d log(d/m) - (d-m). Sources: SAFETY.md 5 and
5.1; Kulldorff et al. 2011 (Sequential Analysis 30:58) for the Poisson MaxSPRT. Checked against Sequential 4.5.1 (critical values to
1e-7) and stoppingrule 0.5.2: its limits follow from its critical values to nine digits, and those hold alpha to 2e-6, ours exactly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import log, sqrt
from typing import Any

import numpy as np

FAMILIES = ("Pocock", "OBF", "WT", "SPRT", "MaxSPRT")
ATTAINED = 1e-9
"""A chance that exceeds alpha by less is alpha."""
SMALLEST = 1e-9
"""Expected events below which no limit is sought."""


@dataclass(frozen=True)
class ExposurePlan:
    """A boundary over the follow-up of ``subjects`` for ``window`` units of time, false stops with the chance ``alpha``.

    ``target`` is the share with an event within a window that is acceptable; ``higher`` the share that the SPRT is laid against,
    ``delta`` the exponent of WT. Raises ValueError for an impossible plan.
    """

    family: str
    subjects: int
    target: float
    alpha: float
    window: float
    higher: float | None = None
    delta: float | None = None

    def __post_init__(self) -> None:
        if self.family not in FAMILIES or not 0 < self.target < 1 or not 0 < self.alpha < 1 or min(self.subjects, self.window) <= 0:
            raise ValueError(f"{self} is not a plan")
        if (self.family == "SPRT") != (self.higher is not None) or (self.family == "WT") != (self.delta is not None):
            raise ValueError("only the SPRT takes a higher rate, only WT an exponent")

    @property
    def hazard(self) -> float:
        """Events a unit of time at the acceptable rate."""
        return compute_hazard(self.target, self.window)

    @property
    def expected(self) -> float:
        """Subjects with an event that are expected at the acceptable rate, when every window is over or ended by its event."""
        return self.subjects * self.target

    @property
    def follow_up(self) -> float:
        """The most follow-up that there can be: every subject to the end of the window."""
        return self.subjects * self.window


@dataclass(frozen=True)
class ExposureBoundary:
    """For each number of events from ``first`` on, the total follow-up up to which so many stop; the last reaches the end."""

    plan: ExposurePlan
    critical: float
    first: int
    limits: tuple[float, ...]

    def chance_to_stop(self, rate: float) -> float:
        """Return the chance of a stop when the true share with an event within a window is ``rate``."""
        hazard = compute_hazard(rate, self.plan.window)
        end = self.plan.subjects * rate
        return compute_crossing([min(limit * hazard, end) for limit in self.limits], self.first)

    def expected_follow_up(self, rate: float) -> float:
        """Return the follow-up at which the trial ends on average, stopped or not, when the true share with an event is ``rate``."""
        hazard = compute_hazard(rate, self.plan.window)
        return compute_duration([min(limit * hazard, self.plan.subjects * rate) for limit in self.limits], self.first) / hazard

    def stops(self, events: int, follow_up: float) -> bool:
        """Return whether ``events`` within a total ``follow_up`` stop."""
        return events >= self.first and follow_up <= self.limits[min(events - self.first, len(self.limits) - 1)]


def compute_hazard(rate: float, window: float) -> float:
    """Return the events a unit of time that give a share ``rate`` with an event within ``window``."""
    return -log(1 - rate) / window


def compute_crossing(limits: Sequence[float], first: int) -> float:
    """Return the chance that a Poisson process has ``first`` + i events by the expected number ``limits``[i], for any i."""
    going: np.ndarray[Any, Any] = np.array([1.0])
    before = 0.0
    for place, limit in enumerate(limits):
        fewer = first + place
        going = _advance(going, limit - before, fewer)
        before = limit
    return 1 - float(going.sum())


def compute_duration(limits: Sequence[float], first: int) -> float:
    """Return the expected number until the crossing of `compute_crossing`, or until the last of ``limits``.

    Between two limits the process goes on while it has fewer events than stop there; the time with at most k further events within a
    stretch L is the sum of the incomplete gamma functions P(1, L) to P(k + 1, L).
    """
    from scipy.special import gammainc  # noqa: PLC0415  # needed by few

    going: np.ndarray[Any, Any] = np.array([1.0])
    before = lasted = 0.0
    for place, limit in enumerate(limits):
        fewer = first + place
        spent = np.cumsum(gammainc(np.arange(1, fewer + 1), limit - before))
        lasted += float(sum(chance * spent[fewer - 1 - had] for had, chance in enumerate(going)))
        going = _advance(going, limit - before, fewer)
        before = limit
    return lasted


def _advance(going: np.ndarray[Any, Any], expected: float, fewer: int) -> np.ndarray[Any, Any]:
    """The chances of 0, 1, ... events below ``fewer`` after ``expected`` more."""
    steps = np.arange(fewer)
    logarithms = np.concatenate([[0.0], np.cumsum(np.log(np.maximum(steps[1:], 1)))])
    arrivals = np.exp(steps * log(expected) - expected - logarithms) if expected > 0 else (steps == 0).astype(float)
    return np.convolve(going, arrivals)[:fewer]


def calibrate_exposure(plan: ExposurePlan) -> ExposureBoundary:
    """Return the boundary of ``plan`` whose chance of a false stop is alpha."""
    return place_exposure(plan, _calibrate(_statistic(plan), plan.expected, plan.alpha, least=1))


def place_exposure(plan: ExposurePlan, critical: float) -> ExposureBoundary:
    """Return the boundary of ``plan`` at a given ``critical`` value, whatever its chance of a false stop is."""
    statistic = _statistic(plan)
    first, limits = _limits(statistic, plan.follow_up * plan.hazard, critical, least=1)
    return ExposureBoundary(plan, critical, first, tuple(limit / plan.hazard for limit in limits))


def compute_maxsprt_critical(expected: float, alpha: float, *, least: int = 1, delay: float = 0.0) -> float:
    """Return the critical log-likelihood ratio of the Poisson MaxSPRT.

    Surveillance ends when ``expected`` events are expected; it begins at ``delay`` expected events, and no fewer than ``least`` observed
    events give a signal. With a delay the chance of a signal falls in steps too: where none is ``alpha`` itself, this is the smallest
    value that stays below. Raises ValueError where even the smallest boundary stops with less than ``alpha``.
    """
    return _calibrate(_maximized, expected, alpha, least=least, delay=delay)


def compute_maxsprt_chance(critical: float, expected: float, *, least: int = 1, delay: float = 0.0) -> float:
    """Return the chance of a false signal of the Poisson MaxSPRT with this ``critical`` value, as `compute_maxsprt_critical` has it."""
    return _cross(_maximized, expected, critical, least, delay)


Statistic = Callable[[float, float], float]


def _calibrate(statistic: Statistic, whole: float, alpha: float, *, least: int, delay: float = 0.0) -> float:
    from scipy.optimize import brentq  # noqa: PLC0415  # slow to load, and needed by few

    def excess(critical: float) -> float:
        """By how much the chance to cross exceeds alpha at this critical value."""
        return _cross(statistic, whole, critical, least, delay) - alpha

    high = 1.0
    while excess(high) > 0:
        high *= 2
    found, step = float(brentq(excess, 1e-6, high, xtol=1e-12, rtol=1e-14)), 1e-14
    while excess(found) > ATTAINED:  # a step of the chance, met from below: go over it
        found, step = found + step, 2 * step
    return found


def _cross(statistic: Statistic, whole: float, critical: float, least: int, delay: float) -> float:
    """The chance to cross at this critical value, by limits no earlier than ``delay``."""
    first, limits = _limits(statistic, whole, critical, least=least)
    kept = [(first + place, limit) for place, limit in enumerate(limits) if limit >= delay]
    return compute_crossing([limit for _, limit in kept], kept[0][0]) if kept else 0.0


def _limits(statistic: Statistic, whole: float, critical: float, *, least: int) -> tuple[int, list[float]]:
    """The first number of events that can stop, and the expected events up to which it and each further one do, up to ``whole``."""
    events = least
    while statistic(events, SMALLEST) < critical:
        events += 1
    first, limits = events, list[float]()
    while not limits or limits[-1] < whole:
        limits.append(_solve(partial(statistic, events), critical, min(whole, float(events))))
        events += 1
    return first, limits


def _solve(statistic: Callable[[float], float], critical: float, most: float) -> float:
    """The expected events at which the falling ``statistic`` reaches ``critical``, at most ``most``."""
    from scipy.optimize import brentq  # noqa: PLC0415

    if statistic(most) >= critical:
        return most
    return float(brentq(lambda expected: statistic(expected) - critical, SMALLEST, most, xtol=1e-14))


def _statistic(plan: ExposurePlan) -> Statistic:
    if plan.family == "MaxSPRT":
        return _maximized
    if plan.family == "SPRT":
        times = log(1 - (plan.higher or 0)) / log(1 - plan.target)
        return lambda d, m: d * log(times) - m * (times - 1)
    exponent = {"Pocock": 0.5, "OBF": 0.0}.get(plan.family, plan.delta or 0.0)
    return lambda d, m: (d - m) / (sqrt(m) * (m / plan.expected) ** (exponent - 0.5))


def _maximized(d: float, m: float) -> float:
    return d * log(d / m) - (d - m) if d > m else 0.0
