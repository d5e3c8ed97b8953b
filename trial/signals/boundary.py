"""The stopping boundary of a Bayesian monitor, and how often it stops: by exact recursion, no simulation.

The rule: after every subject, stop when Pr(rate > target) >= cutoff under a Beta prior (Geller et al. 2003; Thall and Simon 1994,
Biometrics 50:337). Its false and true alarms follow from the rule alone and belong beside it. Checked against R 4.2.2 (pbeta and
exact recursion over the looks) to 1e-8.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trial.signals.posterior import compute_posterior
from trial.tables.monitors import BOUNDARY


@dataclass(frozen=True)
class Rule:
    """Stop when Pr(rate > ``target``) >= ``cutoff`` under a Beta(``prior``); raise ValueError for an impossible rule."""

    target: float
    prior: tuple[float, float]
    cutoff: float

    def __post_init__(self) -> None:
        if not 0 < self.target < 1 or min(self.prior) <= 0 or not 0 <= self.cutoff <= 1:
            raise ValueError(f"{self} is not a rule")

    def stops(self, events: int, subjects: int) -> bool:
        """Return whether the rule stops at ``events`` of ``subjects``."""
        return compute_posterior(events, subjects, self.prior).chance_above(self.target) >= self.cutoff


@dataclass(frozen=True)
class Operating:
    """How often a rule stops when the true rate is ``rate``, and after how many subjects on average."""

    rate: float
    chance_to_stop: float
    expected_subjects: float

    @property
    def expected_events(self) -> float:
        """Subjects with an event, on average, when the trial ends (Wald's identity: the rate times the expected subjects)."""
        return self.rate * self.expected_subjects


def compute_limits(rule: Rule, subjects: int) -> list[int | None]:
    """Return, for 1 to ``subjects`` at risk, the smallest number with an event that stops; None where none does."""
    limits: list[int | None] = []
    least = 0
    for n in range(1, subjects + 1):
        while least <= n and not rule.stops(least, n):
            least += 1
        limits.append(least if least <= n else None)
        least = min(least, n)
    return limits


def compute_boundary(watch: Rule, pause: Rule, subjects: int) -> pd.DataFrame:
    """Return BOUNDARY for 1 to ``subjects`` at risk."""
    limits = zip(compute_limits(watch, subjects), compute_limits(pause, subjects), strict=True)
    return BOUNDARY.frame((n, *pair) for n, pair in enumerate(limits, start=1))


def compute_operating(rule: Rule, subjects: int, rate: float) -> Operating:
    """Return how often ``rule``, looked at after each of ``subjects``, stops when the true rate is ``rate``."""
    going = np.zeros(subjects + 1)
    going[0] = 1.0
    stopped = expected = 0.0
    for n, limit in enumerate(compute_limits(rule, subjects), start=1):
        going[1:] = going[1:] * (1 - rate) + going[:-1] * rate
        going[0] *= 1 - rate
        if limit is not None:
            now = float(going[limit:].sum())
            going[limit:] = 0.0
            stopped += now
            expected += n * now
    return Operating(rate, stopped, expected + subjects * (1 - stopped))
