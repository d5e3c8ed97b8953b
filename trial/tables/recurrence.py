"""Tables about events that come again."""

from trial.tables.schema import Table, integer, number, text

REPEATED_EVENTS = Table(
    "REPEATED_EVENTS",
    "one treatment-emergent event of a dosed subject that a declared background rate counts",
    (
        text("background", "code of the background rate"),
        text("subject", "subject code"),
        text("event", "event code"),
        integer("day", "days from the first dose to its onset; missing without one", missing=True),
    ),
)

RECURRENCE = Table(
    "RECURRENCE",
    "one declared background rate of which somebody had an event again, worst first",
    (
        text("background", "code of the background rate"),
        text("label", "its label"),
        integer("events", "treatment-emergent events of dosed subjects"),
        integer("subjects", "subjects with at least one"),
        integer("again", "subjects with two of them within half a year"),
        text("codes", "their codes, separated by a comma and a blank"),
        integer("most", "most events of one subject"),
        number("years", "subject-years under observation since the first dose"),
        number("rate", "events per subject-year, all events counted"),
        number("lower", "lower exact 95% limit of the rate"),
        number("upper", "upper exact 95% limit of the rate"),
        number("expected_low", "events expected at the low rate"),
        number("expected", "events expected at the central rate"),
        number("expected_high", "events expected at the high rate"),
        number("chance_low", "chance of at least as many events if the low rate were true"),
        number("chance", "chance of at least as many events if the central rate were true"),
        number("chance_high", "chance of at least as many events if the high rate were true"),
        text("state", "signal, watch or quiet"),
        text("reading", "in words"),
    ),
)
