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


def _grade(level, other=None, **changes):
    """The AIS grades of a worksheet, with another muscle that moves on the right."""
    return _score(level, other, **changes).scale


def _score(level, other=None, **changes):
    raw = worksheet(level, **changes)
    raw["right"]["lowestNonKeyMuscleWithMotorFunction"] = other
    return score_worksheet(raw)


def test_another_muscle_counts_in_the_zone_where_the_injury_may_be_c():
    # anal contraction not tested: A, or C if it is there; L4 lies more than three levels below T4
    found = _score("T4", "L4", contraction="NT")
    assert (found.scale, found.right.motor_zone, found.left.motor_zone) == ("A,C", "NA,L4", "NA,T4")
    # nothing spared: AIS A, and the other muscle does not count
    assert _score("T4", "L4").right.motor_zone == "T4"
    # L4 stands for T4 and not for L2, which is near; a key muscle of its own level that was not tested ends nothing
    found = _score("T4", "L4", right_light_S45="1", right_motor_L2="1", right_motor_L4="NT")
    assert (found.scale, found.right.motor_zone) == ("C", "L2,L4")


def test_b_is_starred_where_a_starred_zero_decides_on_it():
    # the only sparing is a 0*: without contraction surely, with one not tested as well; A rests on more than that
    assert _grade("T4", right_light_S45="0*") == "A*,B*"
    assert _grade("T4", right_light_S45="0*", contraction="NT") == "A,B*,C"
    found = _score("T4", right_light_S45="0*", left_pin_S45="0**")
    assert (found.complete, found.scale) == ("I", "B*")
    # a 0* far below the level may be motor function, beside one not tested too
    assert _grade("T4", right_light_S45="1", right_motor_L4="0*") == "B*,C"
    assert _grade("T4", right_light_S45="1", right_motor_L3="NT", right_motor_L4="0*") == "B*,C"
    # with anal contraction not tested nothing rests on it
    assert _grade("T4", right_light_S45="1", right_motor_L4="0*", contraction="NT") == "B,C"


def test_c_and_d_are_starred_where_a_muscle_moves_only_by_assumption():
    assert _grade("T4", right_light_S45="1", left_motor_L2="0**") == "C*"
    assert _grade("T4", right_light_S45="1", left_motor_L2="0**", right_motor_L2="1") == "C*"
    assert _grade("T4", right_light_S45="1", left_motor_L2="1", left_motor_L3="0**") == "C"
    assert _grade("T4", contraction="Yes", left_motor_L2="0**") == "C"  # contraction alone makes it motor incomplete
    legs = {f"right_motor_{muscle}": "4" for muscle in ("L2", "L3", "L4", "L5", "S1")}
    assert _grade("T4", right_light_S45="1", left_motor_L2="0**", **legs) == "D*"


def test_c_is_starred_where_only_a_starred_level_leaves_the_muscles_weak():
    # light touch at C5 taken as normal: T4*, 0 of 10 muscles below are strong. As written: C4, 10 of 20 are, which would be D
    weak = {"right_light_S45": "1", "right_motor_L2": "1", "right_light_C5": "0**"}
    found = _score("T4", **weak)
    assert (found.injury_level, found.scale) == ("T4*", "C*")
    # a T1 that was not tested may be weak, and then 9 of 20 leave C without any star
    found = _score("T4", **weak, right_motor_T1="NT")
    assert (found.injury_level, found.scale) == ("C8*,T1*,T4*", "C")


def test_the_star_of_c_is_that_of_the_highest_level_that_of_d_needs_every_level():
    # C4: 10 of 20 are strong without a star, D; T4: 5 of 10 by the star, so C* is possible beside D
    stars = {f"right_motor_{muscle}": "0*" for muscle in ("L2", "L3", "L4", "L5", "S1")}
    found = _score("T4", contraction="Yes", right_light_C5="NT", **stars)
    assert (found.injury_level, found.scale) == ("C4,T4", "C*,D")
    # C4: 2 strong and 7 starred of 20, not half, so C has no star; C5: 9 of 18
    stars |= {"left_motor_L2": "0*", "left_motor_L3": "0*"}
    found = _score("C6", contraction="Yes", right_motor_C5="NT", left_motor_C5="NT", **stars)
    assert (found.injury_level, found.scale) == ("C4,C5,C6", "C,D*")


def test_stars_in_the_zones():
    # a 0* alone stars itself and what is above, one beside a value not tested does not
    assert _score("T4", right_light_T8="0*").right.sensory_zone == "T4*,T8*"
    assert _score("T4", right_light_T8="0*", right_pin_T8="NT").right.sensory_zone == "T4,T8"
    # the highest motor level has a star for anything at or above it, a lower one only for its own sensation
    found = _score("T4", right_light_T3="0**").right
    assert (found.motor_level, found.motor_zone) == ("T4*", "T4*")
    found = _score("T4", right_light_T3="0**", right_light_T2="NT").right
    assert (found.motor_level, found.motor_zone) == ("T1,T4*", "T1,T4")
    found = _score("T4", right_light_T4="0**", right_light_T2="NT").right
    assert (found.motor_level, found.motor_zone) == ("T1,T4*", "T1,T4*")


def test_the_star_of_a_muscle_that_is_considered_normal():
    assert _score("C6", right_motor_C7="0**").right.motor_level == "C7*"
    # below a muscle that was not tested, its own level has a star only where the next muscle leaves it open
    assert _score("C6", right_motor_C6="NT", right_motor_C7="0**").right.motor_level == "C5,C6,C7"
    found = _score("C6", right_motor_C6="NT", right_motor_C7="0**", right_motor_C8="NT")
    assert found.right.motor_level == "C5,C6,C7*,C8*"
    # the same at T1, where sensation stands in for the next muscle: C5 to T2
    found = _score("T1", right_motor_C8="NT", right_motor_T1="0**", right_light_T2="NT", right_pin_T2="2")
    assert found.right.motor_level == "C7,C8,T1*,T2*"


def test_numbers_and_small_letters_are_read_as_what_they_say():
    raw = worksheet("T4", right_motor_C8="NT", left_light_T2="0**")
    small = worksheet("T4", contraction="no", pressure="NO", right_motor_C8="nt", left_light_T2="0**")
    small["left"]["motor"] = {name: int(value) for name, value in small["left"]["motor"].items()}
    assert score_worksheet(small) == score_worksheet(raw)


def test_what_is_no_group_of_values_is_refused_and_not_a_crash():
    with pytest.raises(FaultyInput) as refused:
        score_worksheet({**worksheet("T4"), "left": "x"})
    assert refused.value.faults[0].where == "left" and len(refused.value.faults) == 1 + 2 * len(DERMATOMES) + len(KEY_MUSCLES)
    raw = worksheet("T4")
    raw["right"]["motor"] = [1]
    with pytest.raises(FaultyInput) as refused:
        score_worksheet(raw)
    assert refused.value.faults[0].where == "right motor"


def test_another_muscle_is_read_in_any_case():
    lower, upper = worksheet("T4", right_light_S45="1"), worksheet("T4", right_light_S45="1")
    lower["right"]["lowestNonKeyMuscleWithMotorFunction"] = " l4 "
    upper["right"]["lowestNonKeyMuscleWithMotorFunction"] = "L4"
    assert score_worksheet(lower) == score_worksheet(upper) and score_worksheet(lower).scale == "C"


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
