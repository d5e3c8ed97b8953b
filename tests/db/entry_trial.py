"""A trial that has just begun and is entered by hand: protocol, sites, dose levels, an open cohort and a lot; nobody screened."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session

from db.audit import Actor
from db.commands.dose_subject import DoseEntry, dose_subject
from db.commands.enrol_subject import EnrolmentEntry, enrol_subject
from db.commands.screen_subject import EligibilityEntry, ScreeningEntry, assess_eligibility, screen_subject
from db.engine import reading
from db.history import insert_versions, table_of
from db.models import Cohort, DoseLevel, Known, ProductLot, ProtocolVersion, Site, Study
from tests.acting import acting
from tests.contracts.queries import EXAMPLE
from tests.contracts.queries import example_protocol as protocol

STUDY = 1
START = datetime(2026, 1, 12, 8, tzinfo=UTC)
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
ROLES = {
    "screen subject": "coordinator", "enrol subject": "coordinator", "dose subject": "coordinator", "record event": "coordinator",
    "record complications": "coordinator",
    "correct": "data manager", "void": "data manager", "adjudicate dlt": "safety officer", "review event": "safety officer",
    "comment": "coordinator", "record decision": "committee member",
    "sign decision": "committee member",
}  # fmt: skip
"""A role that may do each act."""


def who(act: str, *, at: datetime = NOW, name: str = "Ann", **scope: Any) -> Actor:
    """Somebody who may do ``act``."""
    return Actor(name, ROLES[act], at, "", **scope)


def build_entry_trial(engine: Engine) -> None:
    """Write the trial into an empty record."""
    with acting(engine) as session:
        study = {"id": STUDY, "code": "FW-SCI-01", "title": "T", "kind": "live", "time_zone": "Asia/Shanghai", "ctcae_version": "5.0"}
        session.connection().execute(table_of(Study).insert(), [study])
        text = EXAMPLE.read_text(encoding="utf-8")
        _add(session, ProtocolVersion, number="1.0", text=text, derived=False, reason="first", effective_on=date(2026, 1, 12))
        for site in protocol().sites:
            _add(session, Site, **site.model_dump())
        for level in protocol().dose_levels:
            vector = json.dumps([part.model_dump() for part in level.vector])
            amount = {"amount": float(level.vector[0].value), "unit": level.vector[0].unit}
            _add(session, DoseLevel, code=f"L{level.number}", number=level.number, label=level.label, vector=vector, **amount)
        cohort = {"code": "C1", "number": 1, "label": "Cohort 1", "dose_level_id": 1, "planned_size": 3}
        _add(session, Cohort, opened_on=date(2026, 2, 1), **cohort)
        lot = {"released_on": date(2026, 1, 20), "expires_on": date(2026, 12, 31), "release_viability_percent": 92.0}
        _add(session, ProductLot, code="LOT-1", **lot)
        _add(session, ProductLot, code="LOT-OLD", **{**lot, "expires_on": date(2026, 2, 1)})


def _add(session: Session, model: type[Known], **values: Any) -> None:
    table = table_of(model)
    defaults = {name: field.get_default() for name, field in model.model_fields.items() if not field.is_required()}
    number = 1 + len(session.connection().execute(select(table.c.id)).all())
    insert_versions(session, model, [[{**defaults, **values, "id": number, "study_id": STUDY, "known_from": START}]])


def screen(engine: Engine, code: str = "01-001", **values: Any) -> None:
    """Screen somebody."""
    entry = {"screened_on": date(2026, 2, 2), "consented_on": date(2026, 2, 2), "age_years": 40, "sex": "male", "ais": "A", **values}
    screen_subject(engine, who("screen subject"), STUDY, ScreeningEntry(code=code, site=code[:2], **entry))


def enrol(engine: Engine, code: str = "01-001") -> None:
    """Screen, assess and enrol somebody."""
    screen(engine, code)
    assess_eligibility(engine, who("screen subject"), STUDY, EligibilityEntry(code, date(2026, 2, 10)))
    enrol_subject(engine, who("enrol subject"), STUDY, EnrolmentEntry(code, date(2026, 2, 20), "C1"))


def dose(engine: Engine, code: str = "01-001", start: str = "2026-03-02T10:15") -> None:
    """Bring somebody as far as the first dose."""
    enrol(engine, code)
    dose_subject(engine, who("dose subject"), STUDY, DoseEntry(code, start, lot="LOT-1", delivered_amount=9.8e6))


def rows(engine: Engine, model: type[Any], **where: Any) -> list[dict[str, Any]]:
    """The rows of a table that stand now."""
    table = table_of(model)
    statement = select(table).order_by(*table.primary_key)
    for name, value in where.items():
        statement = statement.where(table.c[name] == value)
    with reading(engine) as session:
        return [dict(row) for row in session.connection().execute(statement).mappings()]


def later(**step: Any) -> datetime:
    """An instant some time after NOW."""
    return NOW + timedelta(**step)
