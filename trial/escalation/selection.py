"""Choosing the dose at the end of a trial by isotonic regression, for one trial or for many at once."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trial.escalation.estimates import compute_probability_above, fit_isotonic_rates

if TYPE_CHECKING:
    from trial.escalation.interval import IntervalDesign

TIE_BREAK = 1e-10
"""Added per rank to tied isotonic rates: below the target the highest tied dose wins, above it the lowest (BOIN)."""


def select_isotonic(
    design: "IntervalDesign", treated: NDArray[np.int64], dlt: NDArray[np.int64], *, closed: int | None = None
) -> NDArray[np.int64]:
    """Return the recommended dose level of each trial (0 for none).

    ``treated`` and ``dlt`` hold a trial per row and a dose level per column; ``closed`` is the lowest level a committee
    closed. Among doses treated and not eliminated the isotonic rate closest to the target wins, the lower one when two are
    equally close. Source: Liu and Yuan 2015; checked against BOIN 2.7.2 select.mtd.
    """
    open_doses = find_open(design, treated, dlt)
    if closed is not None:
        open_doses[:, closed - 1 :] = False
    rates = fit_isotonic_rates(dlt, treated, open_doses)
    used = ~np.isnan(rates)
    ranked = rates + TIE_BREAK * np.cumsum(used, axis=1)
    if design.select_below is not None:
        used &= ranked <= design.select_below
    distance = np.where(used, np.abs(ranked - design.target), np.inf)
    return np.where(used.any(axis=1), distance.argmin(axis=1) + 1, 0)


def find_open(design: "IntervalDesign", treated: NDArray[np.int64], dlt: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which doses of each trial are not eliminated (at least three subjects, as BOIN asks at the end of a trial)."""
    above = compute_probability_above(design.target, dlt, treated)
    tested = treated >= 3
    out = tested & (above > design.eliminate_above)
    if design.extra_safe:
        out[:, 0] |= tested[:, 0] & (above[:, 0] > design.eliminate_above - design.extra_safe_offset)
    return ~np.logical_or.accumulate(out, axis=1)
