"""The one-parameter models of the CRM: power (empiric) and logistic, by quadrature or maximum likelihood."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import IntegrationWarning, quad
from scipy.optimize import minimize_scalar

from trial.errors import refuse

Numbers = NDArray[np.float64]
Kind = Literal["empiric", "logistic"]
LEAST = -1e12
"""Stands for the logarithm of 0, so that no count of 0 is multiplied by infinity."""
POINTS = 1201
SPREAD = 10
"""The grid reaches this many prior standard deviations to either side; a trapezoid there is exact to rounding."""


@dataclass(frozen=True)
class CrmModel:
    """A one-parameter dose-toxicity curve with a normal prior on its parameter a, mean 0, standard deviation ``scale``.

    ``empiric``: rate = skeleton ** exp(a). ``logistic``: logit(rate) = intercept + exp(a) x, where x is scaled so that a = 0
    returns the skeleton. Source: O'Quigley, Pepe and Fisher 1990, Biometrics 46:33; Cheung 2011. Checked against dfcrm.
    """

    skeleton: tuple[float, ...]
    kind: Kind = "empiric"
    intercept: float = 3.0
    scale: float = 1.34**0.5

    def compute_logs(self, a: ArrayLike) -> tuple[Numbers, Numbers]:
        """Return the logarithms of the DLT rate and of its complement, a row per dose and a column per ``a``."""
        with np.errstate(over="ignore", divide="ignore"):
            slope = np.exp(np.asarray(a, float))[None, :]
            guess = np.array(self.skeleton)[:, None]
            if self.kind == "empiric":
                log_rate = slope * np.log(guess)
                return np.maximum(log_rate, LEAST), np.maximum(np.log(-np.expm1(log_rate)), LEAST)
            logit = self.intercept + slope * (np.log(guess / (1 - guess)) - self.intercept)
            return np.maximum(-np.logaddexp(0, -logit), LEAST), np.maximum(-np.logaddexp(0, logit), LEAST)

    def compute_rates(self, a: float) -> Numbers:
        """Return the DLT rate per dose at parameter value ``a``."""
        return np.asarray(np.exp(self.compute_logs([a])[0][:, 0]))


@dataclass(frozen=True)
class CrmData:
    """What the likelihood needs: per dose the DLTs and the subjects fully followed without one, and the partly followed ones.

    ``partial`` holds (dose index from 0, weight from 0 to 1) for each subject without a DLT yet.
    """

    dlt: tuple[int, ...]
    free: tuple[int, ...]
    partial: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class CrmFit:
    """The estimate of a, its posterior variance (None for maximum likelihood) and the DLT rate per dose at that estimate."""

    estimate: float
    variance: float | None
    rates: Numbers

    def compute_bounds(self, model: CrmModel, z: float) -> tuple[Numbers, Numbers]:
        """Return the rates at ``z`` posterior standard deviations above and below the estimate: lower and upper bounds."""
        step = z * (self.variance or 0.0) ** 0.5
        return model.compute_rates(self.estimate + step), model.compute_rates(self.estimate - step)


@cache
def _prepare_grid(model: CrmModel) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Grid of a, its log prior, and the log rates and complements on it."""
    grid = np.linspace(-SPREAD * model.scale, SPREAD * model.scale, POINTS)
    return grid, -(grid**2) / (2 * model.scale**2), *model.compute_logs(grid)


def compute_weights(model: CrmModel, data: CrmData) -> tuple[Numbers, Numbers]:
    """Return the grid of a and the posterior weight of each point (they add up to 1)."""
    grid, log_prior, log_rate, log_rest = _prepare_grid(model)
    log_post = log_prior + np.array(data.dlt) @ log_rate + np.array(data.free) @ log_rest
    for dose, weight in data.partial:
        log_post = log_post + np.log1p(-weight * np.exp(log_rate[dose]))
    weights = np.exp(log_post - log_post.max())
    return grid, weights / weights.sum()


def fit_posterior(model: CrmModel, data: CrmData) -> CrmFit:
    """Return the posterior mean and variance of a, and the rates at that mean (as dfcrm: not the mean of the rates)."""
    grid, weights = compute_weights(model, data)
    estimate = float(grid @ weights)
    return CrmFit(estimate, float((grid - estimate) ** 2 @ weights), model.compute_rates(estimate))


def fit_coarse(model: CrmModel, data: CrmData) -> CrmFit:
    """Return the posterior fit by the adaptive quadrature that dfcrm uses, at its tolerance of about 1e-4.

    R's integrate() ends early where the likelihood is small, so dfcrm can be off by some 1e-5 in the rates. We follow the
    exact integral; this one exists to reproduce dfcrm's own figures.
    """

    def weigh(a: float, power: int) -> float:
        """The unnormalized posterior density at ``a``, times a to the ``power``."""
        log_rate, log_rest = model.compute_logs([a])
        log_like = float((np.array(data.dlt) @ log_rate + np.array(data.free) @ log_rest)[0])
        partial = sum(float(np.log1p(-weight * np.exp(log_rate[dose, 0]))) for dose, weight in data.partial)
        return float(a**power * np.exp(log_like + partial - a**2 / (2 * model.scale**2)))

    tolerance = float(np.finfo(float).eps ** 0.25)
    with warnings.catch_warnings(category=IntegrationWarning, action="ignore"):
        mass, first, second = (
            float(quad(weigh, -np.inf, np.inf, args=(power,), epsabs=tolerance, epsrel=tolerance, limit=100)[0]) for power in range(3)
        )
    estimate = first / mass
    return CrmFit(estimate, second / mass - estimate**2, model.compute_rates(estimate))


def fit_many(model: CrmModel, dlt: NDArray[np.int64], treated: NDArray[np.int64]) -> Numbers:
    """Return the rates per dose at the posterior mean for many trials at once: a trial per row, a dose per column."""
    grid, log_prior, log_rate, log_rest = (part[..., ::2] for part in _prepare_grid(model))
    log_post = dlt @ log_rate + (treated - dlt) @ log_rest + log_prior
    weights = np.exp(log_post - log_post.max(axis=1, keepdims=True))
    estimates = (weights @ grid) / weights.sum(axis=1)
    return np.asarray(np.exp(model.compute_logs(estimates)[0].T))


def fit_partial(model: CrmModel, dlt: NDArray[np.int64], free: NDArray[np.int64], level: NDArray[np.int64], weight: Numbers) -> Numbers:
    """Return the rates per dose at the posterior mean for many trials with partly followed subjects.

    ``dlt`` and ``free`` as in `CrmData`, a trial per row; ``level`` (from 1) and ``weight`` hold a subject per column, weight 0
    for those who are not partly followed. A coarser grid serves: every eighth point changes no rate by more than 1e-6.
    """
    grid, log_prior, log_rate, log_rest = (part[..., ::8] for part in _prepare_grid(model))
    log_post = dlt @ log_rate + free @ log_rest + log_prior
    rate = np.exp(log_rate)
    order = np.argsort(-weight, axis=1)[:, : int((weight > 0).sum(axis=1).max(initial=0))]
    rows = np.arange(len(weight))
    for column in order.T:
        share = weight[rows, column]
        log_post += np.log1p(-share[:, None] * rate[np.maximum(level[rows, column], 1) - 1])
    weights = np.exp(log_post - log_post.max(axis=1, keepdims=True))
    estimates = (weights @ grid) / weights.sum(axis=1)
    return np.asarray(np.exp(model.compute_logs(estimates)[0].T))


def fit_likelihood(model: CrmModel, data: CrmData) -> CrmFit:
    """Return the maximum likelihood estimate of a within -10 to 10; raise FaultyInput where there is none."""
    if not sum(data.dlt) or not sum(data.free) + len(data.partial):
        raise refuse("CRM", "the maximum likelihood estimate needs a subject with and one without a DLT", "Use method = bayes until then.")

    def lose(values: Numbers) -> Numbers:
        """The negative log likelihood at each of ``values``."""
        log_rate, log_rest = model.compute_logs(values)
        total = np.array(data.dlt) @ log_rate + np.array(data.free) @ log_rest
        for dose, weight in data.partial:
            total = total + np.log1p(-weight * np.exp(log_rate[dose]))
        return np.asarray(-total)

    grid = np.linspace(-10, 10, 401)
    best = int(np.argmin(lose(grid)))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = minimize_scalar(lambda a: float(lose(np.array([a]))[0]), bounds=(low, high), method="bounded", options={"xatol": 1e-11})
    return CrmFit(float(found.x), None, model.compute_rates(float(found.x)))


def recommend_dose(rates: Numbers, target: float) -> NDArray[np.int64]:
    """Return the dose level (from 1) whose rate along the last axis is closest to ``target``, the lower one of a tie.

    All rates at or below the target recommend the top dose, all at or above it the lowest.
    """
    nearest = np.abs(rates - target).argmin(axis=-1) + 1
    nearest = np.where((rates >= target).all(axis=-1), 1, nearest)
    return np.where((rates <= target).all(axis=-1), rates.shape[-1], nearest)


def compute_adaptive_weights(follow_up: Sequence[float], dlt: Sequence[bool], window: float) -> list[float]:
    """Return TITE-CRM weights that rise between the ordered times of the DLTs seen; a DLT weighs 1.

    ``follow_up`` is the time followed (to the DLT where there is one), in the unit of ``window``.
    Source: Cheung and Chappell 2000, Biometrics 56:1177, adaptive scheme; a DLT at the very end of the window is allowed.
    """
    times = [0.0, *sorted(time for time, event in zip(follow_up, dlt, strict=True) if event), window]
    steps = len(times) - 1
    weights = []
    for time, event in zip(follow_up, dlt, strict=True):
        below = sum(step <= time for step in times[1:-1])
        start, end = times[below], times[below + 1]
        share = (time - start) / (end - start) if end > start else 1.0
        weights.append(1.0 if event else min((below + share) / steps, 1.0))
    return weights
