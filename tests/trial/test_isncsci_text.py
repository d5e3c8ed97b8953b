"""A worksheet as one line of text: it is read as it was written, what is missing or impossible is named, numbers are read fast alike."""

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worksheets import worksheet
from trial.errors import FaultyInput
from trial.grading.isncsci import classify_exam
from trial.grading.isncsci_exam import ANSWERS, read_exam
from trial.grading.isncsci_plain import classify_plain
from trial.grading.isncsci_text import list_untested, read_text, write_text
from trial.grading.spine import DERMATOMES, INTACT, KEY_MUSCLES, LEVELS, find_level

LINE = write_text(read_exam(worksheet("T4")))


def any_worksheet(draw: Random, *, numbers: bool):
    """A worksheet with a lesion somewhere, spared zones, and values of every kind where not only ``numbers`` are asked for."""
    raw = {
        "voluntaryAnalContraction": draw.choice(ANSWERS[: 2 if numbers else 3]),
        "deepAnalPressure": draw.choice(ANSWERS[: 2 if numbers else 3]),
    }
    for side in ("right", "left"):
        places = {name: draw.choice((3, 5, 8, 9, 14, 20, 22, 25, len(LEVELS))) for name in ("lightTouch", "pinPrick", "motor")}
        raw[side] = {}
        for name, levels, most in (("lightTouch", DERMATOMES, 2), ("pinPrick", DERMATOMES, 2), ("motor", KEY_MUSCLES, 5)):
            values = {}
            for level in levels:
                points = most if find_level(level) <= places[name] else draw.choice((0, 0, 0, 1, 2, draw.randint(0, most)))
                odd = not numbers and draw.random() < 0.05
                values[level] = draw.choice(("NT", "NT*", "NT**", "0*", "1**")) if odd else str(points)
            raw[side][name] = values
        if draw.random() < 0.2:
            raw[side]["lowestNonKeyMuscleWithMotorFunction"] = draw.choice(KEY_MUSCLES)
    return read_exam(raw)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_what_is_written_is_read_again(seed):
    exam = any_worksheet(Random(seed), numbers=False)
    assert read_text(write_text(exam)) == exam


@settings(max_examples=600, deadline=None)
@given(st.integers(0, 2**32))
def test_numbers_are_classified_as_by_the_general_rules(seed):
    exam = any_worksheet(Random(seed), numbers=True)
    slow, fast = classify_exam(exam), classify_plain(write_text(exam))
    assert fast is not None
    assert fast.sensory == (slow.right.sensory_level, slow.left.sensory_level)
    assert fast.motor == (slow.right.motor_level, slow.left.motor_level)
    assert (fast.injury_level, fast.scale) == (slow.injury_level, slow.scale)
    assert fast[4:] == (slow.upper, slow.lower, slow.light_touch, slow.pin_prick)


def test_normal_function_is_intact():
    assert classify_plain(write_text(read_exam(worksheet(contraction="Yes", pressure="Yes"))))[:4] == (
        (INTACT, INTACT), (INTACT, INTACT), INTACT, "E"
    )  # fmt: skip


def test_what_has_more_than_numbers_is_left_to_the_general_rules():
    assert classify_plain(LINE) is not None
    for other in (
        LINE.replace("VAC=N;", "VAC=NT;"),
        LINE.replace("RM=5", "RM=N"),
        LINE.replace("RM=5", "RM=4*"),
        f"{LINE};RO=C2",
        "",
        LINE[:-1],
    ):
        assert classify_plain(other) is None


def test_a_line_without_stars_fits_an_sdtm_variable():
    assert len(f"{LINE};RO=L2;LO=L2") == 196


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("", "does not begin with ISNCSCI-2019"),
        ("C" * 100_000, "does not begin with ISNCSCI-2019"),
        (LINE.replace("RLT=2", "RLT="), "right lightTouch: has 27 values"),
        (LINE.replace("LM=5", "LM=55"), "left motor: has 11 values"),
        (LINE.replace("RLT=2", "RLT=."), "right lightTouch C2: is missing"),
        (LINE.replace("LPP=2", "LPP=3"), "left pinPrick C2: is no score"),
        (LINE.replace("LM=5", "LM=6"), "left motor: has 0 values"),
        (LINE.replace("LM=5", "LM=5*"), "left motor C5: is no score"),
        (LINE.replace("VAC=N", "VAC=?"), "voluntaryAnalContraction: is not answered"),
        (LINE.replace("DAP=N", ""), "deepAnalPressure: is not answered"),
        (f"{LINE};RO=C4", "right lowest non-key muscle: is no level"),
        (f"{LINE};XX=1", "has a part 'XX'"),
        (f"{LINE};DAP=Y", "has a part 'DAP'"),
    ],
)
def test_what_is_missing_or_impossible_is_named(line, named):
    with pytest.raises(FaultyInput) as refused:
        read_text(line)
    assert named in str(refused.value)


def test_every_fault_is_named_at_once():
    with pytest.raises(FaultyInput) as refused:
        read_text(LINE.replace("RLT=2", "RLT=.").replace("LM=5", "LM=."))
    assert [fault.where for fault in refused.value.faults] == ["right lightTouch C2", "left motor C5"]


def test_what_could_not_be_tested_is_named_and_what_is_considered_normal_is_not():
    exam = read_exam(worksheet("T4", contraction="NT", right_motor_C8="NT", left_pin_T4="NT*", left_light_T4="NT**"))
    assert list_untested(exam) == ("UER C8", "PPL T4", "VAC")


def test_numbers_are_read_many_times_faster_than_the_general_way():
    line = LINE

    def seconds(call):
        began = time.perf_counter()
        for _ in range(60):
            call(line)
        return time.perf_counter() - began

    assert min(seconds(classify_plain) for _ in range(3)) * 5 < min(seconds(lambda text: classify_exam(read_text(text))) for _ in range(3))
