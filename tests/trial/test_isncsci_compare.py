"""Two worksheets side by side, and the band of natural recovery: hand-worked."""

import pandas as pd
import pytest

from tests.worksheets import worksheet
from trial.grading.isncsci_compare import compare_cells, compare_results, tell_change
from trial.grading.isncsci_exam import Score, read_exam
from trial.grading.spine import DERMATOMES
from trial.signals.natural_recovery import BANDS, applies, place_bands
from trial.tables.neurology import NEURO_PEOPLE, WORKSHEET_CELLS, WORKSHEET_RESULTS


def exam(level="T6", **changes):
    return read_exam(worksheet(level, **changes))


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (Score(2), Score(2), "2"),
        (Score(2), Score(1), "2 → 1 ▼"),
        (Score(0), Score(3), "0 → 3 ▲"),
        (Score(2), Score(None), "2 → NT ◆"),
        (Score(None), Score(2), "NT → 2 ◆"),
        (Score(4), Score(4, 2), "4 → 4** ◆"),
        (Score(5), Score(4, 2), "5 → 4** ▼"),
        (None, Score(None, 1), "NT*"),
        (Score(2), None, ""),
    ],
)
def test_a_change_is_told_with_both_values_and_a_sign(before, now, told):
    assert tell_change(before, now) == told


def test_cells_stand_at_their_segment_and_side():
    cells = compare_cells(exam(), exam(left_pin_T4="1", right_motor_C7="3", left_light_S45="1"))
    WORKSHEET_CELLS.check(cells)
    assert cells["level"].tolist() == list(DERMATOMES)
    by_level = cells.set_index("level")
    assert by_level.loc["T4"].tolist() == ["", "2", "2", "2", "2 → 1 ▼", ""]
    assert by_level.loc["C7"].tolist() == ["5 → 3 ▼", "2", "2", "2", "2", "5"]
    assert by_level.loc["S4-5"].tolist() == ["", "0", "0", "0 → 1 ▲", "0", ""]
    assert cells[WORKSHEET_CELLS.names[1:]].apply(lambda column: column.str.contains("→")).to_numpy().sum() == 3
    assert not compare_cells(None, exam()).apply(lambda column: column.str.contains("→")).to_numpy().any()


def test_results_stand_beside_baseline_and_record():
    results = compare_results(exam(), exam("T4", right_pin_T3="NT"), {"LT": "44", "PP": "40", "AIS": "b"})
    WORKSHEET_RESULTS.check(results)
    told = results.set_index("item")
    assert told.loc["neurological level of injury"].tolist() == ["T6", "T2,T4", "", False]
    assert told.loc["LT"].tolist() == ["52", "44", "44", False]
    assert told.loc["PP"].tolist() == ["52", "ND", "40", True]
    assert told.loc["AIS"].tolist() == ["A", "A", "b", True]
    assert told.loc["motor zone of partial preservation left"].tolist() == ["T6", "T4", "", False]
    assert (compare_results(None, exam(), {})["before"] == "").all()


def test_a_possible_grade_contradicts_nothing():
    results = compare_results(None, exam(contraction="NT"), {"AIS": "c*"})
    assert results.set_index("item").loc["AIS", ["now", "contradicts"]].tolist() == ["A,C", False]


def people(*rows):
    frame = NEURO_PEOPLE.frame([(f"s{n}", *row) for n, row in enumerate(rows)])
    NEURO_PEOPLE.check(frame)
    return frame


def test_the_bands_of_recovery_stand_by_the_delay_of_those_whom_they_are_for():
    mixed = people(("C5", "A", 40), ("C7", "B", 60), ("C8", "A", 1), ("T4", "A", 2), ("C4", "C", 3), (None, None, 4), ("=1+1", "A", 5))
    assert applies(mixed).tolist() == [True, True, False, False, False, False, False]
    assert place_bands(mixed) == pytest.approx((284.1 - 50, 470.9 - 50))
    assert place_bands(people(("T4", "A", 40))) is None
    assert place_bands(people(("C5", "A", None))) is None
    assert place_bands(pd.DataFrame(NEURO_PEOPLE.empty())) is None


def test_the_bands_are_those_that_are_published():
    assert [(band.grade, band.mean, band.deviation) for band in BANDS] == [("A", 7.8, 6.5), ("B", 8.8, 6.1)]
    assert BANDS[0].limits == pytest.approx((1.3, 14.3))
