"""What a command hands back, and the refusals that a second writer meets."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from db.audit import Head
from trial.entry.correctable import TABLE_NAMES, label_of
from trial.errors import Fault, FaultyInput
from trial.sentence import Sentence

LONGEST_TOLD = 80
"""Signs of a value that a refusal repeats."""


@dataclass(frozen=True)
class Recorded:
    """What was recorded: the row, the moment from which it is known, and the head of the chain after it.

    ``notes`` say what else followed from it, such as an event that now awaits its DLT judgement.
    """

    table: str
    id: int
    code: str
    known_from: datetime
    head: Head
    notes: tuple[Sentence, ...] = field(default=())


@dataclass(frozen=True)
class RowChange:
    """One column that somebody changed since a row was seen; ``column`` is empty where the whole row was voided."""

    column: str
    before: Any
    after: Any
    actor: str
    role: str
    at: datetime
    reason: str


class Conflict(FaultyInput):
    """A row changed after the person had seen it: nothing was written; ``changes`` say what, by whom, when and why.

    ``known_from`` is the version that holds now; None when the row was voided.
    """

    def __init__(self, table: str, changes: tuple[RowChange, ...], known_from: datetime | None) -> None:
        self.changes, self.known_from = changes, known_from
        super().__init__([_tell(table, change) for change in changes])


def _tell(table: str, change: RowChange) -> Fault:
    """One change as a fault."""
    who = {"actor": change.actor, "role": Sentence(change.role), "at": f"{change.at:%Y-%m-%d %H:%M:%S}", "reason": change.reason}
    if not change.column:
        what = Sentence("was voided meanwhile by {actor} ({role}) at {at} UTC: {reason}", **who)
        return Fault(TABLE_NAMES[table], what, Sentence("Nothing was saved. Leave it, or enter it anew."))
    values = {"before": _short(change.before), "after": _short(change.after)}
    what = Sentence("was changed meanwhile from {before} to {after} by {actor} ({role}) at {at} UTC: {reason}", **values, **who)
    return Fault(label_of(table, change.column), what, Sentence("Nothing was saved. Look at the new version and save again."))


def _short(value: Any) -> Any:
    """A value as a refusal tells it."""
    if value is None:
        return Sentence("nothing")
    if isinstance(value, bool):
        return Sentence("yes") if value else Sentence("no")
    text = str(value)
    return text if len(text) <= LONGEST_TOLD else f"{text[: LONGEST_TOLD - 1]}…"
