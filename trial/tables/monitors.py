"""Tables about the declared monitors: what counts, where each stands, its boundary, path and design."""

from trial.tables.schema import Table, day, flag, integer, number, text

MONITOR_COUNTS = Table(
    "monitor counts",
    "one declared monitor",
    (
        text("monitor", "code of the monitor"),
        integer("subjects", "dosed subjects with at least one event that counts"),
        integer("events", "events that count"),
        integer("at_risk", "subjects with such an event, or observed to the end of the monitor's window"),
        integer("pending", "dosed subjects without one, whose window is still open"),
        integer("dosed", "dosed subjects"),
    ),
)

MONITOR_COURSES = Table(
    "monitor courses",
    "one dosed subject under one declared monitor, in order of dosing",
    (
        text("monitor", "code of the monitor"),
        integer("place", "place in the order of dosing, from 1"),
        text("standing", "event; none: observed to the end of the window; pending: window open; left: gone before its end"),
        day("started", "day of the first dose"),
        integer("days", "days observed within the window, up to the first event that counts"),
    ),
)

MONITOR_UNDECIDED = Table(
    "MONITOR_UNDECIDED",
    "one test and unit of which a monitor can neither count nor leave out results after the first dose",
    (
        text("test", "code of the test"),
        text("unit", "unit of these results; empty where none is recorded"),
        integer("results", "results that cannot be held against what the monitor asks for: another unit, or no limit of normal"),
        integer("subjects", "subjects with such a result"),
    ),
)

MONITOR_HITS = Table(
    "monitor hits",
    "one dosed subject with an event that counts for one declared monitor",
    (
        text("monitor", "code of the monitor"),
        text("subject", "subject code"),
        integer("place", "place in the order of dosing, from 1"),
    ),
)

MONITOR_EVENTS = Table(
    "events behind a monitor",
    "one event that a monitor counts",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        text("event", "event code"),
        text("term", "coded term, else the verbatim one"),
        integer("grade", "CTCAE grade", missing=True),
        text("severity", "severity as collected", missing=True),
        flag("serious", "reported as serious", missing=True),
        text("onset", "onset as collected", missing=True),
        integer("study_day", "study day of the onset", missing=True),
        text("outcome", "outcome", missing=True),
    ),
)

MONITOR_STATES = Table(
    "monitor states",
    "one declared monitor at the cut-off, worst first",
    (
        text("monitor", "code of the monitor"),
        text("label", "its label"),
        text("state", "pause for review, watch, or quiet"),
        flag("at_once", "pauses on the first event, without statistics"),
        integer("subjects", "subjects with at least one event that counts"),
        integer("at_risk", "subjects at risk"),
        integer("pending", "subjects whose window is still open"),
        integer("events", "events that count"),
        number("lower", "lower exact 95% limit of the share"),
        number("upper", "upper exact 95% limit of the share"),
        number("target", "tolerated rate", missing=True),
        number("chance_above", "posterior probability that the true rate exceeds the target", missing=True),
        integer("left", "fewest further subjects with an event until the monitor pauses", missing=True),
        integer("reached", "place in the order of dosing of the subject with whom a calibrated rule was first reached", missing=True),
        text("if_pending_clear", "state if no pending subject has an event"),
        text("if_pending_all", "state if every pending subject has one"),
        text("action", "what the protocol asks for"),
    ),
)

BOUNDARY = Table(
    "boundary",
    "one number of subjects at risk",
    (
        integer("at_risk", "subjects at risk"),
        integer("watch", "subjects with an event from which the monitor watches", missing=True),
        integer("pause", "subjects with an event from which it pauses for review", missing=True),
    ),
)

MONITOR_DESIGN = Table(
    "monitor design",
    "one true rate",
    (
        number("rate", "true share of subjects with an event"),
        number("chance", "chance that the monitor pauses within the planned subjects"),
        number("subjects", "subjects judged on average until it pauses or the plan ends"),
        number("events", "subjects with an event on average by then"),
    ),
)

MONITOR_PATH = Table(
    "monitor path",
    "one step of the path of a monitor so far",
    (
        number("place", "subjects judged so far, in order of dosing; or days at risk of all together"),
        number("known", "subjects with an event so far, or the CUSUM of the events known"),
        number("worst", "the same if every pending subject had an event"),
        integer("dosed", "place in the order of dosing of the subject of this step; missing for today's point", missing=True),
    ),
)

DENSITY = Table(
    "density",
    "one possible true rate",
    (number("rate", "rate, 0 to 1"), number("prior", "density before the data"), number("posterior", "density after the data")),
)
