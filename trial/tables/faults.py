"""Tables of data faults."""

from trial.tables.schema import Table, integer, text

DATA_FAULT_COUNTS = Table(
    "DATA_FAULT_COUNTS",
    "one rule of the register of data faults that some event, worksheet, answer or death breaks",
    (
        text("rule", "code of the rule in trial.data_faults"),
        integer("events", "events, worksheets, answers or deaths that break it"),
        integer("subjects", "subjects with such an event, worksheet, answer or death"),
    ),
)

DATA_FAULT_LISTING = Table(
    "DATA_FAULT_LISTING",
    "one event, worksheet, answer or death that breaks one rule",
    (
        text("rule", "code of the rule in trial.data_faults"),
        text("subject", "subject code"),
        text("event", "event code; ISNCSCI for a worksheet, the procedure of an answer without its event, none for a death", missing=True),
        text("term", "term used; of a worksheet what does not agree, of an answer its complication, none for a death", missing=True),
        text("onset", "onset as collected; day of a worksheet, of a death, of an answer without its event", missing=True),
        text("end", "end as collected", missing=True),
    ),
)
