"""Planted courses of laboratory tests: what the scenario says, put over what would have been measured anyway.

No random number is drawn here, so a scenario without drifts is measured exactly as before.
"""

import numpy as np

from synthetic.clock import Floats, Ints
from synthetic.course import Course, Setting
from synthetic.people import People
from synthetic.population import TestPart


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
