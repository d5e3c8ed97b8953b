"""The two-parameter logistic model, by quadrature over both parameters."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from trial.escalation.crm_model import CrmData

Numbers = NDArray[np.float64]
POINTS = 121
SPREAD = 6
"""The grid reaches this many prior standard deviations to either side of the prior mean."""


@dataclass(frozen=True)
class LogisticModel:
    """logit(rate) = a + exp(b) x per dose, with a bivariate normal prior on (a, b): ``mean``, ``sd``, ``correlation``.

    ``scaled`` holds x per dose. With x = log(dose / reference) a is the log odds at the reference dose
    (Neuenschwander, Branson and Gsponer 2008, Stat Med 27:2420).
    """

    scaled: tuple[float, ...]
    mean: tuple[float, float]
    sd: tuple[float, float]
    correlation: float

    def compute_weights(self, data: CrmData) -> Numbers:
        """Return the posterior weight of each point of the grid (they add up to 1)."""
        log_prior, log_rate, log_rest = _prepare_grid(self)
        log_post = log_prior + np.array(data.dlt) @ log_rate + np.array(data.free) @ log_rest
        for dose, weight in data.partial:
            log_post = log_post + np.log1p(-weight * np.exp(log_rate[dose]))
        weights = np.exp(log_post - log_post.max())
        return np.asarray(weights / weights.sum())

    def compute_mean_rates(self, data: CrmData) -> Numbers:
        """Return the posterior mean of the DLT rate per dose."""
        return np.asarray(_rates(self) @ self.compute_weights(data))

    def compute_spread(self, data: CrmData, dose: int) -> tuple[Numbers, Numbers]:
        """Return the rates of dose index ``dose`` over the grid, and their posterior weights."""
        return _rates(self)[dose], self.compute_weights(data)

    def compute_interval_shares(self, data: CrmData, edges: tuple[float, float]) -> Numbers:
        """Return the posterior probability per dose (rows) of a rate below, within and above ``edges``."""
        rates, weights = _rates(self), self.compute_weights(data)
        above = (rates > edges[1]) @ weights
        below = (rates < edges[0]) @ weights
        return np.stack([below, 1 - below - above, above], axis=1)


@cache
def _prepare_grid(model: LogisticModel) -> tuple[Numbers, Numbers, Numbers]:
    """Log prior, and log rates and complements per dose, over the flattened grid of both parameters."""
    steps = np.linspace(-SPREAD, SPREAD, POINTS)
    u, v = (axis.ravel() for axis in np.meshgrid(steps, steps, indexing="ij"))
    a, b = model.mean[0] + model.sd[0] * u, model.mean[1] + model.sd[1] * v
    rho = model.correlation
    log_prior = -(u**2 - 2 * rho * u * v + v**2) / (2 * (1 - rho**2))
    logit = a[None, :] + np.exp(b)[None, :] * np.array(model.scaled)[:, None]
    return log_prior, -np.logaddexp(0, -logit), -np.logaddexp(0, logit)


@cache
def _rates(model: LogisticModel) -> Numbers:
    return np.asarray(np.exp(_prepare_grid(model)[1]))
