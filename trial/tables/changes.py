"""Tables about what has changed since an earlier cut-off."""

from trial.tables.schema import Table, integer, moment, text

CHANGE_COUNTS = Table(
    "changes by kind",
    "one kind of change that a safety committee asks for, in its order, also where there is none",
    (text("kind", "kind of change, see trial.changes.KINDS"), integer("changes", "rows that changed so since the earlier cut-off")),
)

CHANGES = Table(
    "changes",
    "one row of the record that changed since the earlier cut-off, under one kind of change",
    (
        text("kind", "kind of change, see trial.changes.KINDS"),
        text("table", "table that the row stands in"),
        text("subject", "subject code", missing=True),
        text("record", "what the row is about: term, code or name, as reported", missing=True),
        text("change", "what is different now, or what came in: field and value, before and after"),
        moment("known_from", "since when it is known"),
        text("reason", "why it was corrected", missing=True),
    ),
)

LATEST_KNOWN = Table(
    "newest knowledge",
    "the newest row of a study that became known by the cut-off; one row",
    (moment("known_from", "since when it is known; missing for an empty study", missing=True),),
)
