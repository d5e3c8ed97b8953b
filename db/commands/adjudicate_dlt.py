"""Judge whether an adverse event is a dose-limiting toxicity."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from db.audit import Actor, begin_act
from db.commands.conflict import require_seen
from db.commands.current import change_row, find_row, find_trial, report
from db.commands.recorded import Recorded
from db.commands.rights import require
from db.engine import writing
from db.models import AdverseEvent
from trial.entry.field import Field, read_fields
from trial.errors import Fault, FaultyInput
from trial.sentence import Sentence
from trial.terms import DLT_STATES

ACT = "adjudicate dlt"
FIELDS = (
    Field("dlt", Sentence("DLT assessment"), "choice", DLT_STATES, required=True),
    Field("reason", Sentence("Reason"), "long text", required=True),
)


@dataclass(frozen=True)
class Adjudication:
    """The judgement on one event, in the version that was judged: yes, no or pending, and why."""

    event_id: int
    seen_known_from: datetime
    dlt: str | None
    reason: str | None


def adjudicate_dlt(engine: Engine, actor: Actor, study_id: int, verdict: Adjudication) -> Recorded:
    """Record a DLT judgement; raise FaultyInput with every fault, and Conflict when the event changed since it was seen."""
    with writing(engine) as session:
        trial = find_trial(session, study_id)
        found = find_row(session, AdverseEvent, study_id, row_id=verdict.event_id)
        require(session, actor, ACT, study_id, subject_id=found["subject_id"] if found else -1)
        row = require_seen(session, "adverse_event", study_id, found, row_id=verdict.event_id, seen=verdict.seen_known_from)
        values, faults = read_fields(FIELDS, {"dlt": verdict.dlt, "reason": verdict.reason}, trial.time_zone)
        if not faults and (row["dlt"], row["dlt_reason"]) == (values["dlt"], values["reason"]):
            faults.append(Fault(FIELDS[0].label, Sentence("is this very judgement already"), Sentence("Change it, or leave it.")))
        if faults:
            raise FaultyInput(faults)
        begin_act(session, actor, ACT, reason=values["reason"])
        judged = change_row(session, actor, AdverseEvent, row, {"dlt": values["dlt"], "dlt_reason": values["reason"]})
        return report(session, "adverse_event", judged, judged["code"])
