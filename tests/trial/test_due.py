"""What is due: visits by their windows, judgements at once, DLT windows as they end."""

from datetime import date

from trial.clocks.dlt_window import compute_ledger
from trial.clocks.due import compute_due
from trial.protocol import DltPart, VisitPart
from trial.tables import DOSED, MISSING_VISITS, OPEN_QUESTIONS

SCHEDULE = (VisitPart(code="D7", label="Day 7", day=7, after_days=1), VisitPart(code="D28", label="Day 28", day=28, after_days=3))
RULE = DltPart(window_days=28, counted_from="first dose", definition="x", minimum_grade=3, attributed_to=("product",))
DOSED_ON = date(2026, 3, 2)


def due(day, visits=(), questions=()):
    one = ("01-001", "01", 1, 1, 1, DOSED_ON, None, DOSED_ON, None, None, None, None, "on study", None)
    ledger = compute_ledger(DOSED.frame([one]), RULE, day)
    missing = MISSING_VISITS.frame([("01-001", "01", code, DOSED_ON) for code in visits])
    items = compute_due(missing, OPEN_QUESTIONS.frame(questions), ledger, SCHEDULE, day)
    return [(row.due_on.date(), row.what, row.state, row.when) for row in items.itertuples()]


def test_a_visit_is_overdue_only_when_its_window_is_over():
    assert due(date(2026, 3, 10), ["D7"]) == [(date(2026, 3, 9), "visit: Day 7", "due", "due now")]
    assert due(date(2026, 3, 11), ["D7"]) == [(date(2026, 3, 9), "visit: Day 7", "overdue", "1 d overdue")]
    assert due(date(2026, 3, 5), ["D7"]) == [(date(2026, 3, 9), "visit: Day 7", "coming", "in 4 d")]


def test_a_window_that_ends_soon_is_listed_and_overdue_things_stand_first():
    items = due(date(2026, 3, 20), ["D28", "D7"])
    assert [(what, state) for _, what, state, _ in items] == [
        ("visit: Day 7", "overdue"),
        ("DLT window complete: judge evaluability", "coming"),
        ("visit: Day 28", "coming"),
    ]


def test_an_open_question_is_overdue_after_a_day():
    question = [("AE-1", "01-001", "01", "Headache", "DLT judgement", date(2026, 3, 3))]
    assert due(date(2026, 3, 4), questions=question)[0][1:] == ("DLT judgement missing: AE-1 Headache", "due", "due now")
    assert due(date(2026, 3, 6), questions=question)[0][2:] == ("overdue", "2 d overdue")
