"""The Bayesian logistic regression model with overdose control."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import comb
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from trial.errors import Fault
from trial.escalation.crm import gather_data
from trial.escalation.crm_model import CrmData
from trial.escalation.logistic_model import LogisticModel
from trial.escalation.model_design import ModelDesign
from trial.escalation.monotone import explain_lowest, recommend_lowest
from trial.escalation.state import State
from trial.sentence import Sentence


@dataclass(frozen=True, kw_only=True)
class Blrm(ModelDesign):
    """BLRM: the dose most likely to lie in the target interval among those unlikely to be overdoses (EWOC).

    ``amounts`` are the doses in their unit, ``reference`` the amount whose log odds of a DLT is the first parameter (the
    highest by default). The prior of (log odds, log slope) is bivariate normal: ``mean``, ``sd``, ``correlation``; the
    default says the target rate at the reference, with a standard deviation of 2, and a slope around 1. The target interval
    is ``low`` to ``high``; a dose is allowed while Pr(rate > high) stays below ``overdose_limit``.

    ``monotone`` keeps the recommendation from rising with the DLTs (`trial.escalation.monotone`), which the published model does not.
    """

    name: ClassVar[str] = "BLRM"
    summary: ClassVar[str] = "Two-parameter logistic regression on the amount, with control of overdosing (EWOC)."
    source: ClassVar[str] = (
        "Neuenschwander, Branson and Gsponer 2008, Stat Med 27:2420; checked against adaptive quadrature of its posterior."
    )

    amounts: tuple[float, ...]
    reference: float | None = None
    mean: tuple[float, ...] | None = None
    sd: tuple[float, ...] = (2.0, 1.0)
    correlation: float = 0.0
    low: float = 0.16
    high: float = 0.33
    overdose_limit: float = 0.25
    monotone: bool = True

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from super().find_faults()
        rising = all(low < high for low, high in zip((0, *self.amounts), self.amounts, strict=False))
        yield from self.check("amounts", bool(self.amounts) and rising, "rises strictly from above 0, one amount per dose level")
        yield from self.check("reference", self.reference is None or self.reference > 0, "is an amount above 0")
        yield from self.check("mean", self.mean is None or len(self.mean) == 2, "is two numbers")
        yield from self.check("sd", len(self.sd) == 2 and min(self.sd) > 0, "is two numbers above 0")
        yield from self.check("correlation", -0.99 <= self.correlation <= 0.99, "lies from -0.99 to 0.99")
        yield from self.check("high", 0 <= self.low < self.high < 1, "lies above low and below 1")
        yield from self.check("overdose_limit", 0 < self.overdose_limit <= 1, "is a probability above 0")

    @property
    def top(self) -> int:
        """The number of dose levels that the model knows."""
        return len(self.amounts)

    @cached_property
    def surface(self) -> LogisticModel:
        """The model with its prior."""
        reference = self.reference or self.amounts[-1]
        mean = self.mean or (float(np.log(self.target / (1 - self.target))), 0.0)
        scaled = tuple(float(np.log(amount / reference)) for amount in self.amounts)
        return LogisticModel(scaled, (mean[0], mean[1]), (self.sd[0], self.sd[1]), self.correlation)

    def compute_rates(self, state: State) -> NDArray[np.float64]:
        """Return the posterior mean DLT rate per dose."""
        return self.surface.compute_mean_rates(gather_data(state))

    def recommend(self, state: State) -> int:
        """Return the allowed dose most likely to lie in the target interval; 0 where every dose is a likely overdose."""
        data = gather_data(state)
        return recommend_lowest(self, data) if self.monotone else self.pick(data)

    def pick(self, data: CrmData) -> int:
        """Return the same by the model alone, whatever it says of fewer DLTs."""
        shares = self.surface.compute_interval_shares(data, (self.low, self.high))
        allowed = shares[:, 2] < self.overdose_limit
        return int(np.where(allowed, shares[:, 1], -1).argmax()) + 1 if allowed.any() else 0

    def explain(self, state: State, dose: int) -> Sentence:
        """Return why the model recommends ``dose``."""
        shares = self.surface.compute_interval_shares(gather_data(state), (self.low, self.high))[dose - 1]
        template = "dose {dose} lies in the target interval with probability {hit} and is an overdose with probability {over}"
        reason = Sentence(template, dose=dose, hit=f"{shares[1]:.2f}", over=f"{shares[2]:.2f}")
        return explain_lowest(reason, dose, self.pick(gather_data(state))) if self.monotone else reason

    def predict(self, state: State, size: int) -> list[float]:
        """Return the posterior predictive probability of 0 to ``size`` DLTs in the next cohort."""
        rates, weights = self.surface.compute_spread(gather_data(state), state.current - 1)
        return [float(comb(size, dlt) * rates**dlt * (1 - rates) ** (size - dlt) @ weights) for dlt in range(size + 1)]

    def compute_exceedance(self, state: State, dose: int, rate: float) -> float:
        """Return the posterior probability that the DLT rate at level ``dose`` exceeds ``rate``."""
        rates, weights = self.surface.compute_spread(gather_data(state), dose - 1)
        return float(weights[rates > rate].sum())
