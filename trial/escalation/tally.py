"""Adding up simulated trials into operating characteristics."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trial.escalation.batch import Whole
from trial.tables.escalation import OPERATING_CHARACTERISTICS

Numbers = NDArray[np.float64]


@dataclass
class Tally:
    """Sums over trials, weighted by their probability where they were enumerated; position 0 is no dose, or all doses together.

    ``overdosed`` counts trials that treat more than 60% and more than 80% of the ``planned`` subjects above the ``target``, ``high``
    holds the sum of subjects treated above it and of their squares, ``short`` counts trials that end before the planned subjects;
    ``days`` holds the sum of durations and of their squares, where time is simulated; ``courses`` counts the ways in which an
    enumerated trial can go, cohort by cohort.
    """

    truth: tuple[float, ...]
    target: float = 1.0
    planned: int = 0
    trials: float = 0
    exact: bool = False
    days: Numbers = field(default_factory=lambda: np.zeros(2))
    overdosed: Numbers = field(default_factory=lambda: np.zeros(2))
    high: Numbers = field(default_factory=lambda: np.zeros(2))
    short: float = 0
    courses: float = 0
    selected: Numbers = field(init=False)
    sums: Numbers = field(init=False)
    squares: Numbers = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.truth) + 1
        self.selected, self.sums, self.squares = np.zeros(size), np.zeros((2, size)), np.zeros((2, size))

    def add(self, treated: Whole, dlt: Whole, selected: Whole, weights: Numbers | None = None) -> None:
        """Add finished trials: a trial per row, a dose level per column; ``weights`` 1 by default."""
        weight = np.ones(len(selected)) if weights is None else weights
        self.trials += float(weight.sum())
        self.selected += np.bincount(selected, weight, minlength=len(self.selected))
        high = treated[:, np.array(self.truth) > self.target].sum(axis=1)
        self.overdosed += [weight @ (high > share * self.planned) for share in (0.6, 0.8)]
        self.high += [weight @ high, weight @ high**2]
        self.short += float(weight @ (treated.sum(axis=1) < self.planned))
        for kind, counts in enumerate((treated, dlt)):
            whole = np.column_stack([counts.sum(axis=1), counts]).astype(float)
            self.sums[kind] += weight @ whole
            self.squares[kind] += weight @ whole**2

    def add_days(self, days: Numbers) -> None:
        """Add the durations of finished trials."""
        self.days += [days.sum(), (days**2).sum()]

    def merge(self, other: "Tally") -> None:
        """Add the trials of another tally of the same plan."""
        self.trials += other.trials
        self.short += other.short
        for name in ("days", "overdosed", "high", "selected", "sums", "squares"):
            getattr(self, name)[...] += getattr(other, name)

    def describe_days(self) -> tuple[float, float]:
        """Return the mean duration and its standard deviation between trials."""
        mean = float(self.days[0] / max(self.trials, 1e-300))
        return mean, float(max(self.days[1] / max(self.trials, 1e-300) - mean**2, 0)) ** 0.5

    def compute_spread(self) -> Numbers:
        """Return the standard deviation between trials of subjects and of DLTs (rows), all doses together first."""
        total = max(self.trials, 1e-300)
        return np.asarray(np.sqrt(np.maximum(self.squares / total - (self.sums / total) ** 2, 0)))

    def summarize(self) -> pd.DataFrame:
        """Return OPERATING_CHARACTERISTICS, row 0 first: no dose recommended, and all subjects together."""
        total = max(self.trials, 1e-300)
        chosen = self.selected / total
        means = self.sums / total
        spread = self.compute_spread()
        noise = 0.0 if self.exact else total**-0.5
        rows = zip(
            range(len(chosen)), (None, *self.truth), chosen, noise * np.sqrt(chosen * (1 - chosen)),
            means[0], noise * spread[0], means[1], noise * spread[1], strict=True,
        )  # fmt: skip
        return OPERATING_CHARACTERISTICS.frame(rows)
