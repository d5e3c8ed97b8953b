"""The state of a monitor, worked out by hand from pbeta."""

from math import comb, exp, factorial

import numpy as np
import pandas as pd
import pytest

from trial.protocol import BackgroundPart, MonitorPart
from trial.signals.expected import compare_at_each_level, compare_with_background
from trial.signals.exposure import compute_rates
from trial.signals.monitor import PAUSE, QUIET, WATCH, classify_state, count_left, judge_monitors, pause_rule
from trial.signals.monitor_words import describe_left, describe_rule
from trial.tables import BACKGROUND_COUNTS, EVENT_OVERVIEW, EXPECTED_LEVELS, MONITOR_COUNTS, MONITOR_STATES, OBSERVED_EXPECTED, RATES


def monitor(code="M", **more):
    return MonitorPart.model_validate(
        {"code": code, "label": code, "counts": {}, "target": 0.1, "prior": (0.2, 1.8), "action": "Pause.", **more}
    )


def integrate(a, b, target):
    """Pr(rate > target) under Beta(a, b), by the trapezoid rule."""
    rates = np.linspace(1e-9, 1 - 1e-9, 200_001)
    density = rates ** (a - 1) * (1 - rates) ** (b - 1)
    areas = (density[1:] + density[:-1]) / 2
    return areas[rates[1:] > target].sum() / areas.sum()


def test_two_of_twelve_are_quiet_three_watched_four_pause():
    """Pr(rate > 10%) under Beta(0.2 + y, 13.8 - y), by numerical integration: .33, .68, .90, .98 for y = 1, 2, 3, 4."""
    one = monitor()
    assert [classify_state(one, y, 12) for y in range(5)] == [QUIET, QUIET, QUIET, WATCH, PAUSE]
    assert [count_left(one, y, 12) for y in range(6)] == [4, 3, 2, 1, 0, 0]


def test_nobody_at_risk_is_quiet_and_two_of_two_would_pause():
    assert classify_state(monitor(), 0, 0) == QUIET
    assert count_left(monitor(), 0, 0) == next(y for y in range(9) if classify_state(monitor(), y, y) == PAUSE)


def test_first_event_pauses_at_once():
    death = monitor(at_once=True, target=None)
    assert (classify_state(death, 0, 12), classify_state(death, 1, 12)) == (QUIET, PAUSE)
    assert (count_left(death, 0, 12), count_left(death, 1, 12)) == (1, 0)
    with pytest.raises(ValueError, match="no target"):
        pause_rule(death)


def test_a_rule_that_can_never_pause_ends_the_search():
    assert count_left(monitor(pause_above=1.0, prior=(0.5, 0.5), target=1e-9), 0, 3) in (None, *range(200))
    assert describe_left(None, QUIET) == "out of reach"
    assert [describe_left(n, s) for n, s in ((0, PAUSE), (1, WATCH), (3, QUIET))] == ["reached", "1 more subject", "3 more subjects"]


def test_states_come_worst_first_with_best_and_worst_of_the_pending():
    counts = MONITOR_COUNTS.frame([("A", 0, 0, 12, 0, 12), ("B", 3, 4, 12, 1, 13), ("D", 1, 1, 13, 0, 13)])
    table = judge_monitors(counts, [monitor("A"), monitor("B"), monitor("D", at_once=True), monitor("missing")])
    MONITOR_STATES.check(table)
    assert table["monitor"].tolist() == ["D", "B", "A"]
    b = table.iloc[1]
    assert (b["state"], b["if_pending_clear"], b["if_pending_all"], b["left"]) == (WATCH, WATCH, PAUSE, 1)
    assert b["chance_above"] == pytest.approx(integrate(3.2, 10.8, 0.1), abs=1e-4)


def test_rule_in_words():
    assert describe_rule(monitor()) == (
        "Pauses for review when the true rate exceeds 10% with a probability of 95% or more, watches from 80% "
        "(prior Beta(0.2, 1.8), worth 2 subjects); a plain threshold, not calibrated."
    )


def test_background_readings():
    part = BackgroundPart(
        code="CSF", label="CSF leak", terms=("x",), low=0.02, central=0.04, high=0.08, window="w", ascertainment="a", source="s"
    )
    readings = []
    for subjects, dosed in ((0, 12), (1, 12), (2, 12), (3, 12), (6, 12), (0, 0)):
        table = compare_with_background(BACKGROUND_COUNTS.frame([("CSF", subjects, subjects, dosed)]), [part])
        OBSERVED_EXPECTED.check(table)
        readings.append(table.loc[0, "reading"])
    assert readings == [
        "none observed",
        "within what is expected",
        "more than expected only if the low rate is true",
        "more than expected, unless the high rate is true",
        "more than expected, even at the high rate",
        "nobody dosed yet",
    ]


def test_each_background_rate_has_its_own_ratio_interval_and_chances():
    """3 of 12 at 2, 4 and 8%; the central row worked out with sums over the binomial and with poisson.test in R."""
    part = BackgroundPart(
        code="CSF", label="CSF leak", terms=("x",), low=0.02, central=0.04, high=0.08, window="w", ascertainment="a", source="s"
    )
    levels = compare_at_each_level(compare_with_background(BACKGROUND_COUNTS.frame([("CSF", 3, 3, 12)]), [part]))
    EXPECTED_LEVELS.check(levels)
    assert levels[["level", "rate"]].to_numpy().tolist() == [["low", 0.02], ["central", 0.04], ["high", 0.08]]
    chances = [comb(12, k) * 0.04**k * 0.96 ** (12 - k) for k in range(13)]
    central = levels.iloc[1]
    assert central["chance"] == pytest.approx(sum(chances[3:])) and central["chance_mid"] == pytest.approx(
        sum(chances[4:]) + chances[3] / 2
    )
    assert (central["expected"], central["ratio"]) == pytest.approx((0.48, 6.25))
    assert (central["ratio_lower"] * 0.48, central["ratio_upper"] * 0.48) == pytest.approx((0.6186721, 8.7672731), rel=1e-6)
    assert central["shrunk"] == pytest.approx(4 / 1.48)
    doubled = sum(exp(-2 * 1.48) * (2 * 1.48) ** k / factorial(k) for k in range(4))  # Gamma(4) above x is a Poisson(x) of at most 3
    assert central["chance_doubled"] == pytest.approx(doubled)
    assert (levels["ratio"] * levels["expected"]).tolist() == pytest.approx([3, 3, 3]) and levels["chance"].is_monotonic_increasing
    none = compare_at_each_level(compare_with_background(BACKGROUND_COUNTS.frame([("CSF", 0, 0, 12)]), [part]))
    EXPECTED_LEVELS.check(none)
    assert none[["chance", "chance_mid"]].isna().all(axis=None) and (none["ratio_upper"] > 0).all() and (none["ratio_lower"] == 0).all()


def test_rates_need_time_at_risk():
    overview = EVENT_OVERVIEW.frame([("any", 1, "C1", 2, 1, 3, 731, 366), ("any", None, None, 0, 0, 0, 0, 0)])
    table = compute_rates(overview)
    RATES.check(table)
    assert table.loc[0, "rate"] == pytest.approx(3 / (731 / 365.25))
    assert table.loc[0, "first_rate"] == pytest.approx(1 / (366 / 365.25))
    assert pd.isna(table.loc[1, "rate"])
    assert table.loc[2, ["total", "dosed", "events", "subjects"]].tolist() == [True, 2, 3, 1]
    assert table.loc[2, "rate"] == table.loc[0, "rate"]
