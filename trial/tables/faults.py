"""Tables of data faults."""

from trial.tables.schema import Table, integer, text

DATA_FAULT_COUNTS = Table(
    "DATA_FAULT_COUNTS",
    "one rule of the register of data faults that some event, worksheet or answer breaks",
    (
        text("rule", "code of the rule in trial.data_faults"),
        integer("events", "events, worksheets or answers that break it"),
        integer("subjects", "subjects with such an event, worksheet or answer"),
    ),
)

DATA_FAULT_LISTING = Table(
    "DATA_FAULT_LISTING",
    "one event, worksheet or answer that breaks one rule",
    (
        text("rule", "code of the rule in trial.data_faults"),
        text("subject", "subject code"),
        text("event", "event code; ISNCSCI for a worksheet, the procedure of an answer without its event"),
        text("term", "term used; of a worksheet what does not agree, of an answer its complication"),
        text("onset", "onset as collected; of a worksheet its day, of an answer without its event the day it was asked for", missing=True),
        text("end", "end as collected", missing=True),
    ),
)
