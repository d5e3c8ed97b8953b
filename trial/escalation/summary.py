"""Simulated operating characteristics in one row: how often the right dose, how many subjects, how long."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from trial.escalation.tally import Tally
from trial.tables.escalation import OPERATING_CHARACTERISTICS, STUDY_DOSES, STUDY_SUMMARIES, STUDY_SUMMARY

TOO_TOXIC = 1.4
"""Times the target: a lowest dose with a higher true rate leaves no dose to recommend (the toxic rate of BOIN)."""


def find_true_mtd(truth: Sequence[float], target: float) -> int:
    """Return the level whose true DLT rate is closest to ``target`` (the lower of two), 0 where even the lowest is overly toxic."""
    if not truth or truth[0] > TOO_TOXIC * target:
        return 0
    distances = [abs(rate - target) for rate in truth]
    return min(range(len(truth)), key=lambda place: (round(distances[place], 12), place)) + 1


def summarize_study(tally: Tally, *, timed: bool = False) -> pd.DataFrame:
    """Return STUDY_SUMMARY of ``tally``, one row; ``timed`` where durations were simulated."""
    total = max(tally.trials, 1e-300)
    mtd = find_true_mtd(tally.truth, tally.target)
    noise = 0.0 if tally.exact else total**-0.5
    counts = (tally.selected[mtd], tally.selected[mtd + 1 :].sum() if mtd else tally.selected[1:].sum(), tally.selected[0], tally.short)
    shares = [(float(count) / total, noise * max(count / total * (1 - count / total), 0) ** 0.5) for count in counts]
    spread = tally.compute_spread()[:, 0]
    means = [(float(tally.sums[kind, 0]) / total, noise * float(spread[kind])) for kind in (0, 1)]
    high = float(tally.high[0]) / total
    means.append((high, noise * float(max(tally.high[1] / total - high**2, 0)) ** 0.5))
    mean, deviation = tally.describe_days()
    lasting = (mean, noise * deviation) if timed else (None, None)
    return STUDY_SUMMARY.frame([(round(tally.trials), mtd, *(value for pair in (*shares, *means) for value in pair), *lasting)])


def gather_studies(studies: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return STUDY_DOSES and STUDY_SUMMARIES of ``studies``: each a design's name and its results per true curve.

    A result is what the progress file of `python -m trial simulate` holds: the rows ``doses`` and the row ``summary``.
    """
    doses, summaries = [], []
    for name, results in studies:
        for number, result in enumerate(results, 1):
            doses += [(number, name, *(row[column.name] for column in OPERATING_CHARACTERISTICS.columns)) for row in result["doses"]]
            summaries.append((number, name, *(result["summary"][column.name] for column in STUDY_SUMMARY.columns)))
    return STUDY_DOSES.frame(doses), STUDY_SUMMARIES.frame(summaries)
