"""The trend with the dose: its strength against Fisher's odds ratio, and when a chance may be told."""

from math import inf

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats.contingency import odds_ratio

from trial.signals.dose_response import compute_dose_shares, compute_dose_trends, list_levels
from trial.signals.trend import compute_strength, compute_trend
from trial.tables import COHORTS, EVENT_OVERVIEW
from trial.tables.event_courses import DOSE_SHARES, DOSE_TRENDS

LEVELS = {1: (1, "10 M"), 2: (1, "10 M"), 3: (2, "50 M"), 4: (3, "150 M")}
groups = st.integers(1, 9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def overview(*cohorts):
    """Cohort number, dosed, and subjects with a serious event."""
    return EVENT_OVERVIEW.frame(
        ("serious", number, f"C{number}", dosed, subjects, subjects, 100, None) for number, dosed, subjects in cohorts
    )


@settings(max_examples=60, deadline=None)
@given(groups, groups)
def test_on_two_groups_the_strength_is_fishers_odds_ratio(low, high):
    (a, n), (b, m) = low, high
    if a + b in (0, n + m):
        with pytest.raises(ValueError, match="differs"):
            compute_strength([a, b], [n, m], [1, 2])
        return
    found = compute_strength([a, b], [n, m], [1, 2])
    reference = odds_ratio([[b, m - b], [a, n - a]], kind="conditional")
    limits = reference.confidence_interval(0.95)
    assert (found.odds_ratio, found.lower, found.upper) == pytest.approx((reference.statistic, limits.low, limits.high), rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.lists(groups, min_size=3, max_size=4))
def test_the_interval_holds_the_ratio_and_fits_the_chance(rows):
    events, sizes = zip(*rows, strict=True)
    if sum(events) in (0, sum(sizes)):
        return
    ranks = range(1, len(rows) + 1)
    found, trend = compute_strength(events, sizes, ranks), compute_trend(events, sizes, ranks)
    assert found.lower <= found.odds_ratio <= found.upper
    assert found.least_chance <= trend.chance_as_high + 1e-12
    assert (found.lower > 1) == (trend.chance_as_high < 0.025)  # two sides of the same exact distribution


def test_ties_that_rounding_tells_apart_are_one_value():
    """Scores in thirds: 1/3 + 2/3 is the statistic of 3/3, however it is summed."""
    whole, scaled = compute_strength([3, 5, 7], [10, 10, 10], [1, 2, 3]), compute_strength([3, 5, 7], [10, 10, 10], [10, 20, 30])
    assert whole.upper == pytest.approx(scaled.upper**10)


def test_shares_add_cohorts_of_one_level_and_never_fall():
    shares = compute_dose_shares(overview((1, 3, 2), (2, 3, 0), (3, 6, 1), (4, 3, 2), (9, 4, 4)), LEVELS, ["serious", "limiting"])
    DOSE_SHARES.check(shares)
    assert shares[["level", "dose", "dosed", "subjects"]].to_numpy().tolist() == [[1, "10 M", 6, 2], [2, "50 M", 6, 1], [3, "150 M", 3, 2]]
    assert shares["monotone"].tolist() == pytest.approx([0.25, 0.25, 2 / 3])


@pytest.mark.parametrize(
    ("cohorts", "told", "reading"),
    [
        ([(1, 6, 0)], False, "one dose level so far: no trend can be seen"),
        ([(1, 3, 0), (3, 3, 0)], False, "nobody had one"),
        ([(1, 3, 3), (3, 3, 3)], False, "everybody had one"),
        ([(1, 3, 0), (3, 3, 1)], False, "too few subjects for a trend to be told from chance, whatever the pattern"),
        ([(1, 6, 0), (3, 6, 1), (4, 6, 5)], True, "rises with the dose, more than chance explains"),
        ([(1, 6, 3), (3, 6, 2), (4, 6, 3)], True, "no rise beyond chance"),
    ],
)
def test_a_chance_stands_only_where_a_pattern_could_be_rare_and_beside_its_interval(cohorts, told, reading):
    trends = compute_dose_trends(compute_dose_shares(overview(*cohorts), LEVELS, ["serious"]))
    DOSE_TRENDS.check(trends)
    row = trends.iloc[0]
    assert (not pd.isna(row["chance"]), row["reading"]) == (told, reading)
    assert pd.isna(row["chance"]) or not pd.isna(row["lower"])


def test_events_only_at_the_top_have_no_upper_limit():
    row = compute_dose_trends(compute_dose_shares(overview((1, 6, 0), (3, 6, 3)), LEVELS, ["serious"])).iloc[0]
    assert row["odds_ratio"] == inf and row["upper"] == inf and row["lower"] < 1.5


def test_cohorts_without_a_dose_level_have_none():
    table = COHORTS.frame([(1, "A", 1, "10 M", 3, None, None, 3, 3), (2, "B", None, None, 3, None, None, 3, 3)])
    assert list_levels(table) == {1: (1, "10 M")}
