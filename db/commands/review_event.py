"""Say that an adverse event was looked at, in the version that was seen."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from db.audit import Actor, begin_act
from db.commands.conflict import require_seen
from db.commands.current import find_row, find_trial, insert_row, report
from db.commands.recorded import Recorded
from db.commands.rights import require
from db.engine import writing
from db.models import AdverseEvent, Review
from trial.entry.field import Field, read_fields
from trial.errors import FaultyInput
from trial.sentence import Sentence

ACT = "review event"
NOTE = Field("note", Sentence("Note"), "long text")


@dataclass(frozen=True)
class ReviewEntry:
    """A review of one event, as it stood when it was seen."""

    event_id: int
    seen_known_from: datetime
    note: str | None = None


def review_event(engine: Engine, actor: Actor, study_id: int, entry: ReviewEntry) -> Recorded:
    """Record a review; raise FaultyInput with every fault, and Conflict when the event changed since it was seen."""
    with writing(engine) as session:
        trial = find_trial(session, study_id)
        found = find_row(session, AdverseEvent, study_id, row_id=entry.event_id)
        require(session, actor, ACT, study_id, subject_id=found["subject_id"] if found else -1)
        event = require_seen(session, "adverse_event", study_id, found, row_id=entry.event_id, seen=entry.seen_known_from)
        values, faults = read_fields([NOTE], {"note": entry.note}, trial.time_zone)
        if faults:
            raise FaultyInput(faults)
        begin_act(session, actor, ACT)
        review = {"event_id": event["id"], "event_known_from": event["known_from"], "reviewer": actor.name, "role": actor.role, **values}
        row = insert_row(session, actor, Review, study_id, review, after=event)
        return report(session, "review", row, event["code"])
