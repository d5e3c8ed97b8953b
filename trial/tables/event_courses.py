"""Tables about events over time, by time at risk and by dose."""

from trial.tables.schema import Column, Table, flag, integer, number, text

EVENT_COURSES = Table(
    "event courses",
    "one day with events of one dosed subject; a subject without any has one row without a day",
    (
        integer("place", "place of the subject among the dosed, in an order that names nobody"),
        integer("cohort", "cohort number; missing for subjects without one", missing=True),
        text("label", "name of the cohort", missing=True),
        integer("days", "days under observation since the first dose, whose day is 0"),
        flag("died", "observation was ended by death"),
        integer("day", "days from the first dose to these events; missing without any, and for events without a date", missing=True),
        integer("events", "events on that day"),
    ),
)

MEASURE_SUBJECTS = Table(
    "subjects with an event",
    "one dosed subject with at least one such treatment-emergent event, the earliest first",
    (
        text("subject", "subject code"),
        integer("cohort", "cohort number", missing=True),
        integer("first_day", "days from the first dose to the first such event; missing where none has a date", missing=True),
        integer("events", "such events"),
        integer("grade", "worst grade", missing=True),
        text("severity", "worst severity, where no grade was given", missing=True),
        flag("serious", "one of them is serious"),
    ),
)

MEASURE_DAYS = Table(
    "days with events of a subject",
    "one day on which one dosed subject, under observation, had such treatment-emergent events; the earliest first",
    (
        text("subject", "subject code"),
        integer("day", "days from the first dose to these events"),
        integer("events", "such events on that day"),
        integer("grade", "worst grade", missing=True),
        text("severity", "worst severity, where no grade was given", missing=True),
    ),
)


def _group() -> tuple[Column, ...]:
    """Columns that say whose row it is."""
    return (
        flag("total", "the row of all cohorts together"),
        integer("cohort", "cohort number; missing in the total and for subjects without a cohort", missing=True),
        text("label", "name of the cohort", missing=True),
    )


FIRST_EVENTS = Table(
    "first events over time",
    "one time in one cohort, or in all together, at which the share of subjects with an event rises; 0 and the last time besides",
    (
        *_group(),
        number("time", "days, or hours, since the start"),
        number("share", "share of subjects that has had an event by then, death before it competing"),
        number("lower", "lower 95% limit (log-log, Aalen's variance); missing while nobody had one, and where all had", missing=True),
        number("upper", "upper 95% limit", missing=True),
    ),
)

MEAN_COUNTS = Table(
    "mean cumulative count",
    "one time in one cohort, or in all together, at which the mean number of events rises; 0 and the last time besides",
    (
        *_group(),
        number("time", "days since the start"),
        number("mean", "events a subject has had on average by then, nobody having any after death"),
        number("lower", "lower 95% limit (log, infinitesimal jackknife by subject); missing without events", missing=True),
        number("upper", "upper 95% limit", missing=True),
    ),
)

AT_RISK = Table(
    "subjects at risk over time",
    "one time in one cohort, or in all together",
    (
        *_group(),
        number("time", "days, or hours, since the start"),
        integer("at_risk", "under observation and without an event just before"),
        integer("observed", "under observation just before, with or without an event"),
        integer("with_event", "have had an event by then"),
        integer("died", "died without one by then"),
        integer("ended", "observation ended without one by then, by exit or cut-off"),
    ),
)

DOSE_SHARES = Table(
    "events by dose",
    "one measure at one dose level with dosed subjects",
    (
        text("measure", "what is counted"),
        integer("level", "number of the dose level"),
        text("dose", "label of the dose level"),
        integer("dosed", "dosed subjects"),
        integer("subjects", "of these, subjects with at least one such event"),
        number("lower", "lower exact 95% limit of the share"),
        number("upper", "upper exact 95% limit of the share"),
        number("monotone", "share under the assumption that it does not fall with the dose"),
    ),
)

DOSE_TRENDS = Table(
    "trend with the dose",
    "one measure over all dose levels with dosed subjects",
    (
        text("measure", "what is counted"),
        integer("dosed", "dosed subjects"),
        integer("subjects", "of these, subjects with at least one such event"),
        integer("levels", "dose levels with dosed subjects"),
        number("odds_ratio", "odds of an event from one level to the next, conditional; 0 or infinite at an extreme", missing=True),
        number("lower", "lower exact 95% limit of the odds ratio", missing=True),
        number("upper", "upper exact 95% limit of the odds ratio; infinite where the events can lie no higher", missing=True),
        number("chance", "exact one-sided chance of events at least as far up; missing where no pattern could be rare", missing=True),
        text("reading", "in words"),
    ),
)


def _of(prefix: str, whose: str) -> tuple[Column, ...]:
    """Columns of one of two groups."""
    return (
        integer(f"{prefix}count", f"{whose}: subjects with an event, in the row of all events those"),
        number(f"{prefix}size", f"{whose}: dosed subjects, in the rows of rates subject-years at risk"),
        number(f"{prefix}value", f"{whose}: the one over the other; missing without time at risk", missing=True),
        number(f"{prefix}lower", f"{whose}: lower exact 95% limit", missing=True),
        number(f"{prefix}upper", f"{whose}: upper exact 95% limit", missing=True),
    )


GROUPS_COMPARED = Table(
    "two groups compared",
    "one way to hold two groups of dosed subjects against each other",
    (
        text("compared", "share and odds (of subjects with an event), first and all (events by time at risk)"),
        *_of("", "first group"),
        *_of("other_", "second group"),
        number("result", "difference of the shares, else ratio of first to second group; missing where there is none", missing=True),
        number("result_lower", "its lower 95% limit: Newcombe for the difference, exact for the ratios", missing=True),
        number("result_upper", "its upper 95% limit; infinite where the second group had no event", missing=True),
        number("chance", "Fisher's two-sided chance, for the odds; missing where no split of as many could be rare", missing=True),
    ),
)
