"""Ascending loss: the neurological level rises towards the head, or a key muscle above the lesion is lost, against the own baseline.

A new zone of loss above the lesion is an event of special interest (SAFETY.md section 4). No published standard says from how many segments
on: the limits are those of the protocol's ``[neurology]`` for levels, a proposal. The baseline is the last worksheet that can be read
before the first dose (trial.clocks.pre_dose). Where a cell could not be tested, a level may be one of several: what every one of them
would show is taken as sure, and where they would not agree on the state, it is not determinable.
"""

from typing import Any, Final, NamedTuple

import pandas as pd

from trial.clocks.pre_dose import settle
from trial.grading.isncsci_text import read_muscles
from trial.grading.spine import KEY_MUSCLES, find_level
from trial.signals.neurology import Flag, Thresholds
from trial.tables.neurology import NEURO_ASCENTS

LOST_BELOW: Final = 3
"""A key muscle below this grade does not hold against gravity."""


class _Sheet(NamedTuple):
    """What is compared of one worksheet."""

    worksheet: str
    motor_right: Any
    motor_left: Any
    injury_level: Any
    untested: str


def compute_ascents(levels: pd.DataFrame, thresholds: Thresholds) -> pd.DataFrame:
    """Return NEURO_ASCENTS of NEURO_LEVELS (by subject and in time); of two worksheets on one day the last counts."""
    baselines: dict[str, _Sheet] = {}
    now: dict[tuple[str, int], tuple[Any, Any, _Sheet]] = {}
    names = ("subject", "cohort", "examined_on", "day", "fault", *_Sheet._fields)
    columns = (levels[name].tolist() for name in names)
    for after, subject, cohort, examined_on, day, fault, *sheet in zip(place_sheets(levels), *columns, strict=True):
        if pd.notna(fault):
            continue
        if after:
            now[subject, day] = (cohort, examined_on, _Sheet(*sheet))
        else:
            baselines[subject] = _Sheet(*sheet)
    compared = sorted(now.items(), key=lambda one: one[0])
    return NEURO_ASCENTS.frame(
        (subject, cohort, examined_on, day, *_compare(baselines.get(subject), sheet, thresholds))
        for (subject, day), (cohort, examined_on, sheet) in compared
    )


def place_sheets(levels: pd.DataFrame) -> list[bool]:
    """Return for each of NEURO_LEVELS whether it is follow-up after the first dose, by trial.clocks.pre_dose."""
    return settle(levels["standing"].tolist(), levels["subject"].tolist(), levels["fault"].isna().tolist())


def _compare(before: _Sheet | None, now: _Sheet, thresholds: Thresholds) -> tuple[Any, ...]:
    """The columns of NEURO_ASCENTS from the baseline's level on."""
    if before is None:
        return (None, now.injury_level, None, None, "", "", "UNKNOWN")
    least, most = _count_risen(before.injury_level, now.injury_level)
    lost = max(
        _count_risen(before.motor_right, now.motor_right)[0],
        _count_risen(before.motor_left, now.motor_left)[0],
    )
    muscles = _list_lost_muscles(before, now)
    segments = len({muscle.split()[1] for muscle in muscles})
    sure, possible = (classify_ascent(risen, segments, thresholds) for risen in (least, most))
    state = sure if sure == possible or sure != "NONE" else "UNKNOWN"
    open_cells = ", ".join(dict.fromkeys(cell for sheet in (before, now) for cell in sheet.untested.split(", ") if cell))
    return (before.injury_level, now.injury_level, least, lost, ", ".join(muscles), open_cells if least != most else "", state)


def classify_ascent(risen: int, segments: int, thresholds: Thresholds) -> Flag:
    """Return the state of a level that rose by ``risen``, with key muscles of so many ``segments`` lost above it: the worse of the two."""
    worst = max(risen, segments)
    return "RED" if worst >= thresholds.red_levels else "AMBER" if worst >= thresholds.amber_levels else "NONE"


def _count_risen(before: str, now: str) -> tuple[int, int]:
    """The least and the most segments by which a level rose, over every possible one."""
    was, is_now = ([find_level(level) for level in levels.split(",")] for levels in (before, now))
    return min(was) - max(is_now), max(was) - min(is_now)


def _list_lost_muscles(before: _Sheet, now: _Sheet) -> list[str]:
    """Key muscles down to the baseline's level that held against gravity then and do not now, for no other reason than the injury."""
    lowest = min(find_level(level) for level in before.injury_level.split(","))
    pairs = zip(("right", "left"), read_muscles(before.worksheet), read_muscles(now.worksheet), strict=True)
    return [
        f"{side} {muscle}"
        for side, was, is_now in pairs
        for muscle, old, new in zip(KEY_MUSCLES, was, is_now, strict=True)
        if find_level(muscle) <= lowest and _holds(old) and _is_lost(new)
    ]


def _holds(value: str) -> bool:
    return value.endswith("**") or (value[0].isdigit() and int(value[0]) >= LOST_BELOW)


def _is_lost(value: str) -> bool:
    return "*" not in value and value[0].isdigit() and int(value[0]) < LOST_BELOW
