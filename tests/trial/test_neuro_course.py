"""The neurological course against the own baseline: hand-worked, and laws that can fail."""

from datetime import date, timedelta

import pandas as pd
import pytest

from tests.contracts.queries import EXAMPLE
from trial.errors import FaultyInput
from trial.protocol import parse_protocol
from trial.protocol_neurology import NeurologyPart
from trial.signals.neuro_course import compute_exams, compute_states, compute_thresholds
from trial.signals.neurology import Thresholds
from trial.tables.neurology import NEURO_EXAMS, NEURO_RESULTS, NEURO_STATES

DOSE = date(2026, 3, 1)
BASE = {"UEMS": 20, "LEMS": 0, "LT": 40, "PP": 38, "AIS": "B"}


def standing(day):
    return "before" if day < 0 else "after" if day > 0 else "open"


def results(**exams):
    """NEURO_RESULTS of subjects: per subject a mapping of days to totals."""
    rows = []
    for subject, days in exams.items():
        for day, totals in days.items():
            for test, value in totals.items():
                number = None if test == "AIS" else value
                rows.append((subject, 1, DOSE + timedelta(days=day), day, test, number, value if test == "AIS" else None, standing(day)))
    return NEURO_RESULTS.frame(rows)


def courses(thresholds=Thresholds(), **exams):  # noqa: B008
    found = compute_exams(results(**exams), thresholds)
    NEURO_EXAMS.check(found)
    states = compute_states(found, pd.DataFrame({"subject": sorted(exams), "cohort": pd.array([1] * len(exams), dtype="Int64")}))
    NEURO_STATES.check(states)
    return found, states.set_index("subject")


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ({}, "NONE"),
        ({"UEMS": 17}, "NONE"),
        ({"UEMS": 16}, "AMBER"),
        ({"UEMS": 15}, "AMBER"),
        ({"UEMS": 11, "LEMS": 0}, "AMBER"),
        ({"UEMS": 10}, "RED"),
        ({"AIS": "A"}, "RED"),
        ({"AIS": "C"}, "NONE"),
        ({"LT": 35, "PP": 34}, "NONE"),
        ({"LT": 34, "PP": 34}, "AMBER"),
        ({"UEMS": 30, "LT": 60}, "NONE"),
    ],
)
def test_a_loss_is_judged_by_the_limits(now, state):
    exams, states = courses(a={-3: BASE, 28: {**BASE, **now}})
    assert exams["state"].tolist() == [state]
    assert states.loc["a", "worst"] == state


def test_the_baseline_is_the_last_value_before_the_dose_and_an_examination_after_it_on_the_same_day_is_follow_up():
    exams, _ = courses(a={-30: {**BASE, "UEMS": 40}, -2: BASE, 0: {**BASE, "UEMS": 9}, 28: {**BASE, "UEMS": 18}})
    assert exams[["day", "motor", "upper", "state"]].to_numpy().tolist() == [[0, -11, -11, "RED"], [28, -2, -2, "NONE"]]


def test_an_examination_on_the_day_of_dosing_is_the_baseline_of_what_was_not_examined_earlier():
    exams, _ = courses(a={0: BASE, 28: {**BASE, "UEMS": 9}}, b={-2: {"UEMS": 20, "LEMS": None}, 0: BASE, 28: {**BASE, "LT": 20}})
    found = exams[["subject", "day", "motor", "sensory", "state"]].astype(object).where(exams[["motor"]].notna().any(axis=1), None)
    assert found.loc[exams["day"] == 28, ["subject", "motor", "state"]].to_numpy().tolist() == [["a", -11, "RED"], ["b", 0, "AMBER"]]
    assert exams.loc[(exams["subject"] == "b") & (exams["day"] == 28), "sensory"].tolist() == [-20]
    assert exams.loc[(exams["subject"] == "b") & (exams["day"] == 0), "upper"].tolist() == [0]


def test_a_result_that_holds_nothing_takes_no_baseline_away():
    exams, _ = courses(a={-30: BASE, -1: {"UEMS": None}, 28: {**BASE, "UEMS": 9}})
    assert exams["motor"].tolist() == [-11]


def test_what_is_not_known_is_not_compared():
    exams, states = courses(a={28: BASE}, b={-1: {"UEMS": 20}, 28: {"UEMS": 9}}, c={-1: BASE}, d={-1: {"AIS": "ND"}, 7: {"AIS": "A"}})
    told = exams.set_index("subject")["state"].to_dict()
    assert told == {"a": "UNKNOWN", "b": "AMBER", "d": "UNKNOWN"}, "without the legs the motor score is no total; the arms alone are amber"
    assert states.loc["c", ["exams", "worst"]].tolist() == [0, "UNKNOWN"]


def test_the_worst_state_stays_and_the_last_is_told_beside_it():
    _, states = courses(a={-1: BASE, 7: {**BASE, "UEMS": 9}, 28: {**BASE, "UEMS": 9}, 90: BASE}, b={-1: BASE, 7: BASE})
    assert states.index.tolist() == ["a", "b"], "the worst first"
    a = states.loc["a"]
    assert (a["worst"], a["worst_on"].date(), a["latest"], a["exams"], a["motor"]) == ("RED", DOSE + timedelta(days=7), "NONE", 3, 0)


def test_a_further_loss_never_makes_a_state_better():
    order = ["NONE", "AMBER", "RED"]
    found = [courses(a={-1: BASE, 28: {**BASE, "UEMS": 20 - lost}})[0]["state"].iloc[0] for lost in range(21)]
    assert [order.index(state) for state in found] == sorted(order.index(state) for state in found)
    assert found[0] == "NONE"
    assert found[-1] == "RED"


def test_the_protocol_declares_the_limits():
    assert compute_thresholds(None) == Thresholds()
    assert compute_thresholds(NeurologyPart(red_motor=7)).red_motor == 7
    exams, _ = courses(compute_thresholds(NeurologyPart(red_motor=7)), a={-1: BASE, 28: {**BASE, "UEMS": 13}})
    assert exams["state"].tolist() == ["RED"]


def test_amber_beyond_red_is_refused():
    text = EXAMPLE.read_text(encoding="utf-8").replace("amber_motor = 5", "amber_motor = 50")
    with pytest.raises(FaultyInput, match="amber must not lie beyond red"):
        parse_protocol(text)
