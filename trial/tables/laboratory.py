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
        integer("wordless", "results without a number: below or above a limit of the method, or words"),
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
        number("value", "result; the limit of the method where the result lies beyond it"),
        text("bound", "'<' or '>' where the result is only known to lie below or above the value", missing=True),
        text("unit", "unit as reported", missing=True),
        number("low", "lower limit of normal", missing=True),
        number("high", "upper limit of normal", missing=True),
        number("baseline", "the subject's last number in the same unit before the first dose (trial.clocks.pre_dose)", missing=True),
        flag("after", "whether it was taken after the first dose, and is no baseline"),
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
        number(
            "alp", "alkaline phosphatase nearest in time to the transaminase that Hy's law is judged by, else to the peak", missing=True
        ),
        integer("days", "days from that transaminase to that bilirubin, else from peak to peak", missing=True),
        text("quadrant", "quadrant of the eDISH plot", missing=True),
        flag("hys_law", "whether the biochemical part of Hy's law is met"),
        flag("phosphatase_missing", "whether it would be met, but alkaline phosphatase was not measured"),
    ),
)

LAB_GRADES = Table(
    "LAB_GRADES",
    "one test of one dosed subject on one side of its range, with its grades by value alone",
    (
        text("test", "code of the test"),
        text("side", "high or low: on which side of the range it is graded"),
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        integer("before", "grade at baseline, 0 to 4", missing=True),
        integer("worst", "worst grade after the first dose, 0 to 4"),
        integer("day", "days since the first dose at the first of the worst results"),
        number("value", "that result"),
        text("bound", "'<' or '>' where it is only known to lie below or above", missing=True),
        text("unit", "its unit", missing=True),
    ),
)

LAB_REPORTS = Table(
    "LAB_REPORTS",
    "one reported treatment-emergent event whose term a laboratory value grades too",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        text("event", "event code"),
        text("term", "term used"),
        integer("grade", "grade as reported", missing=True),
        integer("day", "days from the first dose to its onset", missing=True),
    ),
)

LAB_COMPARED = Table(
    "LAB_COMPARED",
    "one test of one dosed subject on one side: the grade by value beside the worst reported grade of its term",
    (
        text("test", "code of the test"),
        text("side", "high or low"),
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        integer("before", "grade by value at baseline, 0 to 4", missing=True),
        integer("derived", "worst grade by value after the first dose; missing where no value lies beyond its limits", missing=True),
        integer("day", "days since the first dose at that value", missing=True),
        number("value", "that value", missing=True),
        text("bound", "'<' or '>' where it is only known to lie below or above", missing=True),
        text("unit", "its unit", missing=True),
        integer("reported", "worst grade reported; missing where no event is reported, or its grade is not", missing=True),
        text("event", "code of that event", missing=True),
        text("term", "its term", missing=True),
        integer("event_day", "days from the first dose to its onset", missing=True),
        text("agreement", "how the two stand to each other: code in trial.signals.laboratory_reported"),
    ),
)

TROUGH_READINGS = Table(
    "TROUGH_READINGS",
    "one dosed subject with a trough level of a calcineurin inhibitor after the first dose, worst first",
    (
        text("subject", "subject code"),
        integer("cohort", "number of the actual cohort", missing=True),
        text("test", "code of the trough level"),
        number("trough", "highest trough that the rise of creatinine is judged by"),
        number("upper", "upper limit of its range", missing=True),
        integer("trough_day", "days since the first dose at that trough"),
        number("creatinine", "highest creatinine at most 30 days after it", missing=True),
        text("unit", "unit of creatinine", missing=True),
        number("ratio", "that creatinine over the baseline", missing=True),
        integer("creatinine_day", "days since the first dose at that creatinine", missing=True),
        number("potassium", "highest potassium in the same days, in multiples of its upper limit", missing=True),
        number("magnesium", "lowest magnesium in the same days, in multiples of its lower limit", missing=True),
        text("state", "signal, watch or quiet"),
        text("reading", "in words"),
    ),
)

LAB_SHIFT = Table(
    "LAB_SHIFT",
    "one pair of grades on one side of the range: at baseline and worst after the first dose",
    (
        text("side", "high or low"),
        integer("before", "grade at baseline, 0 to 4; missing without a baseline", missing=True),
        integer("worst", "worst grade after the first dose, 0 to 4"),
        integer("subjects", "subjects with this pair"),
    ),
)
