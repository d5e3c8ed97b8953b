"""Tables about neurological function."""

from trial.tables.schema import Table, day, integer, number, text

NEURO_RESULTS = Table(
    "neurological results",
    "one total of an ISNCSCI examination, or its AIS grade, of a dosed subject",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        day("measured_on", "day of the examination"),
        integer("day", "days since the first dose; before it negative"),
        text("test", "UEMS, LEMS (motor, 0 to 50), LT, PP (light touch, pin prick, 0 to 112) or AIS"),
        number("value", "points; missing for AIS", missing=True),
        text("letter", "result in words: the AIS grade", missing=True),
    ),
)

NEURO_EXAMS = Table(
    "neurological examinations",
    "one examination of a dosed subject after the first dose, against the last value before it",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        day("examined_on", "day of the examination"),
        integer("day", "days since the first dose"),
        number("motor", "motor points gained since baseline, upper and lower extremities; negative is lost", missing=True),
        number("upper", "of these, upper extremities", missing=True),
        number("sensory", "light touch and pin prick points gained since baseline", missing=True),
        integer("ais_steps", "AIS steps gained since baseline; negative is lost", missing=True),
        text("ais", "AIS grade at this examination", missing=True),
        text("state", "RED, AMBER or NONE by the rule; UNKNOWN where nothing could be compared"),
    ),
)

NEURO_STATES = Table(
    "neurological states",
    "one dosed subject",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        integer("exams", "examinations after the first dose"),
        text("worst", "worst state so far"),
        day("worst_on", "day on which it was first seen", missing=True),
        text("latest", "state at the last examination"),
        day("latest_on", "day of the last examination", missing=True),
        number("motor", "motor points gained at the last examination", missing=True),
        number("sensory", "sensory points gained at the last examination", missing=True),
        text("ais", "AIS grade at the last examination", missing=True),
    ),
)
