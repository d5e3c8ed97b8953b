"""Planted courses of laboratory tests and of the neurological level: what the scenario says, put over what would have been found anyway.

No random number is drawn here, so a scenario without drifts and ascents is measured exactly as before.
"""

import numpy as np

from synthetic.clock import Floats, Ints
from synthetic.course import Course, Setting
from synthetic.follow_up import Visits
from synthetic.people import People
from synthetic.population import TestPart
from trial.grading.spine import find_level

HIGHEST = find_level("C2")
"""No level rises beyond this one."""


def find_planted_subject(course: Course, level: int, nth: int) -> int | None:
    """Return the index of the ``nth`` subject dosed at dose level ``level`` (both from 1); None when there are fewer."""
    there = np.flatnonzero(course.level == level - 1)
    return int(there[nth - 1]) if len(there) >= nth else None


def follow_drifts(setting: Setting, people: People, when: tuple[Ints, Floats], test: TestPart, value: Floats) -> Floats:
    """Return the values of ``test`` with its drifts; one entry per visit, ``when``: whose, and days since the first dose."""
    (subject, days), followed = when, value
    for drift in setting.scenario.drifts:
        who = find_planted_subject(people.course, drift.level, drift.nth)
        limit = test.high if drift.of == "high" else test.low
        if drift.test != test.test or who is None or limit is None:
            continue
        at, reach = (np.array(column, dtype=np.float64) for column in zip(*drift.points, strict=True))
        hit = (subject == who) & (days >= at[0]) & (days <= at[-1])
        followed = np.where(hit, np.interp(days, at, reach) * limit, followed)
    return followed


def find_complete(people: People, level: int, nth: int) -> int | None:
    """Return the index of the ``nth`` subject with AIS A dosed at dose level ``level`` (both from 1); None when there are fewer."""
    traits = people.traits
    there = np.flatnonzero(people.course.level == level - 1)
    complete = [int(who) for who in there if traits.ais[who] >= 0 and traits.grades[traits.ais[who]] == "A"]
    return complete[nth - 1] if len(complete) >= nth else None


def count_risen(setting: Setting, people: People, visits: Visits, days: Floats) -> Ints:
    """Return by how many segments the level has risen at each visit; ``days`` are those since the first dose."""
    risen = np.zeros(len(visits.subject), dtype=np.int64)
    for ascent in setting.scenario.ascents:
        who = find_complete(people, ascent.level, ascent.nth)
        if who is None:
            continue
        own = find_level(people.traits.levels[people.traits.level[who]])
        for day, segments in ascent.steps:
            risen[(visits.subject == who) & (days >= day)] = min(segments, own - HIGHEST)
    return risen
