"""What each scenario promises holds for any seed, not only for the one on the screen."""

from datetime import date

import numpy as np
import pytest

from synthetic.clock import NEVER, to_day
from synthetic.generator import EPOCH, default_until
from synthetic.judgement import IS_DLT, POSSIBLE
from synthetic.population import load_population
from synthetic.rule import Tally, decide_step
from synthetic.scenarios import SCENARIOS
from synthetic.story import tell_story
from trial.asof import AsOf
from trial.protocol import parse_protocol

SEEDS = (0, 9, 17, 78, 116)


class Cut:
    """A story as known at the end of its scenario's last day."""

    def __init__(self, scenario, seed):
        self.story = tell_story(scenario, seed=seed)
        self.day = default_until(self.story)
        zone = self.story.setting.protocol.study.time_zone
        self.moment = int((AsOf(self.day, zone).moment - EPOCH).total_seconds() // 60)
        self.dosed = self.story.treatment.known < self.moment
        events = self.story.reports
        self.reported = events.known < self.moment
        self.dlt = self.reported & (self.story.judged.dlt == IS_DLT) & (events.known_dlt < self.moment)
        self.dlt_levels = sorted((self.story.course.level[self.story.events.subject[self.dlt]] + 1).tolist())
        self.rulings = [ruling for ruling in self.story.course.rulings if ruling.at < self.moment]

    @property
    def decisions(self):
        return [ruling.decision for ruling in self.rulings]

    def dosed_at(self, level):
        return int((self.dosed & (self.story.course.level == level - 1)).sum())

    def term_levels(self, term):
        kinds = [index for index, part in enumerate(self.story.setting.population.events) if part.term == term]
        hit = self.reported & np.isin(self.story.events.kind, kinds)
        return sorted((self.story.course.level[self.story.events.subject[hit]] + 1).tolist())

    def in_window(self):
        days = to_day(self.day) - self.story.course.day[self.dosed]
        return int((days < self.story.setting.window_days).sum())

    def waiting(self):
        people = self.story.people
        eligible = (people.known_decided < self.moment) & (people.failed < 0)
        eligible[: people.dosed] &= ~self.dosed
        eligible[people.dosed :] = False
        return int(eligible.sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_default_is_clean_in_cohort_1_and_has_one_dlt_in_cohort_2(seed):
    cut = Cut("default", seed)
    story = cut.story
    assert cut.dosed_at(1) == 3
    assert 4 <= cut.dosed_at(2) <= 5
    assert cut.dlt_levels == [2]
    assert cut.decisions == ["escalate", "stay"]
    assert cut.in_window() >= 1
    assert cut.waiting() >= 1
    blamed = np.maximum(story.judged.causes, story.judged.sponsor)[:, :2].max(axis=1) >= POSSIBLE
    first = story.course.level[story.events.subject] == 0
    assert not (first & story.judged.serious & blamed).any()
    event = np.flatnonzero(cut.dlt)[0]
    assert story.setting.population.events[story.events.kind[event]].term == "Cerebrospinal fluid leakage"
    assert story.judged.grade[event] == 3
    assert story.judged.causes[event, 1] >= POSSIBLE > story.judged.causes[event, 0]


@pytest.mark.parametrize("seed", SEEDS)
def test_clean_fills_every_level_without_a_dlt(seed):
    cut = Cut("clean", seed)
    assert [cut.dosed_at(level) for level in (1, 2, 3)] == [3, 3, 6]
    assert cut.dlt_levels == []
    assert cut.decisions == ["escalate", "escalate", "stay", "stop"]


@pytest.mark.parametrize("seed", SEEDS)
def test_two_dlts_stop_dosing_and_send_the_committee_down(seed):
    cut = Cut("two-dlts-stop", seed)
    assert cut.dlt_levels == [2, 2]
    assert cut.decisions == ["escalate", "pause", "de-escalate"]
    assert cut.dosed_at(2) == 3
    pause = cut.rulings[1].at
    second = int(np.sort(cut.story.reports.known[cut.dlt])[-1])
    assert 0 <= pause - second <= 3 * 1440
    assert not ((cut.story.treatment.start > pause) & (cut.story.treatment.start < cut.rulings[2].at)).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_late_dlt_is_known_after_the_decision_though_inside_the_window(seed):
    cut = Cut("late-dlt", seed)
    story, event = cut.story, int(np.flatnonzero(cut.dlt)[0])
    who = int(story.events.subject[event])
    assert cut.dlt_levels == [1]
    assert story.reports.known[event] > cut.rulings[0].at
    assert cut.rulings[0].decision == "escalate"
    assert story.events.onset[event] < story.treatment.start[who] + story.setting.window_days * 1440
    assert cut.decisions == ["escalate", "pause"]
    assert cut.dosed_at(2) == 1
    assert [ruling.decision for ruling in story.course.rulings][2] == "stay"


@pytest.mark.parametrize("seed", SEEDS)
def test_leaks_cluster_at_the_highest_dose(seed):
    cut = Cut("csf-leak-cluster", seed)
    assert cut.dosed_at(3) == 6
    assert cut.term_levels("Cerebrospinal fluid leakage") == [3, 3, 3]
    assert cut.dlt_levels == [3]


@pytest.mark.parametrize("seed", SEEDS)
def test_oncology_follows_boin_without_surgery(seed):
    cut = Cut("oncology", seed)
    assert cut.dlt_levels == [3, 4, 4]
    assert (cut.story.treatment.closure == NEVER).all()
    assert [cut.dosed_at(level) for level in (1, 2, 4)] == [3, 3, 3]
    assert cut.dosed_at(3) >= 6


@pytest.mark.parametrize("name", SCENARIOS)
def test_dosing_keeps_the_protocols_distances(name):
    story = tell_story(name, seed=11)
    rule, level, day = story.setting.protocol.stagger, story.course.level, story.course.day
    assert (np.diff(day) >= 0).all()
    for here in range(len(story.setting.protocol.dose_levels)):
        own = day[level == here]
        if len(own) > 1:
            assert own[1] - own[0] >= rule.sentinel_days
            assert (np.diff(own)[1:] >= rule.next_days).all()
    up = np.flatnonzero(np.diff(level) > 0)
    assert (day[up + 1] - day[up] >= rule.between_cohorts_days).all()
    if story.setting.protocol.escalation.committee_review and name != "late-dlt":
        ended = day[up] + story.setting.window_days
        assert (day[up + 1] > ended).all()


@pytest.mark.parametrize("name", SCENARIOS)
def test_everyone_is_within_the_declared_criteria(name):
    story = tell_story(name, seed=2)
    people, n = story.people, story.people.dosed
    assert (people.screened <= people.decided).all()
    assert (people.enrolled[:n] < story.course.day).all()
    assert (people.enrolled[:n] > story.course.opened).all()
    if people.traits.levels:
        since = story.course.day - people.traits.injured[:n]
        assert since.min() >= 14
        assert since.max() <= 60
        assert {people.traits.grades[index] for index in people.traits.ais[:n]} <= {"A", "B", "C"}
        assert people.traits.age_years[:n].max() <= 65


def test_every_scenario_names_files_that_load():
    for scenario in SCENARIOS.values():
        protocol = parse_protocol(scenario.protocol_text)
        population = load_population(scenario.population)
        terms = {part.term for part in population.events}
        assert {part.term for part in scenario.planted} <= terms
        assert {code for _, code in scenario.missed_visits} <= {visit.code for visit in protocol.visits}
        assert {part.criterion for part in population.failures} <= set(protocol.eligibility)
        assert scenario.until > scenario.first_dose > date(2026, 1, 1)


def test_the_rule_is_the_textbook_one():
    protocol = parse_protocol(SCENARIOS["default"].protocol_text)
    expected = {(3, 0): "escalate", (3, 1): "stay", (3, 2): "de-escalate", (6, 1): "escalate", (6, 2): "de-escalate"}
    for (n, y), step in expected.items():
        assert decide_step(protocol, Tally((3, n, 0), (0, y, 0)), 1) == step
    boin = parse_protocol(SCENARIOS["oncology"].protocol_text)  # lambda_e 0.236, lambda_d 0.358 at target 0.30 (Liu & Yuan 2015)
    published = {(3, 0): "escalate", (3, 1): "stay", (3, 2): "de-escalate", (6, 1): "escalate", (6, 2): "stay", (9, 4): "de-escalate"}
    for (n, y), step in published.items():
        assert decide_step(boin, Tally((3, 3, n, 0, 0), (0, 0, y, 0, 0)), 2) == step
