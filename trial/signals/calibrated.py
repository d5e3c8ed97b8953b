"""Sequential boundaries for a share of subjects, calibrated so that the whole trial stops falsely with at most a given chance.

Seven families of one idea: a statistic T(n, y) of y events in n subjects, and a critical value c, the smallest with which the trial
stops with a chance of at most alpha when the true rate is the target. It stops where T > c. Calibration is by exact recursion over the
looks, so what is printed beside a boundary (type I error, power, expected numbers) carries no simulation error.

Sources: Pocock 1977 (Biometrika 64:191), O'Brien and Fleming 1979 (Biometrics 35:549), Wang and Tsiatis 1987 (Biometrics 43:193),
Geller et al. 2003 for the beta-binomial, Chen and Chaloner 2006 (Stat Med 25:2956) for the two-sided belief CC, Wald 1945 for the SPRT,
Kulldorff et al. 2011 (Sequential Analysis 30:58) for the MaxSPRT; formulas in SAFETY.md 5.1. Checked against stoppingrule 0.5.2: equal
boundaries, type I error, power and expected events to 1e-8.
Where its search ends elsewhere than at the smallest critical value, `trial.signals.calibrated_search` says why and gives its boundary.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, log, log1p, sqrt
from typing import Any

import numpy as np
from scipy.special import bdtrc, betaincc, betaln, xlogy

from trial.signals.boundary import Operating

Numbers = np.ndarray[Any, Any]
Statistic = Callable[[Numbers, Numbers], Numbers]
"""T of subjects (a column) and events 0, 1, 2, ... (a row); minus infinity where the family never stops."""

TIED_DECIMALS = 11
"""Two values of a statistic that agree to so many decimals are equal: rounding must not decide whether a cell stops."""
BEYOND = 1e-10


@dataclass(frozen=True)
class Plan:
    """What a boundary is for: the ``target`` rate, the chance ``alpha`` of a false stop, and the numbers of subjects looked at.

    ``settings`` belong to the family: WT takes its exponent delta; BB the prior a, b; CC a, b, a higher rate and the belief in it that
    is needed; SPRT the higher rate; the others take none. Raises ValueError for what no boundary can be made of.
    """

    family: str
    target: float
    alpha: float
    looks: tuple[int, ...]
    settings: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(f"{self.family} is not a family of boundaries: {', '.join(FAMILIES)}")
        if not 0 < self.target < 1 or not 0 < self.alpha < 1:
            raise ValueError("target and alpha must lie between 0 and 1")
        if not self.looks or any(later <= earlier for earlier, later in zip((0, *self.looks), self.looks, strict=False)):
            raise ValueError("looks must be whole numbers of subjects that grow")
        if len(self.settings) != FAMILIES[self.family][1]:
            raise ValueError(f"{self.family} takes {FAMILIES[self.family][1]} settings")


@dataclass(frozen=True)
class Boundary:
    """The least number of events that stops at each look (one more than the subjects where none does), and its type I error."""

    plan: Plan
    limits: tuple[int, ...]
    type_one_error: float

    def operating(self, rate: float) -> Operating:
        """Return how often the boundary stops when the true rate is ``rate``, and after how many subjects on average."""
        return compute_course(self.plan.looks, self.limits, rate)

    def limit_at(self, subjects: int) -> int | None:
        """Return the least number of events that stops at the latest look no later than ``subjects``; None where none does."""
        passed = [(look, limit) for look, limit in zip(self.plan.looks, self.limits, strict=True) if look <= subjects]
        return passed[-1][1] if passed and passed[-1][1] <= passed[-1][0] else None


def calibrate(plan: Plan, within: tuple[float, float] | None = None) -> Boundary:
    """Return the boundary of ``plan``: of all critical values the smallest whose type I error does not exceed alpha.

    ``within`` seeks it between two values only, and takes the upper one where none does: its type I error can exceed alpha.
    """
    looks = np.array(plan.looks)[:, None]
    events = np.arange(plan.looks[-1] + 2)[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        values = FAMILIES[plan.family][0](plan)(looks, events)
    values = np.where(events <= looks, values, inf)
    possible = np.unique(np.round(values[np.isfinite(values)], TIED_DECIMALS))
    if not len(possible):  # the family never stops: no number of events is evidence enough
        return Boundary(plan, tuple(look + 1 for look in plan.looks), 0.0)
    if within is not None:
        possible = np.array([within[0], *possible[(possible > within[0]) & (possible < within[1])], within[1]])

    def place(index: int) -> tuple[tuple[int, ...], float]:
        """The limits at the critical value of this place, and the type I error that they have."""
        limits = tuple(np.minimum(np.argmax(values > possible[index] + BEYOND, axis=1), looks[:, 0] + 1).tolist())
        return limits, compute_course(plan.looks, limits, plan.target, most=plan.alpha).chance_to_stop

    low, high = 0, len(possible) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if place(middle)[1] <= plan.alpha else (middle + 1, high)
    limits, _ = place(low)
    return Boundary(plan, limits, compute_course(plan.looks, limits, plan.target).chance_to_stop)


def compute_course(looks: Sequence[int], limits: Sequence[int], rate: float, *, most: float = inf) -> Operating:
    """Return how often the trial stops that looks after ``looks`` subjects and stops at ``limits`` events or more.

    Where the chance to stop exceeds ``most`` the rest is not computed, and what comes back says only that it does.
    """
    step = np.array([1 - rate, rate])
    going = np.ones(1)  # the chances of 0, 1, ... events in trials that go on
    stopped, expected, before = 0.0, 0.0, 0
    for look, limit in zip(looks, limits, strict=True):
        for _ in range(look - before):
            going = np.convolve(going, step)
        before = look
        if len(going) > limit:
            now = float(going[limit]) if len(going) == limit + 1 else float(going[limit:].sum())
            going = going[:limit]
            stopped, expected = stopped + now, expected + look * now
            if stopped > most or not limit:
                break
    return Operating(rate, stopped, expected + looks[-1] * (1 - stopped))


def _pocock(plan: Plan) -> Statistic:
    """Minus the chance of at least so many events."""
    return lambda n, y: -np.where(y > 0, bdtrc(np.maximum(y - 1, 0), n, plan.target), 1.0)


def _standardized(plan: Plan, exponent: float) -> Statistic:
    """The excess over its standard deviation, weighted by a power of the information so far."""
    p, last = plan.target, plan.looks[-1]
    return lambda n, y: (y - n * p) / (np.sqrt(n * p * (1 - p)) * (n / last) ** exponent)


def _obrien_fleming(plan: Plan) -> Statistic:
    p = plan.target
    return lambda n, y: (y - n * p) / sqrt(plan.looks[-1] * p * (1 - p))


def _wang_tsiatis(plan: Plan) -> Statistic:
    return _standardized(plan, plan.settings[0] - 0.5)


def _beta_binomial(plan: Plan) -> Statistic:
    a, b = plan.settings[:2]
    return lambda n, y: _belief_above(plan.target, a, b, n, y)


def _belief_above(rate: float, a: float, b: float, n: Numbers, y: Numbers) -> Numbers:
    """Pr(p > ``rate``) after each number of events in each number of subjects, from that of no event on.

    One event more and one subject without it less add rate^a (1-rate)^(b-1) / (a B(a, b)) (DLMF 8.17.18 and 8.17.19 together).
    """
    before_a, before_b = a + y[:, :-1], b + np.maximum(n - y[:, :-1], 1)
    steps = np.exp(before_a * log(rate) + (before_b - 1) * log1p(-rate) - np.log(before_a) - betaln(before_a, before_b))
    return np.cumsum(np.concatenate([betaincc(a, b + n, rate), steps], axis=1), axis=1)


def _chen_chaloner(plan: Plan) -> Statistic:
    a, b, higher, belief = plan.settings
    first = _beta_binomial(plan)
    return lambda n, y: np.where(_belief_above(higher, a, b, n, y) > belief, first(n, y), -inf)


def _sequential_ratio(plan: Plan) -> Statistic:
    p, higher = plan.target, plan.settings[0]
    return lambda n, y: y * log(higher * (1 - p) / (p * (1 - higher))) + n * log((1 - higher) / (1 - p))


def _maximized_ratio(plan: Plan) -> Statistic:
    """The likelihood ratio against the best-fitting rate, where that is above the target."""
    p = plan.target

    def ratio(n: Numbers, y: Numbers) -> Numbers:
        """The log likelihood ratio of ``y`` events in ``n`` against the target; below it, none."""
        found: Numbers = xlogy(y, y / (n * p)) + xlogy(np.maximum(n - y, 0), np.maximum(n - y, 0) / (n * (1 - p)))
        return np.where(y > n * p, found, -inf)

    return ratio


FAMILIES: dict[str, tuple[Callable[[Plan], Statistic], int]] = {
    "Pocock": (_pocock, 0),
    "OBF": (_obrien_fleming, 0),
    "WT": (_wang_tsiatis, 1),
    "BB": (_beta_binomial, 2),
    "CC": (_chen_chaloner, 4),
    "SPRT": (_sequential_ratio, 1),
    "MaxSPRT": (_maximized_ratio, 0),
}
"""Each family's statistic and its number of settings."""
