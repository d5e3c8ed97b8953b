"""Tables about dose escalation: decision tables, estimates per dose, and what could come next."""

from trial.tables.schema import Table, flag, integer, number, text

DECISION_TABLE = Table(
    "decision table",
    "one combination of subjects and DLTs at a dose with a lower and a higher dose open",
    (
        integer("n", "evaluable subjects at the dose"),
        integer("dlt", "of these, subjects with a DLT"),
        text("action", "escalate, stay, de-escalate, or eliminate (de-escalate and never return)"),
    ),
)

DOSE_ESTIMATES = Table(
    "dose estimates",
    "one dose level",
    (
        integer("dose_level", "number of the dose level"),
        integer("n", "evaluable subjects: a DLT or a completed window"),
        integer("dlt", "of these, subjects with a DLT"),
        integer("pending", "further subjects still in the DLT window"),
        number("rate", "observed DLT rate, 0 to 1", missing=True),
        number("low", "lower end of the exact 95% interval (Clopper-Pearson)", missing=True),
        number("high", "upper end of that interval", missing=True),
        number("above_target", "posterior probability that the DLT rate lies above the target, prior Beta(1, 1)"),
        number("fitted", "the design's own estimate of the DLT rate (isotonic or model)", missing=True),
        flag("closed", "the dose is closed for good"),
    ),
)

OUTCOMES = Table(
    "what could come next",
    "one possible result of the coming cohorts",
    (
        text("path", "outcomes of the coming cohorts, such as 2NNT"),
        integer("cohorts", "cohorts in the path"),
        text("action", "what the rule then says"),
        integer("dose_level", "level of the cohort after these; the recommended level when it stops", missing=True),
        number("probability", "posterior predictive probability of the path, prior Beta(1, 1) per dose"),
        text("because", "the reason in words"),
    ),
)

OPERATING_CHARACTERISTICS = Table(
    "operating characteristics",
    "one dose level; level 0 is no dose recommended, with the subjects of all doses together",
    (
        integer("dose_level", "number of the dose level, 0 for none"),
        number("truth", "true DLT rate", missing=True),
        number("selected", "share of trials that recommend it"),
        number("selected_error", "Monte-Carlo standard error of that share, 0 where exact"),
        number("subjects", "mean number of subjects treated"),
        number("subjects_error", "its Monte-Carlo standard error"),
        number("dlt", "mean number of subjects with a DLT"),
        number("dlt_error", "its Monte-Carlo standard error"),
    ),
)

PENDING_TABLE = Table(
    "decision table with pending subjects",
    "one combination of subjects, DLTs and subjects still in the DLT window",
    (
        integer("n", "subjects treated at the dose"),
        integer("dlt", "of these, subjects with a DLT"),
        integer("pending", "further subjects of these still in the DLT window"),
        text("action", "the action, or the possible ones in order of decreasing follow-up, separated by slashes"),
        number("first_from", "the first action holds from this follow-up of the pending subjects on, in windows", missing=True),
        number("last_to", "the last action holds up to this follow-up, in windows", missing=True),
    ),
)

STUDY_SUMMARY = Table(
    "summary of a simulation",
    "one simulated design under one true dose-toxicity curve; errors are Monte-Carlo standard errors",
    (
        integer("trials", "trials simulated"),
        integer("mtd", "dose level whose true DLT rate is closest to the target; 0 where every dose is too toxic"),
        number("correct", "share of trials that recommend that level (or none, where none is right)"),
        number("correct_error", "its error"),
        number("above", "share of trials that recommend a level above it"),
        number("above_error", "its error"),
        number("none", "share of trials that recommend no dose"),
        number("none_error", "its error"),
        number("short", "share of trials that end before the planned number of subjects"),
        number("short_error", "its error"),
        number("subjects", "mean number of subjects"),
        number("subjects_error", "its error"),
        number("dlt", "mean number of subjects with a DLT"),
        number("dlt_error", "its error"),
        number("high", "mean number of subjects treated at a dose whose true rate lies above the target"),
        number("high_error", "its error"),
        number("duration", "mean duration, in the unit of the window; missing where time is not simulated", missing=True),
        number("duration_error", "its error", missing=True),
    ),
)

STUDY_DOSES = Table(
    "simulated doses",
    "one dose level of one simulated design under one true curve; level 0 is no dose recommended",
    (
        integer("scenario", "number of the true curve, from 1"),
        text("design", "how the simulated design is called"),
        *OPERATING_CHARACTERISTICS.columns,
    ),
)

STUDY_SUMMARIES = Table(
    "simulated designs",
    "one simulated design under one true curve",
    (
        integer("scenario", "number of the true curve, from 1"),
        text("design", "how the simulated design is called"),
        *STUDY_SUMMARY.columns,
    ),
)

OUTCOME_TREE = Table(
    "tree of outcomes",
    "one result of one coming cohort, after those before it",
    (
        integer("node", "number of the branch, from 1"),
        integer("parent", "number of the branch before it; missing for the first cohort", missing=True),
        integer("depth", "which of the coming cohorts it is, from 1"),
        flag("leaf", "nothing is shown after it"),
        integer("dose_level", "level of this cohort"),
        integer("size", "subjects of this cohort, or those still unknown of the one under way"),
        integer("low", "fewest DLTs among them"),
        integer("high", "most DLTs among them"),
        text("action", "what the rule then says; missing where unlikely results are gathered", missing=True),
        integer("next_level", "level of the cohort after it; the recommended level when the rule stops", missing=True),
        number("probability", "posterior predictive probability of getting there"),
        text("because", "the reason in words"),
    ),
)
