"""Calibrated boundaries: against every possible trial written out, and against their own laws."""

from itertools import product
from math import exp, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.signals.arrivals import (
    ExposurePlan,
    calibrate_exposure,
    compute_crossing,
    compute_hazard,
    compute_maxsprt_chance,
    compute_maxsprt_critical,
    place_exposure,
)
from trial.signals.calibrated import FAMILIES, Plan, calibrate, compute_course
from trial.signals.cusum import compute_cusum

SETTINGS = {"WT": (0.25,), "BB": (0.3, 1.7), "CC": (1.0, 1.0, 0.3, 0.5), "SPRT": (0.4,)}


def test_the_printed_example():
    """SAFETY 5.1: Pocock, 10%, 12 subjects: stop at 2 of 2 to 4, 3 of 5 to 10, 4 of 11 and 12."""
    found = calibrate(Plan("Pocock", 0.1, 0.1, tuple(range(1, 13))))
    assert found.limits == (2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4)
    assert (round(found.type_one_error, 4), round(found.operating(0.3).chance_to_stop, 3)) == (0.0977, 0.667)
    assert (found.limit_at(1), found.limit_at(5), found.limit_at(40)) == (None, 3, 4)


@pytest.mark.parametrize("rate", [0.1, 0.35])
@pytest.mark.parametrize("looks", [(1, 2, 3, 4, 5, 6, 7, 8), (3, 6, 8)])
def test_course_equals_every_trial_written_out(looks, rate):
    limits = tuple(min(look + 1, 2 + look // 4) for look in looks)
    stopped = expected = 0.0
    for trial in product((0, 1), repeat=looks[-1]):
        chance = rate ** sum(trial) * (1 - rate) ** (len(trial) - sum(trial))
        end = next((look for look, limit in zip(looks, limits, strict=True) if sum(trial[:look]) >= limit), None)
        stopped += chance * (end is not None)
        expected += chance * (end or looks[-1])
    found = compute_course(looks, limits, rate)
    assert found.chance_to_stop == pytest.approx(stopped, abs=1e-12)
    assert found.expected_subjects == pytest.approx(expected, abs=1e-12)
    assert found.expected_events == pytest.approx(rate * expected, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(FAMILIES)), st.floats(0.03, 0.35), st.floats(0.02, 0.3), st.integers(2, 24))
def test_type_one_error_never_exceeds_alpha_and_power_grows(family, target, alpha, subjects):
    plan = Plan(family, target, alpha, tuple(range(1, subjects + 1)), SETTINGS.get(family, ()))
    found = calibrate(plan)
    assert found.type_one_error <= alpha + 1e-12
    chances = [found.operating(rate).chance_to_stop for rate in (target, (target + 1) / 2, 0.99)]
    assert chances == sorted(chances)
    assert all(0 < limit <= look + 1 for look, limit in zip(plan.looks, found.limits, strict=True))


def test_a_higher_alpha_never_stops_later():
    strict, mild = (calibrate(Plan("BB", 0.1, alpha, tuple(range(1, 31)), (0.2, 1.8))) for alpha in (0.02, 0.2))
    assert all(one >= other for one, other in zip(strict.limits, mild.limits, strict=True))


def test_impossible_plans_are_refused():
    looks = (1, 2)
    for family, target, alpha, when, extra in (
        ("Haybittle", 0.1, 0.1, looks, ()), ("Pocock", 0, 0.1, looks, ()), ("Pocock", 0.1, 1, looks, ()),
        ("Pocock", 0.1, 0.1, (2, 2), ()), ("Pocock", 0.1, 0.1, (), ()), ("BB", 0.1, 0.1, looks, (1.0,)),
    ):  # fmt: skip
        with pytest.raises(ValueError):
            Plan(family, target, alpha, when, extra)


def test_crossing_of_the_first_event_is_exponential():
    assert compute_crossing([0.7], 1) == pytest.approx(1 - exp(-0.7))
    # two events by 1, or else three by 2: one event by 1 (or none) and enough after it
    none, one, two = exp(-1), exp(-1), exp(-1) / 2
    by_hand = 1 - none * (none + one + two) - one * (none + one)
    assert compute_crossing([1.0, 2.0], 2) == pytest.approx(by_hand)


def test_published_critical_values():
    """Kulldorff et al. 2011, Table 1: 3.297183 for 5 expected events, 3.467952 for 10."""
    assert [round(compute_maxsprt_critical(expected, 0.05), 6) for expected in (5, 10)] == [3.297183, 3.467952]
    assert compute_maxsprt_critical(5, 0.05, least=3) < compute_maxsprt_critical(5, 0.05)
    assert compute_maxsprt_critical(5, 0.05, delay=1) <= compute_maxsprt_critical(5, 0.05)


def test_where_no_critical_value_has_alpha_itself_the_signal_is_rarer():
    critical = compute_maxsprt_critical(2.5, 0.05, delay=2)
    assert compute_maxsprt_chance(critical, 2.5, delay=2) == pytest.approx(0.042021038, abs=1e-9)
    assert compute_maxsprt_chance(critical - 1e-6, 2.5, delay=2) > 0.06
    assert compute_maxsprt_chance(compute_maxsprt_critical(6, 0.05, delay=1), 6, delay=1) == pytest.approx(0.05, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["Pocock", "OBF", "MaxSPRT"]), st.integers(6, 30), st.floats(0.05, 0.3), st.floats(0.03, 0.2))
def test_exposure_boundary_keeps_alpha_and_rises(family, subjects, target, alpha):
    plan = ExposurePlan(family, subjects, target, alpha, 30.0)
    found = calibrate_exposure(plan)
    assert found.chance_to_stop(target) == pytest.approx(alpha, abs=1e-9)
    assert found.chance_to_stop(min(0.9, 2 * target)) > alpha
    assert list(found.limits) == sorted(found.limits)
    assert found.limits[-1] == pytest.approx(subjects * 30)
    assert place_exposure(plan, found.critical).limits == pytest.approx(found.limits)


def test_exposure_boundary_stops_on_early_events_only():
    found = calibrate_exposure(ExposurePlan("OBF", 12, 0.2, 0.1, 90.0))
    assert (found.stops(3, 100), found.stops(3, 200), found.stops(2, 1), found.stops(12, 1080)) == (True, False, False, True)
    assert compute_hazard(0.5, 10) == pytest.approx(log(2) / 10)
    for wrong in ({"higher": 0.4}, {"delta": 0.1}, {"family": "SPRT"}, {"target": 1.0}):
        with pytest.raises(ValueError):
            ExposurePlan(**({"family": "OBF", "subjects": 12, "target": 0.2, "alpha": 0.1, "window": 90.0} | wrong))


def test_cusum_falls_to_zero_and_keeps_its_signal():
    steps = compute_cusum([False, True, True, True, False], 0.1, 0.3, 2)
    up = log(3)
    assert [step.total for step in steps] == pytest.approx([0, up, 2 * up, 3 * up, 3 * up + log(7 / 9)])
    assert [step.signal for step in steps] == [False, False, True, True, True]
    assert compute_cusum([False], 0.1, 0.3, 2, floor_first=False)[0].total == pytest.approx(log(7 / 9))
    with pytest.raises(ValueError):
        compute_cusum([], 0.3, 0.1, 2)
