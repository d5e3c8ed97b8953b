"""The neurological course of each dosed subject against its own baseline, and the worst state so far.

The rule is that of trial.signals.neurology: motor points, sensory points and the AIS grade from the totals, motor levels from the
worksheets; trial.signals.ascending adds what was lost above the lesion, and the worse of the two is the state. The baseline of each total
is its last value before the first dose (trial.clocks.pre_dose).
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pandas as pd

from trial.clocks.pre_dose import settle
from trial.grading.isncsci_summary import read_grade
from trial.protocol_neurology import NeurologyPart
from trial.signals.ascending import compute_ascents
from trial.signals.neurology import Change, Thresholds, classify_change
from trial.tables.neurology import NEURO_EXAMS, NEURO_LEVELS, NEURO_RESULTS, NEURO_STATES
from trial.terms import AIS

STATES: Final = ("UNKNOWN", "NONE", "AMBER", "RED")
"""From what says nothing to the worst."""
TOTALS: Final = ("UEMS", "LEMS", "LT", "PP")
Totals = dict[str, float | None]
"""What one examination, or the baseline, holds by test."""


def compute_thresholds(part: NeurologyPart | None) -> Thresholds:
    """Return the limits that a protocol declares, else the proposed ones."""
    return Thresholds(**part.model_dump()) if part else Thresholds()


def compute_exams(results: pd.DataFrame, thresholds: Thresholds, levels: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return NEURO_EXAMS of NEURO_RESULTS and NEURO_LEVELS (both by subject and in time), by subject and day.

    Totals and grade that are recorded count; where a worksheet stands without them, its own are taken.
    """
    sheets = NEURO_LEVELS.empty() if levels is None else levels
    baselines: dict[str, Totals] = {}
    exams: dict[tuple[str, int], tuple[Any, Totals]] = {}
    for after, subject, cohort, measured_on, day, test, points in _place_totals(fill_totals(results, sheets)):
        totals = exams.setdefault((subject, day), ((cohort, measured_on), {}))[1] if after else baselines.setdefault(subject, {})
        totals[test] = totals.get(test) if points is None else points
    ascents = _list_ascents(compute_ascents(sheets, thresholds))
    for key, (head, _) in ascents.items():
        exams.setdefault(key, (head, {}))
    compared = (
        (*key, *head, *_compare(baselines.get(key[0], {}), totals, ascents[key][1] if key in ascents else NO_ASCENT, thresholds))
        for key, (head, totals) in sorted(exams.items(), key=lambda one: one[0])
    )
    return NEURO_EXAMS.frame((subject, cohort, on, day, *found) for subject, day, cohort, on, *found in compared)


def _place_totals(results: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Of each of NEURO_RESULTS whether it is follow-up, then subject, cohort, day of examination, day, test, and what it holds."""
    *heads, tests, values, letters, standings = (results[name].tolist() for name in NEURO_RESULTS.names)
    points = [_read(*one) for one in zip(tests, values, letters, strict=True)]
    after = settle(standings, list(zip(heads[0], tests, strict=True)), [one is not None for one in points])
    return zip(after, *heads, tests, points, strict=True)


class _Ascent(NamedTuple):
    """What the worksheets tell of one examination: motor levels lost, segments risen, and the state of an ascending loss."""

    levels_lost: int | None
    risen: int | None
    state: str


NO_ASCENT: Final = _Ascent(None, None, "UNKNOWN")


def _list_ascents(ascents: pd.DataFrame) -> dict[tuple[str, int], tuple[Any, _Ascent]]:
    """By subject and day: cohort and date, and what the worksheets tell."""
    names = ("subject", "day", "cohort", "examined_on", "levels_lost", "risen", "state")
    rows = zip(*(ascents[name].tolist() for name in names), strict=True)
    return {
        (subject, day): ((cohort, on), _Ascent(_whole(lost), _whole(risen), state))
        for subject, day, cohort, on, lost, risen, state in rows
    }  # fmt: skip


def _whole(number: Any) -> int | None:
    return None if pd.isna(number) else int(number)


def fill_totals(results: pd.DataFrame, levels: pd.DataFrame) -> pd.DataFrame:
    """Return NEURO_RESULTS with the totals and the grade of each worksheet of NEURO_LEVELS on whose day none is recorded.

    On the day of dosing what was recorded before the dose does not stand for a worksheet after it.
    """
    recorded = set(zip(results["subject"], results["day"], results["standing"], results["test"], strict=True))
    names = ("subject", "cohort", "examined_on", "day", "standing", "upper", "lower", "light_touch", "pin_prick", "scale")
    rows = []
    for *head, standing, upper, lower, touch, prick, scale in zip(*(levels[name].tolist() for name in names), strict=True):
        for test, points in zip(TOTALS, (upper, lower, touch, prick), strict=True):
            if pd.notna(points) and (head[0], head[3], standing, test) not in recorded:
                rows.append((*head, test, float(points), None, standing))
        grade = None if pd.isna(scale) else read_grade(scale)
        if grade and (head[0], head[3], standing, "AIS") not in recorded:
            rows.append((*head, "AIS", None, grade, standing))
    if not rows:
        return results
    return pd.concat([results, NEURO_RESULTS.frame(rows)], ignore_index=True).sort_values(["subject", "day"], kind="stable")


def _compare(baseline: Totals, now: Totals, ascent: _Ascent, thresholds: Thresholds) -> tuple[Any, ...]:
    """The columns of NEURO_EXAMS from the motor points on: an examination against the baseline."""
    gained = {test: _gained(baseline.get(test), now.get(test)) for test in (*TOTALS, "AIS")}
    upper, motor = gained["UEMS"], _sum(gained["UEMS"], gained["LEMS"])
    sensory, steps = _sum(gained["LT"], gained["PP"]), gained["AIS"]
    letter = now.get("AIS")
    ais = None if letter is None else AIS[int(letter)]
    by_rule = _classify((motor, upper, sensory, steps, ascent.levels_lost), thresholds)
    return (motor, upper, sensory, steps, ais, *ascent, max(by_rule, ascent.state, key=STATES.index))


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


def _classify(parts: tuple[int | None, ...], thresholds: Thresholds) -> str:
    """The state of motor, upper and sensory points and AIS steps gained, and motor levels lost; what is not known loses nothing."""
    if all(part is None for part in parts):
        return "UNKNOWN"
    motor, upper, sensory, steps, lost = (part or 0 for part in parts)
    return classify_change(Change(motor, upper, motor - upper, sensory, lost, -steps), thresholds)


def compute_states(exams: pd.DataFrame, dosed: pd.DataFrame) -> pd.DataFrame:
    """Return NEURO_STATES of every subject of ``dosed`` (columns subject and cohort), the worst first, then by code."""
    by_subject: dict[str, list[tuple[Any, ...]]] = {}
    columns = ("subject", "examined_on", "state", "motor", "sensory", "ais", "ascending")
    for subject, *exam in zip(*(exams[name].tolist() for name in columns), strict=True):
        by_subject.setdefault(subject, []).append(tuple(exam))
    people = zip(dosed["subject"].tolist(), dosed["cohort"].tolist(), strict=True)
    rows = [_state(subject, cohort, by_subject.get(subject, [])) for subject, cohort in people]
    return NEURO_STATES.frame(sorted(rows, key=lambda row: (-STATES.index(row[3]), row[0])))


def _state(subject: str, cohort: Any, exams: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """One row of NEURO_STATES; ``exams`` are day, state, motor, sensory, AIS and ascending loss, in time."""
    if not exams:
        return (subject, cohort, 0, "UNKNOWN", None, "UNKNOWN", None, None, None, None, "UNKNOWN")
    worst, ascending = (max((exam[place] for exam in exams), key=STATES.index) for place in (1, 5))
    first, last = next(exam for exam in exams if exam[1] == worst), exams[-1]
    ais = None if pd.isna(last[4]) else last[4]
    return (subject, cohort, len(exams), worst, first[0], last[1], last[0], last[2], last[3], ais, ascending)
