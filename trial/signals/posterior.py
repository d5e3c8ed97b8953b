"""What is believed about a rate after the data: the beta-binomial posterior, its tail above a target, and what comes next.

Source: conjugate beta-binomial updating (Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.4). Checked against R 4.2.2
(pbeta, qbeta, lbeta) to 1e-9.
"""

from dataclasses import dataclass
from math import exp

import numpy as np
import pandas as pd
from scipy.special import betaincc, betaincinv, betaln

from trial.signals.intervals import Interval
from trial.tables.monitors import DENSITY

LEAST_RATE = 1e-4
"""Densities are drawn from this rate on: a prior worth less than one event grows beyond all bounds at 0."""


@dataclass(frozen=True)
class Posterior:
    """A Beta(``a``, ``b``) belief about a rate; both numbers above 0."""

    a: float
    b: float

    def chance_above(self, rate: float) -> float:
        """Return Pr(true rate > ``rate``)."""
        return float(betaincc(self.a, self.b, rate))

    def quantile(self, probability: float) -> float:
        """Return the rate below which the belief puts ``probability``."""
        return float(betaincinv(self.a, self.b, probability))

    def interval(self, probability: float = 0.95) -> Interval:
        """Return the central interval that holds ``probability``."""
        tail = (1 - probability) / 2
        return Interval(self.quantile(tail), self.quantile(1 - tail))

    @property
    def mean(self) -> float:
        """The expected rate."""
        return self.a / (self.a + self.b)

    def chance_of_any(self, subjects: int) -> float:
        """Return the predictive chance of at least one event in the next ``subjects``."""
        return 1 - exp(float(betaln(self.a, self.b + subjects) - betaln(self.a, self.b)))


def compute_posterior(events: int, subjects: int, prior: tuple[float, float] = (0.5, 0.5)) -> Posterior:
    """Return the belief after ``events`` of ``subjects`` under a Beta(``prior``); raise ValueError for impossible counts."""
    if not 0 <= events <= subjects or min(prior) <= 0:
        raise ValueError(f"{events} of {subjects} under Beta{prior} is not possible")
    return Posterior(prior[0] + events, prior[1] + subjects - events)


def compute_density(events: int, subjects: int, prior: tuple[float, float], *, until: float = 1.0, points: int = 201) -> pd.DataFrame:
    """Return DENSITY: prior and posterior density over rates from 0 to ``until``, closer together where the posterior has its mass."""
    after = compute_posterior(events, subjects, prior)
    whole = np.linspace(LEAST_RATE, min(until, 1 - LEAST_RATE), points)
    mass = np.linspace(after.quantile(1e-4), after.quantile(1 - 1e-4), points)
    rates = np.unique(np.clip(np.concatenate([whole, mass]), LEAST_RATE, 1 - LEAST_RATE))
    rates = rates[rates <= max(until, LEAST_RATE)]
    return DENSITY.frame(
        zip(rates.tolist(), _density(rates, *prior).tolist(), _density(rates, after.a, after.b).tolist(), strict=True),
    )


def _density(rates: np.ndarray, a: float, b: float) -> np.ndarray:
    """The Beta(a, b) density, through logarithms so that large numbers do not overflow."""
    values: np.ndarray = np.exp((a - 1) * np.log(rates) + (b - 1) * np.log1p(-rates) - betaln(a, b))
    return values
