"""Choosing the dose at the end of a trial by isotonic regression, for one trial or for many at once."""

import numpy as np

from trial.escalation.batch import Flags, Whole
from trial.escalation.estimates import fit_isotonic_rates

TIE_BREAK = 1e-10
"""Added per rank to tied isotonic rates: below the target the highest tied dose wins, above it the lowest (BOIN)."""


def select_isotonic(
    treated: Whole, dlt: Whole, open_doses: Flags, target: float, *, at_most: float | None = None, prior: float = 0.05
) -> Whole:
    """Return the recommended dose level of each trial (0 for none): a trial per row, a dose level per column.

    Among ``open_doses`` that were treated the isotonic rate closest to ``target`` wins, the lower one when two are equally
    close; ``at_most`` is the highest rate allowed. Source: Liu and Yuan 2015; checked against BOIN 2.7.2 select.mtd.
    """
    rates = fit_isotonic_rates(dlt, treated, open_doses, prior=prior)
    used = ~np.isnan(rates)
    ranked = rates + TIE_BREAK * np.cumsum(used, axis=1)
    if at_most is not None:
        used &= ranked <= at_most
    distance = np.where(used, np.abs(ranked - target), np.inf)
    return np.where(used.any(axis=1), distance.argmin(axis=1) + 1, 0)
