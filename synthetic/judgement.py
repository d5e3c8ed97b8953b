"""How bad each event is, what caused it, whether it is serious and whether it limits the dose."""

from dataclasses import dataclass

import numpy as np

from synthetic.clock import DAY, NEVER, Flags, Floats, Ints
from synthetic.course import Setting
from synthetic.events import Happenings
from synthetic.people import People
from synthetic.population import EventPart
from synthetic.treatment import Treatment
from trial.terms import CAUSALITIES, HEADS, RELATED, SERIOUSNESS

POSSIBLE = CAUSALITIES.index(RELATED[0])
UNLIKELY, PROBABLE = CAUSALITIES.index("unlikely"), CAUSALITIES.index("probable")
RELATED_SHARES = np.cumsum([0.55, 0.33, 0.12])
SERIOUS_BY_GRADE = np.array([0.0, 0.0, 0.03, 0.78, 1.0, 1.0])
"""Probability that an event of grade 0-5 is serious, before the factor of its kind."""
SPONSOR_DIFFERS = 0.02
NO_DLT, IS_DLT, NOT_DLT = 0, 1, 2
STRONGLY_RELATED = 0.3
"""From this probability on, an event kind is so typical of a cause that its grade gives way rather than its causality."""


@dataclass(frozen=True)
class Judgement:
    """One entry per event. ``causes`` are (n, 4) indexes into CAUSALITIES by HEADS, -1 where the protocol has no head.

    ``first_cause`` is what the investigator wrote first where it was changed later; ``dlt`` one of NO_DLT (no
    candidate), IS_DLT, NOT_DLT (a candidate that was judged not to be one).
    """

    grade: Ints
    first_grade: Ints
    causes: Ints
    first_causes: Ints
    sponsor: Ints
    criteria: Flags
    dlt: Ints

    @property
    def serious(self) -> Flags:
        """Whether any criterion of seriousness holds."""
        return np.asarray(self.criteria.any(axis=1), dtype=bool)


def judge_events(setting: Setting, people: People, treatment: Treatment, events: Happenings, *, scripted: bool) -> Judgement:
    """Return the final judgement of every event, and what was written first where that was corrected."""
    draw = setting.stream("judgement")
    parts = setting.population.events
    grade = _draw_grades(parts, events, draw)
    causes = _draw_causes(setting, people, treatment, events, draw)
    planted = events.planted >= 0
    _plant(setting, people, events, grade, causes)
    dlt = _mark_planted(people, events)
    _soften(setting, people, events, grade, causes)
    clean = scripted & (people.course.level[events.subject] == 0) & ~planted if len(events) else np.zeros(0, dtype=bool)
    criteria = _draw_criteria(parts, events, grade, draw)
    sponsor = _ask_sponsor(causes, draw)
    heads = [HEADS.index("product"), HEADS.index("procedure")]
    related = (np.maximum(causes, sponsor)[:, heads] >= POSSIBLE).any(axis=1)
    criteria[clean & related & ~events.fatal] = False
    first_causes = _first_causes(people, events, causes, draw)
    return Judgement(grade, _first_grades(parts, events, grade, draw), causes, first_causes, sponsor, criteria, dlt)


def _draw_grades(parts: tuple[EventPart, ...], events: Happenings, draw: np.random.Generator) -> Ints:
    shares = np.cumsum(np.array([part.grades for part in parts]), axis=1)[events.kind]
    grade = 1 + (draw.random(len(events))[:, None] > shares[:, :3] - 1e-12).sum(axis=1)
    return np.where(events.fatal, 5, grade).astype(np.int64)


def _draw_causes(setting: Setting, people: People, treatment: Treatment, events: Happenings, draw: np.random.Generator) -> Ints:
    """The investigator's causality for the four heads; a cause that came after the event cannot be one."""
    parts = setting.population.events
    chance = np.array([[{str(name): share for name, share in part.heads.items()}.get(head, 0.0) for head in HEADS] for part in parts])[
        events.kind
    ]
    start, who = treatment.start[events.subject], events.subject
    first_cut = np.where(treatment.anaesthesia[who] == NEVER, start, treatment.anaesthesia[who])
    days = (events.onset - start) / DAY
    until = setting.protocol.concomitant.until_day + 14 if setting.protocol.concomitant else -1
    surgical = np.array([part.timing in ("intraoperative", "postoperative") for part in parts])[events.kind]
    chance[:, 0] *= events.onset >= start
    chance[:, 1] *= (events.onset >= first_cut) * np.where(surgical | (days <= 30), 1.0, 0.15)
    chance[:, 2] *= (days >= 0) & (days <= until)
    shape = chance.shape
    degree = POSSIBLE + np.searchsorted(RELATED_SHARES, draw.random(shape) - 1e-9)
    unrelated = (draw.random(shape) < 0.35).astype(np.int64)
    causes = np.where(draw.random(shape) < chance, np.minimum(degree, len(CAUSALITIES) - 1), unrelated)
    declared = [any(part.head == head for part in setting.protocol.attributions) for head in HEADS]
    return np.where(declared, causes, -1).astype(np.int64)


def _plant(setting: Setting, people: People, events: Happenings, grade: Ints, causes: Ints) -> None:
    """Give planted events the grade and cause they were planted with."""
    for index in np.flatnonzero(events.planted >= 0).tolist():
        part = people.course.planted[events.planted[index]].event
        grade[index] = part.grade
        head = HEADS.index(part.head)
        blamed = causes[index] >= 0
        causes[index, blamed] = UNLIKELY
        causes[index, HEADS.index("underlying") if part.dlt == "no" else head] = PROBABLE


def _mark_planted(people: People, events: Happenings) -> Ints:
    state = {"yes": IS_DLT, "no": NOT_DLT, None: NO_DLT}
    planned = np.array([state[part.event.dlt] for part in people.course.planted] + [NO_DLT], dtype=np.int64)
    return planned[events.planted]


def find_in_window(setting: Setting, people: People, events: Happenings) -> Flags:
    """Return which events began inside the DLT window of their subject (for single doses and first doses alike)."""
    day = people.zones.local_day(events.onset, people.site[events.subject])
    since = day - people.course.day[events.subject]
    return (since >= 0) & (since <= setting.window_days)


def _soften(setting: Setting, people: People, events: Happenings, grade: Ints, causes: Ints) -> None:
    """Keep DLTs to the planted ones: any other event that would qualify loses its cause, or its grade.

    So the true DLT probability of a dose is exactly what the scenario says.
    """
    rule = setting.protocol.dlt
    if rule is None:
        return
    heads = [HEADS.index(head) for head in rule.attributed_to]
    blamed = (causes[:, heads] >= POSSIBLE).any(axis=1)
    candidate = (events.planted < 0) & find_in_window(setting, people, events) & (grade >= rule.minimum_grade) & blamed
    chance = np.array([max([part.heads.get(head, 0.0) for head in rule.attributed_to]) for part in setting.population.events])
    typical = chance[events.kind] >= STRONGLY_RELATED
    lowest = np.array([1 + next(i for i, share in enumerate((*part.grades, 1.0)) if share) for part in setting.population.events])
    goal = np.maximum(rule.minimum_grade - 1, 1)
    lower = candidate & typical & ~events.fatal & (lowest[events.kind] <= goal)
    grade[lower] = goal
    rest = np.flatnonzero(candidate & ~lower)
    for head in heads:
        causes[rest, head] = np.minimum(causes[rest, head], UNLIKELY)


def _draw_criteria(parts: tuple[EventPart, ...], events: Happenings, grade: Ints, draw: np.random.Generator) -> Flags:
    """The six seriousness criteria; an event is serious when one holds."""
    factor = np.array([part.serious_factor for part in parts])[events.kind]
    disabling = np.array([part.disabling for part in parts])[events.kind]
    n = len(events)
    serious = (draw.random(n) < SERIOUS_BY_GRADE[grade] * factor) | (grade == 5)
    serious |= (events.planted >= 0) & (grade >= 3)
    criteria = np.zeros((n, len(SERIOUSNESS)), dtype=bool)
    share: Floats = draw.random((n, 3))
    criteria[:, 0] = grade == 5
    criteria[:, 1] = serious & (grade == 4) & (share[:, 0] < 0.85)
    criteria[:, 2] = serious & (grade < 5) & (share[:, 1] < 0.8)
    criteria[:, 3] = serious & (share[:, 2] < disabling) & (grade < 5)
    criteria[:, 5] = serious & ~criteria[:, :5].any(axis=1)
    return criteria


def _first_grades(parts: tuple[EventPart, ...], events: Happenings, grade: Ints, draw: np.random.Generator) -> Ints:
    """The grade first written down: for a few events one lower, where the kind of event knows that grade."""
    shares = np.array([(0.0, *part.grades) for part in parts])
    below = np.maximum(grade - 1, 0)
    upgraded = (draw.random(len(events)) < 0.08) & (grade < 5) & (events.planted < 0) & (shares[events.kind, below] > 0)
    return np.where(upgraded, below, grade)


def _first_causes(people: People, events: Happenings, causes: Ints, draw: np.random.Generator) -> Ints:
    """What the investigator wrote first: a possible link that a judged candidate loses, or another degree for the condition."""
    first = causes.copy()
    underlying = HEADS.index("underlying")
    changed = (draw.random(len(events)) < 0.04) & (causes[:, underlying] >= 0) & (events.planted < 0)
    first[changed, underlying] = np.where(causes[changed, underlying] >= POSSIBLE, UNLIKELY, POSSIBLE)
    for index in np.flatnonzero(events.planted >= 0).tolist():
        part = people.course.planted[events.planted[index]].event
        if part.dlt == "no":
            first[index, HEADS.index(part.head)] = POSSIBLE
    return first


def _ask_sponsor(causes: Ints, draw: np.random.Generator) -> Ints:
    """The sponsor's causality: mostly the same, sometimes a degree off, never lower for the product."""
    step = np.where(draw.random(causes.shape) < 0.5, 1, -1)
    step[:, HEADS.index("product")] = 1
    differs = draw.random(causes.shape) < SPONSOR_DIFFERS
    other = np.clip(causes + np.where(differs, step, 0), 0, len(CAUSALITIES) - 1)
    return np.where(causes < 0, -1, other).astype(np.int64)
