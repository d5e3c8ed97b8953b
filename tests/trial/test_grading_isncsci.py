"""The ISNCSCI worksheet: textbook cases worked by hand, what could not be tested, what is starred, and what is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worksheets import worksheet
from trial.errors import FaultyInput
from trial.grading.isncsci import score_worksheet, write_worksheet
from trial.grading.isncsci_exam import Score, read_score
from trial.grading.spine import DERMATOMES, KEY_MUSCLES, LEVELS, find_level


def test_a_complete_thoracic_injury():
    found = score_worksheet(worksheet("T4"))
    assert (found.injury_level, found.complete, found.scale) == ("T4", "C", "A")
    assert (found.right.sensory_level, found.right.motor_level) == ("T4", "T4")
    assert (found.right.sensory_zone, found.left.motor_zone) == ("T4", "T4")
    assert (found.upper, found.lower, found.light_touch, found.pin_prick) == (50, 0, 44, 44)


def test_normal_function_is_e_and_needs_anal_contraction():
    assert score_worksheet(worksheet(contraction="Yes", pressure="Yes")).scale == "E"
    found = score_worksheet(worksheet())
    assert (found.injury_level, found.scale, found.right.motor_level) == ("INT", "B", "S3")


def test_the_grades_from_a_to_d():
    spared = {"right_light_S45": "1"}
    assert score_worksheet(worksheet("T4", **spared)).scale == "B"
    assert score_worksheet(worksheet("T4", **spared, right_motor_L2="1")).scale == "C"
    strong = {f"{side}_motor_{muscle}": "3" for side in ("right", "left") for muscle in ("L2", "L3", "L4")}
    assert score_worksheet(worksheet("T4", **spared, **strong)).scale == "D"
    assert score_worksheet(worksheet("T4", contraction="Yes")).scale == "C"
    assert score_worksheet(worksheet("T4", pressure="Yes")).scale == "B"
    # motor function without sacral sparing leaves the injury complete, with a zone of partial preservation
    found = score_worksheet(worksheet("T4", right_motor_L2="1"))
    assert (found.scale, found.right.motor_zone, found.left.motor_zone) == ("A", "L2", "T4")


def test_grade_three_is_the_level_and_two_is_not():
    assert score_worksheet(worksheet("C6", right_motor_C7="3")).right.motor_level == "C7"
    assert score_worksheet(worksheet("C6", right_motor_C7="2")).right.motor_level == "C6"
    assert score_worksheet(worksheet("C4")).right.motor_level == "C4"


def test_the_most_rostral_level_is_the_level_of_injury():
    found = score_worksheet(worksheet("T4", left_pin_C5="1"))
    assert (found.left.sensory_level, found.right.sensory_level, found.injury_level) == ("C4", "T4", "C4")
    assert found.left.motor_level == "T1"  # sensation stands in below T1 only where it is normal from C5 on


def test_what_could_not_be_tested_lists_what_is_possible():
    found = score_worksheet(worksheet("T4", right_motor_C8="NT"))
    assert found.right.motor_level == "C7,C8,T4"
    assert (found.upper, found.right.upper, found.left.upper) == (None, None, 25)
    assert write_worksheet(found)["totals"]["upperExtremity"] == "ND"
    unknown = score_worksheet(worksheet("T4", contraction="NT", pressure="NT"))
    assert (unknown.complete, unknown.scale, unknown.right.motor_zone) == ("C,I", "A,B,C", "NA,T4")


def test_stars():
    normal = score_worksheet(worksheet("T4", right_light_T2="0**"))
    assert (normal.right.sensory_level, normal.left.sensory_level, normal.injury_level) == ("T4*", "T4", "T4*")
    assert normal.light_touch == 42
    counted = score_worksheet(worksheet("T4", right_light_T2="0*"))
    assert counted.right.sensory_level == "T1"


def test_what_is_missing_or_impossible_is_refused_with_every_place():
    raw = worksheet("T4", right_light_T2="3", left_motor_C5="6", right_motor_L2="5*")
    del raw["left"]["pinPrick"]["S1"]
    raw["deepAnalPressure"] = None
    with pytest.raises(FaultyInput) as refused:
        score_worksheet(raw)
    assert [fault.where for fault in refused.value.faults] == [
        "right lightTouch T2", "right motor L2", "left pinPrick S1", "left motor C5", "deepAnalPressure"
    ]  # fmt: skip


def test_scores_as_they_are_written():
    assert read_score(" nt** ", 2) == Score(None, 2)
    assert read_score("0*", 5) == Score(0, 1)
    for wrong in ("", "x", "-1", "2.0", "0***", "2*"):
        with pytest.raises(ValueError):
            read_score(wrong, 2)


values = st.sampled_from(["0", "0", "0", "1", "2", "2"])
exams = st.fixed_dictionaries({
    side: st.fixed_dictionaries({
        "motor": st.fixed_dictionaries({name: st.sampled_from("0012345") for name in KEY_MUSCLES}),
        "lightTouch": st.fixed_dictionaries({name: values for name in DERMATOMES}),
        "pinPrick": st.fixed_dictionaries({name: values for name in DERMATOMES}),
    })
    for side in ("right", "left")
} | {name: st.sampled_from(["Yes", "No"]) for name in ("voluntaryAnalContraction", "deepAnalPressure")})  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(exams)
def test_laws_of_any_worksheet_with_numbers_only(raw):
    found = score_worksheet(raw)
    levels = [side_level for side in (found.right, found.left) for side_level in (side.sensory_level, side.motor_level)]
    assert find_level(found.injury_level) <= min(find_level(level) for level in levels) or found.injury_level == "INT"
    assert all(level in (*LEVELS, "INT") for level in (*levels, found.injury_level))
    assert (found.complete == "C") == (found.scale == "A")
    assert found.scale in "ABCDE"
    if raw["voluntaryAnalContraction"] == "Yes":
        assert found.right.motor_zone == "NA"
        assert found.scale in "CDE"
    assert found.upper == sum(int(raw[side]["motor"][name]) for side in ("right", "left") for name in KEY_MUSCLES[:5])


@settings(max_examples=40, deadline=None)
@given(exams, st.sampled_from(["right", "left"]), st.sampled_from(["lightTouch", "pinPrick", "motor"]), st.integers(0, 27))
def test_a_value_not_tested_lists_at_least_what_any_value_would_give(raw, side, part, place):
    names = KEY_MUSCLES if part == "motor" else DERMATOMES
    name, most = names[place % len(names)], 5 if part == "motor" else 2
    raw[side][part][name] = "NT"
    open_result = score_worksheet(raw)
    for score in range(most + 1):
        raw[side][part][name] = str(score)
        found = score_worksheet(raw)
        for field in ("sensory_level", "motor_level", "sensory_zone"):
            assert getattr(getattr(found, side), field) in getattr(getattr(open_result, side), field).split(",")
        assert found.injury_level in open_result.injury_level.split(",")
        assert found.scale in open_result.scale.split(",")
        assert found.complete in open_result.complete.split(",")
