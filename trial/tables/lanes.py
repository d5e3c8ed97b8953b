"""Tables behind the swimmer plot: a lane per dosed subject, its administrations, and the worst event of each day."""

from trial.tables.schema import Table, day, flag, integer, text

LANES = Table(
    "lanes",
    "one dosed subject, in the order of cohort and first dose",
    (
        text("subject", "subject code"),
        text("site", "site code"),
        integer("cohort", "number of the actual cohort", missing=True),
        text("cohort_label", "name of that cohort", missing=True),
        text("dose", "label of its dose level", missing=True),
        day("first_dose_on", "local day of the first administration"),
        day("last_dose_on", "local day of the last administration"),
        text("status", "status of the subject"),
        day("ended_on", "day the subject died, left or completed the study", missing=True),
    ),
)

LANE_DOSES = Table(
    "administrations of lanes",
    "one administration",
    (
        text("subject", "subject code"),
        integer("number", "number of the administration"),
        day("first_on", "local day it began"),
        day("last_on", "local day it ended; the same day when the end was not collected"),
        text("product", "what was given"),
        text("amount", "delivered amount with its unit, else the planned one", missing=True),
    ),
)

LANE_EVENTS = Table(
    "events of lanes",
    "one day of one subject on which events began: the worst of them",
    (
        text("subject", "subject code"),
        day("onset_on", "analysis day of onset; the day of the first dose for what began under treatment before it"),
        text("term", "term of the worst event: a DLT first, then grade or severity, then seriousness"),
        integer("grade", "its CTCAE grade", missing=True),
        text("severity", "its severity where no grade was given", missing=True),
        integer("events", "events that began on the day"),
        flag("serious", "one of them is serious"),
        flag("dlt", "one of them is a DLT"),
        flag("imputed", "the day of the worst one was filled in from a partial date"),
    ),
)

LANE_SPANS = Table(
    "spans of lanes",
    "one lane in days since its first dose (the day of the first dose is day 0)",
    (
        *LANES.columns,
        integer("last_dose_day", "day of the last administration"),
        integer("end_day", "last day of follow-up at the cut-off"),
        text("end", "why follow-up ended: died, discontinued or completed; missing when it goes on", missing=True),
        integer("window_from", "day the DLT window is counted from", missing=True),
        integer("window_to", "last day of the DLT window", missing=True),
    ),
)

LANE_MARKS = Table(
    "marks of lanes",
    "one day of one lane on which events began",
    (*LANE_EVENTS.columns, integer("day", "days since the first dose, 0 or more")),
)

LANE_BARS = Table(
    "administrations of lanes in days",
    "one administration of a lane",
    (
        *LANE_DOSES.columns,
        integer("from_day", "day it began, since the first dose"),
        integer("to_day", "day it ended, since the first dose"),
    ),
)
