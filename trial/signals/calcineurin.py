"""Whether the kidney suffers under a calcineurin inhibitor: a trough above its range, then creatinine over the subject's own baseline.

Creatinine of 1.5 times the value before the dose is kidney injury (KDIGO 2012, Kidney Int Suppl 2:1, stage 1; 2.0 is stage 2). A signal is
a rise of 1.5 that also leaves the reference range, or of 2.0 whatever the range says, at most 30 days after a trough above its upper limit;
a rise of 1.5 within the range is watched, since little muscle makes a low baseline. The 30 days and this grading are proposals of ours.
Potassium and magnesium of the same days stand beside it: hyperkalaemia and magnesium wasting go with it (Naesens 2009, CJASN 4:481).
"""

from typing import Any, NamedTuple

import pandas as pd

from trial.grading.laboratory_terms import name_analyte
from trial.grading.rounding import reaches
from trial.sentence import Sentence
from trial.tables.laboratory import TROUGH_READINGS

SIGNAL, WATCH, QUIET = "signal", "watch", "quiet"
STATES = (SIGNAL, WATCH, QUIET)
"""The states, worst first."""
STAGE_1, STAGE_2 = 1.5, 2.0
WITHIN_DAYS = 30
TROUGHS = {"TACRO": "tacrolimus", "TACROLMS": "tacrolimus", "FK506": "tacrolimus", "CYCLO": "ciclosporin", "CYCLSPRN": "ciclosporin"}
"""Codes of the trough levels of calcineurin inhibitors, and the drugs they are of."""


class _Rise(NamedTuple):
    """A trough, the highest creatinine in the days after it, and what they mean together."""

    state: str
    ratio: float
    trough: Any
    creatinine: Any


def judge_troughs(series: pd.DataFrame) -> pd.DataFrame:
    """Return TROUGH_READINGS of the LAB_SERIES of trough levels, creatinine, potassium and magnesium."""
    after = series[series["after"]]
    names = {test: name_analyte(test) for test in after["test"].unique()}
    found: dict[str, dict[str, list[Any]]] = {}
    for row in after.itertuples():
        kind = "TROUGH" if str(row.test).upper() in TROUGHS else names[row.test]
        found.setdefault(row.subject, {}).setdefault(kind, []).append(row)
    rows = [_read(results) for results in found.values() if "TROUGH" in results]
    state, ratio = TROUGH_READINGS.names.index("state"), TROUGH_READINGS.names.index("ratio")
    return TROUGH_READINGS.frame(sorted(rows, key=lambda row: (STATES.index(row[state]), -(row[ratio] or 0.0), row[0])))


def _read(results: dict[str, list[Any]]) -> tuple[Any, ...]:
    """One row of TROUGH_READINGS."""
    rises = [_judge(trough, _highest(results.get("CREAT", []), int(trough.day))) for trough in results["TROUGH"]]
    rise = min(rises, key=lambda one: (STATES.index(one.state), -one.ratio, -float(one.trough.value)))
    trough, creatinine = rise.trough, rise.creatinine
    potassium = [row.value / row.high for row in _near(results.get("K", []), int(trough.day)) if not pd.isna(row.high) and row.high > 0]
    magnesium = [row.value / row.low for row in _near(results.get("MG", []), int(trough.day)) if not pd.isna(row.low) and row.low > 0]
    measured: tuple[Any, ...] = (None, None, None, None)
    if creatinine is not None:
        measured = (creatinine.value, _known(creatinine.unit), rise.ratio or None, creatinine.day)
    return (
        trough.subject, _known(trough.cohort), trough.test, trough.value, _known(trough.high), trough.day, *measured,
        max(potassium, default=None), min(magnesium, default=None), rise.state, _describe(rise),
    )  # fmt: skip


def _near(rows: list[Any], day: int) -> list[Any]:
    """The results at or at most WITHIN_DAYS after a day."""
    return [row for row in rows if 0 <= row.day - day <= WITHIN_DAYS]


def _highest(rows: list[Any], day: int) -> Any:
    return max(_near(rows, day), key=lambda row: row.value, default=None)


def _judge(trough: Any, creatinine: Any) -> _Rise:
    """The state of one trough and the highest creatinine after it."""
    if creatinine is None or pd.isna(creatinine.baseline) or creatinine.baseline <= 0:
        return _Rise(QUIET, 0.0, trough, creatinine)
    ratio = float(creatinine.value / creatinine.baseline)
    high = not pd.isna(trough.high) and trough.value > trough.high
    outside = not pd.isna(creatinine.high) and creatinine.value > creatinine.high
    if not high or not reaches(ratio, STAGE_1):
        return _Rise(QUIET, ratio, trough, creatinine)
    return _Rise(SIGNAL if outside or reaches(ratio, STAGE_2) else WATCH, ratio, trough, creatinine)


def _describe(rise: _Rise) -> Sentence:
    """What the two say together."""
    if rise.creatinine is None:
        return Sentence("no creatinine in the 30 days after it")
    if not rise.ratio:
        return Sentence("creatinine has no baseline")
    if rise.state == SIGNAL:
        return Sentence("trough above its range, then kidney injury by creatinine")
    if rise.state == WATCH:
        return Sentence("trough above its range, creatinine risen within its range")
    return Sentence("creatinine risen, trough within its range") if reaches(rise.ratio, STAGE_1) else Sentence("no rise of creatinine")


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value
