"""Tables about what is due."""

from trial.tables.schema import Table, day, text

MISSING_VISITS = Table(
    "missing visits",
    "one planned visit of one dosed subject that has not taken place",
    (
        text("subject", "subject code"),
        text("site", "site code"),
        text("visit", "code of the planned visit"),
        day("first_dose_on", "local day of the first administration"),
    ),
)

OPEN_QUESTIONS = Table(
    "open questions",
    "one adverse event that lacks something the safety review needs",
    (
        text("event", "event code"),
        text("subject", "subject code"),
        text("site", "site code"),
        text("term", "term of the event"),
        text("lacks", "what is missing: DLT judgement, grade or causality"),
        day("known_on", "UTC day on which the event became known"),
    ),
)

DUE_ITEMS = Table(
    "due items",
    "one thing that somebody has to do",
    (
        day("due_on", "day it is, or was, due"),
        text("what", "what is to be done"),
        text("subject", "subject code"),
        text("site", "site code"),
        text("state", "overdue, due, or coming"),
        text("when", "days overdue or left, in words"),
    ),
)
