"""Prompted lists: what is asked for, in which period an event lies, and when an answer and the events contradict each other."""

from datetime import date

import pytest

from tests.contracts.queries import example_protocol
from trial.entry.complication import check_answer, check_list
from trial.prompted_list import PERIOD_MARKS, Onset, compute_asked, find_contradiction, lies_within, list_complications
from trial.tables.entry import ENTRY_LISTS
from trial.tables.story import SUBJECT_PROCEDURES
from trial.tables.surgery import ASKED_COMPLICATIONS
from trial.terms import CHECK_PERIODS

SURGERY = date(2026, 3, 2)


def test_what_is_asked_for_is_what_is_held_against_a_rate_after_surgery():
    rates = example_protocol().background_rates
    assert [rate.code for rate in list_complications(rates)] == ["CSF", "SSI", "HAE", "NEURO", "VTE"]
    assert len(rates) > 5


def test_every_period_has_its_mark():
    assert set(PERIOD_MARKS) == set(CHECK_PERIODS)
    assert len(set(PERIOD_MARKS.values())) == len(CHECK_PERIODS)


@pytest.mark.parametrize(
    ("onset", "period", "answered", "within"),
    [
        (Onset(0, 0.0, -3.0), "intraoperative", 0, True),
        (Onset(0, 3.0, 0.0), "intraoperative", 0, True),
        (Onset(0, -0.5, -3.5), "intraoperative", 0, False),
        (Onset(0, 4.0, 0.1), "intraoperative", 0, False),
        (Onset(0), "intraoperative", 0, None),
        (Onset(1), "intraoperative", 5, False),
        (Onset(None), "intraoperative", 5, None),
        (Onset(0, 3.0, -0.1), "to 30 days", 30, False),
        (Onset(0, 4.0, 0.1), "to 30 days", 30, True),
        (Onset(0), "to 30 days", 30, None),
        (Onset(30), "to 30 days", 40, True),
        (Onset(31), "to 30 days", 40, False),
        (Onset(31), "to 90 days", 90, True),
        (Onset(90), "to 90 days", 95, True),
        (Onset(91), "to 90 days", 95, False),
        (Onset(20), "to 90 days", 19, False),
        (Onset(7), "to discharge", 7, True),
        (Onset(8), "to discharge", 7, False),
        (Onset(-1), "to discharge", 7, False),
        (Onset(None), "to discharge", 7, None),
        (Onset(3), "to discharge", None, None),
    ],
)
def test_an_event_lies_in_a_period_or_not_or_nobody_can_tell(onset, period, answered, within):
    assert lies_within(onset, period, answered) is within


@pytest.mark.parametrize(
    ("answer", "within", "wrong"),
    [
        ("occurred", [], True),
        ("occurred", [False], True),
        ("occurred", [False, None], False),
        ("occurred", [True], False),
        ("did not occur", [], False),
        ("did not occur", [None, False], False),
        ("did not occur", [False, True], True),
        ("not assessed", [True], False),
        ("not assessed", [], False),
    ],
)
def test_only_what_is_sure_contradicts(answer, within, wrong):
    assert find_contradiction(answer, within) is wrong


@pytest.mark.parametrize(
    ("period", "asked", "answer", "broken"),
    [
        ("to 30 days", date(2026, 3, 31), "did not occur", True),
        ("to 30 days", date(2026, 4, 1), "did not occur", False),
        ("to 90 days", date(2026, 5, 30), "did not occur", True),
        ("to 90 days", date(2026, 5, 31), "did not occur", False),
        ("to 30 days", date(2026, 3, 10), "occurred", False),
        ("to 30 days", date(2026, 3, 10), "not assessed", False),
        ("to discharge", date(2026, 3, 9), "did not occur", False),
        ("intraoperative", SURGERY, "did not occur", False),
    ],
)
def test_nobody_says_that_it_did_not_occur_before_the_days_are_over(period, asked, answer, broken):
    assert bool([*check_answer({"period": period, "checked_on": asked, "answer": answer}, SURGERY)]) is broken


def test_a_list_is_answered_after_the_procedure_and_not_in_the_future():
    today = date(2026, 3, 20)
    assert not [*check_list({"checked_on": SURGERY}, SURGERY, today)]
    assert not [*check_list({"checked_on": today}, None, today)]
    assert [found.fault.what for found in check_list({"checked_on": date(2026, 3, 1)}, SURGERY, today)] == ["lies before the procedure"]
    assert [found.fault.what for found in check_list({"checked_on": date(2026, 3, 21)}, SURGERY, today)] == ["lies in the future"]


def test_what_nobody_asked_for_is_told_as_not_asked_and_never_as_absent():
    procedures = SUBJECT_PROCEDURES.frame(
        (code, "laminectomy", day, None, None, None, None, None, None, None) for code, day in (("P2", SURGERY), ("P1", None))
    )
    lists = ENTRY_LISTS.frame(
        [
            ("P2", "to discharge", "SSI", "did not occur", date(2026, 3, 9), None, None),
            ("P2", "to 90 days", "SSI", "occurred", date(2026, 6, 1), "AE-0007", "wound infection"),
            ("P2", "to discharge", "VTE", "not assessed", date(2026, 3, 9), None, None),
            ("P1", "to discharge", "GONE", "did not occur", date(2026, 3, 9), None, None),
        ]
    )
    table = compute_asked(procedures, lists, example_protocol().background_rates)
    ASKED_COMPLICATIONS.check(table)
    assert table[["procedure", "complication", "answer", "period"]].fillna("").to_numpy().tolist() == [
        ["P2", "CSF leak", "not asked", ""],
        ["P2", "Surgical site infection", "did not occur", "to discharge"],
        ["P2", "Surgical site infection", "occurred", "to 90 days"],
        ["P2", "Symptomatic epidural haematoma", "not asked", ""],
        ["P2", "Neurological deterioration", "not asked", ""],
        ["P2", "Venous thromboembolism", "not assessed", "to discharge"],
        *(["P1", rate.label, "not asked", ""] for rate in list_complications(example_protocol().background_rates)),
        ["P1", "GONE", "did not occur", "to discharge"],
    ]
    named = table[table["event"].notna()]
    assert named[["period", "event", "term"]].to_numpy().tolist() == [["to 90 days", "AE-0007", "wound infection"]]
    assert (compute_asked(procedures, ENTRY_LISTS.empty(), example_protocol().background_rates)["answer"] == "not asked").all()
    assert compute_asked(procedures[:0], lists[:0], example_protocol().background_rates).empty
