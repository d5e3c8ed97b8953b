"""Tables about neurological function."""

from trial.tables.schema import Table, day, flag, integer, number, text

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
        text("standing", "before, open or after: how it stands to the first dose (trial.clocks.pre_dose)"),
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
        integer("levels_lost", "most motor levels surely lost on a side, by the worksheets; negative is gained", missing=True),
        integer("risen", "segments that the neurological level surely rose towards the head; negative is lower", missing=True),
        text("ascending", "RED, AMBER or NONE for a loss above the lesion; UNKNOWN without worksheets that tell"),
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
        text("ascending", "worst state of an ascending loss so far"),
    ),
)

NEURO_LEVELS = Table(
    "neurological levels",
    "one ISNCSCI worksheet of a dosed subject with a day, and what it says by the rules of the standard",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        day("examined_on", "day of the examination"),
        integer("day", "days since the first dose; before it negative"),
        text("worksheet", "the raw inputs as one line (trial.grading.isncsci_text)"),
        text("sensory_right", "sensory level right; several where it is not determinable", missing=True),
        text("sensory_left", "sensory level left", missing=True),
        text("motor_right", "motor level right", missing=True),
        text("motor_left", "motor level left", missing=True),
        text("injury_level", "neurological level of injury", missing=True),
        text("scale", "AIS grade, or each that is possible", missing=True),
        integer("upper", "upper extremity motor score, 0 to 50", missing=True),
        integer("lower", "lower extremity motor score, 0 to 50", missing=True),
        integer("light_touch", "light touch score, 0 to 112", missing=True),
        integer("pin_prick", "pin prick score, 0 to 112", missing=True),
        text("untested", "cells that could not be tested, by the abbreviations of the worksheet, separated by commas"),
        text("fault", "values for which the worksheet cannot be read", missing=True),
        text("standing", "before, open or after: how it stands to the first dose (trial.clocks.pre_dose)"),
    ),
)

NEURO_ASCENTS = Table(
    "ascending losses",
    "one worksheet of a dosed subject after the first dose, against the last one that can be read before it",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        day("examined_on", "day of the examination"),
        integer("day", "days since the first dose"),
        text("baseline_level", "neurological level of injury before the first dose; several where it is not determinable", missing=True),
        text("injury_level", "neurological level of injury now", missing=True),
        integer("risen", "segments that it surely rose towards the head; negative is lower", missing=True),
        integer("levels_lost", "most motor levels surely lost on a side; negative is gained", missing=True),
        text("muscles", "key muscles above the level before the dose that fell below grade 3, separated by commas"),
        text("untested", "cells that could not be tested, now or before, where they leave the level open"),
        text("state", "RED, AMBER or NONE by the rule; UNKNOWN where it cannot be told"),
    ),
)

NEURO_PEOPLE = Table(
    "people of the neurological examinations",
    "one dosed subject",
    (
        text("subject", "subject code"),
        text("injury_level", "neurological level of injury at screening, as recorded", missing=True),
        text("ais", "AIS grade at screening, as recorded", missing=True),
        integer("delay_days", "days from injury to the first dose", missing=True),
    ),
)

WORKSHEET_CELLS = Table(
    "cells of a worksheet",
    "one segment of a worksheet; a cell that is another than before is told with both values and a sign",
    (
        text("level", "segment, C2 to S4-5"),
        text("right_motor", "key muscle right; empty where there is none"),
        text("right_light_touch", "light touch right"),
        text("right_pin_prick", "pin prick right"),
        text("left_light_touch", "light touch left"),
        text("left_pin_prick", "pin prick left"),
        text("left_motor", "key muscle left; empty where there is none"),
    ),
)

WORKSHEET_RESULTS = Table(
    "results of a worksheet",
    "one result of a worksheet by the rules of the standard",
    (
        text("item", "what it is"),
        text("before", "the same of the worksheet before the first dose; empty without one"),
        text("now", "of this worksheet; several where it is not determinable"),
        text("recorded", "what is recorded for the day; empty where nothing is"),
        flag("contradicts", "whether the recorded one is another"),
    ),
)
