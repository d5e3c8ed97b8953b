"""The short form of ``python -m tests.false_alarms``, and that it notices a rule that alarms too often."""

from dataclasses import replace

import pytest

from tests.false_alarms.run import FURTHEST_Z, SCENARIOS, count_alarms, declared
from tests.false_alarms.trials import live, make_setting
from trial.signals.monitor_rules import make_ready

TRIALS = 150


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_clean_trials_pause_as_often_as_is_printed(scenario):
    found = count_alarms(scenario, TRIALS)
    assert len(found) == len(declared(scenario)[0])
    assert {one.monitor: round(one.z, 2) for one in found if abs(one.z) > FURTHEST_Z} == {}


def test_a_rule_of_twice_the_error_would_be_noticed_by_the_long_form():
    one = count_alarms("oncology", 1)[0]
    assert replace(one, trials=1000, alarms=round(2000 * one.printed)).z > FURTHEST_Z


def test_a_rule_that_is_reached_stays_reached_day_by_day():
    monitors, planned = declared("clean")
    for seed in range(20):
        for monitor, lived in zip(monitors, live(make_setting("clean", monitors, seed), monitors, planned), strict=True):
            rule = make_ready(monitor, planned)
            told = [rule.reached(lived.course(day)) is not None for day in lived.turns()]
            assert told == sorted(told)
