"""Tables about enrolment: the way from screening to dosing, why people were lost, and how fast they come."""

from trial.tables.schema import Table, day, integer, number, text

FUNNEL = Table(
    "enrolment funnel",
    "one step from screening to the first dose, in order",
    (
        text("step", "screened, eligible, enrolled or dosed"),
        integer("reached", "subjects who reached the step"),
        integer("entered", "subjects who reached the step before: the denominator (for screened, the same number)"),
        integer("waiting", "of those who entered, subjects who may still reach it"),
        integer("lost", "of those who entered, subjects who can no longer reach it"),
    ),
)

FUNNEL_SHARES = Table(
    "enrolment funnel with shares",
    "one step from screening to the first dose, in order",
    (
        *FUNNEL.columns,
        number("share", "reached / (reached + lost): of those decided; 0 to 1", missing=True),
        number("low", "lower end of its exact 95% interval (Clopper-Pearson)", missing=True),
        number("high", "upper end of that interval", missing=True),
    ),
)

LOSSES = Table(
    "losses before dosing",
    "one reason at one step; each lost subject is counted once",
    (
        text("step", "the step that was not reached: eligible, enrolled or dosed"),
        text("reason", "the reason as recorded", missing=True),
        integer("subjects", "subjects lost for it"),
    ),
)

CRITERIA_FAILED = Table(
    "eligibility criteria not met",
    "one criterion; a subject who fails several is counted at each",
    (
        text("criterion", "the criterion"),
        integer("failed", "subjects who did not meet it"),
        integer("looked_at", "subjects in whom it was looked at"),
    ),
)

ENROLMENT_DAYS = Table(
    "enrolment by day",
    "one day on which somebody was screened, enrolled or dosed for the first time",
    (
        day("day", "the day"),
        integer("screened", "subjects screened on it"),
        integer("enrolled", "subjects enrolled on it"),
        integer("dosed", "subjects first dosed on it"),
    ),
)

ACCRUAL_CURVE = Table(
    "accrual curve",
    "one day on which a count changed, with the counts at its end",
    (
        day("day", "the day"),
        integer("screened", "subjects screened so far"),
        integer("enrolled", "subjects enrolled so far"),
        integer("dosed", "subjects dosed so far"),
    ),
)

PROJECTION = Table(
    "projected enrolment",
    "one future enrolment and when it is expected; a day beyond the horizon is missing",
    (
        integer("subjects", "how many will then be enrolled"),
        day("low", "day before which it falls with probability 2.5%", missing=True),
        day("median", "day before which it falls with probability 50%", missing=True),
        day("high", "day before which it falls with probability 97.5%", missing=True),
    ),
)

SITE_ENROLMENT = Table(
    "enrolment by site",
    "one site",
    (
        text("site", "site code"),
        text("name", "name of the site"),
        text("country", "country", missing=True),
        number("planned_per_month", "subjects planned a month", missing=True),
        integer("screened", "subjects screened"),
        integer("undecided", "of these, still in screening"),
        integer("failed", "of these, lost before they were eligible"),
        integer("enrolled", "subjects enrolled"),
        integer("dosed", "subjects dosed"),
        day("last_enrolled_on", "day of the latest enrolment", missing=True),
    ),
)

SITE_ACCRUAL = Table(
    "accrual by site",
    "one site, with its rates",
    (
        *SITE_ENROLMENT.columns,
        number("per_month", "subjects enrolled a month since accrual opened", missing=True),
        number("per_month_low", "lower end of its exact 95% interval (Garwood)", missing=True),
        number("per_month_high", "upper end of that interval", missing=True),
        number("failure_share", "failed / decided, 0 to 1", missing=True),
        number("failure_low", "lower end of its exact 95% interval (Clopper-Pearson)", missing=True),
        number("failure_high", "upper end of that interval", missing=True),
    ),
)
