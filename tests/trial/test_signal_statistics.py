"""The safety statistics against figures from R (tests/reference/safety/README.md says which call made each file)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trial.signals.boundary import Rule, compute_boundary, compute_limits, compute_operating
from trial.signals.expected import compute_comparison
from trial.signals.exposure import compute_rate, compute_rate_ratio
from trial.signals.intervals import (
    compute_chance_of_none,
    compute_clopper_pearson,
    compute_jeffreys,
    compute_lower_limit,
    compute_upper_limit,
    compute_wilson,
    describe_percent,
    describe_rate,
    describe_reach,
)
from trial.signals.posterior import compute_density, compute_posterior
from trial.tables import BOUNDARY, DENSITY

FIGURES = Path(__file__).parents[1] / "reference" / "safety"


def read(name):
    return list(pd.read_csv(FIGURES / f"{name}.csv").itertuples(index=False))


def close(value):
    return pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("row", read("binomial_ci"), ids=lambda r: f"{r.x}of{r.n}at{r.conf}")
def test_intervals_of_a_share(row):
    exact = compute_clopper_pearson(row.x, row.n, confidence=row.conf)
    assert (exact.lower, exact.upper) == (close(row.cp_lower), close(row.cp_upper))
    wilson = compute_wilson(row.x, row.n, confidence=row.conf)
    assert (wilson.lower, wilson.upper) == (close(row.wilson_lower), close(row.wilson_upper))
    jeffreys = compute_jeffreys(row.x, row.n, confidence=row.conf)
    assert (jeffreys.lower, jeffreys.upper) == (close(row.jeffreys_lower), close(row.jeffreys_upper))
    assert compute_upper_limit(row.x, row.n, confidence=row.conf) == close(row.cp_onesided_upper)
    assert compute_lower_limit(row.x, row.n, confidence=row.conf) == close(row.cp_onesided_lower)


@pytest.mark.parametrize("row", read("beta_posterior"), ids=lambda r: f"{r.x}of{r.n}")
def test_posterior(row):
    after = compute_posterior(row.x, row.n, (row.a, row.b))
    assert after.chance_above(row.thr) == close(row.pr_gt)
    assert after.chance_of_any(3) == close(row.pred_any_of_3)
    assert after.mean == close(row.post_mean)
    assert [after.quantile(q) for q in (0.025, 0.05, 0.5, 0.95, 0.975)] == close([row.q025, row.q05, row.q50, row.q95, row.q975])
    assert after.interval(0.9).upper == close(row.q95)


@pytest.mark.parametrize("row", read("poisson_rate_ci"), ids=lambda r: f"{r.events}in{r.person_time}")
def test_rate_by_time_at_risk(row):
    found = compute_rate(row.events, row.person_time, confidence=row.conf)
    assert (found.rate, found.lower, found.upper) == (close(row.rate), close(row.lower), close(row.upper))


@pytest.mark.parametrize("row", read("poisson_rate_ratio"), ids=lambda r: f"{r.e1}and{r.e2}")
def test_rate_ratio(row):
    found = compute_rate_ratio(row.e1, row.t1, row.e2, row.t2)
    assert (found.ratio, found.lower, found.upper) == (close(row.rate_ratio), close(row.lower), close(row.upper))
    assert found.chance_as_high == close(row.p_greater)


@pytest.mark.parametrize("row", read("observed_expected"), ids=lambda r: r.event)
def test_observed_against_expected(row):
    found = compute_comparison(row.observed, row.n, row.background_p)
    assert (found.expected, found.ratio) == (close(row.expected), close(row.oe_ratio))
    assert (found.interval.lower, found.interval.upper) == (close(row.oe_poisson_lower), close(row.oe_poisson_upper))
    assert (found.chance, found.chance_mid) == (close(row.p_binom_greater), close(row.p_binom_midp))


def _rules():
    frame = pd.read_csv(FIGURES / "bayes_boundary.csv")
    return [pytest.param(rows, id=str(name)) for name, rows in frame.groupby("config")]


@pytest.mark.parametrize("rows", _rules())
def test_boundary_and_how_often_it_stops(rows):
    first = rows.iloc[0]
    rule = Rule(first.threshold, (first.a, first.b), first.cutoff)
    limits = compute_limits(rule, len(rows))
    assert limits == [None if np.isnan(y) else int(y) for y in rows["stop_at_or_above"]]
    true = compute_operating(rule, len(rows), first.p_true)
    assert true.chance_to_stop == pytest.approx(first.stop_prob_p_true, abs=1e-8)
    assert true.expected_subjects == pytest.approx(first.expected_n_p_true, abs=1e-7)
    assert compute_operating(rule, len(rows), first.threshold).chance_to_stop == pytest.approx(first.stop_prob_at_threshold, abs=1e-8)


def test_boundary_never_falls_and_watch_lies_below_pause():
    table = compute_boundary(Rule(0.1, (0.2, 1.8), 0.8), Rule(0.1, (0.2, 1.8), 0.95), 60)
    BOUNDARY.check(table)
    both = table.dropna()
    assert len(table) == 60 and (both["watch"] <= both["pause"]).all()
    assert (table["pause"].dropna().diff().dropna() >= 0).all()


def test_impossible_input_is_refused():
    for call in (
        lambda: compute_clopper_pearson(4, 3),
        lambda: compute_posterior(1, 0),
        lambda: compute_posterior(0, 1, (0, 1)),
        lambda: compute_rate(1, 0),
        lambda: compute_rate_ratio(0, 1, 0, 1),
        lambda: Rule(1.2, (1, 1), 0.9),
    ):
        with pytest.raises(ValueError):
            call()


def test_nobody_at_risk_says_nothing():
    assert compute_clopper_pearson(0, 0).lower == 0 and compute_clopper_pearson(0, 0).upper == 1
    assert compute_jeffreys(0, 0) == compute_wilson(0, 0)
    assert describe_rate(0, 0) == "0 of 0 (nobody at risk yet)"


def test_words_for_a_rate_carry_denominator_and_interval():
    assert describe_rate(0, 3) == "0 of 3 (up to 71%)"
    assert describe_rate(1, 3) == "1 of 3 (0.8% to 91%)"
    assert describe_rate(2, 25) == "2 of 25 (8%; 1% to 26%)"
    assert describe_reach(12) == (
        "No event in 12: a true rate up to 26% is not excluded; one of 10% would stay unseen in 28% of such trials."
    )
    assert [describe_percent(p) for p in (0, 0.0001, 0.004, 0.5, 0.996, 0.9999, 1)] == [
        "0%",
        "<0.1%",
        "0.4%",
        "50%",
        "99.6%",
        ">99.9%",
        "100%",
    ]


def test_what_a_small_trial_can_see():
    """SAFETY section 5: the chance of at least one event at a true rate of 5, 10 and 20%."""
    seen = [[round(1 - compute_chance_of_none(n, p), 2) for p in (0.05, 0.1, 0.2)] for n in (3, 6, 12)]
    assert seen == [[0.14, 0.27, 0.49], [0.26, 0.47, 0.74], [0.46, 0.72, 0.93]]


def test_density_integrates_to_one():
    table = compute_density(2, 12, (1.0, 3.0), points=2001)
    DENSITY.check(table)
    steps = np.diff(table["rate"])
    for name in ("prior", "posterior"):
        middle = (table[name].to_numpy()[1:] + table[name].to_numpy()[:-1]) / 2
        assert float((steps * middle).sum()) == pytest.approx(1, abs=2e-3)
    assert compute_density(2, 12, (1.0, 3.0), until=0.4)["rate"].max() <= 0.4
    assert compute_density(90, 30_000, (0.2, 1.8), until=0.3)["posterior"].max() > 1000  # the narrow peak is not missed
