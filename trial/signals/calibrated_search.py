"""The critical value of a calibrated boundary as stoppingrule 0.5.2 seeks it: where that boundary is another than ours, and which.

Ours is the smallest critical value of all whose type I error does not exceed alpha, and cells of equal evidence stop together. stoppingrule
halves an interval fifty times, and its boundary can differ in two ways:

* the interval of OBF, WT, SPRT and MaxSPRT need not hold the right value. Its end is returned then: a boundary that stops falsely more
  often than alpha (WT with delta 0.5, looks at 3, 5, 6 and 7 subjects, target 0.15: 7.0% for an alpha of 5%), or one stricter than needed;
* cells with the same excess over the target (OBF: 5 of 15 and 6 of 20 at 0.2) tie at a critical value, and rounding of its last digit
  decides which of them stop.

The product uses ours. This is for recomputing figures of stoppingrule (`trial.qualification`). Its search was read in, and run from,
cran/stoppingrule@1f90386; its results are in tests/reference/safety/stopping_boundaries_search.csv.
"""

from collections.abc import Callable
from math import ceil, log, sqrt
from statistics import NormalDist

from scipy.special import ndtri

from trial.signals.calibrated import Boundary, Plan, calibrate, compute_course

HALVINGS = 50
Line = Callable[[float, int], float]
"""The events that reach a critical value, a real number, for so many subjects."""


def seek_boundary(plan: Plan) -> Boundary:
    """Return the boundary of ``plan`` as stoppingrule seeks it; its type I error can exceed alpha."""
    interval = list_interval(plan)
    line = _line(plan)
    return calibrate(plan, interval) if line is None or interval is None else _halve(plan, line, *interval)


def list_interval(plan: Plan) -> tuple[float, float] | None:
    """Return the interval in which the critical value is sought; None where it holds every value there is."""
    tails = plan.alpha, plan.alpha / plan.looks[-1]
    if plan.family in ("OBF", "WT"):
        low, high = (NormalDist().inv_cdf(1 - tail) for tail in tails)  # Wichura's AS 241, as in R: to the last digit
    elif plan.family in ("SPRT", "MaxSPRT"):
        low, high = (float(ndtri(tail / 2)) ** 2 / 2 for tail in tails)  # half a quantile of chi-square with one degree of freedom
    else:
        return None
    return low, high


def _halve(plan: Plan, line: Line, low: float, high: float) -> Boundary:
    """Halve the interval towards the smallest critical value that holds alpha; its upper end where none does."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        held = compute_course(plan.looks, _place(plan, line, middle), plan.target).chance_to_stop <= plan.alpha
        low, high = (low, middle) if held else (middle, high)
    limits = _place(plan, line, high)
    return Boundary(plan, limits, compute_course(plan.looks, limits, plan.target).chance_to_stop)


def _place(plan: Plan, line: Line, critical: float) -> tuple[int, ...]:
    return tuple(min(max(ceil(line(critical, look)), 0), look + 1) for look in plan.looks)


def _line(plan: Plan) -> Line | None:
    """The boundary as a line over the subjects, computed in the order in which its rounding matters; None for the other families."""
    p, last = plan.target, plan.looks[-1]
    if plan.family == "OBF":
        return lambda critical, n: critical * sqrt(last * p * (1 - p)) + n * p
    if plan.family == "WT":
        return lambda critical, n: critical * (n / last) ** (plan.settings[0] - 0.5) * sqrt(n * p * (1 - p)) + n * p
    if plan.family == "SPRT":
        q = plan.settings[0]
        return lambda critical, n: (critical - n * log((1 - q) / (1 - p))) / log(q * (1 - p) / ((1 - q) * p))
    return None
