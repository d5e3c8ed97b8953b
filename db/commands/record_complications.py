"""Record the answers of a prompted list of complications: one procedure, one period, every complication of the protocol at once."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import Session

from db.audit import Actor, begin_act
from db.commands.current import (
    Row,
    find_row,
    insert_row,
    is_taken,
    next_code,
    open_subject,
    report,
    zone_of,
)
from db.commands.recorded import Recorded
from db.engine import writing
from db.history import table_of
from db.models import AdverseEvent, ComplicationCheck, Procedure
from trial.clocks.calendar import compute_local_day
from trial.entry.complication import ANSWER, CHECKED_ON, PERIOD, check_answer, check_list
from trial.entry.field import read_fields
from trial.entry.rule import faults_of
from trial.errors import Fault, FaultyInput
from trial.prompted_list import NOT_ASSESSED, OCCURRED, PERIOD_MARKS, list_complications
from trial.sentence import Sentence

ACT = "record complications"


@dataclass(frozen=True)
class ComplicationAnswer:
    """What was answered for one complication (its code); ``event`` is the code of the adverse event, where one is named."""

    complication: str
    answer: str | None = NOT_ASSESSED
    event: str | None = None


@dataclass(frozen=True)
class ComplicationList:
    """The answers for one procedure (its code) and period. A complication without an answer was not assessed."""

    subject: str
    procedure: str | None
    period: str | None
    checked_on: date | str | None
    answers: tuple[ComplicationAnswer, ...]


@dataclass(frozen=True)
class _Asked:
    """What a list is about: subject and procedure as they stand, and the complications that the protocol asks for, by code."""

    subject: Row
    procedure: Row | None
    labels: Mapping[str, str]
    answered: frozenset[str]

    @property
    def performed_on(self) -> date | None:
        """The day of the procedure."""
        return self.procedure["performed_on"] if self.procedure else None


def record_complications(engine: Engine, actor: Actor, study_id: int, entry: ComplicationList) -> Recorded:
    """Record a list; raise FaultyInput with every fault. Complications of it that were answered before are left as they are."""
    with writing(engine) as session:
        trial, subject = open_subject(session, actor, ACT, study_id, entry.subject)
        zone = zone_of(session, trial, subject)
        values, faults = read_fields((PERIOD, CHECKED_ON), asdict(entry), zone)
        labels = {rate.code: rate.label for rate in list_complications(trial.protocol.background_rates)}
        asked = _find_asked(session, subject, entry, labels)
        faults += _check_whole(asked, entry) + faults_of(check_list(values, asked.performed_on, compute_local_day(actor.at, zone)))
        rows, wrong = _read_answers(session, asked, values, entry.answers)
        if faults or wrong:
            raise FaultyInput([*faults, *wrong])
        assert asked.procedure is not None
        begin_act(session, actor, ACT)
        made = [_insert(session, actor, asked.procedure, values, row) for row in rows]
        count = sum(row["answer"] != NOT_ASSESSED for row in made)
        note = Sentence("{n} of {all} complications were assessed.", n=count, all=len(made))
        return report(session, "complication_check", made[0], asked.procedure["code"], note)


def _find_asked(session: Session, subject: Row, entry: ComplicationList, labels: Mapping[str, str]) -> _Asked:
    study_id = subject["study_id"]
    procedure = find_row(session, Procedure, study_id, code=entry.procedure) if entry.procedure else None
    if procedure is None or procedure["subject_id"] != subject["id"]:
        return _Asked(subject, None, labels, frozenset())
    check = table_of(ComplicationCheck)
    found = select(check.c.complication).where(
        check.c.study_id == study_id, check.c.procedure_id == procedure["id"], check.c.period == entry.period
    )
    return _Asked(subject, procedure, labels, frozenset(session.connection().execute(found).scalars()))


def _check_whole(asked: _Asked, entry: ComplicationList) -> list[Fault]:
    """The faults of the list as a whole: its procedure, and which complications it answers."""
    faults = []
    if asked.procedure is None:
        faults.append(Fault(Sentence("Procedure"), Sentence("is none of this subject"), Sentence("Choose a procedure of the list.")))
    if not asked.labels:
        cure = Sentence("Let background rates of the protocol name after_surgery_days.")
        return [*faults, Fault(ANSWER.label, Sentence("has no complication to ask for"), cure)]
    given = [answer.complication for answer in entry.answers]
    for code in dict.fromkeys(given):
        where = asked.labels.get(code, code)
        if code not in asked.labels:
            what = Sentence("is none that the protocol asks for")
            faults.append(Fault(where, what, Sentence("Choose a complication of the list.")))
        elif code in asked.answered:
            what = Sentence("was answered for this procedure and period before")
            faults.append(Fault(where, what, Sentence("Correct that answer instead.")))
        elif given.count(code) > 1:
            faults.append(Fault(where, Sentence("is answered twice"), Sentence("Give one answer.")))
    if all(answer.answer == NOT_ASSESSED for answer in entry.answers):
        faults.append(Fault(ANSWER.label, Sentence("is not assessed for any complication"), Sentence("Answer at least one.")))
    return faults


def _read_answers(
    session: Session, asked: _Asked, values: Mapping[str, Any], answers: tuple[ComplicationAnswer, ...]
) -> tuple[list[Row], list[Fault]]:
    """The columns of each answer in the order of the protocol, and their faults; what nobody answered was not assessed."""
    given = {answer.complication: answer for answer in answers}
    rows, faults = [], []
    for code, label in asked.labels.items():
        answer = given.get(code) or ComplicationAnswer(code)
        if code in asked.answered:
            continue
        read, wrong = read_fields([ANSWER], {"answer": answer.answer}, "UTC")
        event, unfit = _find_event(session, asked, answer)
        wrong += unfit + faults_of(check_answer({**values, **read}, asked.performed_on))
        faults += [Fault(label, fault.what, fault.cure) for fault in wrong]
        rows.append({"complication": code, "event_id": event and event["id"], **read})
    return rows, faults


def _find_event(session: Session, asked: _Asked, answer: ComplicationAnswer) -> tuple[Row | None, list[Fault]]:
    """The event that an answer names, and what is wrong with naming it."""
    if not answer.event:
        return None, []
    event = find_row(session, AdverseEvent, asked.subject["study_id"], code=answer.event)
    if event is None or event["subject_id"] != asked.subject["id"]:
        return None, [Fault("", Sentence("is none of this subject"), Sentence("Choose an event of the list."))]
    faults = []
    if answer.answer != OCCURRED:
        faults.append(Fault("", Sentence("names an event, but did not occur"), Sentence("Take the event out, or answer that it occurred.")))
    if asked.performed_on and event["onset_latest"] and event["onset_latest"] < asked.performed_on:
        faults.append(Fault("", Sentence("names an event that began before the procedure"), Sentence("Choose another event.")))
    return event, faults


def _insert(session: Session, actor: Actor, procedure: Row, values: Mapping[str, Any], answer: Row) -> Row:
    """Insert one answer, under a code that says what it is about; a voided one keeps its own."""
    study_id, code = procedure["study_id"], f"{procedure['code']}-{PERIOD_MARKS[values['period']]}-{answer['complication']}"
    if is_taken(session, ComplicationCheck, study_id, code):
        code = next_code(session, ComplicationCheck, study_id, f"{code}-", width=1)
    columns = {**values, **answer, "code": code, "procedure_id": procedure["id"], "subject_id": procedure["subject_id"]}
    return insert_row(session, actor, ComplicationCheck, study_id, columns, after=procedure)
