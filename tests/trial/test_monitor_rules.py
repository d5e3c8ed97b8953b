"""Calibrated monitors: their printed chances against every possible course, and what they say on the way."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from trial.errors import FaultyInput
from trial.protocol import MonitorPart, parse_protocol
from trial.signals.monitor import PAUSE, QUIET, WATCH, classify_course, judge_monitors
from trial.signals.monitor_design import compute_design, compute_limits_of_days, compute_path, compute_steps
from trial.signals.monitor_rules import Course, find_reaching, make_ready, order_events
from trial.signals.monitor_words import describe_left, describe_rule, describe_watch
from trial.tables import BOUNDARY, MONITOR_COUNTS, MONITOR_COURSES, MONITOR_DESIGN, MONITOR_PATH, MONITOR_STATES

TEXT = (Path(__file__).parents[2] / "synthetic" / "protocols" / "fw-sci-01.toml").read_text("utf-8")
RULES = {
    "beta-binomial": {},
    "Pocock": {},
    "O'Brien-Fleming": {},
    "MaxSPRT": {},
    "Wang-Tsiatis": {"delta": 0.25},
    "Chen-Chaloner": {"higher": 0.35, "belief": 0.3},
    "SPRT": {"higher": 0.35},
    "CUSUM": {"higher": 0.35},
}


def monitor(name, *, target=0.15, alpha=0.1, within=30, subjects=None, **more):
    rule = {"name": name, "alpha": alpha, **RULES.get(name, {}), **more}
    rule |= {"subjects": subjects} if subjects else {}
    counts = {"within_days": within}
    return MonitorPart.model_validate({"code": "M", "label": "M", "counts": counts, "target": target, "rule": rule, "action": "Pause."})


def course(marks, days=None):
    """A course of signs: x event, o none, ? pending, - left; a subject a day, ``days`` each observed."""
    signs = np.array(list(marks))
    started = np.arange(len(signs), dtype=np.int64)
    observed = np.array(days if days is not None else [30] * len(signs), dtype=np.int64)
    return Course(signs == "x", signs == "?", signs == "-", started, observed)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("rate", [0.15, 0.4])
def test_the_printed_chance_and_expected_number_are_those_of_all_courses(name, rate):
    rule = make_ready(monitor(name), 9)
    chance = subjects = 0.0
    for events in product("xo", repeat=9):
        weight = rate ** events.count("x") * (1 - rate) ** events.count("o")
        reached = rule.reached(course(events))
        chance += weight * (reached is not None)
        subjects += weight * (reached or 9)
    found = rule.operating(rate)
    assert (found.chance_to_stop, found.expected_subjects) == (pytest.approx(chance, abs=1e-12), pytest.approx(subjects, abs=1e-10))
    if rate == 0.15:
        assert found.chance_to_stop <= 0.1


@pytest.mark.parametrize("name", RULES)
def test_events_left_is_the_fewest_that_reach_it_and_nothing_pending_takes_it_back(name):
    rule = make_ready(monitor(name), 9)
    draw = np.random.default_rng(3)
    for _ in range(60):
        marks = "".join(draw.choice(list("xoo?-"), size=draw.integers(0, 8)))
        one, left = course(marks), rule.left(course(marks))
        if rule.reached(one) is not None:
            assert left == 0
            assert all(rule.reached(course(filled)) is not None for filled in fillings(marks))
            continue
        room = 9 - len(marks.replace("-", ""))
        least = [f.count("x") - marks.count("x") for f in fillings(marks, room) if rule.reached(course(f)) is not None]
        assert left == min(least, default=None)


def fillings(marks, further=0):
    """Every way in which the pending can end, and further subjects with an event can come."""
    places = marks.count("?")
    for ends in product("xo", repeat=places):
        ending = iter(ends)
        filled = "".join(next(ending) if sign == "?" else sign for sign in marks)
        yield from (filled + "x" * more for more in range(further + 1))


def test_states_by_hand_for_pocock_of_twelve():
    """S01 of the reference: 10%, alpha .10, 12 subjects: 2 of 2-4, 3 of 5-10, 4 of 11-12."""
    rule = make_ready(monitor("Pocock", target=0.10), 12)
    assert rule.boundary.limits == (2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4)
    expected = {
        "": QUIET, "o": QUIET, "x": WATCH, "xo": WATCH, "xooo": QUIET, "xoxo": PAUSE, "xooox": WATCH, "xoooooo": QUIET, "xooo?": QUIET,
        "xx": PAUSE, "xxoooooooooo": PAUSE, "???": QUIET, "x-x": PAUSE, "xoo??": WATCH, "oooo": QUIET,
    }  # fmt: skip
    assert {marks: classify_course(rule, course(marks)) for marks in expected} == expected
    assert rule.reached(course("xxoooooooooo")) == 2
    assert rule.left(course("oooooooooooo")) is None  # all planned are judged: nothing can reach it


def test_a_boundary_over_days_at_risk():
    rule = make_ready(monitor("exposure", target=0.10, within=90), 12)
    found = rule.operating(0.10)
    assert found.chance_to_stop == pytest.approx(0.1, abs=1e-9)
    assert 0 < found.expected_subjects < 12
    assert rule.operating(0.4).chance_to_stop > 0.5
    limits = compute_limits_of_days(rule)
    BOUNDARY.check(limits)
    first = int(limits["pause"].min())
    assert rule.reached(course("x" * first, days=[1] * first)) == first
    late = course("o" * 11 + "x" * first, days=[90] * 11 + [89] * first)
    assert rule.reached(late) is None and rule.left(late) >= 1
    mixed = course("oxx-xxxx", days=[90, 40, 1, 1, 1, 1, 1, 1])
    assert find_reaching(rule, mixed) == 1 + order_events(mixed)[rule.reached(mixed) - 1]
    path = compute_path(rule, course("xo?", days=[3, 90, 5]))
    MONITOR_PATH.check(path)
    assert path[["place", "known", "worst"]].values.tolist() == [[6.0, 1, 1], [98.0, 1, 2]]  # on day 3: 3 + 2 + 1 days at risk


def test_design_and_steps_hold_their_tables():
    for name in RULES:
        one = monitor(name)
        rule = make_ready(one, 12)
        design = compute_design(one, rule, 12)
        MONITOR_DESIGN.check(design)
        assert design["chance"].is_monotonic_increasing and design["subjects"].is_monotonic_decreasing
        BOUNDARY.check(compute_steps(one, rule, 12))
        MONITOR_PATH.check(compute_path(rule, course("xo?-o")))
        assert "calibrated" in describe_rule(one, 12)
    plain = MonitorPart.model_validate({"code": "M", "label": "M", "counts": {}, "target": 0.3, "action": "Pause.", "pause_above": 0.9})
    design = compute_design(plain, None, 12)
    assert design.loc[0, "chance"] == pytest.approx(0.4364, abs=1e-4)  # SAFETY.md 5.1: such a rule stops 44% of trials at its threshold


def test_more_subjects_than_planned_are_calibrated_anew_and_a_thousand_fall_back():
    one = monitor("Pocock", subjects=12)
    assert (make_ready(one, 5).planned, make_ready(one, 5, 20).planned) == (12, 20)
    assert make_ready(one, 5, 1001) is None
    assert make_ready(MonitorPart(code="M", label="M", counts={}, target=0.1, action="x"), 12) is None


def test_judged_on_courses_and_told_in_words():
    one = monitor("Pocock", target=0.10)
    rows = [("M", n, "event" if n < 3 else "pending", f"2026-01-{n:02}", 5) for n in range(1, 5)]
    counts = MONITOR_COUNTS.frame([("M", 2, 2, 2, 2, 4)])
    states = judge_monitors(counts, [one], MONITOR_COURSES.frame(rows), 12)
    MONITOR_STATES.check(states)
    assert states[["state", "left", "reached", "if_pending_clear"]].values.tolist() == [[PAUSE, 0, 2, PAUSE]]
    assert describe_left(0, PAUSE, 2) == "reached with dosed subject no. 2"
    assert describe_watch(WATCH, 2, PAUSE, 3) == "would pause if all 3 pending subjects had an event"
    assert describe_watch(WATCH, 1, PAUSE, 3) == "would pause with one more event"
    assert describe_watch(QUIET, 1, PAUSE, 3) is None


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ('{ name = "Pocock" }', ["alpha"]),
        ('{ name = "Pocock", alpha = 0.9, subjects = 0 }', ["alpha", "subjects"]),
        ('{ name = "Pocock", alpha = nan }', ["alpha"]),
        ('{ name = "Bonferroni", alpha = 0.1 }', ["rule"]),
        ('{ name = "Wang-Tsiatis", alpha = 0.1, delta = 7 }', ["delta"]),
        ('{ name = "SPRT", alpha = 0.1 }', ["higher"]),
        ('{ name = "SPRT", alpha = 0.1, higher = 0.05 }', ["above the target"]),
        ('{ name = "Pocock", alpha = 0.1, delta = 0.5 }', ["delta"]),
        ('{ name = "exposure", alpha = 0.1, family = "WT" }', ["WT needs delta"]),
        ('{ name = "Pocock", alpha = 0.1 }\nwatch_above = 0.7\nprior = [0, 1]', ["watch_above belong", "prior"]),
        ('{ name = "Pocock", alpha = 0.1 }\nat_once = true', ["at_once takes no rule"]),
    ],
)
def test_nonsense_is_refused_and_everything_said_at_once(rule, words):
    old = 'rule = { name = "beta-binomial", alpha = 0.10, higher = 0.30 }\nprior = [0.2, 1.8]'
    assert old in TEXT
    with pytest.raises(FaultyInput) as caught:
        parse_protocol(TEXT.replace(old, f"rule = {rule}", 1))
    told = " ".join(f"{fault.where} {fault.what}" for fault in caught.value.faults)
    assert all(word in told for word in words), told


def test_a_measurement_needs_one_limit_and_an_unplanned_trial_its_subjects():
    with pytest.raises(FaultyInput, match="one of above_limit, below_limit, above, below and minimum_grade"):
        parse_protocol(TEXT.replace("above_limit = 3.0 }", "above_limit = 3.0, minimum_grade = 3 }"))
    with pytest.raises(FaultyInput, match=r"rule\.subjects"):
        parse_protocol(TEXT.replace("planned_subjects = 18", "planned_subjects = 5000"))


def test_a_monitor_without_a_rule_means_what_it_meant():
    old = MonitorPart.model_validate({"code": "M", "label": "M", "counts": {}, "target": 0.1, "prior": [0.2, 1.8], "action": "Pause."})
    assert (old.rule.name, old.belief, old.watch_above, old.pause_above) == ("posterior", (0.2, 1.8), 0.8, 0.95)
    counts = MONITOR_COUNTS.frame([("M", 4, 4, 12, 0, 12)])
    courses = MONITOR_COURSES.frame([("M", n, "event" if n < 5 else "none", "2026-01-01", 5) for n in range(1, 13)])
    assert judge_monitors(counts, [old], courses, 12).equals(judge_monitors(counts, [old]))


def test_a_family_that_never_finds_evidence_never_stops():
    """Chen and Chaloner with a belief that two subjects cannot give."""
    rule = make_ready(monitor("Chen-Chaloner", target=0.1, higher=0.9, belief=0.99), 2)
    assert (rule.boundary.limits, rule.boundary.type_one_error) == ((2, 3), 0.0)
    assert rule.left(course("")) is None
