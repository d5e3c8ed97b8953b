"""The grade by value beside the grade that was reported, and where the two do not agree.

Neither is right by itself: symptoms, treatment and the clinician's knowledge decide the reported grade, and a value without clinical
meaning need not be reported at all. What is shown is only the difference, so that somebody asks (SAFETY.md section 3).
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from trial.grading.laboratory_terms import find_analyte, name_analyte
from trial.sentence import Sentence
from trial.tables.laboratory import LAB_COMPARED

NOTABLE = 2
"""From this grade by value on, a value that nobody reported is listed: grade 1 is often without clinical meaning."""
AGREEMENTS: Mapping[str, Sentence] = {
    "not reported": Sentence("by value alone: no event reported"),
    "lower": Sentence("reported lower than the value says"),
    "no grade": Sentence("reported without a grade"),
    "higher": Sentence("reported higher than the value says"),
    "no value": Sentence("reported; no value beyond its limits"),
    "same": Sentence("the same grade"),
}
"""How the two grades stand to each other, in the order in which they ask for a look."""


def compare_with_reported(grades: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    """Return LAB_COMPARED of LAB_GRADES and LAB_REPORTS: grade 2 and above by value and all that were reported, worst by value first."""
    worst: dict[tuple[str, str, str], Any] = {}
    for row in reports.itertuples():
        place = find_analyte(row.term)
        if place and _grade((row.subject, *place), worst) < (0 if pd.isna(row.grade) else int(row.grade)) + 1:
            worst[row.subject, *place] = row
    rows = []
    for row in grades.itertuples():
        found = worst.pop((row.subject, name_analyte(row.test), row.side), None)
        if found is not None or row.worst >= NOTABLE:
            rows.append((row.test, row.side, row.subject, _known(row.cohort), *_measure(row), *_report(row.worst, found)))
    rows += [(test, side, row.subject, _known(row.cohort), *(None,) * 6, *_report(0, row)) for (_, test, side), row in worst.items()]
    order = list(AGREEMENTS)
    rows.sort(key=lambda row: (-(row[5] or 0), order.index(row[14]), -(row[10] or 0), row[2], row[0]))
    return LAB_COMPARED.frame(rows)


def _grade(key: tuple[str, str, str], worst: Mapping[tuple[str, str, str], Any]) -> int:
    """The grade kept so far, plus one; 0 where none is."""
    return 0 if key not in worst else 1 + (0 if pd.isna(worst[key].grade) else int(worst[key].grade))


def _measure(row: Any) -> tuple[Any, ...]:
    """Grade at baseline, worst grade, day, value, bound and unit; only the first where no value lies beyond its limits."""
    before = _known(row.before)
    return (before, row.worst, row.day, row.value, _known(row.bound), _known(row.unit)) if row.worst else (before, *(None,) * 5)


def _report(derived: int, report: Any) -> tuple[Any, ...]:
    """Reported grade, event and its day, and how the grade stands to the one by value."""
    if report is None:
        return None, None, None, None, "not reported"
    grade = _known(report.grade)
    return grade, report.event, report.term, _known(report.day), _agree(derived, grade)


def _agree(derived: int, grade: int | None) -> str:
    """The code of how the two grades of what was reported stand to each other."""
    if grade is None:
        return "no grade"
    if not derived:
        return "no value"
    return "same" if derived == grade else "lower" if grade < derived else "higher"


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value
