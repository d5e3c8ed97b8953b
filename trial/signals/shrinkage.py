"""Observed over expected, pulled towards 1: a Gamma belief about the ratio of each term, with a prior fixed in advance.

On a dozen terms a prior estimated from the data degenerates (SAFETY.md 5 row 16), so it is fixed: Gamma(1, 1), worth one expected event.
Source: DuMouchel 1999 (Am Stat 53:177) with a single component. Checked against R 4.2.2 (qgamma, pgamma) to 1e-9.
"""

from dataclasses import dataclass

from scipy.special import gammaincc, gammaincinv

PRIOR = (1.0, 1.0)
"""Shape and rate of the prior: mean 1, the weight of one expected event."""


@dataclass(frozen=True)
class Shrunk:
    """A belief Gamma(``shape``, ``rate``) about the ratio of a term, and the ratio as observed (None when nothing was expected)."""

    shape: float
    rate: float
    raw: float | None

    @property
    def mean(self) -> float:
        """The expected ratio."""
        return self.shape / self.rate

    def quantile(self, probability: float) -> float:
        """Return the ratio below which the belief puts ``probability``."""
        return float(gammaincinv(self.shape, probability)) / self.rate

    def chance_above(self, ratio: float) -> float:
        """Return Pr(true ratio > ``ratio``)."""
        return float(gammaincc(self.shape, ratio * self.rate))


def compute_shrunk(observed: int, expected: float, prior: tuple[float, float] = PRIOR) -> Shrunk:
    """Return the belief about a term with ``observed`` events of ``expected``; raise ValueError for impossible numbers."""
    if observed < 0 or expected < 0 or min(prior) <= 0:
        raise ValueError(f"{observed} of {expected} under Gamma{prior} is not possible")
    return Shrunk(prior[0] + observed, prior[1] + expected, observed / expected if expected > 0 else None)
