"""Time to a first event where nothing competes: the Kaplan-Meier curve with its limits, the median, and the log-rank comparison.

Where a death or a withdrawal can come first, this curve overstates; trial.signals.cumulative_incidence is for that. Sources: Kaplan and
Meier 1958 (JASA 53:457), Greenwood 1926 for the variance, Kalbfleisch and Prentice for log and log-log limits, Brookmeyer and Crowley
1982 (Biometrics 38:29) for the limits of the median, Mantel 1966 for the log-rank. Checked against R survival 3.5-3 to 1e-8.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any, Literal

import numpy as np
from scipy.special import gammaincc, ndtri

from trial.signals.intervals import Interval

Scale = Literal["plain", "log", "log-log"]
Numbers = np.ndarray[Any, Any]
HALF_TIED = 1e-9
"""A curve this close to one half runs along it."""


@dataclass(frozen=True)
class SurvivalPoint:
    """The curve at one time: subjects still at risk just before it, the share without the event, its standard error and limits."""

    time: float
    at_risk: int
    share: float
    error: float
    interval: Interval | None


@dataclass(frozen=True)
class SurvivalCurve:
    """A Kaplan-Meier curve: its ``times`` (of any subject's end, rising), subjects at risk, events, and the share after each."""

    times: Numbers
    at_risk: Numbers
    events: Numbers
    share: Numbers
    spread: Numbers
    """Greenwood's sum: the variance of the logarithm of the share."""
    scale: Scale
    confidence: float

    def at(self, time: float) -> SurvivalPoint:
        """Return the curve at ``time``."""
        before, place = int(np.searchsorted(self.times, time)), int(np.searchsorted(self.times, time, side="right")) - 1
        at_risk = int(self.at_risk[before]) if before < len(self.times) else 0
        if place < 0:
            return SurvivalPoint(time, at_risk, 1.0, 0.0, Interval(1.0, 1.0))
        share, spread = float(self.share[place]), float(self.spread[place])
        error = share * sqrt(spread) if share > 0 else float("nan")
        return SurvivalPoint(time, at_risk, share, error, _limit(share, spread, self.scale, self.confidence))

    def median(self) -> tuple[float | None, float | None, float | None]:
        """Return the time at which half had the event, with its lower and upper limit; None where the curve does not fall so far."""
        limits = [_limit(float(s), float(v), self.scale, self.confidence) for s, v in zip(self.share, self.spread, strict=True)]
        lower = np.array([limit.lower if limit else np.nan for limit in limits])
        upper = np.array([limit.upper if limit else np.nan for limit in limits])
        return self._halve(self.share), self._halve(lower), self._halve(upper)

    def _halve(self, curve: Numbers) -> float | None:
        """Where ``curve`` crosses one half; the middle where it runs along it."""
        below = np.flatnonzero(curve <= 0.5 + HALF_TIED)
        if not len(below):
            return None
        first = below[0]
        if abs(curve[first] - 0.5) > HALF_TIED:
            return float(self.times[first])
        later = np.flatnonzero(curve < 0.5 - HALF_TIED)
        end = self.times[later[0]] if len(later) else self.times[-1]
        return float(self.times[first] + end) / 2


def fit_survival(
    times: Sequence[float], events: Sequence[bool], *, scale: Scale = "log-log", confidence: float = 0.95
) -> SurvivalCurve:  # fmt: skip
    """Return the Kaplan-Meier curve of subjects followed for ``times``, with an event at their end or not.

    A subject whose follow-up ends at the time of another's event was still at risk of it. Raises ValueError for no subject or negative
    times.
    """
    ends, had = np.asarray(times, dtype=float), np.asarray(events, dtype=bool)
    if not len(ends) or len(ends) != len(had) or ends.min() < 0:
        raise ValueError("a curve needs subjects with times from 0 on")
    moments = np.unique(ends)
    at_risk = len(ends) - np.searchsorted(np.sort(ends), moments)
    count = np.array([int((had & (ends == moment)).sum()) for moment in moments])
    with np.errstate(divide="ignore"):
        spread = np.cumsum(count / (at_risk * (at_risk - count).astype(float))) if count.any() else np.zeros(len(moments))
    return SurvivalCurve(moments, at_risk, count, np.cumprod(1 - count / at_risk), np.nan_to_num(spread, nan=inf), scale, confidence)


def _limit(share: float, spread: float, scale: Scale, confidence: float) -> Interval | None:
    """The limits of a share without the event; None where no subject is left to tell."""
    if share >= 1:
        return Interval(1.0, 1.0)
    if share <= 0:
        return None
    reach = float(ndtri(1 - (1 - confidence) / 2)) * sqrt(spread)
    if scale == "plain":
        return Interval(max(0.0, share - reach * share), min(1.0, share + reach * share))
    if scale == "log":
        return Interval(share * float(np.exp(-reach)), min(1.0, share * float(np.exp(reach))))
    power = np.exp(reach / abs(np.log(share)))
    return Interval(float(share**power), float(share ** (1 / power)))


@dataclass(frozen=True)
class LogRank:
    """The log-rank statistic over groups, and its chance when the curves are the same."""

    statistic: float
    chance: float


def compare_survival(times: Sequence[float], events: Sequence[bool], groups: Sequence[str]) -> LogRank:
    """Return the log-rank comparison of ``groups``; raise ValueError for fewer than two. Two or three subjects a group show nothing."""
    ends, had, names = np.asarray(times, dtype=float), np.asarray(events, dtype=bool), np.asarray(groups)
    kinds = np.unique(names)
    if len(kinds) < 2:
        raise ValueError("a comparison needs two groups")
    excess, variance = np.zeros(len(kinds)), np.zeros((len(kinds), len(kinds)))
    for moment in np.unique(ends[had]):
        at_risk = np.array([float(((ends >= moment) & (names == kind)).sum()) for kind in kinds])
        count = np.array([float((had & (ends == moment) & (names == kind)).sum()) for kind in kinds])
        whole, died, share = at_risk.sum(), count.sum(), at_risk / at_risk.sum()
        excess += count - died * share
        if whole > 1:
            variance += died * (whole - died) / (whole - 1) * (np.diag(share) - np.outer(share, share))
    statistic = float(excess[1:] @ np.linalg.pinv(variance[1:, 1:]) @ excess[1:])
    return LogRank(statistic, float(gammaincc((len(kinds) - 1) / 2, statistic / 2)))
