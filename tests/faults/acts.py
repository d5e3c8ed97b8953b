"""One call of every command of the entry forms that the default made-up trial takes, for faults that strike in the midst of them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, select

from db.audit import Actor, Head
from db.commands.adjudicate_dlt import Adjudication
from db.commands.comment import CommentEntry
from db.commands.correct_row import Correction
from db.commands.dose_subject import DoseEntry
from db.commands.enrol_subject import EnrolmentEntry
from db.commands.record_complications import ComplicationAnswer, ComplicationList
from db.commands.record_decision import DecisionEntry
from db.commands.record_event import EventEntry
from db.commands.register import COMMANDS, Command
from db.commands.review_event import ReviewEntry
from db.commands.screen_subject import EligibilityEntry, ScreeningEntry
from db.commands.sign_decision import SignatureEntry
from db.commands.void_row import Voiding
from db.engine import reading
from db.history import table_of
from db.models import AdverseEvent, AuditEntry, CommitteeDecision, ComplicationCheck, Procedure, Subject
from trial.roles import roles_that_may

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
"""A little later than the last day of the default trial."""
STUDY = 1
HAPPENED: dict[str, Any] = {"happened": True, "reason": "done at the bedside before it was entered"}

Ask = Callable[..., Any]


def _event(ask: Ask) -> Any:
    """An event of the trial that no dose or review hangs on."""
    event = table_of(AdverseEvent)
    return ask(select(event).where(event.c.study_id == STUDY, event.c.dlt.is_(None)).order_by(event.c.id.desc()))


def _code(ask: Ask, *statuses: str) -> str:
    """The code of a subject with one of the statuses."""
    subject = table_of(Subject)
    found = select(subject.c.code).where(subject.c.study_id == STUDY, subject.c.status.in_(statuses)).order_by(subject.c.id)
    return str(ask(found).code)


def _seen(row: Any) -> dict[str, Any]:
    return {"seen_known_from": row.known_from, "reason": "as the source has it"}


def _signature(ask: Ask) -> SignatureEntry:
    """A signature to the newest decision, on the record as it stands."""
    decision, chain = table_of(CommitteeDecision), table_of(AuditEntry)
    found = ask(select(decision).where(decision.c.study_id == STUDY).order_by(decision.c.id.desc()))
    head = ask(select(chain.c.sequence, chain.c.hash).order_by(chain.c.sequence.desc()))
    return SignatureEntry(found.id, found.known_from, "approves", Head(head.sequence, head.hash))


def _prompted(ask: Ask) -> ComplicationList:
    """A list of the operation of which nobody has asked yet."""
    procedure, check, subject = table_of(Procedure), table_of(ComplicationCheck), table_of(Subject)
    asked = select(check.c.procedure_id).where(check.c.period == "intraoperative")
    found = ask(
        select(procedure.c.code, procedure.c.performed_on, subject.c.code.label("subject"))
        .join(subject, subject.c.id == procedure.c.subject_id)
        .where(procedure.c.study_id == STUDY, procedure.c.id.not_in(asked))
        .order_by(procedure.c.id)
    )
    answers = (ComplicationAnswer("CSF", "did not occur"), ComplicationAnswer("HAE", "occurred"))
    return ComplicationList(found.subject, found.code, "intraoperative", found.performed_on, answers)


ENTRIES: Mapping[str, Callable[[Ask], Any]] = {
    "screen subject": lambda _: ScreeningEntry("01-900", "01", "2026-11-24", "2026-11-24", age_years=40, sex="female"),
    "assess eligibility": lambda ask: EligibilityEntry(_code(ask, "screening"), "2026-11-24"),
    "enrol subject": lambda ask: EnrolmentEntry(_code(ask, "screening", "eligible"), "2026-11-24", "C2", **HAPPENED),
    "dose subject": lambda ask: DoseEntry(_code(ask, "enrolled"), "2026-11-24T09:00", **HAPPENED),
    "record event": lambda ask: EventEntry(_code(ask, "on study"), "severe headache", "2026-11-23", grade=3),
    "record complications": _prompted,
    "correct": lambda ask: Correction("adverse_event", _event(ask).id, changes={"verbatim": "as it was written"}, **_seen(_event(ask))),
    "void": lambda ask: Voiding("adverse_event", _event(ask).id, **_seen(_event(ask))),
    "adjudicate dlt": lambda ask: Adjudication(_event(ask).id, dlt="no", **_seen(_event(ask))),
    "review event": lambda ask: ReviewEntry(_event(ask).id, _event(ask).known_from, "seen"),
    "comment": lambda ask: CommentEntry(_code(ask, "on study"), "the site was asked"),
    "record decision": lambda _: DecisionEntry("2026-11-24T10:00+08:00", 2, "escalate", 3, "all went well"),
    "sign decision": _signature,
}
"""What each command is called with, from what the record holds: a new command needs its line here."""


def actor_for(command: Command) -> Actor:
    """Somebody whom no site binds and who may do it."""
    return Actor("a test", next(role for role in roles_that_may(command.act) if role != "investigator"), NOW)


def prepare_acts(engine: Engine) -> dict[str, Callable[[Engine], Any]]:
    """Return a call of each registered command, made from what ``engine`` holds now; raise KeyError for one without an entry here."""
    with reading(engine) as session:
        entries = {command.name: ENTRIES[command.name](lambda found: session.connection().execute(found).first()) for command in COMMANDS}
    return {command.name: _call(command, entries[command.name]) for command in COMMANDS}


def _call(command: Command, entry: Any) -> Callable[[Engine], Any]:
    return lambda engine: command.function(engine, actor_for(command), STUDY, entry)
