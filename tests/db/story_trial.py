"""A small trial written by hand, whose numbers can be counted on paper; the tests of the conduct pages share it.

Two sites, two cohorts, seven subjects:
S1 dosed twice, S2 dosed and left, S3 enrolled and waiting, S4 screen failure, S5 in screening, S6 eligible but withdrew,
S7 eligible and waiting.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from db.history import insert_versions, table_of
from db.models import (
    Administration,
    AdverseEvent,
    Cohort,
    Disposition,
    DoseLevel,
    EligibilityFinding,
    Known,
    Measurement,
    MedicalHistory,
    Medication,
    Procedure,
    Site,
    Study,
    Subject,
    Visit,
)
from tests.acting import acting
from tests.blank import open_blank
from trial.asof import AsOf

STUDY = 1
END = AsOf(date(2026, 6, 30))


def at(month: int, day: int, hour: int = 12) -> datetime:
    """An instant of 2026."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def build_empty(folder: Path) -> Engine:
    """A database with a study and nothing in it."""
    engine = open_blank(folder / "trial.db")
    with acting(engine) as session:
        session.connection().execute(
            table_of(Study).insert(), [{"id": STUDY, "code": "T", "title": "T", "kind": "live", "time_zone": "UTC"}]
        )
    return engine


def build_trial(folder: Path) -> Engine:
    """The small trial."""
    engine = build_empty(folder)
    with acting(engine) as session:
        _add_frame(session)
        _add_subjects(session)
        _add_treatment(session)
        _add_events(session)
        _add_follow_up(session)
    return engine


def add(session: Session, model: type[Known], *rows: dict[str, Any]) -> None:
    """Insert rows, each a mapping or a list of its versions; columns that are not given take the model's default."""
    defaults = {name: field.get_default() for name, field in model.model_fields.items() if not field.is_required()}
    complete = [[{**defaults, "study_id": STUDY, **version} for version in (row if isinstance(row, list) else [row])] for row in rows]
    insert_versions(session, model, complete)


def _add_frame(session: Session) -> None:
    start = at(1, 1)
    add(
        session,
        Site,
        {"id": 1, "code": "01", "name": "First", "country": "A", "time_zone": "UTC", "planned_per_month": 1.0, "known_from": start},
        {"id": 2, "code": "02", "name": "<b>Second</b>", "time_zone": "UTC", "planned_per_month": 0.5, "known_from": start},
    )
    add(session, DoseLevel, {"id": 1, "code": "D1", "number": 1, "label": "10 M", "amount": 1e7, "unit": "cells", "known_from": start})
    add(
        session,
        Cohort,
        {"id": 1, "code": "C1", "number": 1, "label": "Cohort 1", "dose_level_id": 1, "planned_size": 3, "known_from": start},
        {"id": 2, "code": "C2", "number": 2, "label": "Cohort 2", "planned_size": 3, "known_from": start},
    )


def _add_subjects(session: Session) -> None:
    cohort = {"planned_cohort_id": 1, "actual_cohort_id": 1}
    s1 = {
        "id": 1,
        "code": "S1",
        "site_id": 1,
        "screened_on": date(2026, 1, 10),
        "eligible": True,
        "enrolled_on": date(2026, 1, 20),
        **cohort,
    }
    s1 |= {"injured_on": date(2026, 1, 2), "age_years": 40, "sex": "male", "injury_level": "T4", "ais": "A", "status": "on study"}
    s2 = {
        "id": 2,
        "code": "S2",
        "site_id": 1,
        "screened_on": date(2026, 1, 25),
        "eligible": True,
        "enrolled_on": date(2026, 2, 5),
        **cohort,
    }
    left = {"discontinued_on": date(2026, 3, 1), "discontinuation_reason": "withdrawal by subject", "status": "discontinued"}
    add(
        session,
        Subject,
        {**s1, "known_from": at(1, 10)},
        [{**s2, "status": "on study", "known_from": at(1, 25)}, {**s2, **left, "known_from": at(3, 2)}],
        {
            "id": 3,
            "code": "S3",
            "site_id": 2,
            "screened_on": date(2026, 2, 1),
            "eligible": True,
            "enrolled_on": date(2026, 2, 5),
            "planned_cohort_id": 2,
            "status": "enrolled",
            "known_from": at(2, 1),
        },
        {
            "id": 4,
            "code": "S4",
            "site_id": 2,
            "screened_on": date(2026, 2, 2),
            "eligible": False,
            "ineligible_reason": "infection",
            "status": "screen failure",
            "known_from": at(2, 2),
        },
        {"id": 5, "code": "S5", "site_id": 2, "screened_on": date(2026, 6, 1), "status": "screening", "known_from": at(6, 1)},
        {
            "id": 6,
            "code": "S6",
            "site_id": 1,
            "screened_on": date(2026, 3, 1),
            "eligible": True,
            "status": "discontinued",
            "discontinuation_reason": "withdrew",
            "known_from": at(3, 1),
        },
        {
            "id": 7,
            "code": "S7",
            "site_id": 1,
            "screened_on": date(2026, 6, 2),
            "eligible": True,
            "status": "eligible",
            "known_from": at(6, 2),
        },
    )
    add(
        session,
        EligibilityFinding,
        {"id": 1, "subject_id": 4, "criterion": "no infection", "met": False, "known_from": at(2, 2)},
        {"id": 2, "subject_id": 1, "criterion": "no infection", "met": True, "known_from": at(1, 10)},
        {"id": 3, "subject_id": 1, "criterion": "adult", "met": True, "known_from": at(1, 10)},
    )


def _add_treatment(session: Session) -> None:
    operation = {
        "type": "laminectomy",
        "incision_at": at(2, 1, 8),
        "closure_at": at(2, 1, 11),
        "blood_loss_ml": 150.0,
        "known_from": at(2, 1),
    }
    add(session, Procedure, {"id": 1, "code": "P1", "subject_id": 1, "performed_on": date(2026, 2, 1), **operation})
    dose = {"product": "cells", "start_precision": "minute", "dose_level_id": 1, "delivered_amount": 9.8e6, "amount_unit": "cells"}
    vector = '[{"name": "cells", "value": 10000000, "unit": "cells"}]'
    add(
        session,
        Administration,
        {
            "id": 1,
            "code": "A1",
            "subject_id": 1,
            "number": 1,
            "first_on": date(2026, 2, 1),
            "last_on": date(2026, 2, 1),
            "started_at": at(2, 1, 10),
            "procedure_id": 1,
            "planned_vector": vector,
            "delivered_vector": vector.replace("10000000", "9800000"),
            **dose,
            "known_from": at(2, 1),
        },
        {"id": 2, "code": "A2", "subject_id": 1, "number": 2, "first_on": date(2026, 2, 15), **dose, "known_from": at(2, 15)},
        {"id": 3, "code": "A3", "subject_id": 2, "number": 1, "first_on": date(2026, 2, 20), **dose, "known_from": at(2, 20)},
    )


def _add_events(session: Session) -> None:
    event = {"category": "Nervous", "dictionary": "CTCAE", "onset_precision": "day"}

    def one(number: int, subject: int, term: str, onset: date | None, known: datetime, **more: Any) -> dict[str, Any]:
        facts = {"id": number, "code": f"E{number}", "subject_id": subject, "verbatim": term.lower(), "term_used": term}
        return {**event, **facts, "onset_date": onset, "onset_latest": onset, "onset_text": str(onset or ""), "known_from": known, **more}

    leak = one(3, 1, "CSF leak", date(2026, 2, 4), at(2, 6), grade=2, serious=False)
    add(
        session,
        AdverseEvent,
        one(1, 1, "Headache", date(2026, 2, 4), at(2, 5), grade=1, end_date=date(2026, 2, 6), end_precision="day", ongoing=False),
        one(2, 1, "Pain", date(2026, 1, 15), at(1, 16), grade=1),
        [leak, {**leak, "grade": 3, "serious": True, "dlt": "yes", "known_from": at(2, 9)}],
        one(4, 2, "Rash", None, at(3, 1), severity="moderate", onset_text=None, onset_precision="unknown"),
        one(5, 2, "<script>alert(1)</script>", date(2026, 2, 25), at(2, 25), severity="mild", ongoing=True),
    )


def _add_follow_up(session: Session) -> None:
    add(session, Visit, {"id": 1, "subject_id": 1, "code": "D7", "label": "Day 7", "occurred_on": date(2026, 2, 8), "known_from": at(2, 8)})
    test = {"subject_id": 1, "kind": "laboratory", "test": "ALT", "label": "ALT", "unit": "U/L", "low": 5.0, "high": 40.0}
    motor = {"subject_id": 1, "kind": "neurology", "test": "UEMS", "label": "Upper extremity motor score", "value": 50.0}
    add(
        session,
        Measurement,
        *({**test, "id": n, "measured_on": date(2026, 2, n), "value": 20.0 * n, "known_from": at(2, n)} for n in (1, 2, 3)),
        {**motor, "id": 4, "measured_on": date(2026, 2, 8), "known_from": at(2, 8)},
    )
    drug = {"subject_id": 1, "start_precision": "day"}
    add(
        session,
        Medication,
        {**drug, "id": 1, "name": "aspirin", "first_on": date(2026, 2, 3), "last_on": date(2026, 2, 4), "known_from": at(2, 4)},
        {
            **drug,
            "id": 2,
            "name": "tacrolimus",
            "protocol_required": True,
            "first_on": date(2026, 2, 5),
            "ongoing": True,
            "known_from": at(2, 5),
        },
    )
    add(session, MedicalHistory, {"id": 1, "subject_id": 1, "verbatim": "asthma", "start_text": "2010", "known_from": at(1, 10)})
    add(
        session,
        Disposition,
        {
            "id": 1,
            "subject_id": 2,
            "kind": "end of study",
            "reason": "withdrawal by subject",
            "occurred_on": date(2026, 3, 1),
            "known_from": at(3, 2),
        },
    )
