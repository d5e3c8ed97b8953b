"""Calibrated boundaries against the plainest way to find them: every statistic by scipy, every critical value in turn."""

from math import inf, isfinite, log, sqrt

import numpy as np
import pytest
from scipy import stats

from trial.signals.calibrated import Plan, calibrate

SETTINGS = {"WT": (0.1,), "BB": (0.3, 1.7), "CC": (0.4, 1.6, 0.35, 0.4), "SPRT": (0.45,)}
FAMILIES = ("Pocock", "OBF", "WT", "BB", "CC", "SPRT", "MaxSPRT")


def statistic(plan, n, y):
    """T(n, y) as SAFETY.md 5.1 writes it."""
    p, last, given = plan.target, plan.looks[-1], plan.settings
    belief = stats.beta.sf(p, given[0] + y, given[1] + n - y) if plan.family in ("BB", "CC") else 0.0
    found = {
        "Pocock": lambda: -stats.binom.sf(y - 1, n, p),
        "OBF": lambda: (y - n * p) / sqrt(last * p * (1 - p)),
        "WT": lambda: (y - n * p) / (sqrt(n * p * (1 - p)) * (n / last) ** (given[0] - 0.5)),
        "BB": lambda: belief,
        "CC": lambda: belief if stats.beta.sf(given[2], given[0] + y, given[1] + n - y) > given[3] else -inf,
        "SPRT": lambda: y * log(given[0] * (1 - p) / (p * (1 - given[0]))) + n * log((1 - given[0]) / (1 - p)),
        "MaxSPRT": lambda: stats.binom.logpmf(y, n, y / n) - stats.binom.logpmf(y, n, p) if y > n * p else -inf,
    }
    return float(found[plan.family]())


def stop_chance(plan, critical):
    """Limits of a critical value and the chance to reach them, by adding up binomial terms from look to look."""
    limits = [next((y for y in range(n + 1) if statistic(plan, n, y) > critical + 1e-10), n + 1) for n in plan.looks]
    going, before, stopped = {0: 1.0}, 0, 0.0
    for n, limit in zip(plan.looks, limits, strict=True):
        moved: dict[int, float] = {}
        for y, chance in going.items():
            for more in range(n - before + 1):
                moved[y + more] = moved.get(y + more, 0.0) + chance * stats.binom.pmf(more, n - before, plan.target)
        stopped += sum(chance for y, chance in moved.items() if y >= limit)
        going, before = {y: chance for y, chance in moved.items() if y < limit}, n
    return tuple(limits), stopped


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("target", "alpha", "looks"), [(0.05, 0.05, (1, 2, 3, 4, 5, 6)), (0.2, 0.2, (2, 5, 6, 9)), (0.3, 0.1, (1,))])
def test_the_boundary_is_that_of_the_smallest_critical_value(family, target, alpha, looks):
    plan = Plan(family, target, alpha, looks, SETTINGS.get(family, ()))
    values = {round(statistic(plan, n, y), 11) for n in looks for y in range(n + 1)}
    found = calibrate(plan)
    for critical in sorted(value for value in values if isfinite(value)):
        limits, chance = stop_chance(plan, critical)
        if chance <= alpha:
            assert found.limits == limits and found.type_one_error == pytest.approx(chance, abs=1e-12)
            return
    assert np.array_equal(found.limits, [n + 1 for n in looks]) and found.type_one_error == 0
