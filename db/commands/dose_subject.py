"""Record a dose given to a subject, with the procedure it was part of."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session

from db.audit import Actor, begin_act
from db.commands.current import (
    Row,
    Trial,
    find_row,
    insert_row,
    is_taken,
    next_code,
    open_subject,
    report,
    zone_of,
)
from db.commands.dosing_rules import check_lot, check_subject_for_dose, find_blockers
from db.commands.event_facts import align_subject, find_doses
from db.commands.recorded import Recorded
from db.engine import writing
from db.history import table_of
from db.models import Administration, Cohort, DoseLevel, Procedure, ProductLot
from trial.entry.dose import DOSE_FIELDS, PROCEDURE_FIELDS, check_dose, check_procedure, derive_ending, derive_start
from trial.entry.field import Field, read_fields
from trial.entry.rule import Breach, faults_of
from trial.errors import Fault, FaultyInput
from trial.sentence import Sentence

ACT = "dose subject"
REASON = Field("reason", Sentence("Reason"), "long text")
NOT_YET_DOSED = ("screening", "screen failure", "eligible", "enrolled")


@dataclass(frozen=True)
class ProcedureEntry:
    """The procedure that a dose was part of; times are ISO text or aware instants."""

    type: str | None
    anaesthesia: str | None = None
    anaesthesia_started_at: Any = None
    incision_at: Any = None
    closure_at: Any = None
    blood_loss_ml: float | None = None
    neuromonitoring: str | None = None
    neuromonitoring_alert: bool | None = None


@dataclass(frozen=True)
class DoseEntry:
    """A dose: to whom, in which cohort (the planned one by default), from which lot, when, and how it went.

    ``start_text`` and ``end_text`` are ISO dates or times as collected, local at the site. ``happened`` says that it was given
    against the rules that it may break; then ``reason`` says why, and the dose is recorded as a deviation.
    """

    subject: str
    start_text: str | None
    cohort: str | None = None
    lot: str | None = None
    end_text: str | None = None
    route: str | None = None
    location: str | None = None
    delivered_amount: float | None = None
    viability_percent: float | None = None
    deviation: str | None = None
    procedure: ProcedureEntry | None = None
    happened: bool = False
    reason: str | None = None


@dataclass(frozen=True)
class _Given:
    """The rows that a dose refers to."""

    subject: Row
    cohort: Row | None
    level: Row | None
    lot: Row | None


def dose_subject(engine: Engine, actor: Actor, study_id: int, entry: DoseEntry) -> Recorded:
    """Record a dose; raise FaultyInput with every fault, and with every blocker unless the entry says that it happened all the same."""
    with writing(engine) as session:
        trial, subject = open_subject(session, actor, ACT, study_id, entry.subject)
        zone = zone_of(session, trial, subject)
        values, faults = read_fields((*DOSE_FIELDS, REASON), asdict(entry), zone)
        operation, wrong = _read_procedure(entry.procedure, actor, zone)
        given, unknown = _find_given(session, study_id, subject, entry)
        faults += wrong + unknown + faults_of(check_dose(values, actor.at, zone))
        start = derive_start(values["start_text"], zone) if values.get("start_text") else {"first_on": None}
        against = _find_breaches(session, trial, given, start["first_on"])
        if not entry.happened:
            faults += faults_of(against)
        elif against and not values.get("reason"):
            faults.append(Fault(REASON.label, Sentence("is missing"), Sentence("Say why it was done all the same.")))
        if faults:
            raise FaultyInput(faults)
        begin_act(session, actor, ACT, reason=values.get("reason") or "dose given")
        end = derive_ending(values.get("end_text"), start["first_on"], zone, at_once=start["start_precision"] == "minute")
        columns = {**_columns(trial, given, values, against), **start, **end}
        if operation is not None:
            performed = {**operation, "performed_on": start["first_on"]}
            columns["procedure_id"] = _insert_procedure(session, actor, subject, performed)["id"]
        row = _record(session, actor, trial, given, columns)
        return report(session, "administration", row, row["code"], *([Sentence("Recorded as a deviation.")] if against else []))


def _read_procedure(entry: ProcedureEntry | None, actor: Actor, zone: str) -> tuple[dict[str, Any] | None, list[Fault]]:
    """The columns of the procedure, where there was one, and its faults."""
    if entry is None:
        return None, []
    values, faults = read_fields(PROCEDURE_FIELDS, asdict(entry), zone)
    faults += faults_of(check_procedure(values, actor.at))
    if values.get("type") is None and "type" in values:
        faults.append(Fault(Sentence("Procedure"), Sentence("is missing"), Sentence("Name it, or leave the whole procedure empty.")))
    return values, faults


def _find_given(session: Session, study_id: int, subject: Row, entry: DoseEntry) -> tuple[_Given, list[Fault]]:
    """Cohort, dose level and lot of the entry, and those that the trial does not have."""
    faults = []
    cohort = (
        find_row(session, Cohort, study_id, code=entry.cohort)
        if entry.cohort
        else find_row(session, Cohort, study_id, row_id=subject["actual_cohort_id"] or subject["planned_cohort_id"])
    )
    if cohort is None:
        faults.append(Fault(Sentence("Cohort"), Sentence("is none of this trial"), Sentence("Choose a cohort of the list.")))
    lot = find_row(session, ProductLot, study_id, code=entry.lot) if entry.lot else None
    if entry.lot and lot is None:
        faults.append(Fault(Sentence("Lot"), Sentence("is none of this trial"), Sentence("Choose a lot of the list.")))
    level = find_row(session, DoseLevel, study_id, row_id=cohort["dose_level_id"]) if cohort and cohort["dose_level_id"] else None
    return _Given(subject, cohort, level, lot), faults


def _find_breaches(session: Session, trial: Trial, given: _Given, day: date | None) -> list[Breach]:
    """Every rule of dosing that does not hold on the day; the gate is for the first dose of a subject."""
    if day is None or given.cohort is None:
        return []
    lot = table_of(ProductLot)
    needed = session.connection().execute(select(lot.c.id).where(lot.c.study_id == trial.id).limit(1)).first() is not None
    found = check_subject_for_dose(given.subject, given.cohort, day) + check_lot(given.lot, day, needed=needed)
    if find_doses(session, given.subject).count:
        return found
    return found + find_blockers(session, trial, level=given.level["number"] if given.level else None, day=day)


def _columns(trial: Trial, given: _Given, values: Mapping[str, Any], against: list[Breach]) -> dict[str, Any]:
    """The columns of an administration that do not come from its dates."""
    level, amount = given.level, values.get("delivered_amount")
    told = [values.get("deviation"), *([values.get("reason"), *(str(found.fault) for found in against)] if against else [])]
    return {
        **{name: values.get(name) for name in ("route", "location", "delivered_amount", "viability_percent")},
        "subject_id": given.subject["id"],
        "product": trial.protocol.study.product,
        "lot_id": given.lot and given.lot["id"],
        "dose_level_id": level and level["id"],
        "planned_amount": level and level["amount"],
        "amount_unit": level and level["unit"],
        "planned_vector": level["vector"] if level else "[]",
        "delivered_vector": _deliver(level["vector"], amount) if level else "[]",
        "deviation": "; ".join(text for text in told if text) or None,
    }


def _deliver(vector: str, amount: float | None) -> str:
    """The planned vector with the amount delivered as its first component; all of it as planned where no amount was given."""
    parts = json.loads(vector)
    if amount is None or not parts:
        return vector
    return json.dumps([{**parts[0], "value": amount}, *parts[1:]], ensure_ascii=False)


def _record(session: Session, actor: Actor, trial: Trial, given: _Given, columns: dict[str, Any]) -> Row:
    """Insert the dose, and let the subject follow."""
    subject, before = given.subject, find_doses(session, given.subject)
    columns["number"] = before.highest + 1
    columns["code"] = next_code(session, Administration, trial.id, f"EX-{subject['code']}-", width=1)
    row = insert_row(session, actor, Administration, trial.id, columns, after=subject)
    changes: dict[str, Any] = {"actual_cohort_id": given.cohort and given.cohort["id"]} if before.count == 0 else {}
    if subject["status"] in NOT_YET_DOSED:
        changes["status"] = "on study"
    align_subject(session, actor, trial, subject, before=before, also=changes)
    return row


def _insert_procedure(session: Session, actor: Actor, subject: Row, values: dict[str, Any]) -> Row:
    code = f"OP-{subject['code']}"
    if is_taken(session, Procedure, subject["study_id"], code):
        code = next_code(session, Procedure, subject["study_id"], f"{code}-", width=1)
    return insert_row(session, actor, Procedure, subject["study_id"], {**values, "subject_id": subject["id"], "code": code}, after=subject)
