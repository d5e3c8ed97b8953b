"""Curves over time: worked by hand on a few subjects, and the laws that hold for any."""

from math import exp, log, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.signals.cumulative_incidence import compute_jackknife_error, fit_incidence
from trial.signals.mean_count import Spell, compute_mean_count, compute_mean_count_with_death
from trial.signals.survival import compare_survival, fit_survival

subjects = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 2)), min_size=1, max_size=25)


def test_survival_by_hand():
    """Four subjects: events at 1 and 3, censored at 2 and 4: 3/4, then 3/4 of 1/2."""
    curve = fit_survival([1, 2, 3, 4], [True, False, True, False])
    assert [curve.at(t).share for t in (0.5, 1, 2, 3, 9)] == pytest.approx([1, 0.75, 0.75, 0.375, 0.375])
    assert [curve.at(t).at_risk for t in (0, 1, 2.5, 4, 5)] == [4, 4, 2, 1, 0]
    assert curve.at(3).error == pytest.approx(0.375 * sqrt(1 / 12 + 1 / 2))
    assert curve.median()[0] == 3
    reach = 1.959963984540054 * sqrt(1 / 12) / log(0.75)
    assert curve.at(1).interval.lower == pytest.approx(0.75 ** exp(-reach))


def test_median_runs_along_one_half_and_may_be_missing():
    assert fit_survival([1, 2, 3, 4], [True] * 4).median()[0] == 2.5
    assert fit_survival([1, 2, 3], [True, False, False]).median()[0] is None
    assert fit_survival([1, 2], [True, True]).at(2).interval is None


def test_incidence_by_hand():
    """Four subjects: event at 1, death at 2, censored at 3, event at 4: 1/4, then half of the rest at the last time."""
    curve = fit_incidence([1, 2, 3, 4], [1, 2, 0, 1])
    assert [curve.at(t).share for t in (0, 1, 2, 4)] == pytest.approx([0, 0.25, 0.25, 0.75])
    assert curve.naive(4) == 1
    assert [point.time for point in curve.points()] == [1, 4]
    assert curve.at(0).interval is None
    assert curve.at(1).variance == pytest.approx(1 / 16)


@settings(max_examples=80, deadline=None)
@given(subjects)
def test_shares_of_all_causes_and_of_none_make_one(rows):
    times, causes = zip(*rows, strict=True)
    one, two = (fit_incidence(times, causes, cause=cause) for cause in (1, 2))
    all_causes = fit_survival(times, [cause > 0 for cause in causes])
    for time in range(13):
        assert one.at(time).share + two.at(time).share + all_causes.at(time).share == pytest.approx(1)
        assert one.at(time).share <= one.naive(time) + 1e-12
        assert one.at(time).variance >= 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 2)), min_size=2, max_size=20))
def test_without_censoring_the_share_is_the_plain_one(rows):
    times, causes = zip(*rows, strict=True)
    curve, n = fit_incidence(times, causes), len(rows)
    for time in (2, 5, 9):
        share = sum(t <= time and cause == 1 for t, cause in rows) / n
        assert curve.at(time).share == pytest.approx(share)
        assert compute_jackknife_error(times, causes, time) == pytest.approx(sqrt(share * (1 - share) / n), abs=1e-9)


def test_nothing_competes_makes_the_naive_share_the_right_one():
    times, causes = [1, 1, 2, 3, 5], [1, 0, 1, 0, 1]
    curve, km = fit_incidence(times, causes), fit_survival(times, [cause == 1 for cause in causes])
    assert [curve.at(t).share for t in range(6)] == pytest.approx([1 - km.at(t).share for t in range(6)])


def test_log_rank_is_blind_to_the_names_and_sees_a_difference():
    times, events = [1, 2, 3, 4, 5, 6], [True] * 6
    found = compare_survival(times, events, ["a"] * 3 + ["b"] * 3)
    assert found.statistic == pytest.approx(compare_survival(times, events, ["b"] * 3 + ["a"] * 3).statistic)
    assert found.chance < compare_survival(times, events, ["a", "b"] * 3).chance
    with pytest.raises(ValueError):
        compare_survival(times, events, ["a"] * 6)


def test_mean_count_by_hand():
    """Two subjects to day 10; one has events at 2 and 4, the other leaves at 3: 1/2, then one more of one."""
    spells = [Spell("a", 0, 2, True), Spell("a", 2, 4, True), Spell("a", 4, 10, False), Spell("b", 0, 3, False)]
    found = compute_mean_count(spells, [1, 2, 4])
    assert [point.mean for point in found] == pytest.approx([0, 0.5, 1.5])
    assert [point.at_risk for point in found] == [2, 2, 1]
    assert found[1].error == pytest.approx(sqrt(2 * 0.25**2))
    with pytest.raises(ValueError):
        compute_mean_count([Spell("a", 2, 2, True)], [1])


def test_death_ends_the_counting():
    """One of two dies at 3; an event at 5 in the other counts for half."""
    assert compute_mean_count_with_death([1, 5], [3, 9], [True, False], [1, 5]) == pytest.approx([0.5, 1.0])
    assert compute_mean_count_with_death([1, 5], [3, 9], [False, False], [5]) == pytest.approx([1.5])
    with pytest.raises(ValueError):
        compute_mean_count_with_death([10], [3, 9], [False, False], [10])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=15))
def test_counting_deaths_themselves_gives_the_share_dead(rows):
    ends, died = zip(*rows, strict=True)
    counted = compute_mean_count_with_death([t for t, dead in rows if dead], ends, died, [4, 9])
    curve = fit_survival(ends, died)
    assert counted == pytest.approx([1 - curve.at(time).share for time in (4, 9)])
