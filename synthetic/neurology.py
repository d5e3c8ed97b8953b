"""Neurological examinations of a made-up trial: totals with natural recovery and losses, the AIS grade, and worksheets."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from synthetic.clock import Floats, Ints
from synthetic.course import Setting
from synthetic.drifts import count_risen
from synthetic.events import Happenings
from synthetic.follow_up import Visits, days_after_dose
from synthetic.people import People
from synthetic.population import ScorePart
from synthetic.worksheets import Examined, Worksheets, fill_worksheets
from trial.grading.spine import LEVELS, find_level
from trial.terms import AIS

ESSENTIALS = ("UEMS", "LEMS", "LT", "PP")
"""The totals that a worksheet needs."""


@dataclass(frozen=True)
class Neurology:
    """Of every visit each total, the grade as a place from A (none where the population has no letter), and the worksheets."""

    scores: tuple[tuple[ScorePart, Floats], ...]
    grade: Ints | None
    worksheets: Worksheets | None


class _Harm(NamedTuple):
    """Of every visit whose it is, the motor points that an event took, and the segments by which the level has risen."""

    subject: Ints
    loss: Floats
    risen: Ints


def examine(setting: Setting, people: People, events: Happenings, visits: Visits, *, full: bool) -> Neurology:
    """Return what neurological examinations find; without ``full`` the essential totals only."""
    draw, traits = setting.stream("neurology"), people.traits
    loss, days = _motor_loss(setting, people, events, visits), days_after_dose(people, visits)
    risen = count_risen(setting, people, visits, days)
    scores = []
    for part in setting.population.scores:
        if not (full or part.essential):
            continue
        level = np.array([part.by_level.get(name, 0.0) for name in traits.levels] + [0.0])[traits.level]
        start = level + np.array([part.by_ais.get(name, 0.0) for name in traits.grades] + [0.0])[traits.ais]
        gain = np.array([part.gain_by_ais.get(name, 0.0) for name in traits.grades] + [0.0])[traits.ais]
        gain = gain * np.exp(draw.normal(0, 0.4, len(people)))
        since = np.maximum(days + 14, 0)
        value = start[visits.subject] + gain[visits.subject] * (1 - np.exp(-since / part.recovery_days))
        value = value + draw.normal(0, part.noise, len(value)) - (loss if part.motor else 0.0)
        value = value - _ascending_loss(part, people, visits, risen)
        scores.append((part, np.clip(np.round(value), 0, part.maximum) + 0.0))  # a zero without a sign
    if setting.population.letter is None or not traits.grades or not full:
        return Neurology(tuple(scores), None, None)
    grade = _draw_grades(setting, people, visits, days, draw)
    totals = {part.test: value.astype(np.int64) for part, value in scores}
    return Neurology(tuple(scores), grade, _fill(setting, people, totals, grade, _Harm(visits.subject, loss, risen)))


def _draw_grades(setting: Setting, people: People, visits: Visits, days: Floats, draw: np.random.Generator) -> Ints:
    """The AIS grade at each visit: some improve by one within a year."""
    letter, traits = setting.population.letter, people.traits
    improves = np.array([letter.improves.get(name, 0.0) if letter else 0.0 for name in traits.grades] + [0.0])[traits.ais]
    on_day = np.where(draw.random(len(people)) < improves, draw.integers(20, 300, len(people)), 100_000)
    first: Ints = np.array([AIS.index(name) for name in traits.grades] + [0], dtype=np.int64)
    now: Ints = np.minimum(first[traits.ais][visits.subject] + (days >= on_day[visits.subject]), 4)
    return now


def _fill(setting: Setting, people: People, totals: dict[str, Ints], grade: Ints, harm: _Harm) -> Worksheets | None:
    """The worksheets that belong to totals and grades; none where a total is missing."""
    if any(test not in totals for test in ESSENTIALS):
        return None
    traits = people.traits
    level = np.array([find_level(name) for name in traits.levels] + [-1])[traits.level][harm.subject] - harm.risen
    upper, lower, touch, prick = (totals[test] for test in ESSENTIALS)
    disturbed = (harm.loss > 0) | (harm.risen > 0)
    return fill_worksheets(setting, Examined(harm.subject, upper, lower, touch, prick, grade, level, disturbed), len(people))


def _ascending_loss(part: ScorePart, people: People, visits: Visits, risen: Ints) -> Floats:
    """Points of a total that go with the segments by which the level has risen."""
    lost = np.zeros(len(risen))
    for place in np.flatnonzero(risen).tolist():
        name = people.traits.levels[people.traits.level[visits.subject[place]]]
        higher = LEVELS[find_level(name) - int(risen[place])]
        lost[place] = part.by_level.get(name, 0.0) - part.by_level.get(higher, 0.0)
    return lost


def _motor_loss(setting: Setting, people: People, events: Happenings, visits: Visits) -> Floats:
    """Points of motor score lost at each visit through events that take function away; it returns over months."""
    points = np.array([part.motor_loss for part in setting.population.events])[events.kind]
    loss = np.zeros(len(visits.subject))
    for index in np.flatnonzero(points > 0).tolist():
        who = int(events.subject[index])
        day = int(people.zones.local_day(events.onset[index : index + 1], people.site[who : who + 1])[0])
        since = visits.day - day
        hit = (visits.subject == who) & (visits.morning >= events.onset[index])  # the examination of that morning came first
        loss[hit] += points[index] * np.exp(-since[hit] / 120)
    return loss
