"""Tables of one subject's story: the person, what was given, what happened, what was measured, and when it was known."""

from trial.tables.schema import Column, Table, day, flag, integer, moment, number, text
from trial.terms import HEADS, JUDGES

SUBJECT_CHOICES = Table(
    "subjects to choose from",
    "one subject",
    (
        text("subject", "subject code"),
        text("status", "status"),
        text("cohort_label", "name of the actual cohort, else of the planned one", missing=True),
        day("first_dose_on", "local day of the first administration", missing=True),
    ),
)

SUBJECT_FACTS = Table(
    "subject facts",
    "one subject",
    (
        text("subject", "subject code"),
        text("site", "site code", missing=True),
        text("site_name", "name of the site", missing=True),
        text("planned_cohort", "name of the planned cohort", missing=True),
        text("actual_cohort", "name of the actual cohort", missing=True),
        text("dose", "label of the actual dose level", missing=True),
        text("status", "status"),
        integer("age_years", "age in years", missing=True),
        text("sex", "sex", missing=True),
        text("injury_level", "neurological level of injury", missing=True),
        text("ais", "AIS grade at screening", missing=True),
        text("injury_mechanism", "how the injury happened", missing=True),
        day("injured_on", "day of the injury", missing=True),
        day("screened_on", "day of screening", missing=True),
        day("consented_on", "day of consent", missing=True),
        text("consent_version", "version of the consent form", missing=True),
        text("ineligible_reason", "why the subject was not eligible", missing=True),
        day("enrolled_on", "day of enrolment", missing=True),
        day("first_dose_on", "local day of the first administration", missing=True),
        day("last_dose_on", "local day of the last administration", missing=True),
        day("ended_on", "day the subject died, left or completed the study", missing=True),
        text("discontinuation_reason", "why the subject left", missing=True),
        day("died_on", "day of death", missing=True),
    ),
)

JUDGEMENTS: tuple[Column, ...] = tuple(
    text(f"{judge}_{head}", f"causality of the {head} as judged by the {judge}", missing=True) for judge in JUDGES for head in HEADS
)

SUBJECT_EVENTS = Table(
    "events of a subject",
    "one adverse event as known at the cut-off",
    (
        text("code", "event code"),
        text("term", "coded term, else the verbatim"),
        text("verbatim", "as reported"),
        text("category", "category of the term"),
        integer("grade", "CTCAE grade", missing=True),
        text("severity", "severity", missing=True),
        text("onset_text", "onset as collected", missing=True),
        day("onset_on", "analysis day of onset", missing=True),
        text("onset_imputed", "highest part of the onset that was filled in: D, M or Y", missing=True),
        text("end_text", "end as collected", missing=True),
        day("end_on", "analysis day of the end", missing=True),
        text("end_imputed", "highest part of the end that was filled in: D, M or Y", missing=True),
        flag("ongoing", "the event goes on", missing=True),
        flag("emergent", "began at or after the start of the procedure of the first dose, or may have"),
        flag("serious", "reported as serious"),
        text("criteria", "criteria of seriousness that hold, separated by a comma", missing=True),
        text("dlt", "DLT assessment: yes, no or pending", missing=True),
        text("dlt_reason", "why", missing=True),
        text("aesi", "list of special interest it stands on", missing=True),
        text("expectedness", "expected or unexpected", missing=True),
        text("outcome", "outcome", missing=True),
        text("action", "action taken with the product", missing=True),
        *JUDGEMENTS,
        moment("first_known", "when the event became known"),
        moment("known_from", "when this version became known"),
        integer("versions", "versions known by the cut-off; more than 1 after a correction"),
    ),
)

EVENT_VERSIONS = Table(
    "versions of corrected events",
    "one version of an event of which more than one was known by the cut-off",
    (
        text("code", "event code"),
        text("term", "term in this version"),
        moment("known_from", "when this version became known"),
        moment("replaced_at", "when it was replaced; missing for the one that holds", missing=True),
        integer("grade", "CTCAE grade", missing=True),
        text("severity", "severity", missing=True),
        flag("serious", "reported as serious", missing=True),
        text("dlt", "DLT assessment", missing=True),
        text("onset_text", "onset as collected", missing=True),
        text("end_text", "end as collected", missing=True),
        flag("ongoing", "the event goes on", missing=True),
        text("outcome", "outcome", missing=True),
        *JUDGEMENTS,
    ),
)

SUBJECT_DOSES = Table(
    "administrations of a subject",
    "one administration",
    (
        integer("number", "number of the administration"),
        text("product", "what was given"),
        text("route", "route", missing=True),
        text("location", "place in the body", missing=True),
        text("dose", "label of the dose level", missing=True),
        text("lot", "lot code", missing=True),
        number("planned_amount", "planned amount", missing=True),
        number("delivered_amount", "delivered amount", missing=True),
        text("amount_unit", "unit of both amounts", missing=True),
        text("planned_vector", "planned dose vector as JSON text"),
        text("delivered_vector", "delivered dose vector as JSON text"),
        number("viability_percent", "viability at delivery, percent of cells", missing=True),
        text("start_text", "start as collected", missing=True),
        day("first_on", "local day it began", missing=True),
        day("last_on", "local day it ended", missing=True),
        moment("started_at", "when it began", missing=True),
        moment("ended_at", "when it ended", missing=True),
        text("deviation", "deviation from the plan", missing=True),
    ),
)

DOSE_VECTORS = Table(
    "dose vectors side by side",
    "one component of one administration",
    (
        integer("number", "number of the administration"),
        text("component", "component of the dose"),
        text("planned", "planned value with unit", missing=True),
        text("delivered", "delivered value with unit", missing=True),
        flag("differs", "the two are not the same"),
    ),
)

SUBJECT_PROCEDURES = Table(
    "procedures of a subject",
    "one procedure",
    (
        text("code", "procedure code"),
        text("type", "kind of procedure"),
        day("performed_on", "local day", missing=True),
        text("anaesthesia", "anaesthesia", missing=True),
        moment("anaesthesia_started_at", "start of anaesthesia", missing=True),
        moment("incision_at", "incision", missing=True),
        moment("closure_at", "closure", missing=True),
        number("blood_loss_ml", "blood loss, mL", missing=True),
        text("neuromonitoring", "neuromonitoring", missing=True),
        flag("neuromonitoring_alert", "it gave an alert", missing=True),
    ),
)

SUBJECT_VISITS = Table(
    "visits of a subject",
    "one visit that took place",
    (
        text("code", "visit code"),
        text("label", "name of the visit"),
        day("occurred_on", "first day", missing=True),
        day("ended_on", "last day", missing=True),
    ),
)

SUBJECT_MEDICATIONS = Table(
    "medications of a subject",
    "one medication",
    (
        text("name", "coded name, else as reported"),
        text("verbatim", "as reported"),
        text("indication", "what for", missing=True),
        text("dose_text", "dose", missing=True),
        text("route", "route", missing=True),
        flag("required", "required by the protocol"),
        text("start_text", "start as collected", missing=True),
        day("first_on", "analysis day of the start", missing=True),
        day("last_on", "last day", missing=True),
        flag("ongoing", "it goes on", missing=True),
    ),
)

SUBJECT_TESTS = Table(
    "tests of a subject",
    "one test with at least one result",
    (
        text("test", "test code"),
        text("label", "name of the test"),
        text("kind", "laboratory, vital sign, neurology or other"),
        integer("results", "results"),
        integer("numbers", "of these, results that are numbers with a day"),
        integer("outside", "of these, outside the reference range"),
    ),
)

SUBJECT_MEASUREMENTS = Table(
    "measurements of a subject",
    "one result",
    (
        text("test", "test code"),
        text("label", "name of the test"),
        text("kind", "laboratory, vital sign, neurology or other"),
        text("visit", "visit", missing=True),
        day("measured_on", "day of the measurement", missing=True),
        text("result", "result as reported, else the value", missing=True),
        number("value", "value", missing=True),
        text("unit", "unit", missing=True),
        number("low", "lower limit of the reference range", missing=True),
        number("high", "upper limit of the reference range", missing=True),
        text("indicator", "reference range indicator as reported", missing=True),
    ),
)

SUBJECT_HISTORY = Table(
    "medical history of a subject",
    "one condition or operation from before the trial",
    (
        text("term", "coded term, else as reported"),
        text("verbatim", "as reported"),
        text("category", "category", missing=True),
        text("start_text", "start as collected", missing=True),
        text("end_text", "end as collected", missing=True),
    ),
)

SUBJECT_DISPOSITIONS = Table(
    "disposition of a subject",
    "one ending or milestone",
    (
        text("kind", "end of study, end of treatment, milestone or other"),
        text("reason", "reason"),
        text("verbatim", "as reported", missing=True),
        day("occurred_on", "day", missing=True),
        text("occurred_text", "day as collected", missing=True),
    ),
)

STORY_EVENTS = Table(
    "events on the time axis",
    "one event with an onset day, in days since the anchor",
    (
        text("code", "event code"),
        text("term", "term"),
        integer("grade", "CTCAE grade", missing=True),
        text("severity", "severity", missing=True),
        flag("serious", "reported as serious"),
        text("dlt", "DLT assessment", missing=True),
        text("outcome", "outcome", missing=True),
        integer("from_day", "day of onset"),
        integer("to_day", "last day, at most the cut-off; missing when it is not known and the event is not said to go on", missing=True),
        flag("goes_on", "the event goes on at the cut-off"),
        text("onset", "onset as collected, else the analysis day"),
        text("end", "end as collected", missing=True),
        flag("imputed", "a part of its onset or end was filled in"),
    ),
)

STORY_MEDICATIONS = Table(
    "medications on the time axis",
    "one medication in days since the anchor",
    (
        text("name", "name"),
        flag("required", "required by the protocol"),
        integer("from_day", "first day; missing when not known", missing=True),
        integer("to_day", "last day, at most the cut-off; missing when not known", missing=True),
        flag("goes_on", "it goes on at the cut-off"),
        text("details", "dose, route and indication", missing=True),
    ),
)

STORY_MOMENTS = Table(
    "moments on the time axis",
    "one thing that was done on one or several days",
    (
        text("kind", "milestone, visit, procedure or administration"),
        text("label", "what it was"),
        integer("from_day", "first day since the anchor"),
        integer("to_day", "last day since the anchor"),
        text("details", "what else is on record", missing=True),
    ),
)

STORY_SERIES = Table(
    "results on the time axis",
    "one numeric result in days since the anchor",
    (
        text("test", "test code"),
        text("label", "name of the test"),
        text("unit", "unit", missing=True),
        integer("day", "day of the measurement"),
        number("value", "value"),
        number("low", "lower limit of the reference range", missing=True),
        number("high", "upper limit of the reference range", missing=True),
        text("outside", "low or high where the value lies outside its range", missing=True),
    ),
)
