"""Tables about the conduct of a trial: cohorts, dosed subjects and their DLT windows."""

from trial.tables.schema import Table, day, flag, integer, moment, text

COHORTS = Table(
    "cohorts",
    "one cohort (a planned arm of an imported study)",
    (
        integer("cohort", "cohort number, in dosing order"),
        text("label", "name of the cohort"),
        integer("dose_level", "number of its dose level in the protocol", missing=True),
        text("dose", "label of the dose level", missing=True),
        integer("planned_size", "subjects planned", missing=True),
        day("opened_on", "first day on which a subject could be assigned", missing=True),
        day("closed_on", "day after which nobody is added", missing=True),
        integer("assigned", "subjects planned for this cohort"),
        integer("dosed", "of these, subjects with at least one administration"),
    ),
)

DOSED = Table(
    "dosed subjects",
    "one subject with at least one administration",
    (
        text("subject", "subject code"),
        text("site", "site code"),
        integer("cohort", "number of the actual cohort", missing=True),
        integer("dose_level", "number of the actual dose level", missing=True),
        integer("administrations", "administrations given"),
        day("first_dose_on", "local day of the first administration"),
        moment("first_cell_at", "start of the first administration (first cell delivered)", missing=True),
        day("last_dose_on", "local day of the last administration"),
        text("dlt", "worst DLT assessment of the subject's events: yes, pending, no; missing when none is a candidate", missing=True),
        text("dlt_term", "term of that event", missing=True),
        text("dlt_event", "code of that event", missing=True),
        day("dlt_on", "onset of that event", missing=True),
        text("status", "status of the subject"),
        day("left_on", "day the subject died or left the study", missing=True),
    ),
)

DLT_LEDGER = Table(
    "DLT ledger",
    "one dosed subject and its DLT window at the cut-off",
    (
        text("subject", "subject code"),
        text("site", "site code"),
        integer("cohort", "number of the actual cohort", missing=True),
        integer("dose_level", "number of the actual dose level", missing=True),
        day("first_dose_on", "local day of the first administration"),
        day("window_from", "day the DLT window is counted from"),
        day("window_ends_on", "last day of the DLT window"),
        integer("window_day", "day of the window at the cut-off, at most its length"),
        flag("window_open", "the cut-off lies inside the window"),
        text("state", "DLT, pending, evaluable, or not evaluable"),
        text("because", "the reason for the state, in words"),
        text("dlt_term", "term of the DLT or candidate event", missing=True),
        day("dlt_on", "onset of that event", missing=True),
    ),
)

DLT_CANDIDATES = Table(
    "DLT candidates",
    "one adverse event that was judged, is being judged, or by grade and cause could be a DLT",
    (
        text("subject", "subject code"),
        text("event", "event code"),
        text("term", "term of the event"),
        integer("grade", "CTCAE grade", missing=True),
        text("severity", "severity where no grade was given", missing=True),
        day("onset_on", "analysis day of its onset; the day of the first dose for what began under treatment before it", missing=True),
        flag("severe_enough", "its grade reaches the protocol's, or may as far as is known"),
        flag("attributed", "investigator or sponsor see a possible cause that the protocol counts"),
        flag("cause_open", "a cause that the protocol counts was not judged"),
        text("dlt", "yes, no or pending; missing where nobody has judged", missing=True),
        text("reason", "why it was judged so", missing=True),
        moment("judged_at", "when the judgement became known", missing=True),
        text("judged_by", "who entered it", missing=True),
    ),
)

DLT_QUESTIONS = Table(
    "DLT candidates in their window",
    "one event of a dosed subject that could be, or was judged, a DLT",
    (
        text("subject", "subject code"),
        text("event", "event code"),
        text("term", "term of the event"),
        text("standing", "judged a DLT, judged no DLT, being judged, or not judged"),
        integer("window_day", "day of its onset in the DLT window", missing=True),
        text("why", "why it is a candidate, in words"),
        text("reason", "why it was judged so", missing=True),
        moment("judged_at", "when the judgement became known", missing=True),
        text("judged_by", "who entered it", missing=True),
    ),
)
