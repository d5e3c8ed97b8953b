"""Tables about adverse events and signals: counts by cohort and term, the listing, monitors, what was expected."""

from trial.tables.schema import Column, Table, day, flag, integer, moment, number, text

GRADE_COLUMNS = ("grade_1", "grade_2", "grade_3", "grade_4", "grade_5")
SEVERITY_COLUMNS = ("mild", "moderate", "severe")

EVENT_OVERVIEW = Table(
    "event overview",
    "one measure in one cohort of dosed subjects",
    (
        text("measure", "what is counted, see db.queries.events.MEASURES"),
        integer("cohort", "cohort number; missing for subjects without one", missing=True),
        text("label", "name of the cohort", missing=True),
        integer("dosed", "dosed subjects of the cohort"),
        integer("subjects", "of these, subjects with at least one such event"),
        integer("events", "such events"),
        integer("days", "days at risk of all dosed subjects, from first dose to exit or cut-off"),
        integer("days_to_first", "days at risk, ended by a subject's first such event; missing for a measure without dates", missing=True),
    ),
)

INCIDENCE = Table(
    "incidence",
    "one measure in one cohort, or in all of them together",
    (
        text("measure", "what is counted"),
        flag("total", "the row of all cohorts together"),
        integer("cohort", "cohort number; missing in the total and for subjects without a cohort", missing=True),
        text("label", "name of the cohort", missing=True),
        integer("dosed", "dosed subjects"),
        integer("subjects", "of these, subjects with at least one such event"),
        integer("events", "such events"),
        number("lower", "lower exact 95% limit of the share"),
        number("upper", "upper exact 95% limit of the share"),
    ),
)

RATES = Table(
    "event rates",
    "one measure in one cohort, or in all of them together, by time at risk",
    (
        text("measure", "what is counted"),
        flag("total", "the row of all cohorts together"),
        integer("cohort", "cohort number; missing in the total and for subjects without a cohort", missing=True),
        text("label", "name of the cohort", missing=True),
        integer("dosed", "dosed subjects"),
        integer("subjects", "subjects with at least one such event"),
        number("first_years", "subject-years at risk until a subject's first event"),
        number("first_rate", "first events per subject-year", missing=True),
        number("first_lower", "lower exact 95% limit", missing=True),
        number("first_upper", "upper exact 95% limit", missing=True),
        integer("events", "all such events"),
        number("years", "subject-years at risk"),
        number("rate", "all events per subject-year", missing=True),
        number("lower", "lower exact 95% limit", missing=True),
        number("upper", "upper exact 95% limit", missing=True),
    ),
)


def _worst() -> tuple[Column, ...]:
    """Columns that count subjects by their worst event of a row."""
    return (
        *(integer(name, f"subjects whose worst is {name.replace('_', ' ')}") for name in GRADE_COLUMNS),
        *(integer(name, f"subjects whose worst is {name}, where no grade was given") for name in SEVERITY_COLUMNS),
        integer("unstated", "subjects whose events have neither grade nor severity"),
    )


EVENT_TERMS = Table(
    "events by term",
    "one category, or one term of it, in one cohort of dosed subjects",
    (
        text("category", "category of the term (CTCAE category or system organ class)"),
        text("term", "coded term, else the verbatim one; missing in the row of a whole category", missing=True),
        integer("cohort", "cohort number; missing for subjects without one", missing=True),
        integer("subjects", "subjects with at least one such event"),
        integer("events", "such events"),
        integer("serious", "subjects with a serious one"),
        *_worst(),
    ),
)

MEDDRA_VERSIONS = Table(
    "mappings to MedDRA",
    "one version of MedDRA to which a site's own mapping was loaded",
    (
        text("version", "version of MedDRA"),
        integer("terms", "different terms of the known events"),
        integer("mapped", "of these, terms that the mapping holds"),
    ),
)

TERM_SUBJECTS = Table(
    "subjects by term",
    "one subject with at least one event of one term",
    (
        text("term", "coded term, else the verbatim one"),
        text("subject", "subject code"),
        integer("cohort", "cohort number", missing=True),
        integer("grade", "worst grade", missing=True),
        text("severity", "worst severity, where no grade was given", missing=True),
        integer("events", "events of this term"),
        flag("serious", "one of them is serious"),
    ),
)

EVENT_TALLY = Table(
    "event tally",
    "all events that pass the filters",
    (integer("events", "events"), integer("subjects", "subjects who have them")),
)

EVENT_LISTING = Table(
    "event listing",
    "one adverse event",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        text("site", "site code", missing=True),
        text("event", "event code"),
        text("term", "coded term, else the verbatim one"),
        text("verbatim", "as reported"),
        text("category", "category of the term"),
        integer("grade", "CTCAE grade", missing=True),
        text("severity", "mild, moderate or severe, as collected", missing=True),
        flag("serious", "reported as serious", missing=True),
        flag("emergent", "treatment-emergent"),
        text("onset", "onset as collected", missing=True),
        day("onset_on", "analysis day of the onset", missing=True),
        integer("study_day", "study day of that day; the first dose is day 1", missing=True),
        text("end", "end as collected", missing=True),
        flag("ongoing", "still going on", missing=True),
        text("outcome", "outcome", missing=True),
        text("dlt", "DLT assessment", missing=True),
        text("aesi", "code of the special-interest list", missing=True),
        text("expectedness", "expected or unexpected", missing=True),
        text("action", "action taken with the product", missing=True),
        *(
            text(f"{judge}_{head}", f"causality: {head}, by the {judge}", missing=True)
            for judge in ("investigator", "sponsor")
            for head in ("product", "procedure", "concomitant", "underlying")
        ),
        moment("known_from", "when this version of the row became known"),
        integer("reviews", "reviews of the event as it stands"),
        integer("comments", "comments on the event"),
    ),
)

BACKGROUND_COUNTS = Table(
    "background counts",
    "one declared background rate",
    (
        text("background", "code of the background rate"),
        integer("subjects", "dosed subjects with at least one event of its terms"),
        integer("events", "such events"),
        integer("dosed", "dosed subjects"),
    ),
)

OBSERVED_EXPECTED = Table(
    "observed and expected",
    "one declared background rate, most above expectation first",
    (
        text("background", "code of the background rate"),
        text("label", "its label"),
        integer("subjects", "dosed subjects with such an event"),
        integer("dosed", "dosed subjects"),
        number("lower", "lower exact 95% limit of the share"),
        number("upper", "upper exact 95% limit of the share"),
        number("low", "background rate, low"),
        number("central", "background rate, central"),
        number("high", "background rate, high"),
        number("expected_low", "subjects expected at the low rate"),
        number("expected", "subjects expected at the central rate"),
        number("expected_high", "subjects expected at the high rate"),
        number("ratio", "observed over expected at the central rate", missing=True),
        number("ratio_lower", "lower exact 95% limit of the ratio, the expectation taken as fixed", missing=True),
        number("ratio_upper", "upper exact 95% limit of the ratio", missing=True),
        number("chance_low", "chance of at least as many subjects if the low rate were true"),
        number("chance", "chance of at least as many subjects if the central rate were true"),
        number("chance_high", "chance of at least as many subjects if the high rate were true"),
        text("reading", "in words"),
        text("window", "time over which the background rate was counted"),
        text("ascertainment", "how its events were found"),
        text("source", "where it comes from"),
    ),
)

EXPECTED_LEVELS = Table(
    "observed against each background value",
    "one of the values low, central and high of one declared background rate, the events in the order of OBSERVED_EXPECTED",
    (
        text("background", "code of the background rate"),
        text("label", "its label"),
        text("level", "low, central or high"),
        number("rate", "the background rate, taken as true in this row"),
        integer("subjects", "subjects with such an event"),
        integer("dosed", "subjects at risk"),
        number("expected", "subjects expected"),
        number("ratio", "observed over expected; missing where nothing is expected", missing=True),
        number("ratio_lower", "lower exact 95% limit of the ratio (Garwood), the expectation taken as fixed", missing=True),
        number("ratio_upper", "upper exact 95% limit of the ratio", missing=True),
        number("chance", "chance of at least as many subjects, binomial; missing where none was observed", missing=True),
        number("chance_mid", "the same with half of the chance of the very number observed (mid-p)", missing=True),
        number("shrunk", "mean of the belief about the ratio under the prior Gamma(1, 1)"),
        number("shrunk_lower", "lower 95% limit of that belief"),
        number("shrunk_upper", "upper 95% limit of that belief"),
        number("chance_doubled", "chance in that belief that the true ratio exceeds 2"),
        text("reading", "observation and all three rates in words"),
        text("window", "time over which the background rate was counted"),
        text("ascertainment", "how its events were found"),
        text("source", "where it comes from"),
    ),
)
