"""Tables about laboratory results."""

from trial.tables.schema import Table, flag, integer, number, text

LAB_TESTS = Table(
    "LAB_TESTS",
    "one laboratory test of dosed subjects",
    (
        text("test", "code of the test"),
        text("label", "name of the test"),
        text("unit", "unit, where all results share one", missing=True),
        integer("results", "results with a number and a day"),
        integer("subjects", "subjects with such a result"),
        integer("outside", "subjects with a result outside its reference range after the first dose"),
    ),
)

LAB_SERIES = Table(
    "LAB_SERIES",
    "one result of one dosed subject",
    (
        text("test", "code of the test"),
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        integer("day", "days since the first dose; before it negative"),
        number("value", "result"),
        text("unit", "unit as reported", missing=True),
        number("low", "lower limit of normal", missing=True),
        number("high", "upper limit of normal", missing=True),
        number("baseline", "the subject's last result before or on the day of the first dose", missing=True),
    ),
)

LIVER_PEAKS = Table(
    "LIVER_PEAKS",
    "one dosed subject with liver tests after the first dose; peaks in multiples of the upper limit of normal",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        number("alt", "highest ALT", missing=True),
        number("ast", "highest AST", missing=True),
        number("bilirubin", "highest total bilirubin", missing=True),
        number("alp", "alkaline phosphatase on the day of the highest ALT", missing=True),
        integer("days", "days from the highest ALT to the highest bilirubin", missing=True),
        text("quadrant", "quadrant of the eDISH plot", missing=True),
        flag("hys_law", "whether the biochemical part of Hy's law is met"),
    ),
)

LAB_GRADES = Table(
    "LAB_GRADES",
    "one test of one dosed subject with its grades by value alone",
    (
        text("test", "code of the test"),
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        integer("before", "grade at baseline, 0 to 4", missing=True),
        integer("worst", "worst grade after the first dose, 0 to 4"),
        integer("day", "days since the first dose at the first of the worst results"),
        number("value", "that result"),
        text("unit", "its unit", missing=True),
    ),
)

LAB_SHIFT = Table(
    "LAB_SHIFT",
    "one pair of grades: at baseline and worst after the first dose",
    (
        integer("before", "grade at baseline, 0 to 4; missing without a baseline", missing=True),
        integer("worst", "worst grade after the first dose, 0 to 4"),
        integer("subjects", "subjects with this pair"),
    ),
)
