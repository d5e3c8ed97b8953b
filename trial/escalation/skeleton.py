"""Skeletons of the CRM: prior guesses of the DLT rate, calibrated by an indifference interval."""

from collections.abc import Callable
from math import exp, log

from trial.errors import Fault, FaultyInput

Link = tuple[Callable[[float], float], Callable[[float], float]]
"""How a rate becomes a scaled dose times exp(a), and back."""


def compute_skeleton(
    half_width: float, target: float, prior_mtd: int, levels: int, *, model: str = "empiric", intercept: float = 3
) -> list[float]:
    """Return prior DLT rates of ``levels`` doses whose indifference intervals are ``target`` +- ``half_width``.

    ``prior_mtd`` is the level (from 1) guessed to be the MTD; ``model`` is empiric or logistic (with its ``intercept``).
    Source: Lee and Cheung 2009, Clin Trials 6:227; checked against dfcrm getprior.
    """
    faults = []
    if not 0 < half_width < min(target, 1 - target):
        faults.append(Fault("half_width", f"{half_width} cannot be right", "Give a width below the target and below 1 minus it."))
    if not 1 <= prior_mtd <= levels <= 50:
        faults.append(Fault("prior_mtd", f"{prior_mtd} of {levels} levels cannot be right", "Name one of the dose levels."))
    if faults:
        raise FaultyInput(faults)
    scale, rate = _find_link(model, intercept)
    low, high = scale(target - half_width), scale(target + half_width)
    doses = [scale(target)]
    for _ in range(prior_mtd - 1):
        doses.insert(0, low * doses[0] / high)
    for _ in range(levels - prior_mtd):
        doses.append(high * doses[-1] / low)
    return [rate(dose) for dose in doses]


def _find_link(model: str, intercept: float) -> Link:
    if model == "empiric":
        return log, exp
    return (lambda rate: log(rate / (1 - rate)) - intercept), (lambda dose: 1 / (1 + exp(-intercept - dose)))
