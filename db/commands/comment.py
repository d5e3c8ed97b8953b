"""Comment on a subject, or on one of its events."""

from dataclasses import asdict, dataclass

from sqlalchemy import Engine

from db.audit import Actor, begin_act
from db.commands.current import find_row, insert_row, open_subject, report
from db.commands.recorded import Recorded
from db.engine import writing
from db.models import AdverseEvent, Comment
from trial.entry.field import Field, read_fields
from trial.errors import Fault, FaultyInput
from trial.sentence import Sentence

ACT = "comment"
TEXT = Field("text", Sentence("Comment"), "long text", required=True)


@dataclass(frozen=True)
class CommentEntry:
    """A remark on the subject with this code; ``event`` is the code of one of its events, where the remark is about that."""

    subject: str
    text: str | None
    event: str | None = None


def comment(engine: Engine, actor: Actor, study_id: int, entry: CommentEntry) -> Recorded:
    """Record a comment; raise FaultyInput with every fault."""
    with writing(engine) as session:
        trial, subject = open_subject(session, actor, ACT, study_id, entry.subject)
        values, faults = read_fields([TEXT], asdict(entry), trial.time_zone)
        event = find_row(session, AdverseEvent, study_id, code=entry.event) if entry.event else None
        if entry.event and (event is None or event["subject_id"] != subject["id"]):
            faults.append(Fault(Sentence("Event"), Sentence("is none of this subject"), Sentence("Choose an event of the list.")))
        if faults:
            raise FaultyInput(faults)
        begin_act(session, actor, ACT)
        remark = {"subject_id": subject["id"], "event_id": event and event["id"], "author": actor.name, "role": actor.role, **values}
        row = insert_row(session, actor, Comment, study_id, remark, after=event or subject)
        return report(session, "comment", row, subject["code"])
