"""Whether the cumulative incidence of one cause is the same in several groups, where other causes compete: Gray's test (rho = 0).

Kept for the validation folder, on no page: with two or three subjects in a group it has no power, and its distribution holds only for
many (SAFETY.md 5 row 20). Written from Gray 1988 (Ann Stat 16:1141); checked against the statistic that cmprsk 2.2-11 prints, to 1e-8.

A subject who had a competing event never has the event in question, yet counts as one who still has not: Y (1 - F) / S of them, of Y at
risk, F the share with the event and S the share without any, both just before. Each group's events are held against that number's part
of all. The variance follows how far one event in one group moves the sum: by its own weight at once, and by all later expectation,
since it raises F for good and takes away from what S leaves to rise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaincc

Numbers = np.ndarray[Any, Any]
SINGULAR = 1e-12
"""A covariance whose correlations have an eigenvalue this small says nothing of at least one group; a share this near to 1 is 1."""


@dataclass(frozen=True)
class GrayTest:
    """Gray's statistic, its chance when the curves are the same, and the degrees of freedom: one less than the groups.

    ``scores`` are events less expected events of each group, ``covariance`` theirs, both by sorted name of the group. The statistic and
    its chance are None where the covariance is none that a chi-square could rest on: a group with nobody at risk at any event (cmprsk
    prints -1), or so few subjects that the approximate covariance is not positive (cmprsk goes on, often to a negative statistic).
    """

    statistic: float | None
    chance: float | None
    degrees: int
    scores: Numbers
    covariance: Numbers


@dataclass(frozen=True)
class _Course:
    """Groups (rows) at the times at which anybody's follow-up ends (columns): counts, the share without any event, and with the one."""

    at_risk: Numbers
    own: Numbers
    others: Numbers
    before: Numbers
    """Without any event just before."""
    after: Numbers
    had: Numbers
    """With the event in question just before."""


def compute_gray_test(times: Sequence[float], causes: Sequence[int], groups: Sequence[str], *, cause: int = 1) -> GrayTest:
    """Return Gray's comparison of ``cause`` between ``groups``: subjects followed for ``times``, each ended by a cause, 0 for none.

    Raises ValueError for lists of unequal length, fewer than two groups, times that are negative or not finite, and a ``cause`` below 1.
    """
    ends, ended = np.asarray(times, dtype=float), np.asarray(causes, dtype=int)
    kinds, rows = np.unique(np.asarray(groups), return_inverse=True)
    if not len(ends) == len(ended) == len(rows):
        raise ValueError("times, causes and groups must be of the same subjects")
    if len(kinds) < 2:
        raise ValueError("a comparison needs two groups")
    if not np.isfinite(ends).all() or ends.min() < 0 or cause < 1:
        raise ValueError("a comparison needs finite times from 0 on, and a cause from 1 on")
    course = _follow(ends, rows, len(kinds), ended == cause, (ended != cause) & (ended != 0))
    scores, covariance = _compute_scores(course), _compute_covariance(course)
    statistic = _compute_form(scores[1:], covariance[1:, 1:])
    degrees = len(kinds) - 1
    chance = None if statistic is None else float(gammaincc(degrees / 2, statistic / 2))
    return GrayTest(statistic, chance, degrees, scores, covariance)


def _follow(ends: Numbers, rows: Numbers, kinds: int, own: Numbers, others: Numbers) -> _Course:
    """Count each group at each time, and draw its curves; a group with nobody left keeps what it had."""
    moments, columns = np.unique(ends, return_inverse=True)

    def count(those: Numbers) -> Numbers:
        """Those of the subjects, by group (rows) and time (columns)."""
        cells = np.bincount((rows * len(moments) + columns)[those], minlength=kinds * len(moments))
        return cells.reshape(kinds, len(moments)).astype(float)

    ending, failed, competed = count(np.ones(len(ends), dtype=bool)), count(own), count(others)
    at_risk = ending[:, ::-1].cumsum(axis=1)[:, ::-1]
    after = np.cumprod(1 - _divide(failed + competed, at_risk), axis=1)
    before = _just_before(after, 1.0)
    had = np.cumsum(before * _divide(failed, at_risk), axis=1)
    return _Course(at_risk, failed, competed, before, after, _just_before(had, 0.0))


def _just_before(values: Numbers, start: float) -> Numbers:
    """``values`` (times along the last axis) as they stood before each time."""
    return np.concatenate([np.full((*values.shape[:-1], 1), start), values[..., :-1]], axis=-1)


def _divide(over: Numbers, under: Numbers) -> Numbers:
    """The quotient, 0 where there is nothing to divide by."""
    over, under = np.broadcast_arrays(over, under)
    return np.asarray(np.divide(over, under, out=np.zeros(over.shape), where=under != 0))


def _compute_scores(course: _Course) -> Numbers:
    """Events of each group less its part of all events."""
    without = _divide(course.at_risk * (1 - course.had), course.before)
    return np.asarray((course.own - course.own.sum(axis=0) * without / without.sum(axis=0)).sum(axis=1))


def _compute_covariance(course: _Course) -> Numbers:
    """Covariance of the scores where the curves are the same, summed over what an event in each group (second axis) moves.

    No numbers where the share of all has reached 1 while groups are still compared: the hazard of what is left has none.
    """
    events, entered = course.own.sum(axis=0), _divide(course.at_risk, course.before)
    whole = entered.sum(axis=0)
    rise = events / whole
    pooled = np.cumsum(rise)
    weight = entered[:, None] * (np.eye(len(entered))[:, :, None] - (entered / whole)[None])
    left = 1 - _just_before(pooled, 0.0)
    if ((np.abs(left) < SINGULAR) & (weight != 0).any(axis=(0, 1)) & (events > 0)).any():
        return np.full((len(entered), len(entered)), np.nan)
    summed = np.cumsum(np.where(weight == 0, 0.0, weight * _divide(rise, left)), axis=2)
    later = summed[:, :, -1:] - summed
    kept = _divide(1 - pooled, course.after)
    moved, taken = weight + (1 - kept) * later, kept * later
    spread = _thin(events, whole * course.before) * _divide(course.before * rise, course.at_risk)
    spread_others = _thin(course.others, course.at_risk) * course.others * _divide(course.before, course.at_risk) ** 2
    return np.asarray(np.einsum("kgt,lgt,gt->kl", moved, moved, spread) + np.einsum("kgt,lgt,gt->kl", taken, taken, spread_others))


def _thin(count: Numbers, among: Numbers) -> Numbers:
    """How much less events at one time vary, being drawn without replacement from those at risk."""
    return np.asarray(1 - np.where(count > 1, _divide(count - 1, among - 1), 0.0))


def _compute_form(scores: Numbers, covariance: Numbers) -> float | None:
    """The scores' distance from 0 in units of their covariance; None where that is not positive."""
    variances = np.diag(covariance)
    if not (variances > SINGULAR).all():
        return None
    scale = np.sqrt(variances)
    correlations = covariance / np.outer(scale, scale)
    if np.linalg.eigvalsh(correlations).min() < SINGULAR:
        return None
    deviates = scores / scale
    return float(deviates @ np.linalg.solve(correlations, deviates))
