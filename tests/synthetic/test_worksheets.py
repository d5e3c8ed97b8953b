"""Worksheets of made-up trials: each gives, by the rules of the standard, the totals, the grade and the level that the story tells."""

from collections import Counter

import numpy as np
import pytest

from synthetic.follow_up import days_after_dose, hold_visits
from synthetic.neurology import ESSENTIALS, examine
from synthetic.scenarios import SCENARIOS
from synthetic.story import tell_story
from trial.grading.isncsci_summary import summarise_worksheet
from trial.grading.spine import LEVELS, find_level
from trial.terms import AIS

SPINAL = [name for name, scenario in SCENARIOS.items() if scenario.population == "spinal-cord-injury"]
SEEDS = (0, 9, 17)


def found_in(scenario, seed):
    story = tell_story(scenario, seed=seed)
    visits = hold_visits(story.setting, story.people, story.treatment)
    return story, visits, examine(story.setting, story.people, story.events, visits, full=True)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("scenario", SPINAL)
def test_a_worksheet_gives_the_totals_the_grade_and_the_level_of_its_examination(scenario, seed):
    _, _, neurology = found_in(scenario, seed)
    totals = {part.test: value for part, value in neurology.scores}
    for place, level, line in zip(neurology.worksheets.place, neurology.worksheets.level, neurology.worksheets.line, strict=True):
        found = summarise_worksheet(line)
        assert found.fault is None
        assert (found.upper, found.lower, found.light_touch, found.pin_prick) == tuple(totals[test][place] for test in ESSENTIALS)
        assert found.scale == AIS[neurology.grade[place]]
        assert (found.injury_level or "").rstrip("*") == LEVELS[level]


def test_only_an_examination_that_no_worksheet_can_have_is_without():
    missing = Counter()
    for seed in SEEDS:
        _, visits, neurology = found_in("clean", seed)
        legs = next(value for part, value in neurology.scores if part.test == "LEMS")
        without = np.setdiff1d(np.arange(len(visits.subject)), neurology.worksheets.place)
        missing.update((AIS[neurology.grade[place]], bool(legs[place])) for place in without)
        assert len(without) < len(visits.subject) / 2
    assert {grade for grade, _ in missing} <= {"B", "C", "D"}
    assert not missing["B", False], "a B without motor points in the legs has one"


def test_without_an_ascent_the_level_stays_and_with_one_it_climbs_to_its_height():
    story, visits, neurology = found_in("ascending-loss", 9)
    days = days_after_dose(story.people, visits)
    climbed = {}
    for place, level in zip(neurology.worksheets.place, neurology.worksheets.level, strict=True):
        climbed.setdefault(int(visits.subject[place]), []).append((int(days[place]), int(level)))
    moved = {who: levels for who, levels in climbed.items() if len({level for _, level in levels}) > 1}
    assert len(moved) == 1
    (levels,) = moved.values()
    first = levels[0][1]
    steps = story.setting.scenario.ascents[0].steps
    for day, level in levels:
        segments = max((segments for from_day, segments in steps if day >= from_day), default=0)
        assert level == max(first - segments, find_level("C2"))


def test_a_trial_without_such_totals_has_no_worksheets():
    assert found_in("oncology", 1)[2].worksheets is None
    story = tell_story("default", seed=1, subjects=120)
    visits = hold_visits(story.setting, story.people, story.treatment)
    assert examine(story.setting, story.people, story.events, visits, full=False).worksheets is None
