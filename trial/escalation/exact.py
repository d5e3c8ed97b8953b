"""Exact operating characteristics: every outcome of every cohort, with equal trials merged."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binom

from trial.errors import refuse
from trial.escalation.batch import Batch, find_distinct
from trial.escalation.design import Design
from trial.escalation.simulate import Plan, open_trials, titrates
from trial.escalation.tally import Tally

MOST = 1_000_000
"""Distinct trials that are followed at most."""


def enumerate_trials(design: Design, plan: Plan) -> pd.DataFrame:
    """Return OPERATING_CHARACTERISTICS of ``design`` without Monte-Carlo error; ``plan.trials`` and ``plan.seed`` play no part."""
    return enumerate_tally(design, plan).summarize()


def enumerate_tally(design: Design, plan: Plan) -> Tally:
    """Return the exact tally of ``plan``.

    Raises FaultyInput for a trial with more than a million distinct courses, and for accelerated titration.
    """
    if titrates(design):
        raise refuse("exact figures", "accelerated titration is only simulated", "Leave exact out.")
    tally = Tally(plan.truth, design.target, plan.cohorts * plan.cohort_size, exact=True)
    batch, weight = open_trials(Plan(truth=plan.truth, trials=1, start=plan.start)), np.ones((2, 1))
    for cohort in range(plan.cohorts):
        batch, weight = _treat_all(batch, weight, plan)
        if cohort == plan.cohorts - 1:
            break
        moves = design.move_many(batch)
        _close(tally, design, batch.take(moves.stop), weight[:, moves.stop], moves.dose[moves.stop] == 0)
        batch.current[:] = np.maximum(moves.dose, 1)
        batch, weight = batch.take(~moves.stop), weight[:, ~moves.stop]
        if not weight.size:
            break
    _close(tally, design, batch, weight, np.zeros(weight.shape[1], bool))
    return tally


def _treat_all(batch: Batch, weight: NDArray[np.float64], plan: Plan) -> tuple[Batch, NDArray[np.float64]]:
    """Every outcome of the next cohort, equal trials merged; ``weight`` holds their probability and how many courses lead to each."""
    size, rows = plan.cohort_size, weight.shape[1]
    if rows * (size + 1) > MOST:
        raise refuse("exact figures", "the trial has too many possible courses", "Take fewer cohorts, or simulate.")
    index, events = np.repeat(np.arange(rows), size + 1), np.tile(np.arange(size + 1), rows)
    level = batch.current[index] - 1
    grown = batch.take(index)
    grown.treated[np.arange(len(index)), level] += size
    grown.dlt[np.arange(len(index)), level] += events
    grown.latest_treated[:], grown.latest_dlt[:] = size, events
    likely = weight[0, index] * binom.pmf(events, size, np.array(plan.truth)[level])
    first, inverse = find_distinct(grown.stack())
    merged = [np.bincount(inverse, each, minlength=len(first)) for each in (likely, weight[1, index])]
    return grown.take(first), np.array(merged)


def _close(tally: Tally, design: Design, batch: Batch, weight: NDArray[np.float64], none: NDArray[np.bool_]) -> None:
    """Add finished trials to ``tally``; ``none`` marks those that stopped without a dose."""
    if not weight.size:
        return
    tally.courses += float(weight[1].sum())
    selected = np.where(none, 0, design.select_many(batch.treated, batch.dlt))
    tally.add(batch.treated, batch.dlt, selected, weight[0])
