"""What laboratory results say by themselves: grades by value, shifts from baseline, and the peaks of the liver tests.

A grade by value stands beside the clinician's and never instead of it (SAFETY.md section 3).
"""

from typing import Any

import pandas as pd

from trial.grading.laboratory import ALIASES, Value, Version, grade_value
from trial.signals.liver import LiverPeaks, classify_liver
from trial.tables.laboratory import LAB_GRADES, LAB_SHIFT, LIVER_PEAKS

LIVER_TESTS = ("ALT", "AST", "BILI", "ALP")


def compute_lab_grades(series: pd.DataFrame, version: Version = "5.0") -> pd.DataFrame:
    """Return LAB_GRADES of LAB_SERIES: per test and subject the grade at baseline and the worst after the first dose.

    A test, unit or limit for which the value alone does not decide has no row.
    """
    worst: dict[tuple[str, str], list[Any]] = {}
    for row in series[series["day"] > 0].itertuples():
        grade = grade_value(row.test, _value(row, row.value), version)
        if grade is None:
            continue
        key = (row.test, row.subject)
        if key not in worst or grade > worst[key][4]:
            before = None if pd.isna(row.baseline) else grade_value(row.test, _value(row, row.baseline), version)
            worst[key] = [row.test, row.subject, _known(row.cohort), before, grade, row.day, row.value, _known(row.unit)]
    return LAB_GRADES.frame(worst.values())


def _value(row: Any, number: float) -> Value:
    return Value(float(number), "" if pd.isna(row.unit) else str(row.unit), _known(row.low), _known(row.high), _known(row.baseline))


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value


def compute_lab_shift(grades: pd.DataFrame) -> pd.DataFrame:
    """Return LAB_SHIFT of the LAB_GRADES of one test."""
    counts: dict[tuple[int | None, int], int] = {}
    for row in grades.itertuples():
        pair = (_known(row.before), int(row.worst))
        counts[pair] = counts.get(pair, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-1 if item[0][0] is None else item[0][0], item[0][1]))
    return LAB_SHIFT.frame((before, after, count) for (before, after), count in ordered)


def compute_liver_peaks(series: pd.DataFrame) -> pd.DataFrame:
    """Return LIVER_PEAKS of the LAB_SERIES of the liver tests, those of Hy's law first, then by the highest ALT."""
    after = series[(series["day"] > 0) & series["high"].notna() & (series["high"] > 0)]
    times = after.assign(times=after["value"] / after["high"], name=[ALIASES.get(test.upper(), test.upper()) for test in after["test"]])
    rows = [_peaks(str(subject), rows) for subject, rows in times.groupby("subject", sort=True)]
    rows.sort(key=lambda row: (not row[8], -(row[2] or 0.0), row[0]))
    return LIVER_PEAKS.frame(rows)


def _peaks(subject: str, rows: pd.DataFrame) -> tuple[Any, ...]:
    """One row of LIVER_PEAKS."""
    tops = {name: found.loc[found["times"].idxmax()] for name, found in rows.groupby("name")}
    alt, ast, bilirubin = (float(tops[name]["times"]) if name in tops else None for name in ("ALT", "AST", "BILI"))
    alp = days = None
    first = tops.get("ALT", tops.get("AST"))
    if first is not None:
        same = rows[(rows["name"] == "ALP") & (rows["day"] == first["day"])]
        alp = float(same["times"].max()) if len(same) else None
        days = int(tops["BILI"]["day"] - first["day"]) if "BILI" in tops else None
    reading = classify_liver(LiverPeaks(alt, ast, bilirubin, alp, days))
    return subject, _known(rows["cohort"].iloc[0]), alt, ast, bilirubin, alp, days, reading.quadrant, reading.without_cholestasis
