"""Hy's law and neurological change: at their edges, and where something was not measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.grading.spine import LEVELS, find_level
from trial.signals.liver import LiverPeaks, classify_liver, classify_quadrant
from trial.signals.neurology import Neurology, Thresholds, compute_change, is_ascending_loss, list_levels_lost


def test_quadrants_begin_at_three_and_two():
    assert classify_quadrant(3, None, 2) == "potential Hy's law (biochemical)"
    assert classify_quadrant(2.99, 2.99, 2) == "cholestasis"
    assert classify_quadrant(None, 3, 1.99) == "Temple's corollary"
    assert classify_quadrant(1, 1, 1) == "normal/near-normal"
    assert classify_quadrant(None, None, 2) is None
    assert classify_quadrant(9, 9, None) is None


@pytest.mark.parametrize(("days", "alp", "by_time", "with_phosphatase"), [
    (0, 1.9, True, True), (30, 2.0, True, False), (31, 1, False, False), (-1, 1, False, False), (None, 1, False, False),
    (3, None, True, False),
])  # fmt: skip
def test_hys_law_asks_for_time_and_phosphatase(days, alp, by_time, with_phosphatase):
    found = classify_liver(LiverPeaks(8, 2, 3, alp, days))
    assert (found.potential_hys_law, found.without_cholestasis) == (by_time, with_phosphatase)
    assert found.r_value == (None if alp is None else 8 / alp)


BASE = Neurology(20, 10, 40, 40, "C7", "C6", "B")


def change(**now):
    return compute_change(BASE, Neurology(**(vars(BASE) | now)))


def test_the_rule_begins_at_its_thresholds():
    assert change(lower=5).flag == "AMBER"
    assert change(lower=6).flag == "NONE"
    assert change(lower=0).flag == "RED"
    assert change(upper=16).flag == "AMBER"
    assert change(motor_left="C5").flag == "AMBER"
    assert change(motor_right="C5").flag == "RED"
    assert change(ais="A").flag == "RED"
    assert change(light_touch=35, pin_prick=35).flag == "AMBER"
    assert change(ais="C", upper=30, motor_left="INT").flag == "NONE"


def test_thresholds_are_the_protocols():
    now = Neurology(**(vars(BASE) | {"lower": 8}))
    assert compute_change(BASE, now, Thresholds(red_motor=2)).flag == "RED"
    with pytest.raises(ValueError):
        change(motor_left="C9")


@given(st.sampled_from(LEVELS), st.sampled_from(LEVELS))
def test_an_ascending_loss_names_its_segments(before, now):
    lost = list_levels_lost(before, now)
    assert is_ascending_loss(before, now) == bool(lost)
    assert len(lost) == max(0, find_level(before) - find_level(now))


def test_segments_between_two_levels():
    assert list_levels_lost("T4", "C8") == ("T1", "T2", "T3", "T4")
    assert find_level("S4_5") == find_level("s4-5*") == len(LEVELS) - 1
