"""Accrual rules against numbers worked out by hand and against an independent computation."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from trial.clocks.accrual import (
    DAYS_PER_MONTH,
    Plan,
    compute_accrual,
    compute_curve,
    compute_opening,
    compute_projection,
    compute_rate,
    compute_share,
    compute_shares,
    compute_site_accrual,
    plan_of,
)
from trial.protocol import parse_protocol
from trial.tables.enrolment import ACCRUAL_CURVE, ENROLMENT_DAYS, FUNNEL, FUNNEL_SHARES, PROJECTION, SITE_ACCRUAL, SITE_ENROLMENT

PLAN = Plan(date(2026, 3, 1), 2.0, 24)


@pytest.mark.parametrize(("count", "of"), [(0, 3), (3, 3), (2, 7), (1, 1)])
def test_shares_carry_clopper_and_pearson(count, of):
    interval = stats.binomtest(count, of).proportion_ci(0.95, method="exact")
    assert compute_share(count, of) == pytest.approx((count / of, interval.low, interval.high), abs=1e-12)


def test_nothing_of_nothing_is_no_share():
    assert compute_share(0, 0) == (None, None, None)
    assert compute_rate(3, 0) == (None, None, None)


def test_rates_carry_garwood():
    low, high = stats.chi2.ppf(0.025, 2 * 7) / 2 / 3.5, stats.chi2.ppf(0.975, 2 * 8) / 2 / 3.5
    assert compute_rate(7, 3.5) == pytest.approx((2.0, low, high))
    assert compute_rate(0, 1.0)[1:] == pytest.approx((0.0, -np.log(0.025)))


def test_the_plan_is_a_straight_line_that_ends_at_its_number():
    assert PLAN.expected_on(date(2026, 2, 1)) == 0
    assert PLAN.expected_on(date(2027, 3, 1)) == pytest.approx(365 / DAYS_PER_MONTH * 2)
    assert PLAN.expected_on(date(2030, 1, 1)) == 24
    assert PLAN.ends_on == date(2027, 3, 1)
    assert Plan(date(2026, 3, 1), 0.0, 24).ends_on is None


def test_a_plan_is_read_from_the_protocol(protocol_text):
    plan = plan_of(parse_protocol(protocol_text))
    assert (plan.per_month, plan.subjects, plan.starts_on) == (pytest.approx(1.5), 18, date(2026, 3, 2))


@pytest.fixture
def protocol_text():
    return (Path(__file__).parents[2] / "synthetic/protocols/fw-sci-01.toml").read_text(encoding="utf-8")


def test_the_projection_is_the_predictive_distribution_of_the_gamma_poisson_model():
    """The closed form against 200,000 draws: a rate from its posterior, then the time to that many more subjects."""
    day = date(2026, 9, 1)
    accrual = compute_accrual(date(2026, 3, 1), 5, PLAN, day)
    found = compute_projection(accrual, PLAN, day).iloc[-1]
    worth = 2.4
    random = np.random.default_rng(7)
    rate = random.gamma(worth + 5, 1 / (worth / 2.0 + accrual.months), 200_000)
    waits = random.gamma(24 - 5, 1 / rate) * DAYS_PER_MONTH
    for column, level in (("low", 0.025), ("median", 0.5), ("high", 0.975)):
        expected = np.quantile(waits, level)
        assert (found[column].date() - day).days == pytest.approx(expected, rel=0.02)
    assert found["subjects"] == 24


def test_the_projection_ends_at_the_planned_number_and_never_runs_back():
    day = date(2026, 9, 1)
    found = compute_projection(compute_accrual(date(2026, 3, 1), 5, PLAN, day), PLAN, day)
    PROJECTION.check(found)
    assert found["subjects"].tolist() == list(range(6, 25))
    assert all(found[name].is_monotonic_increasing for name in ("low", "median", "high"))
    assert (found["low"] <= found["median"]).all()
    assert (found["median"] <= found["high"]).all()


def test_a_full_trial_and_a_plan_without_a_rate_are_not_projected():
    day = date(2026, 9, 1)
    assert compute_projection(compute_accrual(day, 24, PLAN, day), PLAN, day).empty
    still = Plan(day, 0.0, 24)
    assert compute_projection(compute_accrual(day, 3, still, day), still, day).empty


def test_a_day_beyond_twenty_years_is_missing_not_wrong():
    slow = Plan(date(2026, 1, 1), 0.01, 50)
    day = date(2026, 6, 1)
    found = compute_projection(compute_accrual(date(2026, 1, 1), 0, slow, day), slow, day)
    assert found["high"].isna().iloc[-1]
    assert found["median"].isna().iloc[-1]


def test_few_subjects_are_weighed_against_the_plan():
    accrual = compute_accrual(date(2026, 3, 1), 5, PLAN, date(2026, 9, 1))
    assert accrual.planned_by_now == pytest.approx(184 / DAYS_PER_MONTH * 2)
    assert accrual.this_few == pytest.approx(stats.poisson.cdf(5, accrual.planned_by_now))
    assert compute_accrual(date(2026, 3, 1), 5, None, date(2026, 9, 1)).this_few is None


def test_the_curve_counts_up_and_opens_on_its_first_day():
    days = ENROLMENT_DAYS.frame([(date(2026, 1, 2), 2, 0, 0), (date(2026, 1, 5), 0, 1, 1)])
    curve = compute_curve(days)
    ACCRUAL_CURVE.check(curve)
    assert curve["screened"].tolist() == [2, 2]
    assert curve["dosed"].tolist() == [0, 1]
    assert compute_opening(days, PLAN) == date(2026, 1, 2)
    assert compute_opening(ENROLMENT_DAYS.empty(), PLAN) == PLAN.starts_on
    assert compute_opening(ENROLMENT_DAYS.empty(), None) is None
    ACCRUAL_CURVE.check(compute_curve(ENROLMENT_DAYS.empty()))


def test_shares_of_the_funnel_leave_out_who_is_undecided():
    found = compute_shares(FUNNEL.frame([("eligible", 6, 10, 1, 3)]))
    FUNNEL_SHARES.check(found)
    assert found["share"].iloc[0] == pytest.approx(6 / 9)


def test_sites_get_rates_over_the_same_time_and_failures_of_the_decided():
    sites = SITE_ENROLMENT.frame([("01", "A", None, 1.0, 10, 2, 4, 4, 3, date(2026, 5, 1)), ("02", "B", None, None, 0, 0, 0, 0, 0, None)])
    found = compute_site_accrual(sites, 4.0)
    SITE_ACCRUAL.check(found)
    assert found["per_month"].tolist() == [1.0, 0.0]
    assert found["failure_share"].iloc[0] == pytest.approx(0.5)
    assert np.isnan(found["failure_share"].iloc[1])
