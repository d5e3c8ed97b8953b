"""Two worksheets of one person side by side: each cell and each result, before and now, with what changed."""

from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd

from trial.grading.isncsci import NOT_DETERMINED, Worksheet, classify_exam
from trial.grading.isncsci_exam import Exam, Score
from trial.grading.spine import DERMATOMES
from trial.tables.neurology import WORKSHEET_CELLS, WORKSHEET_RESULTS

LOST, GAINED, CHANGED = "▼", "▲", "◆"
"""Fewer points, more points, and what cannot be put in an order (NT, stars)."""
ARROW: Final = "→"


def compare_cells(before: Exam | None, now: Exam) -> pd.DataFrame:
    """Return WORKSHEET_CELLS from C2 to S4-5; without ``before`` the values alone."""
    return WORKSHEET_CELLS.frame((level, *_compare_level(before, now, level)) for level in DERMATOMES)


def _compare_level(before: Exam | None, now: Exam, level: str) -> Iterator[str]:
    """The cells of one level from the right motor column to the left one."""
    parts = (("right", "motor"), ("right", "light_touch"), ("right", "pin_prick"), ("left", "light_touch"), ("left", "pin_prick"))
    for side, part in (*parts, ("left", "motor")):
        scores: list[Score | None] = [getattr(getattr(exam, side), part).get(level) if exam else None for exam in (before, now)]
        yield tell_change(*scores)


def tell_change(before: Score | None, now: Score | None) -> str:
    """Return a value now, and where it was another, that one first and a sign of the direction: "2 → 1 ▼"; empty for none."""
    if now is None:
        return ""
    if before is None or before == now:
        return _write(now)
    known = before.points is not None and now.points is not None and before.points != now.points
    sign = (LOST if (now.points or 0) < (before.points or 0) else GAINED) if known else CHANGED
    return f"{_write(before)} {ARROW} {_write(now)} {sign}"


def _write(score: Score) -> str:
    return f"{'NT' if score.points is None else score.points}{'*' * score.stars}"


def compare_results(before: Exam | None, now: Exam, recorded: Mapping[str, str]) -> pd.DataFrame:
    """Return WORKSHEET_RESULTS; ``recorded`` are totals and grade of the day of ``now`` by test, as text."""
    was, found = (dict(_list_results(classify_exam(exam), exam)) if exam else {} for exam in (before, now))
    return WORKSHEET_RESULTS.frame(
        (item, was.get(item, ""), value, recorded.get(item, ""), item in recorded and not _agree(recorded[item], value))
        for item, value in found.items()
    )


def _agree(recorded: str, scored: str) -> bool:
    """Whether what is recorded is what is scored, or one of its possibilities; a star and small letters do not matter."""
    return recorded.strip().rstrip("*").upper() in {part.rstrip("*") for part in scored.split(",")}


def _list_results(result: Worksheet, exam: Exam) -> Iterator[tuple[str, str]]:
    """Every result by its name, the levels first."""
    for side, found in (("right", result.right), ("left", result.left)):
        yield f"sensory level {side}", found.sensory_level
        yield f"motor level {side}", found.motor_level
    yield "neurological level of injury", result.injury_level
    yield "AIS", result.scale
    for side, found in (("right", result.right), ("left", result.left)):
        yield f"sensory zone of partial preservation {side}", found.sensory_zone
        yield f"motor zone of partial preservation {side}", found.motor_zone
    yield "voluntary anal contraction", exam.anal_contraction
    yield "deep anal pressure", exam.anal_pressure
    totals = {"UEMS": result.upper, "LEMS": result.lower, "LT": result.light_touch, "PP": result.pin_prick}
    for test, points in totals.items():
        yield test, NOT_DETERMINED if points is None else str(points)
