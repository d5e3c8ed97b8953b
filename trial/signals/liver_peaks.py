"""The peaks of each subject's liver tests, and whether any of them together meet the biochemical part of Hy's law.

The figure shows peaks; the law is looked for in every pair of results, since the peak of a transaminase may come after the jaundice that
an earlier rise led to. FDA guidance on drug-induced liver injury 2009; SAFETY.md 5 row 21.
"""

from typing import Any, NamedTuple

import pandas as pd

from trial.grading.laboratory_terms import name_analyte
from trial.grading.rounding import reaches
from trial.signals.liver import (
    BILIRUBIN_TIMES_ULN,
    PHOSPHATASE_TIMES_ULN,
    TRANSAMINASE_TIMES_ULN,
    WITHIN_DAYS,
    classify_quadrant,
)
from trial.tables.laboratory import LIVER_PEAKS

LIVER_TESTS = ("ALT", "AST", "BILI", "ALP")
MET, OPEN, CHOLESTATIC = 0, 1, 2
"""How a pair of results stands to the law, the gravest first: met; alkaline phosphatase not measured; cholestatic."""
Results = list[tuple[int, float]]
"""Days since the first dose and multiples of the upper limit."""


class _Pair(NamedTuple):
    """A transaminase and a bilirubin that belong together, and the phosphatase nearest to the former."""

    rank: int
    day: int
    alp: float | None
    days: int


def compute_liver_peaks(series: pd.DataFrame) -> pd.DataFrame:
    """Return LIVER_PEAKS of the LAB_SERIES of the liver tests, those of Hy's law first, then by the highest ALT."""
    after = series[series["after"] & series["high"].notna() & (series["high"] > 0)]
    names = {test: name_analyte(test) for test in after["test"].unique()}
    results: dict[str, dict[str, Results]] = {}
    cohorts: dict[str, Any] = {}
    for row in after.itertuples():
        results.setdefault(row.subject, {}).setdefault(names[row.test], []).append((int(row.day), float(row.value) / float(row.high)))
        cohorts.setdefault(row.subject, row.cohort)
    rows = [_read(subject, cohorts[subject], found) for subject, found in sorted(results.items())]
    rows.sort(key=lambda row: (not row[8], not row[9], -(row[2] or 0.0), row[0]))
    return LIVER_PEAKS.frame(rows)


def _read(subject: str, cohort: Any, found: dict[str, Results]) -> tuple[Any, ...]:
    """One row of LIVER_PEAKS."""
    tops = {name: max(results, key=lambda one: one[1]) for name, results in found.items()}
    alt, ast, bilirubin = (tops[name][1] if name in tops else None for name in ("ALT", "AST", "BILI"))
    pair = _find_pair(found)
    peak = tops.get("ALT", tops.get("AST"))
    alp = days = None
    if pair is not None:
        alp, days = pair.alp, pair.days
    elif peak is not None:
        alp = _find_nearest(found.get("ALP", []), peak[0])
        days = tops["BILI"][0] - peak[0] if "BILI" in tops else None
    law, missing = pair is not None and pair.rank == MET, pair is not None and pair.rank == OPEN
    quadrant = classify_quadrant(alt, ast, bilirubin)
    return subject, None if pd.isna(cohort) else cohort, alt, ast, bilirubin, alp, days, quadrant, law, missing


def _find_pair(found: dict[str, Results]) -> _Pair | None:
    """The gravest pair of a raised transaminase and a raised bilirubin at or at most WITHIN_DAYS after it, the earliest of these."""
    yellow = [day for day, times in found.get("BILI", []) if reaches(times, BILIRUBIN_TIMES_ULN)]
    if not yellow:
        return None
    raised = [day for name in ("ALT", "AST") for day, times in found.get(name, []) if reaches(times, TRANSAMINASE_TIMES_ULN)]
    pairs = []
    for day in raised:
        later = [other - day for other in yellow if 0 <= other - day <= WITHIN_DAYS]
        if later:
            alp = _find_nearest(found.get("ALP", []), day)
            rank = OPEN if alp is None else CHOLESTATIC if reaches(alp, PHOSPHATASE_TIMES_ULN) else MET
            pairs.append(_Pair(rank, day, alp, min(later)))
    return min(pairs, key=lambda pair: (pair.rank, pair.day, pair.days), default=None)


def _find_nearest(results: Results, day: int) -> float | None:
    """The result nearest in time to ``day``, at most WITHIN_DAYS away; of two as near the higher, None without any."""
    near = [(abs(when - day), -times) for when, times in results if abs(when - day) <= WITHIN_DAYS]
    return -min(near)[1] if near else None
