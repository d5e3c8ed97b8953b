"""Keyboard and mTPI-2: the same decisions, reached by two groups; and the older mTPI."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import floor
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from trial.errors import Fault
from trial.escalation.decision import Action
from trial.escalation.interval import IntervalDesign

SLIVER = 1e-9
"""A key narrower than this is rounding, not a key."""

NARROWEST = 0.002
"""The narrowest target interval: it cuts the rates from 0 to 1 into 500 keys."""


@dataclass(frozen=True, kw_only=True)
class Mtpi(IntervalDesign):
    """mTPI: the interval (under, target or over dosing) with the largest posterior probability per unit of length wins.

    The target interval runs from ``target - below`` to ``target + above``; the prior is Beta(1, 1).
    """

    name: ClassVar[str] = "mTPI"
    summary: ClassVar[str] = "The interval with the largest posterior probability per length decides; stays more than mTPI-2."
    source: ClassVar[str] = "Ji et al. 2010, Clin Trials 7:653; placement as R escalation 0.2.3 get_mtpi, which never eliminates."

    below: float = 0.05
    above: float = 0.05

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from super().find_faults()
        yield from self.check("below", 0 < self.below < self.target, "lies between 0 and the target")
        yield from self.check("above", 0 < self.above < 1 - self.target, "lies between 0 and 1 minus the target")
        if self.below > 0 and self.above > 0:
            yield from self.check("below", self.below + self.above >= NARROWEST, f"makes with above an interval of {NARROWEST} or wider")

    def place(self, n: int, dlt: int) -> Action:
        """Return the action for ``dlt`` DLTs in ``n`` subjects, before overdose control."""
        edges, aim = self.cut()
        mass = np.diff(betainc(dlt + 1, n - dlt + 1, edges)) / np.diff(edges)
        best = np.flatnonzero(mass >= mass.max() * (1 - 1e-12))[-1]
        if best == aim:
            return "stay"
        return "escalate" if best < aim else "de-escalate"

    def cut(self) -> tuple[NDArray[np.float64], int]:
        """Return the edges of the intervals of [0, 1] and the index of the target interval."""
        return np.array([0, self.target - self.below, self.target + self.above, 1]), 1


@dataclass(frozen=True, kw_only=True)
class Mtpi2(Mtpi):
    """mTPI-2: as mTPI, with all intervals as wide as the target interval (the outermost cut off at 0 and 1)."""

    name: ClassVar[str] = "mTPI-2"
    summary: ClassVar[str] = "Equal intervals around the target; the one with the largest posterior probability decides."
    source: ClassVar[str] = "Guo et al. 2017, Contemp Clin Trials 58:23; every cell as FIND 0.1.1, which eliminates from three subjects."

    def cut(self) -> tuple[NDArray[np.float64], int]:
        """Return the edges of the keys and the index of the target key."""
        return _cut_keys(self.target - self.below, self.target + self.above)


@dataclass(frozen=True, kw_only=True)
class Keyboard(Mtpi2):
    """Keyboard: the strongest key decides; the highest of equally strong keys counts.

    Its decisions equal mTPI-2. The R package eliminates at any number of subjects, its manual from three on;
    ``eliminate_from_n`` follows the package's tables by default.
    """

    name: ClassVar[str] = "Keyboard"
    summary: ClassVar[str] = "Equal keys around the target; the strongest one decides. Same decisions as mTPI-2."
    source: ClassVar[str] = "Yan et al. 2017, Clin Cancer Res 23:3994; every cell as R Keyboard 0.1.3 get.boundary.kb."

    eliminate_from_n: int = 1


@cache
def _cut_keys(low: float, high: float) -> tuple[NDArray[np.float64], int]:
    width = high - low
    left, right = floor(low / width + SLIVER), floor((1 - high) / width + SLIVER)
    edges = [low + width * k for k in range(-left, right + 2)]
    edges = [0.0] * (edges[0] > SLIVER) + edges + [1.0] * (edges[-1] < 1 - SLIVER)
    return np.clip(edges, 0, 1), left + (low - left * width > SLIVER)
