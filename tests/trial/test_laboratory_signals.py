"""Laboratory signals on cases worked out by hand: results beyond a method's limit, grades reported, Hy's law, troughs, recurrence."""

from math import exp, log

import pandas as pd
import pytest

from trial.grading.laboratory import RULES, Value, grade_value, list_fixed_limits
from trial.grading.laboratory_terms import TERMS, find_analyte
from trial.protocol import BackgroundPart
from trial.signals.calcineurin import judge_troughs
from trial.signals.laboratory import compute_lab_grades, read_bound
from trial.signals.laboratory_reported import AGREEMENTS, compare_with_reported
from trial.signals.liver_peaks import compute_liver_peaks
from trial.signals.recurrence import compute_yearly_rate, find_returned, judge_recurrence
from trial.tables.laboratory import LAB_COMPARED, LAB_REPORTS, LAB_SERIES, LIVER_PEAKS, TROUGH_READINGS
from trial.tables.recurrence import RECURRENCE, REPEATED_EVENTS

LIMITS = {"ALT": ("U/L", 5, 40), "AST": ("U/L", 5, 40), "BILI": ("umol/L", 3, 20), "ALP": ("U/L", 40, 120), "CREAT": ("umol/L", 45, 104),
          "TACRO": ("ug/L", 5, 10), "K": ("mmol/L", 3.5, 5.0), "MG": ("mmol/L", 0.7, 1.0)}  # fmt: skip


def series(*results, baseline=None, bound=None):
    """LAB_SERIES of (test, day, value) of one subject."""
    return LAB_SERIES.frame((test, "S1", 1, day, value, bound, *LIMITS[test], baseline, day > 0) for test, day, value in results)


@pytest.mark.parametrize(("text", "said"), [
    ("<5", ("<", 5.0)), (" > 500", (">", 500.0)), ("\u22640.3", ("<", 0.3)), (">=7", (">", 7.0)), ("NEGATIVE", None), ("<LLOQ", None),
    ("5", None), (None, None), ("<5 mg", None),
])  # fmt: skip
def test_a_result_beyond_the_method_is_read(text, said):
    assert read_bound(text) == said


def test_a_result_beyond_the_method_is_graded_on_its_own_side_only():
    above = compute_lab_grades(series(("ALT", 5, 200.0), bound=">"))
    assert above[["side", "worst"]].values.tolist() == [["high", 3]]  # 200 is 5 x ULN: grade 2; above it, grade 3
    low = compute_lab_grades(series(("K", 5, 3.0), bound="<"))
    assert low[["side", "worst"]].values.tolist() == [["low", 3]]  # nothing is said of the high side


def test_fixed_limits_need_no_range_and_units_have_many_names():
    assert grade_value("K", Value(7.5, "mEq/L")) == 4
    assert grade_value("K", Value(5.2, "mmol/L")) is None  # grade 0 or 1: the range decides
    same = {grade_value("PLAT", Value(number, unit, 150 * number / 60, None)) for number, unit in (
        (60, "10^9/L"), (60, "10^3/uL"), (60, "K/uL"), (60, "G/L"), (60, "x10^9/L"),
        (60_000, "/uL"), (60_000, "cells/mm3"), (60, "GI/L"), (60, "10^3/mcL"), (60, "K/mcL"),
        (60_000, "/mcL"), (60_000, "cells/mcL"))}  # fmt: skip
    assert same == {2}
    assert {grade_value("HGB", Value(7.9, unit, 12.0)) for unit in ("g/dL", "gm/dL")} == {3}
    assert grade_value("HGB", Value(7.9, "mgm/dL", 12.0)) is None  # milligrams are no grams


def test_a_side_without_its_limit_is_not_normal_but_undecidable_unless_a_fixed_limit_decides():
    assert grade_value("K", Value(3.2, "mmol/L", None, 5.1)) is None  # grade 0 to 2, as the missing limit would say
    assert grade_value("K", Value(2.2, "mmol/L", None, 5.1)) == 4
    assert grade_value("K", Value(3.2, "mmol/L", 3.5, None)) == 1  # low, so it is not high
    assert grade_value("K", Value(5.2, "mmol/L", 3.5, None)) is None
    assert grade_value("K", Value(4.0, "mmol/L", 3.5, 5.1)) == 0
    assert grade_value("NA", Value(118, "mmol/L", None, 145)) == 4


def test_creatinine_is_graded_by_its_baseline_where_its_limit_is_missing():
    found = [grade_value("CREAT", Value(number, "umol/L", None, None, 80)) for number in (120, 121, 240, 241, 300)]
    assert found == [None, 2, 2, 3, 3]  # a multiple of the limit might say grade 4, but not less
    assert grade_value("CREAT", Value(300, "umol/L")) is None
    low = [grade_value("CREAT", Value(130, "umol/L", lower, None, 80), "6.0") for lower in (None, 70, 90)]
    assert low == [None, None, 2]  # v6.0: only where the baseline lies below the range


@pytest.mark.parametrize(("test", "unit", "found"), [
    ("potassium", "mmol/L", {"low": 3.0, "high": 5.5}), ("K", "mEq/L", {"low": 3.0, "high": 5.5}), ("HB", "gm/dL", {"low": 10}),
    ("NEUT", "K/mcL", {"low": 1.5}), ("PLT", "cells/mm3", {"low": 75_000}), ("ALT", "U/L", {}), ("K", "mg", {}), ("X", "", {}),
])  # fmt: skip
def test_the_fixed_limits_are_the_mildest_of_every_version(test, unit, found):
    assert list_fixed_limits(test, unit) == found
    for side, number in found.items():
        beyond, within = (number * (1 + step if side == "high" else 1 - step) for step in (0.01, -0.01))
        grades = [{grade_value(test, Value(one, unit), version, side=side) for version in RULES} for one in (beyond, within)]
        assert max(grades[0] - {None}) >= 1
        assert grades[1] <= {None, 0}


def test_a_value_on_a_multiple_is_not_beyond_it_whatever_binary_fractions_say():
    # 1.5 x 50.2 is 75.3, and 75.30000000000001 in floating point; 3 x 1.1 is 3.3, and 3.3000000000000003
    assert grade_value("ALT", Value(75.3, "U/L", 7, 40, 50.2)) == 1
    assert grade_value("ALT", Value(75.2, "U/L", 7, 40, 50.2)) == 0
    assert grade_value("CREAT", Value(3.3, "mg/dL", 0.6, 1.1)) == 2
    assert grade_value("BILI", Value(1.3, "mg/dL", 0.2, 1.2, 1.3)) == 0
    assert grade_value("BILI", Value(1.31, "mg/dL", 0.2, 1.2, 1.3)) == 1


def test_version_6_has_other_terms():
    assert grade_value("LYMPH", Value(0.4, "10^9/L", 1.0), "6.0") is None and grade_value("LYMPH", Value(0.4, "10^9/L", 1.0)) == 3
    found = [grade_value("ALP", Value(number, "U/L", 40, 120, 130), "6.0") for number in (120, 130, 131, 900)]
    assert found == [0, 0, 1, 1] and grade_value("ALP", Value(121, "U/L", 40, 120), "6.0") is None


def test_every_rule_has_the_terms_that_report_it():
    assert set(TERMS) == {(test, side) for rules in RULES.values() for test, sides in rules.items() for side in sides}
    assert find_analyte("HYPERKALEMIA") == ("K", "high") and find_analyte("Nausea") is None


def test_the_reported_grade_stands_beside_the_one_by_value():
    grades = compute_lab_grades(series(("ALT", 5, 210.0), ("K", 5, 5.7), ("CREAT", 5, 110.0), baseline=None))
    reports = LAB_REPORTS.frame([
        ("S1", 1, "AE-1", "Alanine aminotransferase increased", 2, 6), ("S1", 1, "AE-2", "alanine aminotransferase increased", 1, 9),
        ("S1", 1, "AE-3", "Creatinine increased", None, 6), ("S2", 1, "AE-4", "Hypokalemia", 3, 2),
    ])  # fmt: skip
    table = compare_with_reported(grades, reports)
    LAB_COMPARED.check(table)
    found = {(row.subject, row.test, row.side): (row.derived, row.reported, row.event, row.agreement) for row in table.itertuples()}
    assert found["S1", "ALT", "high"] == (3, 2, "AE-1", "lower")
    assert found["S1", "K", "high"][3] == "not reported"
    assert found["S1", "CREAT", "high"][3] == "no grade"
    assert found["S2", "K", "low"][3] == "no value"
    assert set(table["agreement"]) <= set(AGREEMENTS) and len(table) == 4


def law(*results):
    row = compute_liver_peaks(series(*results))
    LIVER_PEAKS.check(row)
    return bool(row["hys_law"].iloc[0]), bool(row["phosphatase_missing"].iloc[0]), row["days"].iloc[0]


CALM = ("ALP", 10, 100.0)


def test_hys_law_is_looked_for_in_every_pair_not_only_in_the_peaks():
    assert law(("ALT", 10, 120.0), ("BILI", 40, 40.0), CALM) == (True, False, 30)
    assert law(("ALT", 10, 120.0), ("BILI", 41, 40.0), CALM)[0] is False
    assert law(("ALT", 10, 119.9), ("BILI", 10, 40.0), CALM)[0] is False
    # the highest ALT comes three months after the jaundice that an earlier rise led to
    assert law(("ALT", 10, 200.0), ("BILI", 20, 50.0), ("ALT", 110, 400.0), CALM)[0] is True
    assert law(("ALT", 5, 60.0), ("AST", 10, 130.0), ("BILI", 12, 45.0), CALM)[0] is True  # AST alone is enough


@pytest.mark.parametrize("upper", [20.1, 23.4, 33.1, 40.2])
def test_a_peak_on_the_limit_reaches_it_whatever_binary_fractions_say(upper):
    # 60.3 / 20.1 is 2.9999999999999996
    def peaks(alp):
        rows = [("ALT", round(3 * upper, 1), 5.0, upper), ("BILI", round(2 * upper, 1), 3.0, upper), ("ALP", alp, 30.0, upper)]
        row = compute_liver_peaks(
            LAB_SERIES.frame((test, "S1", 1, 7, value, None, "U", low, high, None, True) for test, value, low, high in rows)
        )
        return row["quadrant"].iloc[0], bool(row["hys_law"].iloc[0])

    assert peaks(1.9 * upper) == ("potential Hy's law (biochemical)", True)
    assert peaks(round(2 * upper, 1)) == ("potential Hy's law (biochemical)", False)
    assert peaks(round(2 * upper - 0.1, 1))[1] is True


def test_a_missing_phosphatase_excludes_nothing():
    assert law(("ALT", 10, 200.0), ("BILI", 12, 50.0))[:2] == (False, True)
    assert law(("ALT", 10, 200.0), ("BILI", 12, 50.0), ("ALP", 41, 100.0))[:2] == (False, True)  # measured too late
    assert law(("ALT", 10, 200.0), ("BILI", 12, 50.0), ("ALP", 12, 240.0))[:2] == (False, False)  # cholestatic: 2.0 x ULN


@pytest.mark.parametrize(("trough", "creatinine", "days", "state"), [
    (10.1, 105.0, 30, "signal"), (10.0, 105.0, 5, "quiet"), (10.1, 105.0, 31, "quiet"), (10.1, 89.0, 5, "quiet"),
    (10.1, 90.0, 5, "watch"), (10.1, 120.0, 0, "signal"), (10.1, 104.0, 5, "watch"),
])  # fmt: skip
def test_a_trough_above_its_range_and_a_rise_of_creatinine(trough, creatinine, days, state):
    results = series(("TACRO", 7, trough), ("CREAT", 7 + days, creatinine), ("K", 9, 5.5), ("MG", 9, 0.56), baseline=60.0)
    table = judge_troughs(results)
    TROUGH_READINGS.check(table)
    assert table["state"].tolist() == [state]
    assert table["potassium"].iloc[0] == pytest.approx(1.1) and table["magnesium"].iloc[0] == pytest.approx(0.8)


@pytest.mark.parametrize("baseline", [0.68, 0.8, 0.83, 1.1])
@pytest.mark.parametrize(("times", "state"), [(1.5, "watch"), (2.0, "signal")])
def test_a_rise_on_the_limit_is_a_rise_whatever_binary_fractions_say(baseline, times, state):
    value = float(f"{times * baseline:.4g}")
    row = ("S1", 1, 7, value, None, "mg/dL", 0.5, 3.0, baseline, True)
    table = judge_troughs(pd.concat([series(("TACRO", 7, 12.0)), LAB_SERIES.frame([("CREAT", *row)])]))
    assert table["state"].tolist() == [state]


def test_stage_2_is_a_signal_within_the_range_and_without_a_baseline_nothing_is_said():
    low = pd.concat([series(("TACRO", 7, 12.0)), series(("CREAT", 14, 80.0), baseline=40.0)])
    assert judge_troughs(low)["state"].tolist() == ["signal"]
    assert judge_troughs(series(("TACRO", 7, 12.0), ("CREAT", 14, 300.0)))["state"].tolist() == ["quiet"]


RATE = BackgroundPart(code="UTI", label="UTI", terms=("x",), low=0.17, central=0.3, high=0.49, window="w", ascertainment="a", source="s")


def repeated(**subjects):
    return REPEATED_EVENTS.frame(("UTI", code, f"{code}-{n}", day) for code, days in subjects.items() for n, day in enumerate(days))


def judged(days, **subjects):
    table = judge_recurrence(repeated(**subjects), [RATE], days)
    RECURRENCE.check(table)
    return table


def test_recurrence_needs_more_events_than_expected_and_two_subjects():
    assert compute_yearly_rate(0.49) == pytest.approx(-log(0.51), rel=1e-12)
    year = judged(365, A=[10, 100], B=[20, 200, 300])
    assert year["state"].tolist() == ["signal"] and year["codes"].tolist() == ["A, B"]
    mean = -log(0.51) * 365 / 365.25
    tail = 1 - exp(-mean) * sum(mean**k / f for k, f in enumerate((1, 1, 2, 6, 24)))
    assert year["chance_high"].iloc[0] == pytest.approx(tail, rel=1e-9)
    assert judged(365, A=[10, 50, 100, 150, 200])["state"].tolist() == ["watch"]  # one subject only
    assert judged(20 * 365, A=[10, 100], B=[20, 200])["state"].tolist() == ["quiet"]
    assert judged(365, A=[10, 194], B=[5, 189])["state"].tolist() == ["quiet"]  # 184 days apart: no return within half a year
    assert judged(365, A=[10], B=[20], C=[30]).empty and judged(0, A=[1, 2]).empty


def test_onsets_without_a_date_are_no_return():
    assert not find_returned([None, None]) and not find_returned([5]) and find_returned([5, None, 188]) and not find_returned([5, 189])


def test_a_certain_background_is_never_exceeded():
    certain = RATE.model_copy(update={"low": 1.0, "central": 1.0, "high": 1.0})
    assert judge_recurrence(repeated(A=[1, 2], B=[1, 2]), [certain], 10)["state"].tolist() == ["quiet"]
