"""Boundaries as stoppingrule seeks them, where they are other ones than ours, and that they are the same everywhere else."""

import pytest

from trial.signals.calibrated import Plan, calibrate
from trial.signals.calibrated_search import list_interval, seek_boundary

EVERY = tuple(range(1, 31))


@pytest.mark.parametrize(
    "plan",
    [
        Plan("Pocock", 0.1, 0.1, EVERY), Plan("OBF", 0.1, 0.1, EVERY), Plan("WT", 0.15, 0.05, EVERY, (0.25,)),
        Plan("BB", 0.15, 0.05, EVERY, (0.3, 1.7)), Plan("SPRT", 0.1, 0.1, EVERY, (0.3,)), Plan("MaxSPRT", 0.1, 0.1, EVERY),
    ],
    ids=lambda plan: plan.family,
)  # fmt: skip
def test_the_search_ends_at_the_smallest_critical_value(plan):
    assert seek_boundary(plan) == calibrate(plan)


def test_an_interval_that_ends_too_low_gives_a_boundary_that_stops_too_often():
    plan = Plan("WT", 0.15, 0.05, (3, 5, 6, 7), (0.5,))
    ours, sought = calibrate(plan), seek_boundary(plan)
    assert ours.limits == (3, 3, 4, 4) and ours.type_one_error <= plan.alpha
    assert sought.limits == (2, 3, 4, 4) and sought.type_one_error == pytest.approx(0.0702416179688, abs=1e-12)


def test_an_interval_that_begins_too_high_gives_a_stricter_boundary():
    plan = Plan("SPRT", 0.33, 0.15, tuple(range(3, 25, 3)), (0.76,))
    assert seek_boundary(plan).limits == (3, 4, 6, 8, 9, 11, 13, 14)
    assert calibrate(plan).limits == (3, 4, 6, 7, 9, 11, 12, 14)


def test_cells_of_equal_evidence_stop_together_in_ours_and_by_rounding_in_the_other():
    plan = Plan("OBF", 0.2, 0.05, (1, 5, 6, 9, 11, 14, 15, 16, 17, 18, 20, 22, 23, 27))
    ours, sought = calibrate(plan).limits, seek_boundary(plan).limits
    assert [(look, a, b) for look, a, b in zip(plan.looks, ours, sought, strict=True) if a != b] == [(20, 9, 8)]


def test_only_four_families_are_sought_in_an_interval():
    found = {family: list_interval(Plan(family, 0.1, 0.05, EVERY, settings)) for family, settings in (
        ("Pocock", ()), ("OBF", ()), ("WT", (0.25,)), ("BB", (1.0, 9.0)), ("SPRT", (0.3,)), ("MaxSPRT", ()),
    )}  # fmt: skip
    assert {family for family, interval in found.items() if interval} == {"OBF", "WT", "SPRT", "MaxSPRT"}
    assert found["OBF"] == pytest.approx((1.6448536269514722, 2.935199468866699), abs=1e-9)
