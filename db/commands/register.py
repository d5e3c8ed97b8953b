"""The commands by which a person changes the record: the name, the act whose right it needs, the function and what it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from db.commands.adjudicate_dlt import Adjudication, adjudicate_dlt
from db.commands.comment import CommentEntry, comment
from db.commands.correct_row import Correction, correct_row
from db.commands.dose_subject import DoseEntry, dose_subject
from db.commands.enrol_subject import EnrolmentEntry, enrol_subject
from db.commands.record_complications import ComplicationList, record_complications
from db.commands.record_decision import DecisionEntry, record_decision
from db.commands.record_event import EventEntry, record_event
from db.commands.recorded import Recorded
from db.commands.review_event import ReviewEntry, review_event
from db.commands.screen_subject import EligibilityEntry, ScreeningEntry, assess_eligibility, screen_subject
from db.commands.sign_decision import SignatureEntry, sign_decision
from db.commands.void_row import Voiding, void_row


@dataclass(frozen=True)
class Command:
    """One command: ``function(engine, actor, study_id, entry)`` with an ``entry`` of the type named here."""

    name: str
    act: str
    function: Callable[..., Recorded]
    entry: type[Any]


COMMANDS = (
    Command("screen subject", "screen subject", screen_subject, ScreeningEntry),
    Command("assess eligibility", "screen subject", assess_eligibility, EligibilityEntry),
    Command("enrol subject", "enrol subject", enrol_subject, EnrolmentEntry),
    Command("dose subject", "dose subject", dose_subject, DoseEntry),
    Command("record event", "record event", record_event, EventEntry),
    Command("record complications", "record complications", record_complications, ComplicationList),
    Command("correct", "correct", correct_row, Correction),
    Command("void", "void", void_row, Voiding),
    Command("adjudicate dlt", "adjudicate dlt", adjudicate_dlt, Adjudication),
    Command("review event", "review event", review_event, ReviewEntry),
    Command("comment", "comment", comment, CommentEntry),
    Command("record decision", "record decision", record_decision, DecisionEntry),
    Command("sign decision", "sign decision", sign_decision, SignatureEntry),
)
"""Every command of the entry forms."""
