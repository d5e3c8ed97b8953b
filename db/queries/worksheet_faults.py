"""ISNCSCI worksheets that cannot be read, or that contradict the totals and the grade recorded for the same day."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import pandas as pd
from sqlalchemy import Select, select
from sqlmodel import Session

from db.history import known
from db.models import Measurement, Subject
from db.queries.neurology import TESTS
from trial.asof import AsOf
from trial.grading.isncsci import NOT_DETERMINED
from trial.grading.isncsci_summary import Summary, contradicts_grade, summarise_worksheet
from trial.grading.isncsci_text import TEST
from trial.tables import DATA_FAULT_LISTING

UNREADABLE, TOTALS, GRADE = "worksheet not readable", "worksheet against totals", "worksheet against grade"
FIELDS: Final = {"UEMS": "upper", "LEMS": "lower", "LT": "light_touch", "PP": "pin_prick"}
Recorded = Mapping[tuple[int, date | None], Mapping[str, Any]]


def worksheet_faults(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return DATA_FAULT_LISTING of worksheets, by subject and day: in the place of the term what does not agree, recorded first.

    Totals and grade of the same day are compared, the last recorded of several.
    """
    connection = session.connection()
    sheets = connection.execute(_worksheets(as_of, study_id)).all()
    recorded: dict[tuple[int, date | None], dict[str, Any]] = {}
    for row in connection.execute(_recorded(as_of, study_id)).all() if sheets else ():
        recorded.setdefault((row.subject_id, row.measured_on), {})[row.test] = row.result_text if row.test == "AIS" else row.value
    return DATA_FAULT_LISTING.frame(
        (rule, row.code, TEST, what, None if row.measured_on is None else str(row.measured_on), None)
        for row in sheets
        for rule, what in _judge(summarise_worksheet(row.result_text or ""), recorded.get((row.subject_id, row.measured_on), {}))
    )


def _judge(found: Summary, recorded: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The rules that one worksheet breaks, each with what does not agree."""
    if found.fault is not None or found.scale is None:
        yield UNREADABLE, (found.fault or "")[:200]
        return
    scored = {test: getattr(found, field) for test, field in FIELDS.items()}
    wrong = [
        f"{test} {recorded[test]:g} ≠ {NOT_DETERMINED if points is None else points}"
        for test, points in scored.items()
        if recorded.get(test) is not None and recorded[test] != points
    ]
    if wrong:
        yield TOTALS, ", ".join(wrong)
    grade = recorded.get("AIS")
    if grade and contradicts_grade(grade, found.scale):
        yield GRADE, f"AIS {grade[:12]} ≠ {found.scale}"


def _worksheets(as_of: AsOf, study_id: int) -> Select[Any]:
    sheet, subject = known(Measurement, as_of, study_id), known(Subject, as_of, study_id)
    return (
        select(subject.c.code, sheet.c.subject_id, sheet.c.measured_on, sheet.c.result_text)
        .join(subject, subject.c.id == sheet.c.subject_id)
        .where(sheet.c.kind == "neurology", sheet.c.test == TEST)
        .order_by(subject.c.code, sheet.c.measured_on.is_(None), sheet.c.measured_on, sheet.c.id)
    )


def _recorded(as_of: AsOf, study_id: int) -> Select[Any]:
    """Totals and grades of the days on which the same subject has a worksheet."""
    result, sheet = known(Measurement, as_of, study_id), known(Measurement, as_of, study_id)
    days = select(sheet.c.subject_id, sheet.c.measured_on).where(sheet.c.kind == "neurology", sheet.c.test == TEST).distinct().subquery()
    return (
        select(result.c.subject_id, result.c.measured_on, result.c.test, result.c.value, result.c.result_text)
        .join(days, (days.c.subject_id == result.c.subject_id) & (days.c.measured_on == result.c.measured_on))
        .where(result.c.kind == "neurology", result.c.test.in_(TESTS))
        .order_by(result.c.known_from, result.c.id)
    )
