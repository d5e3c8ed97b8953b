"""Estimates of the DLT rate at each dose: exact interval, posterior probability, isotonic fit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincc, betaincinv

from trial.escalation.state import State
from trial.tables.escalation import DOSE_ESTIMATES

Numbers = NDArray[np.float64]


def compute_probability_above(target: float, dlt: ArrayLike, n: ArrayLike) -> Numbers:
    """Return Pr(rate > ``target``) after ``dlt`` DLTs in ``n`` subjects, prior Beta(1, 1): the elimination rule's probability."""
    events, subjects = np.asarray(dlt, float), np.asarray(n, float)
    return np.asarray(betaincc(events + 1, subjects - events + 1, target), dtype=float)


def compute_exact_interval(dlt: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the Clopper-Pearson interval of a proportion, two-sided at ``level``; 0 to 1 for nobody.

    Source: Clopper and Pearson 1934, Biometrika 26:404.
    """
    tail = (1 - level) / 2
    low = float(betaincinv(dlt, n - dlt + 1, tail)) if dlt else 0.0
    high = float(betaincinv(dlt + 1, n - dlt, 1 - tail)) if dlt < n else 1.0
    return low, high


def fit_isotonic(values: ArrayLike, weights: ArrayLike) -> Numbers:
    """Return the weighted non-decreasing least-squares fit along the last axis; a weight of 0 leaves a value out (NaN).

    The min-max form of the pooled adjacent violators: the largest over starts of the smallest over ends of the weighted
    mean, so that many trials are fitted at once. Source: Robertson, Wright, Dykstra 1988, theorem 1.4.4.
    Checked against Iso::pava.
    """
    y, w = np.asarray(values, float), np.asarray(weights, float)
    count = y.shape[-1]
    fit = np.full(y.shape, -np.inf)
    for start in range(count):
        lowest = np.full(y.shape[:-1], np.inf)
        sums = _running_means(y[..., start:], w[..., start:])
        for end in range(count - 1, start - 1, -1):
            mean = sums[..., end - start]
            lowest = np.where((w[..., end] > 0) & (mean < lowest), mean, lowest)
            valid = (w[..., start] > 0) & (w[..., end] > 0)
            fit[..., end] = np.where(valid, np.maximum(fit[..., end], lowest), fit[..., end])
    return np.where(w > 0, fit, np.nan)


def _running_means(y: Numbers, w: Numbers) -> Numbers:
    """Weighted means from the first value to each later one; infinite before the first weight."""
    total = np.cumsum(w, axis=-1)
    weighted = np.cumsum(np.where(w > 0, y, 0) * w, axis=-1)
    return np.asarray(np.divide(weighted, total, out=np.full(y.shape, np.inf), where=total > 0))


def fit_isotonic_rates(dlt: ArrayLike, n: ArrayLike, include: ArrayLike | None = None, *, prior: float = 0.05) -> Numbers:
    """Return isotonic DLT rates under a Beta(``prior``, ``prior``) prior, weighted by the inverse posterior variance.

    ``dlt`` and ``n`` hold a dose level per position of the last axis; levels without subjects, or not in ``include``, are NaN.
    Source: Liu and Yuan 2015 as the R package BOIN 2.7.2 computes it (select.mtd).
    """
    y, subjects = np.asarray(dlt, float), np.asarray(n, float)
    used = subjects > 0 if include is None else (subjects > 0) & np.asarray(include, bool)
    variance = (y + prior) * (subjects - y + prior) / ((subjects + 2 * prior) ** 2 * (subjects + 2 * prior + 1))
    return fit_isotonic((y + prior) / (subjects + 2 * prior), np.where(used, 1 / variance, 0))


def estimate_doses(state: State, target: float, fitted: Sequence[float | None], *, closed_from: int | None) -> pd.DataFrame:
    """Return DOSE_ESTIMATES of ``state``; ``fitted`` is the design's own estimate per level, ``closed_from`` the lowest closed one."""
    rows = []
    for level, (count, estimate) in enumerate(zip(state.doses, fitted, strict=True), 1):
        n, dlt = count.evaluable, count.dlt
        low, high = compute_exact_interval(dlt, n) if n else (None, None)
        above = float(compute_probability_above(target, dlt, n))
        closed = closed_from is not None and level >= closed_from
        rows.append((level, n, dlt, len(count.pending), dlt / n if n else None, low, high, above, estimate, closed))
    return DOSE_ESTIMATES.frame(rows)
