"""The neurological course of each dosed subject against its own baseline, and the worst state so far.

The rule is that of trial.signals.neurology, on what totals can tell: motor points, sensory points and the AIS grade. Motor levels are not
among the totals, so a loss of levels is not seen here. The baseline of each total is its last value before or on the day of the first dose.
"""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from trial.protocol_neurology import NeurologyPart
from trial.signals.neurology import Change, Thresholds, classify_change
from trial.tables.neurology import NEURO_EXAMS, NEURO_STATES
from trial.terms import AIS

STATES: Final = ("UNKNOWN", "NONE", "AMBER", "RED")
"""From what says nothing to the worst."""
TOTALS: Final = ("UEMS", "LEMS", "LT", "PP")


def compute_thresholds(part: NeurologyPart | None) -> Thresholds:
    """Return the limits that a protocol declares, else the proposed ones."""
    return Thresholds(**part.model_dump()) if part else Thresholds()


def compute_exams(results: pd.DataFrame, thresholds: Thresholds) -> pd.DataFrame:
    """Return NEURO_EXAMS of NEURO_RESULTS, by subject and day."""
    return NEURO_EXAMS.frame(row for _, rows in results.groupby("subject", sort=True) for row in _list_exams(rows, thresholds))


def _list_exams(rows: pd.DataFrame, thresholds: Thresholds) -> Iterator[tuple[Any, ...]]:
    """The examinations of one subject after the first dose."""
    before = rows[rows["day"] <= 0]
    baseline = {str(test): _read(one.iloc[-1]) for test, one in before.groupby("test")}
    for day, exam in rows[rows["day"] > 0].groupby("day", sort=True):
        now = {str(test): _read(one.iloc[-1]) for test, one in exam.groupby("test")}
        gained = {test: _gained(baseline.get(test), now.get(test)) for test in (*TOTALS, "AIS")}
        upper, motor = gained["UEMS"], _sum(gained["UEMS"], gained["LEMS"])
        sensory, steps = _sum(gained["LT"], gained["PP"]), gained["AIS"]
        first = exam.iloc[0]
        letter = now.get("AIS")
        state = _classify(motor, upper, sensory, steps, thresholds)
        ais = None if letter is None else AIS[int(letter)]
        yield (first["subject"], first["cohort"], first["measured_on"], int(day), motor, upper, sensory, steps, ais, state)


def _read(row: Any) -> float | None:
    """A total in points; an AIS grade by its place; None for what is neither."""
    if row["test"] == "AIS":
        letter = str(row["letter"]).strip().upper()
        return float(AIS.index(letter)) if letter in AIS else None
    return None if pd.isna(row["value"]) else float(row["value"])


def _gained(before: float | None, now: float | None) -> int | None:
    return None if before is None or now is None else round(now - before)


def _sum(*parts: int | None) -> int | None:
    """The sum; None where a part is not known: half a total is no total."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _classify(motor: int | None, upper: int | None, sensory: int | None, steps: int | None, thresholds: Thresholds) -> str:
    if motor is None and upper is None and sensory is None and steps is None:
        return "UNKNOWN"
    change = Change(motor or 0, upper or 0, (motor or 0) - (upper or 0), sensory or 0, 0, -(steps or 0))
    return classify_change(change, thresholds)


def compute_states(exams: pd.DataFrame, dosed: pd.DataFrame) -> pd.DataFrame:
    """Return NEURO_STATES of every subject of ``dosed`` (columns subject and cohort), the worst first, then by code."""
    by_subject = dict(tuple(exams.groupby("subject", sort=False)))
    rows = [_state(row.subject, row.cohort, by_subject.get(row.subject)) for row in dosed.itertuples(index=False)]
    return NEURO_STATES.frame(sorted(rows, key=lambda row: (-STATES.index(row[3]), row[0])))


def _state(subject: str, cohort: Any, exams: pd.DataFrame | None) -> tuple[Any, ...]:
    if exams is None:
        return (subject, cohort, 0, "UNKNOWN", None, "UNKNOWN", None, None, None, None)
    worst = max(exams["state"], key=STATES.index)
    first, last = exams[exams["state"] == worst].iloc[0], exams.iloc[-1]
    seen = (worst, first["examined_on"], last["state"], last["examined_on"])
    return (subject, cohort, len(exams), *seen, last["motor"], last["sensory"], None if pd.isna(last["ais"]) else last["ais"])
