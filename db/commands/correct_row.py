"""Correct a row, with a reason, on the version that the person saw."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from db.audit import Actor, begin_act
from db.commands.conflict import require_seen
from db.commands.current import MODELS, Row, Trial, change_row, find_row, find_trial, key_of, report, zone_of
from db.commands.event_facts import align_subject, find_doses, find_event_facts
from db.commands.record_event import record_death
from db.commands.recorded import Recorded
from db.commands.rights import require
from db.engine import writing
from db.models import Procedure, Subject
from trial.clocks.calendar import compute_local_day
from trial.entry.complication import check_answer, check_list
from trial.entry.correctable import CORRECTABLE, TABLE_NAMES
from trial.entry.dose import check_dose, check_procedure, derive_start
from trial.entry.event import ATTRIBUTION_COLUMNS, check_event, derive_end, derive_onset, derive_term, is_candidate
from trial.entry.field import Field, read_fields
from trial.entry.rule import Breach, faults_of
from trial.entry.subject import check_subject
from trial.errors import Fault, FaultyInput, refuse
from trial.prompted_list import OCCURRED
from trial.roles import may
from trial.sentence import Sentence
from trial.terms import SERIOUSNESS

ACT = "correct"
ATTRIBUTE = "attribute event"
REASON = Field("reason", Sentence("Reason"), "long text", required=True)


@dataclass(frozen=True)
class Correction:
    """New values of some columns of one row.

    ``seen_known_from`` is the version that the person saw; ``changes`` hold only what the person changed, so that nobody else's
    change is ever written over.
    """

    table: str
    row_id: int
    seen_known_from: datetime
    changes: Mapping[str, Any]
    reason: str | None


@dataclass(frozen=True)
class _Case:
    """A correction on its way: who, where, the row with its subject as they stand, and what differs."""

    session: Session
    actor: Actor
    trial: Trial
    table: str
    row: Row
    subject: Row
    changes: Mapping[str, Any]

    @property
    def after(self) -> Row:
        """The row as it is to stand."""
        return {**self.row, **self.changes}

    def touches(self, *columns: str) -> bool:
        """Whether one of the columns is to change."""
        return bool(set(columns) & set(self.changes))


def correct_row(engine: Engine, actor: Actor, study_id: int, correction: Correction) -> Recorded:
    """Correct a row; raise FaultyInput with every fault, and Conflict when the row is no longer the version that was seen."""
    fields, table = _fields_of(correction), correction.table
    with writing(engine) as session:
        trial, model = find_trial(session, study_id), MODELS[table]
        found = find_row(session, model, study_id, row_id=correction.row_id)
        require(session, actor, _act_of(actor, correction), study_id, subject_id=_subject_key(table, found))
        row = require_seen(session, table, study_id, found, row_id=correction.row_id, seen=correction.seen_known_from)
        subject = row if model is Subject else find_row(session, Subject, study_id, row_id=row["subject_id"])
        assert subject is not None
        reason, faults = read_fields([REASON], {"reason": correction.reason}, trial.time_zone)
        values, wrong = read_fields(fields, correction.changes, zone_of(session, trial, subject))
        case = _Case(session, actor, trial, table, row, subject, {name: value for name, value in values.items() if row[name] != value})
        faults += wrong + ([] if case.changes or wrong else [_nothing_changed()])
        checked, derived = _judge_event(case) if table == "adverse_event" else _judge(case)
        faults += checked
        if faults:
            raise FaultyInput(faults)
        begin_act(session, actor, ACT, reason=reason["reason"])
        before = find_doses(session, subject)
        corrected = change_row(session, actor, model, row, {**case.changes, **derived})
        if table == "administration":
            align_subject(session, actor, trial, subject, before=before)
        return report(session, table, corrected, corrected["code"], *_follow(case, corrected))


def _fields_of(correction: Correction) -> list[Field]:
    """The fields that are to be changed; raises FaultyInput for a table or column that no person may correct."""
    known = {field.name: field for field in CORRECTABLE.get(correction.table, ())}
    unknown = [name for name in correction.changes if name not in known]
    if unknown or not known:
        where = TABLE_NAMES.get(correction.table, Sentence("row"))
        raise refuse(where, Sentence("holds no such column that a person may correct"), Sentence("Void the row and enter it anew."))
    return [known[name] for name in correction.changes]


def _act_of(actor: Actor, correction: Correction) -> str:
    """Judging an event's causes is an act of its own, open to those who may correct nothing else."""
    judging = correction.table == "adverse_event" and correction.changes and set(correction.changes) <= ATTRIBUTION_COLUMNS
    return ATTRIBUTE if judging and not may(actor.role, ACT) else ACT


def _subject_key(table: str, row: Row | None) -> int:
    return key_of(row) if row is None or table == "subject" else int(row["subject_id"])


def _nothing_changed() -> Fault:
    return Fault(Sentence("Correction"), Sentence("changes nothing"), Sentence("Change what is wrong, then save."))


def _judge(case: _Case) -> tuple[list[Fault], Row]:
    """The faults of the corrected row, as far as its changes go, and the columns that follow from them."""
    zone = zone_of(case.session, case.trial, case.subject)
    breaches: list[Breach] = []
    derived: Row = {}
    if case.table == "subject":
        breaches = list(check_subject(case.after, compute_local_day(case.actor.at, zone)))
    if case.table == "procedure":
        breaches = list(check_procedure(case.after, case.actor.at))
    if case.table == "complication_check":
        breaches, derived = _judge_answer(case, compute_local_day(case.actor.at, zone))
    if case.table == "administration":
        derived = derive_start(case.after["start_text"], zone) if case.changes.get("start_text") else {}
        if derived and not case.touches("last_on") and case.row["last_on"] == case.row["first_on"]:
            derived["last_on"] = derived["first_on"]  # a dose of one day stays one
        breaches = list(check_dose({**case.after, **derived}, case.actor.at, zone))
    return faults_of(breaches, case.changes), derived


def _judge_answer(case: _Case, today: date) -> tuple[list[Breach], Row]:
    """The rules that a corrected answer on a complication breaks; one that did not occur names no event any more."""
    operation = find_row(case.session, Procedure, case.trial.id, row_id=case.row["procedure_id"])
    day = operation["performed_on"] if operation else None
    breaches = [*check_list(case.after, day, today), *check_answer(case.after, day)]
    return breaches, {} if case.after["answer"] == OCCURRED else {"event_id": None}


def _judge_event(case: _Case) -> tuple[list[Fault], Row]:
    """The faults of a corrected event, and its derived columns; seriousness follows its criteria where it was not changed itself."""
    after = case.after
    facts = find_event_facts(case.session, case.actor, case.trial, case.subject, coded_term=after["coded_term"])
    derived: Row = {}
    if case.touches(*SERIOUSNESS) and not case.touches("serious"):
        derived["serious"] = any(after[name] for name in SERIOUSNESS)
    faults = faults_of(check_event({**after, **derived}, facts), case.changes)
    if faults:
        return faults, {}
    if case.touches("verbatim", "coded_term", "category"):
        derived |= derive_term(after, facts)
    if case.touches("onset_text"):
        derived |= derive_onset(after["onset_text"], facts)
    if case.touches("end_text", "ongoing", "outcome"):
        said = after["ongoing"] if case.touches("ongoing") or not case.touches("end_text", "outcome") else None
        derived |= derive_end({**after, "ongoing": said}, facts)
    if after["dlt"] is None and is_candidate(after, facts) and not is_candidate(case.row, facts):
        derived["dlt"] = "pending"
    return [], derived


def _follow(case: _Case, corrected: Row) -> list[Sentence]:
    """What follows from the correction of an event, in words."""
    if case.table != "adverse_event":
        return []
    notes = [Sentence("It may be a DLT and awaits judgement.")] if corrected["dlt"] == "pending" != case.row["dlt"] else []
    if case.touches("outcome", "end_text"):
        notes += record_death(case.session, case.actor, case.trial, case.subject, corrected)
    return notes
