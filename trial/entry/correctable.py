"""Which columns of which tables a person may correct, by their fields, and what may be voided."""

from collections.abc import Mapping

from trial.entry.complication import ANSWER_FIELDS
from trial.entry.dose import CORRECTABLE_DOSE_FIELDS, PROCEDURE_FIELDS
from trial.entry.event import EVENT_FIELDS
from trial.entry.field import Field
from trial.entry.subject import SUBJECT_FIELDS
from trial.sentence import Sentence

CORRECTABLE: Mapping[str, tuple[Field, ...]] = {
    "adverse_event": EVENT_FIELDS,
    "administration": CORRECTABLE_DOSE_FIELDS,
    "procedure": PROCEDURE_FIELDS,
    "subject": SUBJECT_FIELDS,
    "complication_check": ANSWER_FIELDS,
}
"""Correctable columns by table; any other table or column is refused."""

VOIDABLE = ("adverse_event", "administration", "procedure", "subject", "comment", "review", "committee_decision", "complication_check")
"""Tables whose rows a person may void."""

TABLE_NAMES: Mapping[str, Sentence] = {
    "adverse_event": Sentence("adverse event"),
    "administration": Sentence("administration"),
    "procedure": Sentence("procedure"),
    "subject": Sentence("subject"),
    "comment": Sentence("comment"),
    "review": Sentence("review"),
    "committee_decision": Sentence("committee decision"),
    "decision_signature": Sentence("signature"),
    "complication_check": Sentence("answer on a complication"),
}
"""What a row of each table is called."""

_DERIVED: Mapping[str, Sentence] = {
    "dlt": Sentence("DLT assessment"),
    "dlt_reason": Sentence("Reason of the DLT assessment"),
}

_STATED: Mapping[str, Sentence] = {
    "code": Sentence("Code"),
    "decided_at": Sentence("Decided at"),
    "decision": Sentence("Decision"),
    "dose_level": Sentence("Dose level"),
    "next_level": Sentence("Next dose level"),
    "rationale": Sentence("Why"),
    "author": Sentence("Author"),
    "reviewer": Sentence("Reviewer"),
    "role": Sentence("Role"),
    "text": Sentence("Comment"),
    "note": Sentence("Note"),
    "event": Sentence("Event"),
    "event_known_from": Sentence("Version of the event"),
    "known_from": Sentence("Known from"),
}
"""What the columns of a decision, a comment and a review are called: they are stated once and never corrected."""


def label_of(table: str, column: str) -> str:
    """Return what a column is called; its own name for one that no person enters."""
    fields = {field.name: field.label for field in CORRECTABLE.get(table, ())}
    stated = {} if table in CORRECTABLE else _STATED
    return fields.get(column) or _DERIVED.get(column) or stated.get(column) or column.replace("_", " ")
