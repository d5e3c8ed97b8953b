"""Tables of data faults."""

from trial.tables.schema import Table, integer, text

DATA_FAULT_COUNTS = Table(
    "DATA_FAULT_COUNTS",
    "one rule of the register of data faults that some event or worksheet breaks",
    (
        text("rule", "code of the rule in trial.data_faults"),
        integer("events", "events or worksheets that break it"),
        integer("subjects", "subjects with such an event or worksheet"),
    ),
)

DATA_FAULT_LISTING = Table(
    "DATA_FAULT_LISTING",
    "one event or worksheet that breaks one rule",
    (
        text("rule", "code of the rule in trial.data_faults"),
        text("subject", "subject code"),
        text("event", "event code, or ISNCSCI for a worksheet"),
        text("term", "term used; of a worksheet what does not agree"),
        text("onset", "onset as collected; of a worksheet its day", missing=True),
        text("end", "end as collected", missing=True),
    ),
)
