"""Ascending loss: hand-worked worksheets against their own baseline, and what stays open where cells could not be tested."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worksheets import line
from trial.grading.isncsci_summary import contradicts_grade, read_grade, summarise_worksheet
from trial.grading.spine import THORACIC
from trial.signals.ascending import classify_ascent, compute_ascents
from trial.signals.neuro_course import compute_exams, compute_states, fill_totals
from trial.signals.neurology import Thresholds
from trial.tables.neurology import NEURO_ASCENTS, NEURO_EXAMS, NEURO_LEVELS, NEURO_RESULTS

DOSE = date(2026, 3, 1)


def standing(day):
    return "before" if day < 0 else "after" if day > 0 else "open"


def levels(**sheets):
    """NEURO_LEVELS of subjects: per subject a mapping of days to lines."""
    rows = []
    for subject, days in sheets.items():
        for day, text in days.items():
            found = summarise_worksheet(text)
            told = [getattr(found, name) for name in NEURO_LEVELS.names[5:-3]]
            rows.append((subject, 1, DOSE + timedelta(days=day), day, text, *told, ", ".join(found.untested), found.fault, standing(day)))
    frame = NEURO_LEVELS.frame(rows)
    NEURO_LEVELS.check(frame)
    return frame


def ascent(before, now, thresholds=Thresholds()):  # noqa: B008
    found = compute_ascents(levels(a={-3: before, 28: now}), thresholds)
    NEURO_ASCENTS.check(found)
    return found.iloc[0]


@pytest.mark.parametrize(
    ("before", "now", "risen", "state"),
    [
        ("T6", "T6", 0, "NONE"),
        ("T6", "T8", -2, "NONE"),
        ("T6", "T5", 1, "AMBER"),
        ("T6", "T4", 2, "RED"),
        ("C6", "C5", 1, "AMBER"),
        ("C6", "C4", 2, "RED"),
        ("INT", "S3", 2, "RED"),
    ],
)
def test_a_level_that_rises_towards_the_head_is_flagged_by_the_limits(before, now, risen, state):
    found = ascent(line(before), line(now))
    assert (found["risen"], found["state"], found["baseline_level"], found["injury_level"]) == (risen, state, *((before, now)))


def test_the_limits_are_the_protocols():
    assert ascent(line("T6"), line("T4"), Thresholds(red_levels=3, amber_levels=2))["state"] == "AMBER"
    assert ascent(line("T6"), line("T5"), Thresholds(red_levels=3, amber_levels=2))["state"] == "NONE"


def test_a_loss_on_one_side_raises_the_level():
    found = ascent(line("T6"), line("T6", left_pin_T4="1"))
    assert (found["injury_level"], found["risen"], found["state"]) == ("T3", 3, "RED")


def test_a_lost_key_muscle_above_the_lesion_is_named():
    found = ascent(line("T6"), line("T6", right_motor_T1="2"))
    assert (found["muscles"], found["injury_level"], found["levels_lost"]) == ("right T1", "C8", 6)
    below = ascent(line("C6", right_motor_C8="3"), line("C6", right_motor_C8="0"))
    assert (below["muscles"], below["state"]) == ("", "NONE"), "what was below the level was not above the lesion"


def test_weakness_that_the_injury_does_not_explain_is_no_loss():
    found = ascent(line("T6"), line("T6", right_motor_C7="2**"))
    assert (found["muscles"], found["state"]) == ("", "NONE")


def test_where_a_cell_was_not_tested_the_level_is_not_determinable_and_the_cell_is_named():
    found = ascent(line("T6"), line("T6", right_pin_T4="NT"))
    assert (found["injury_level"], found["state"], found["untested"]) == ("T3,T6", "UNKNOWN", "PPR T4")
    assert found["risen"] == 0, "no loss is sure"


def test_what_every_possibility_shows_is_taken_as_sure():
    found = ascent(line("T6"), line("T4", right_pin_T3="NT"))
    assert (found["injury_level"], found["risen"], found["state"]) == ("T2,T4", 2, "RED")


def test_the_last_readable_worksheet_before_the_dose_is_the_baseline_and_without_one_nothing_is_told():
    found = compute_ascents(
        levels(a={-20: line("T8"), -3: line("T6"), 0: "ISNCSCI-2019;", 28: line("T5"), 29: "nothing"}, b={28: line("T5")}), Thresholds()
    )
    assert found[["subject", "day", "risen", "state"]].to_numpy(na_value=None).tolist() == [
        ["a", 28, 1, "AMBER"], ["b", 28, None, "UNKNOWN"]
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 11), st.integers(0, 11), st.sampled_from(THORACIC), st.sampled_from(("light", "pin")))
def test_an_open_cell_never_hides_a_loss_that_each_value_of_it_would_show(before, now, cell, part):
    name = f"right_{part}_{cell}"
    was = line(THORACIC[before])
    states = [ascent(was, line(THORACIC[now], **{name: value}))["state"] for value in "012"]
    told = ascent(was, line(THORACIC[now], **{name: "NT"}))["state"]
    if len(set(states)) == 1:
        assert told == states[0]
    else:
        order = ("NONE", "AMBER", "RED")
        assert told == "UNKNOWN" or order.index(told) == min(order.index(state) for state in states)


def test_a_further_rise_never_makes_a_state_better():
    order = ["NONE", "AMBER", "RED"]
    found = [order.index(classify_ascent(risen, 0, Thresholds())) for risen in range(-3, 12)]
    assert found == sorted(found)
    assert set(found) == {0, 1, 2}


def test_a_worksheet_stands_in_for_totals_that_are_not_recorded_and_never_against_them():
    sheets = levels(a={-3: line("T6"), 28: line("T4")}, b={-3: line("T6"), 28: line("T6")})
    recorded = NEURO_RESULTS.frame(
        [("b", 1, DOSE - timedelta(days=3), -3, "LT", 50.0, None, "before"), ("b", 1, DOSE, 28, "AIS", None, "B", "after")]
    )
    filled = fill_totals(recorded, sheets).set_index(["subject", "day", "test"])
    assert filled.loc[("a", -3, "LT"), "value"] == 52
    assert filled.loc[("b", -3, "LT"), "value"] == 50
    assert (filled.loc[("a", 28, "AIS"), "letter"], filled.loc[("b", 28, "AIS"), "letter"]) == ("A", "B")
    assert not filled.index.has_duplicates


def test_the_state_of_an_examination_is_the_worse_of_totals_and_levels():
    sheets = levels(a={-3: line("T6"), 28: line("T4"), 60: line("T6")}, b={-3: line("T6"), 28: line("T6", right_pin_T4="NT")})
    exams = compute_exams(NEURO_RESULTS.empty(), Thresholds(), sheets)
    NEURO_EXAMS.check(exams)
    a = exams[exams["subject"] == "a"]
    assert a[["sensory", "levels_lost", "risen", "ascending", "state"]].to_numpy().tolist() == [
        [-16, 2, 2, "RED", "RED"], [0, 0, 0, "NONE", "NONE"]
    ]  # fmt: skip
    states = compute_states(exams, exams[["subject", "cohort"]].drop_duplicates()).set_index("subject")
    assert (states.loc["a", "ascending"], states.loc["a", "worst"], states.loc["b", "ascending"]) == ("RED", "RED", "UNKNOWN")


def test_grades():
    assert [read_grade(scale) for scale in ("A", "b*", "A,B", "", None, "ND")] == ["A", "B", None, None, None, None]
    assert not contradicts_grade("b", "A,B*")
    assert contradicts_grade("C", "A,B")


def test_what_is_no_worksheet_is_told_and_not_raised():
    assert summarise_worksheet("=1+1").fault == "worksheet"
    assert summarise_worksheet(line("T6").replace("RLT=2", "RLT=.")).fault == "right lightTouch C2"
    assert summarise_worksheet("=1+1").injury_level is None
