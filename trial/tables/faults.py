"""Tables of data faults."""

from trial.tables.schema import Table, integer, text

DATA_FAULT_COUNTS = Table(
    "DATA_FAULT_COUNTS",
    "one rule of the register of data faults that some event breaks",
    (
        text("rule", "code of the rule in trial.data_faults"),
        integer("events", "events that break it"),
        integer("subjects", "subjects with such an event"),
    ),
)

DATA_FAULT_LISTING = Table(
    "DATA_FAULT_LISTING",
    "one event that breaks one rule",
    (
        text("rule", "code of the rule in trial.data_faults"),
        text("subject", "subject code"),
        text("event", "event code"),
        text("term", "term used"),
        text("onset", "onset as collected", missing=True),
        text("end", "end as collected", missing=True),
    ),
)
