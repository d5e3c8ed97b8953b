"""Somebody was faster: who changed what, when and why, beside what one wants oneself."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard.forms.fields import tell
from dashboard.parts.table import show_table
from dashboard.parts.words import show_answer
from dashboard.text import say, translate
from db.commands.recorded import Conflict
from trial.entry.correctable import label_of


def show_conflict(table: str, conflict: Conflict | None, mine: Mapping[str, Any] | None = None) -> None:
    """Show what was changed meanwhile; nothing for no conflict. ``mine`` are the person's own values by column."""
    if conflict is None:
        return
    if conflict.known_from is None:
        sentence = say("Not saved: somebody has voided this row meanwhile.")
    else:
        sentence = say("Not saved: somebody has changed this row meanwhile. What you typed is kept; look at both, then save again.")
    show_answer(sentence, tone="caution")
    own = mine or {}
    rows = [
        {
            "field": translate(label_of(table, change.column)) if change.column else say("the whole row"),
            "before": _words(change.before),
            "after": _words(change.after) if change.column else say("voided"),
            "own": _words(own.get(change.column)),
            "who": say("{name} ({role}), {moment} UTC", name=change.actor, role=say(change.role), moment=f"{change.at:%Y-%m-%d %H:%M:%S}"),
            "why": change.reason,
        }
        for change in conflict.changes
    ]
    headings = {
        "field": say("field"),
        "before": say("before"),
        "after": say("now"),
        "own": say("yours"),
        "who": say("changed by"),
        "why": say("why"),
    }
    show_table(pd.DataFrame(rows, columns=list(headings), dtype="str"), key="entry-conflict", headings=headings)


def _words(value: Any) -> str:
    """A value of the record as text; closed words stay as they are written there."""
    return tell(value) if value is None or isinstance(value, bool) else str(value)
