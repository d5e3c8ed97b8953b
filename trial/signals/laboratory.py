"""What laboratory results say by themselves: grades by value, and shifts from baseline.

A grade by value stands beside the clinician's and never instead of it (SAFETY.md section 3).
"""

import re
from typing import Any

import pandas as pd

from trial.grading.laboratory import RULES, Side, Value, Version, grade_value
from trial.grading.laboratory_terms import name_analyte
from trial.tables.laboratory import LAB_GRADES, LAB_SHIFT

SIDES: tuple[Side, ...] = ("high", "low")
BEYOND = 1e-9
"""How far beyond the limit of a method a result is taken to lie, as a part of it: '>500' is above 500."""
_BOUND = re.compile(r"\s*([<>\u2264\u2265])\s*=?\s*(\d+(?:\.\d+)?)\s*")


def read_bound(text: str | None) -> tuple[str, float] | None:
    """Return what a result such as '<5' says: '<' or '>' and the number; None for any other text."""
    found = _BOUND.fullmatch(text or "")
    return None if found is None else ("<" if found[1] in "<\u2264" else ">", float(found[2]))


def compute_lab_grades(series: pd.DataFrame, version: Version = "5.0") -> pd.DataFrame:
    """Return LAB_GRADES of LAB_SERIES: per test, subject and side the grade at baseline and the worst after the first dose.

    A test, unit or limit for which the value alone does not decide has no row. A result below a limit of the method is graded as low at
    least, never as high, and the other way round.
    """
    worst: dict[tuple[str, str, str], list[Any]] = {}
    sides = {test: tuple(RULES[version].get(name_analyte(test), {})) for test in series["test"].unique()}
    for row in series[series["after"]].itertuples():
        for side in sides[row.test]:
            if not _tells(row.bound, side):
                continue
            grade = grade_value(row.test, _value(row, _number(row)), version, side=side)
            key = (row.test, row.subject, side)
            if grade is None or (key in worst and grade <= worst[key][5]):
                continue
            before = None if pd.isna(row.baseline) else grade_value(row.test, _value(row, row.baseline), version, side=side)
            facts = (row.day, row.value, _known(row.bound), _known(row.unit))
            worst[key] = [row.test, side, row.subject, _known(row.cohort), before, grade, *facts]
    return LAB_GRADES.frame(worst.values())


def _tells(bound: Any, side: Side) -> bool:
    """Whether a result says something about this side: a number about both, '<5' about the low one only."""
    return bool(pd.isna(bound)) or (bound == "<") == (side == "low")


def _number(row: Any) -> float:
    """The result as a number, just beyond the limit of its method where it lies there."""
    if pd.isna(row.bound):
        return float(row.value)
    return float(row.value) * (1 + BEYOND if row.bound == ">" else 1 - BEYOND)


def _value(row: Any, number: float) -> Value:
    return Value(float(number), "" if pd.isna(row.unit) else str(row.unit), _known(row.low), _known(row.high), _known(row.baseline))


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value


def compute_lab_shift(grades: pd.DataFrame) -> pd.DataFrame:
    """Return LAB_SHIFT of the LAB_GRADES of one test, by side and grade."""
    counts: dict[tuple[str, int, int], int] = {}
    for row in grades.itertuples():
        pair = (str(row.side), -1 if pd.isna(row.before) else int(row.before), int(row.worst))
        counts[pair] = counts.get(pair, 0) + 1
    ordered = sorted(counts.items())
    return LAB_SHIFT.frame((side, None if before < 0 else before, after, count) for (side, before, after), count in ordered)
