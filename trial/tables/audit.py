"""Tables about the audit trail."""

from trial.tables.schema import Table, integer, moment, text

AUDIT_ENTRIES = Table(
    "audit entries",
    "one entry of the audit trail: one change of a row, or one act that changes none",
    (
        integer("number", "number of the entry in the chain"),
        moment("at", "when it was written (true time)"),
        moment("known_from", "since when the trial team knows"),
        text("actor", "who acted"),
        text("role", "in which role"),
        text("act", "what the actor did"),
        text("change", "insert, update, delete, or act for one that changes no row"),
        text("table", "table of the row", missing=True),
        integer("row", "key of the row", missing=True),
        text("subject", "code of the subject whom the row is about", missing=True),
        text("words", "what changed: field and value, before and after"),
        text("reason", "why", missing=True),
        text("hash", "first 12 characters of the hash"),
    ),
)

AUDIT_DETAIL = Table(
    "audit entry in full",
    "one field of the row, or particular of the act, of one entry",
    (
        text("field", "name of the field"),
        text("before", "its value before", missing=True),
        text("after", "its value after", missing=True),
    ),
)

AUDIT_ACTS = Table("acts in the audit trail", "one act that entries name", (text("act", "name of the act"),))
