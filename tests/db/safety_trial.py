"""A trial of four dosed subjects and nine events, written by hand for the safety queries; its numbers are counted in the tests.

A1 and A2 were planned and treated in cohort 1; B1 in cohort 2; B2 was planned for cohort 2 and treated in cohort 1; N1 was never
dosed. A1 had one operation, A2 one without recorded times (and died on 14 February), B1 two.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from db.engine import reading
from db.models import Administration, AdverseEvent, Cohort, Procedure, Site, Subject
from tests.acting import acting
from tests.db.story_trial import STUDY, add, at, build_empty
from trial.asof import AsOf
from trial.protocol import AesiPart, PhasePart

CUT = AsOf(date(2026, 3, 31))
AESI = (AesiPart(code="CSF", label="CSF leak", terms=("CSF leak",)),)
PHASES = (
    PhasePart(code="pre", label="before surgery", to_hours=0),
    PhasePart(code="intra", label="during surgery"),
    PhasePart(code="h24", label="0-24 h", from_hours=0, to_hours=24),
    PhasePart(code="d7", label="1-7 d", from_hours=24, to_hours=168),
    PhasePart(code="d30", label="8-30 d", from_hours=168, to_hours=720),
    PhasePart(code="d90", label="31-90 d", from_hours=720, to_hours=2160),
    PhasePart(code="late", label="after 90 d", from_hours=2160),
)


def read(engine: Engine, query: Callable[..., Any], cut: AsOf = CUT, **filters: Any) -> Any:
    """What a query says of the trial at a cut-off."""
    with reading(engine) as session:
        return query(session, cut, STUDY, **filters)


def build(folder: Path) -> Engine:
    """The trial in a database of its own."""
    engine = build_empty(folder)
    with acting(engine) as session:
        _add_people(session)
        _add_treatment(session)
        _add_events(session)
    return engine


def _add_people(session: Session) -> None:
    start = {"known_from": at(1, 1)}
    add(session, Site, {"id": 1, "code": "01", "name": "First", "time_zone": "UTC", **start})
    add(
        session,
        Cohort,
        {"id": 1, "code": "C1", "number": 1, "label": "Cohort 1", **start},
        {"id": 2, "code": "C2", "number": 2, "label": "Cohort 2", **start},
    )
    died = {"died_on": date(2026, 2, 15), "status": "died"}
    rows = [("A1", 1, 1, {}), ("A2", 1, 1, died), ("B1", 2, 2, {}), ("B2", 2, 1, {}), ("N1", 1, None, {"status": "eligible"})]
    add(
        session,
        Subject,
        *(
            {"id": n, "code": code, "site_id": 1, "planned_cohort_id": planned, "actual_cohort_id": actual, "status": "on study", **more}
            | start
            for n, (code, planned, actual, more) in enumerate(rows, start=1)
        ),
    )


def _add_treatment(session: Session) -> None:
    times = [(1, "P1", 1, 2, 1), (3, "P3", 3, 3, 1), (4, "P4", 3, 3, 15)]
    add(
        session,
        Procedure,
        *(
            {
                "id": number, "code": code, "subject_id": subject, "type": "laminectomy", "performed_on": date(2026, month, day),
                "anaesthesia_started_at": at(month, day, 7), "incision_at": at(month, day, 8), "closure_at": at(month, day, 12),
                "blood_loss_ml": 150.0, "known_from": at(month, day),
            }
            for number, code, subject, month, day in times
        ),
        {"id": 2, "code": "P2", "subject_id": 2, "type": "puncture", "known_from": at(2, 10)},
    )  # fmt: skip
    given = {"product": "cells", "number": 1, "start_precision": "day"}
    first = {"started_at": at(2, 1, 10), "ended_at": at(2, 1, 11)}
    add(
        session,
        Administration,
        {"id": 1, "code": "D1", "subject_id": 1, "procedure_id": 1, "first_on": date(2026, 2, 1), **first, **given, "known_from": at(2, 1)},
        {"id": 2, "code": "D2", "subject_id": 2, "procedure_id": 2, "first_on": date(2026, 2, 10), **given, "known_from": at(2, 10)},
        {"id": 3, "code": "D3", "subject_id": 3, "procedure_id": 3, "first_on": date(2026, 3, 1), **given, "known_from": at(3, 1)},
        {"id": 4, "code": "D4", "subject_id": 4, "first_on": date(2026, 3, 10), **given, "known_from": at(3, 10)},
    )


def _add_events(session: Session) -> None:
    def one(number, subject, term, onset, **more):
        facts = {"id": number, "code": f"E{number}", "subject_id": subject, "verbatim": term.lower(), "term_used": term}
        dates = {"onset_precision": "day", "onset_date": onset, "onset_latest": onset, "onset_text": str(onset or "") or None}
        return {"category": "Nervous system", "dictionary": "CTCAE", **facts, **dates, "known_from": at(3, 12), **more}

    earlier = one(2, 1, "Headache", date(2026, 2, 5), grade=2, known_from=at(2, 6))
    add(
        session,
        AdverseEvent,
        one(
            1, 1, "Headache", date(2026, 2, 1), grade=1, onset_at=at(2, 1, 13), onset_precision="minute", investigator_procedure="possible"
        ),
        [earlier, {**earlier, "grade": 3, "serious": True, "dlt": "yes", "sponsor_product": "probable", "known_from": at(2, 9)}],
        one(3, 1, "Pain", date(2026, 1, 20), grade=1, end_date=date(2026, 1, 25), end_precision="day", onset_latest=None),
        one(4, 2, "CSF leak", date(2026, 2, 10), grade=2, investigator_procedure="definite"),
        one(5, 2, "Sepsis", date(2026, 2, 14), grade=5, serious=True, outcome="fatal", category="Infections"),
        one(6, 3, "Rash", None, severity="severe", onset_precision="unknown", category="Skin"),
        one(
            7, 4, "Fever", date(2026, 3, 10), severity="mild", onset_precision="month", onset_text="2026-03", onset_latest=date(2026, 3, 31)
        ),
        one(8, 5, "Cough", date(2026, 2, 2), grade=1),
        one(9, 3, "CSF LEAK", date(2026, 3, 5), grade=1, investigator_product="unlikely"),
    )
