"""The neurological course of each dosed subject against its own baseline, and the worst state so far.

The rule is that of trial.signals.neurology, on what totals can tell: motor points, sensory points and the AIS grade. Motor levels are not
among the totals, so a loss of levels is not seen here. The baseline of each total is its last value before or on the day of the first dose.
"""

from typing import Any, Final

import pandas as pd

from trial.protocol_neurology import NeurologyPart
from trial.signals.neurology import Change, Thresholds, classify_change
from trial.tables.neurology import NEURO_EXAMS, NEURO_RESULTS, NEURO_STATES
from trial.terms import AIS

STATES: Final = ("UNKNOWN", "NONE", "AMBER", "RED")
"""From what says nothing to the worst."""
TOTALS: Final = ("UEMS", "LEMS", "LT", "PP")
Totals = dict[str, float | None]
"""What one examination, or the baseline, holds by test."""


def compute_thresholds(part: NeurologyPart | None) -> Thresholds:
    """Return the limits that a protocol declares, else the proposed ones."""
    return Thresholds(**part.model_dump()) if part else Thresholds()


def compute_exams(results: pd.DataFrame, thresholds: Thresholds) -> pd.DataFrame:
    """Return NEURO_EXAMS of NEURO_RESULTS (by subject and in time), by subject and day."""
    baselines: dict[str, Totals] = {}
    exams: dict[tuple[str, int], tuple[Any, Totals]] = {}
    columns = (results[name].tolist() for name in NEURO_RESULTS.names)
    for subject, cohort, measured_on, day, test, value, letter in zip(*columns, strict=True):
        totals = baselines.setdefault(subject, {}) if day <= 0 else exams.setdefault((subject, day), ((cohort, measured_on), {}))[1]
        totals[test] = _read(test, value, letter)
    compared = ((key, head, baselines.get(key[0], {}), totals) for key, (head, totals) in sorted(exams.items(), key=lambda one: one[0]))
    return NEURO_EXAMS.frame(_compare(*one, thresholds) for one in compared)


def _compare(key: tuple[str, int], head: Any, baseline: Totals, now: Totals, thresholds: Thresholds) -> tuple[Any, ...]:
    """One row of NEURO_EXAMS: an examination against the baseline."""
    gained = {test: _gained(baseline.get(test), now.get(test)) for test in (*TOTALS, "AIS")}
    upper, motor = gained["UEMS"], _sum(gained["UEMS"], gained["LEMS"])
    sensory, steps = _sum(gained["LT"], gained["PP"]), gained["AIS"]
    letter = now.get("AIS")
    ais = None if letter is None else AIS[int(letter)]
    return (key[0], head[0], head[1], key[1], motor, upper, sensory, steps, ais, _classify(motor, upper, sensory, steps, thresholds))


def _read(test: str, value: float, letter: Any) -> float | None:
    """A total in points; an AIS grade by its place; None for what is neither."""
    if test == "AIS":
        grade = str(letter).strip().upper()
        return float(AIS.index(grade)) if grade in AIS else None
    return None if pd.isna(value) else float(value)


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
    by_subject: dict[str, list[tuple[Any, ...]]] = {}
    columns = ("subject", "examined_on", "state", "motor", "sensory", "ais")
    for subject, *exam in zip(*(exams[name].tolist() for name in columns), strict=True):
        by_subject.setdefault(subject, []).append(tuple(exam))
    people = zip(dosed["subject"].tolist(), dosed["cohort"].tolist(), strict=True)
    rows = [_state(subject, cohort, by_subject.get(subject, [])) for subject, cohort in people]
    return NEURO_STATES.frame(sorted(rows, key=lambda row: (-STATES.index(row[3]), row[0])))


def _state(subject: str, cohort: Any, exams: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """One row of NEURO_STATES; ``exams`` are day, state, motor, sensory and AIS, in time."""
    if not exams:
        return (subject, cohort, 0, "UNKNOWN", None, "UNKNOWN", None, None, None, None)
    worst = max((exam[1] for exam in exams), key=STATES.index)
    first, last = next(exam for exam in exams if exam[1] == worst), exams[-1]
    return (subject, cohort, len(exams), worst, first[0], last[1], last[0], last[2], last[3], None if pd.isna(last[4]) else last[4])
