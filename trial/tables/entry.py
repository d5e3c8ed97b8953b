"""Tables for the entry forms: what waits, what can be chosen, and a row as it stands."""

from trial.tables.schema import Table, day, integer, moment, text

ENTRY_WAITING = Table(
    "what waits for an entry",
    "the study",
    (
        integer("screening", "subjects in screening"),
        integer("eligible", "eligible subjects not enrolled yet"),
        integer("enrolled", "enrolled subjects not dosed yet"),
        integer("dlt_pending", "events that await their DLT judgement"),
        integer("unreviewed", "serious events that nobody has reviewed in the version that stands"),
    ),
)

ENTRY_SUBJECTS = Table(
    "subjects to enter something for",
    "one subject, the newest screening first",
    (
        text("subject", "subject code"),
        text("status", "status"),
        text("cohort", "code of the actual cohort, else of the planned one", missing=True),
    ),
)

ENTRY_SITES = Table(
    "sites to screen at",
    "one site",
    (
        text("site", "site code"),
        text("name", "name of the site"),
        text("time_zone", "time zone of the site"),
        text("next_code", "next free subject code, as the site writes them"),
    ),
)

ENTRY_COHORTS = Table(
    "cohorts to choose from",
    "one cohort that is not closed",
    (
        text("cohort", "cohort code"),
        text("label", "name of the cohort"),
        integer("dose_level", "number of its dose level", missing=True),
        text("dose", "label of the dose level", missing=True),
        text("amount_unit", "unit of the leading amount", missing=True),
    ),
)

ENTRY_TERMS = Table(
    "coded terms of the record",
    "one coded term",
    (text("term", "coded term"), text("category", "category it was coded with")),
)

ENTRY_LISTS = Table(
    "prompted lists of a subject",
    "one complication that a list of one procedure and one period has answered",
    (
        text("procedure", "procedure code"),
        text("period", "period asked about"),
        text("complication", "code of the background rate"),
        text("answer", "occurred, did not occur, not assessed"),
        day("checked_on", "day of the answer"),
        text("event", "code of the adverse event that it was, where the site named it", missing=True),
        text("term", "its term", missing=True),
    ),
)

ENTRY_ROWS = Table(
    "rows of a subject that may be corrected, judged or voided",
    "one row as it stands",
    (
        text("table", "table of the row"),
        integer("row", "key of the row"),
        text("code", "code of the row", missing=True),
        text("words", "what it is, in short", missing=True),
        integer("grade", "CTCAE grade of an event", missing=True),
        text("dlt", "DLT assessment of an event", missing=True),
        text("began", "day or time of it, as collected", missing=True),
        moment("known_from", "version: from when it is known"),
    ),
)

ENTRY_JUDGEMENTS = Table(
    "events to be judged as DLT",
    "one event with a DLT assessment, those that await it first",
    (
        text("subject", "subject code"),
        integer("row", "key of the event"),
        text("code", "event code"),
        text("term", "term"),
        integer("grade", "CTCAE grade", missing=True),
        text("dlt", "DLT assessment: yes, no or pending"),
        text("reason", "why", missing=True),
        text("onset", "onset as collected", missing=True),
        moment("known_from", "version: from when it is known"),
    ),
)

ENTRY_VALUES = Table(
    "a row as it stands, column by column",
    "one column of the row",
    (text("name", "column"), text("value", "value as text, ISO for dates and instants (UTC)", missing=True)),
)
