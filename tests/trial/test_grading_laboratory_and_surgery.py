"""Lab-derived grades at their limits in both versions of CTCAE, and the two surgical scales."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.grading.laboratory import RULES, Value, grade_value
from trial.grading.surgical import (
    ClavienDindo,
    Treatment,
    grade_clavien_dindo,
    needs_a_second_scale,
    rank_classintra,
    read_clavien_dindo,
)
from trial.terms import CLASSINTRA, CLAVIEN_DINDO


@pytest.mark.parametrize(("test", "number", "unit", "grade"), [
    ("K", 3.4, "mmol/L", 1), ("K", 3.0, "mmol/L", 1), ("K", 2.9, "mmol/L", 3), ("K", 2.4, "mmol/L", 4), ("K", 5.6, "mmol/L", 2),
    ("K", 4.0, "mmol/L", 0),
])  # fmt: skip
def test_potassium_on_both_sides(test, number, unit, grade):
    assert grade_value(test, Value(number, unit, 3.5, 5.0)) == grade


def test_magnesium_has_no_grade_two_above_normal():
    assert [grade_value("MG", Value(number, "mmol/L", 0.7, 1.0), side="high") for number in (1.0, 1.1, 1.24, 3.3, 3.31)] == [0, 1, 3, 3, 4]
    assert [grade_value("MG", Value(number, "mg/dL", 1.7, 2.4)) for number in (1.6, 1.1, 0.8, 0.6)] == [1, 2, 3, 4]


def test_creatinine_counts_against_the_limit_and_the_baseline():
    assert [grade_value("Creatinine", Value(number, "umol/L", 60, 100, 50)) for number in (70, 76, 151, 301, 601)] == [0, 2, 3, 3, 4]
    assert grade_value("CREAT", Value(151, "umol/L", 60, 100)) == 2
    assert grade_value("CREAT", Value(76, "umol/L", 60, 100, 70), "6.0") == 0


def test_an_abnormal_baseline_changes_the_measure():
    assert [grade_value("AST", Value(number, "U/L", 7, 40, 50)) for number in (70, 75, 151, 251, 1001)] == [0, 1, 2, 3, 4]
    assert [grade_value("AST", Value(number, "U/L", 7, 40, 50), "6.0") for number in (49, 50, 76, 101, 201)] == [0, 1, 2, 3, 4]
    assert [grade_value("ALP", Value(number, "U/L", 40, 100, 150)) for number in (299, 300, 376)] == [0, 1, 2]


def test_haemoglobin_ends_at_three_in_every_unit():
    assert [grade_value("HGB", Value(number, "g/dL", 13, 17)) for number in (13, 12, 9.9, 7.9, 2)] == [0, 1, 2, 3, 3]
    assert grade_value("Hb", Value(4.8, "mmol/L", 8, 11)) == 3


def test_cells_count_in_any_unit_and_versions_differ():
    assert grade_value("NEUT", Value(1400, "/mm3", 1800, 7500)) == grade_value("ANC", Value(1.4, "10^9/L", 1.8, 7.5)) == 2
    assert grade_value("NEUT", Value(1.6, "10^9/L", 1.8, 7.5), "6.0") == 0
    assert grade_value("PLAT", Value(20, "10^9/L", 150, 400), "5.0") == 4
    assert grade_value("PLAT", Value(20, "10^9/L", 150, 400), "6.0") == 3


def test_what_the_value_does_not_decide_has_no_grade():
    assert grade_value("Tacrolimus", Value(9, "ug/L")) is None
    assert grade_value("ALT", Value(100, "U/L")) is None
    assert grade_value("HGB", Value(100, "stone", 130)) is None
    assert grade_value("ALP", Value(400, "U/L", 40, 100), "6.0") is None


@given(st.sampled_from(sorted(RULES["5.0"])), st.sampled_from(["5.0", "6.0"]), st.floats(0.05, 400), st.floats(1.0, 3.0))
def test_further_from_normal_is_never_a_lower_grade(test, version, number, further):
    rules = RULES[version].get(test, {})
    for side in rules:
        beyond = number * further if side == "high" else number / further
        unit = {"ALT": "U/L"}.get(test) or next(iter(getattr(rules[side], "units", {"U/L": 0})))
        near, far = (grade_value(test, Value(one, unit, 3.0, 5.0, 4.0), version, side=side) for one in (number, beyond))
        assert near is not None
        assert near <= far


def test_clavien_dindo_is_read_and_written():
    assert read_clavien_dindo("IIIb-d") == read_clavien_dindo("iiib d") == ClavienDindo("IIIb", disability=True)
    assert [str(read_clavien_dindo(grade)) for grade in CLAVIEN_DINDO] == list(CLAVIEN_DINDO)
    assert str(read_clavien_dindo("Id")) == "I-d"
    for wrong in ("", "VI", "IIIc", "Vd", "3a"):
        with pytest.raises(ValueError):
            read_clavien_dindo(wrong)


@pytest.mark.parametrize(("treatment", "grade"), [
    (Treatment(), "I"), (Treatment(disability_at_discharge=True), "I-d"), (Treatment(drugs_or_transfusion=True), "II"),
    (Treatment(intervention=True), "IIIa"), (Treatment(intervention=True, general_anaesthesia=True), "IIIb"),
    (Treatment(organs_failing=1, intervention=True), "IVa"), (Treatment(organs_failing=2), "IVb"), (Treatment(death=True), "V"),
])  # fmt: skip
def test_clavien_dindo_by_what_was_needed(treatment, grade):
    assert str(grade_clavien_dindo(treatment)) == grade


def test_clavien_dindo_never_stands_alone_for_neurology():
    assert needs_a_second_scale("Clavien-Dindo", neurological=True)
    assert not needs_a_second_scale("CTCAE", neurological=True)
    assert [rank_classintra(grade) for grade in CLASSINTRA] == [0, 1, 2, 3, 4, 5]
    with pytest.raises(ValueError):
        rank_classintra("VI")
