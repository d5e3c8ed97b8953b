"""The continual reassessment method and its time-to-event form."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import comb
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from trial.errors import Fault, refuse
from trial.escalation.batch import Flags, Followed, FollowedMoves, Whole
from trial.escalation.crm_model import (
    CrmData,
    CrmModel,
    Kind,
    compute_weights,
    fit_coarse,
    fit_likelihood,
    fit_many,
    fit_partial,
    fit_posterior,
    recommend_dose,
)
from trial.escalation.logistic_model import LogisticModel
from trial.escalation.model_design import ModelDesign
from trial.escalation.skeleton import compute_skeleton
from trial.escalation.state import State

TWO = "logistic2"


@dataclass(frozen=True, kw_only=True)
class Crm(ModelDesign):
    """CRM: the dose whose modelled DLT rate is closest to the target.

    ``skeleton`` holds the prior DLT rate per dose; without it, it is calibrated from ``half_width``, ``prior_mtd`` and
    ``levels``. ``model`` is empiric (power), logistic (``intercept`` fixed) or logistic2 (intercept and slope unknown);
    ``scale`` is the prior standard deviation of the slope parameter, ``intercept_scale`` of the intercept of logistic2.
    ``method`` is bayes or mle (one-parameter models only; the Bayesian fit stands in until there is a DLT and a non-DLT).
    ``coarse`` integrates as dfcrm does, whose R quadrature can be off by 1e-5, instead of exactly.
    """

    name: ClassVar[str] = "CRM"
    summary: ClassVar[str] = "A one- or two-parameter dose-toxicity curve; the dose closest to the target."
    source: ClassVar[str] = "O'Quigley, Pepe and Fisher 1990, Biometrics 46:33; estimates and doses as R dfcrm 0.2-2.1, plug-in rates."

    skeleton: tuple[float, ...] = ()
    half_width: float | None = None
    prior_mtd: int | None = None
    levels: int | None = None
    model: str = "empiric"
    method: str = "bayes"
    intercept: float = 3.0
    intercept_scale: float = 1.0
    scale: float = 1.34**0.5
    coarse: bool = False

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from super().find_faults()
        yield from self.check("model", self.model in ("empiric", "logistic", TWO), f"is empiric, logistic or {TWO}")
        yield from self.check(
            "method", self.method == "bayes" or (self.method == "mle" and self.model != TWO), "is bayes, or mle with one parameter"
        )
        yield from self.check("scale", 0 < self.scale <= 100, "is a standard deviation above 0")
        yield from self.check("intercept_scale", 0 < self.intercept_scale <= 100, "is a standard deviation above 0")
        calibrated = self.half_width is not None and self.prior_mtd is not None and self.levels is not None
        yield from self.check(
            "skeleton",
            bool(self.skeleton) or calibrated,
            "has a prior DLT rate for each dose level; or set half_width, prior_mtd and levels instead",
        )
        if not self.skeleton and not calibrated:
            return
        guess = self.guess
        rising = all(low < high < 1 for low, high in zip((0.0, *guess), guess, strict=False))
        yield from self.check("skeleton", rising, "rises strictly between 0 and 1")
        if rising and self.model == "logistic":
            least = float(np.log(guess[-1] / (1 - guess[-1])))
            yield from self.check("intercept", self.intercept > least, f"lies above {least:.3f}, so that scaled doses are below 0")

    @cached_property
    def guess(self) -> tuple[float, ...]:
        """The skeleton, as given or as calibrated."""
        if self.skeleton:
            return self.skeleton
        kind = "empiric" if self.model == "empiric" else "logistic"
        values = (self.half_width or 0.0, self.target, self.prior_mtd or 0, self.levels or 0)
        return tuple(compute_skeleton(*values, model=kind, intercept=self.intercept))

    @property
    def top(self) -> int:
        """The number of dose levels that the model knows."""
        return len(self.guess)

    @cached_property
    def curve(self) -> CrmModel:
        """The one-parameter model."""
        kind: Kind = "empiric" if self.model == "empiric" else "logistic"
        return CrmModel(self.guess, kind, self.intercept, self.scale)

    @cached_property
    def surface(self) -> LogisticModel:
        """The two-parameter model: logit(rate) = a + exp(b) x, which returns the skeleton at a = intercept, b = 0."""
        scaled = tuple(float(np.log(rate / (1 - rate)) - self.intercept) for rate in self.guess)
        return LogisticModel(scaled, (self.intercept, 0.0), (self.intercept_scale, self.scale), 0.0)

    def compute_rates(self, state: State) -> NDArray[np.float64]:
        """Return the modelled DLT rate per dose."""
        data = gather_data(state)
        if self.model == TWO:
            return self.surface.compute_mean_rates(data)
        mixed = any(data.dlt) and (any(data.free) or bool(data.partial))
        if self.method == "mle" and mixed:
            return fit_likelihood(self.curve, data).rates
        return (fit_coarse if self.coarse else fit_posterior)(self.curve, data).rates

    def recommend(self, state: State) -> int:
        """Return the dose level that the model recommends, before any restriction."""
        return int(recommend_dose(self.compute_rates(state), self.target))

    def recommend_many(self, treated: NDArray[np.int64], dlt: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the recommended dose level of many trials: a trial per row, a dose per column."""
        if self.model == TWO or self.method == "mle":
            return super().recommend_many(treated, dlt)
        return recommend_dose(fit_many(self.curve, dlt, treated), self.target)

    def predict(self, state: State, size: int) -> list[float]:
        """Return the posterior predictive probability of 0 to ``size`` DLTs in the next cohort."""
        rates, weights = self._spread(state)
        return [float(comb(size, dlt) * rates**dlt * (1 - rates) ** (size - dlt) @ weights) for dlt in range(size + 1)]

    def compute_exceedance(self, state: State, dose: int, rate: float) -> float:
        """Return the posterior probability that the DLT rate at level ``dose`` exceeds ``rate``."""
        rates, weights = self._spread(state, dose)
        return float(weights[rates > rate].sum())

    def _spread(self, state: State, dose: int | None = None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Rates at a dose (the current one by default) and their posterior weights."""
        level, data = (dose or state.current) - 1, gather_data(state)
        if self.model == TWO:
            return self.surface.compute_spread(data, level)
        grid, weights = compute_weights(self.curve, data)
        return np.exp(self.curve.compute_logs(grid)[0][level]), weights


@dataclass(frozen=True, kw_only=True)
class TiteCrm(Crm):
    """TITE-CRM: as CRM, a subject still in the DLT window counts by the share of the window that is over."""

    name: ClassVar[str] = "TITE-CRM"
    summary: ClassVar[str] = "CRM that weighs subjects still in the DLT window by their follow-up."
    source: ClassVar[str] = "Cheung and Chappell 2000, Biometrics 56:1177; linear weights, estimates and doses as R dfcrm 0.2-2.1 titecrm."
    reads_follow_up: ClassVar[bool] = True

    def move_followed(self, trials: Followed) -> FollowedMoves:
        """Return what the design does in each trial; nobody waits."""
        if self.model == TWO or self.method == "mle":
            raise refuse(
                self.name, "is simulated with follow-up for the Bayesian one-parameter models only", "Choose model empiric or logistic."
            )
        partial = np.where(trials.pending & (trials.share > 0), trials.share, 0.0)
        free = count_levels(trials.level, ~trials.pending, self.top) - trials.counts.dlt
        rates = fit_partial(self.curve, trials.counts.dlt, free, trials.level, partial)
        dose = recommend_dose(rates, self.target)
        none = np.zeros(len(dose), bool)
        return FollowedMoves(dose, none, none)


def count_levels(level: Whole, include: Flags, top: int) -> Whole:
    """Return the subjects of each trial (row) per dose level among those to ``include``; level 0 is nobody."""
    return np.stack([((level == dose) & include).sum(axis=1) for dose in range(1, top + 1)], axis=1)


def gather_data(state: State) -> CrmData:
    """Return what the likelihood needs of ``state``; a pending subject counts by its follow-up share."""
    partial = tuple((dose, share) for dose, count in enumerate(state.doses) for share in count.pending if share > 0)
    return CrmData(state.dlt, tuple(count.evaluable - count.dlt for count in state.doses), partial)
