"""Which adverse events happen to whom and when: sampled from the population's table of events, plus the planted ones."""

from dataclasses import dataclass

import numpy as np

from synthetic.clock import DAY, NEVER, Flags, Floats, Ints
from synthetic.course import Setting
from synthetic.people import DIES, People
from synthetic.population import EventPart
from synthetic.treatment import Treatment

YEAR = 365.25
BEFORE_FACTOR = 1.5
"""How much more often events of the underlying condition occur between consent and dosing than in the year after."""
SHORT_HOURS = 1.0
"""Spread (sigma of the logarithm) of the delay of events after an operation."""


@dataclass(frozen=True)
class Happenings:
    """Adverse events as they truly happened: whose (index of the person), which kind, and the onset in UTC minutes.

    ``planted`` is the number of the planted event (-1: sampled), ``fatal`` marks the event a subject dies of.
    """

    subject: Ints
    kind: Ints
    onset: Ints
    planted: Ints
    fatal: Flags

    def __len__(self) -> int:
        return len(self.subject)


def sample_events(setting: Setting, people: People, treatment: Treatment, *, scripted: bool) -> Happenings:
    """Return every event of the story, ordered by subject, onset and kind; a script plants its signals itself."""
    draw = setting.stream("events")
    subjects, kinds, onsets = [], [], []
    for kind, part in enumerate(setting.population.events):
        who, when = _sample_kind(setting, part, people, treatment, draw)
        before, earlier = _sample_before(part, people, draw)
        if scripted and part.signal:
            who, when = who[:0], when[:0]
        for subject, onset in ((who, when), (before, earlier)):
            subjects.append(subject)
            onsets.append(onset)
            kinds.append(np.full(len(subject), kind, dtype=np.int64))
    subject, kind_of, onset = (np.concatenate(parts) for parts in (subjects, kinds, onsets))
    inside = people.zones.local_day(onset, people.site[subject]) <= people.end[subject]
    sampled = Happenings(subject[inside], kind_of[inside], onset[inside], np.full(inside.sum(), -1), np.zeros(inside.sum(), dtype=bool))
    return _sort(_drop_doubles(setting, _add_planned(setting, people, treatment, sampled, draw)))


def _follow_up(people: People, treatment: Treatment) -> Floats:
    """Days of follow-up of each dosed subject, from the first dose."""
    end = (people.end[: people.dosed] + 1) * DAY
    return np.maximum((end - treatment.start) / DAY, 0.5)


def _sample_kind(setting: Setting, part: EventPart, people: People, treatment: Treatment, draw: np.random.Generator) -> tuple[Ints, Ints]:
    """Subjects and onsets of one kind of event after dosing."""
    n = people.dosed
    follow_up = _follow_up(people, treatment)
    expected = part.yearly * _factor(part, people) * _reached(setting, part, follow_up)
    counts = (draw.random(n) < expected).astype(np.int64) if part.once else draw.poisson(expected)
    who = np.repeat(np.arange(n), counts)
    place = draw.random(len(who))
    if part.timing == "intraoperative":
        first, last = treatment.anaesthesia[who], treatment.closure[who]
        return who, first + (place * (last - first)).astype(np.int64)
    if part.timing == "postoperative":
        hours = part.scale * np.exp(draw.normal(0, SHORT_HOURS, len(who)))
        base = np.where(treatment.closure[who] == NEVER, treatment.start[who], treatment.closure[who])
        return who, base + np.minimum(hours * 60, 89 * DAY).astype(np.int64) + 5
    return who, treatment.start[who] + (_delay(setting, part, follow_up[who], place) * DAY).astype(np.int64) + 1


def _factor(part: EventPart, people: People) -> Floats:
    """How much more or less often each dosed subject has the event, by level of injury and AIS."""
    traits, n = people.traits, people.dosed
    factor = np.ones(n)
    if part.levels:
        factor *= np.isin(traits.level[:n], _places(part.levels, traits.levels))
    if part.ais:
        factor *= np.isin(traits.ais[:n], _places(part.ais, traits.grades))
    if part.more_at:
        factor *= np.where(np.isin(traits.level[:n], _places(part.more_at, traits.levels)), part.more_by, 1.0)
    return factor


def _places(words: tuple[str, ...], known: tuple[str, ...]) -> list[int]:
    return [known.index(word) for word in words if word in known]


def _reached(setting: Setting, part: EventPart, follow_up: Floats) -> Floats:
    """Share of a year's events that fall into the follow-up, by the timing of the kind."""
    if part.timing in ("intraoperative", "postoperative"):
        return np.ones(len(follow_up))
    if part.timing == "concomitant":
        period = setting.protocol.concomitant.until_day if setting.protocol.concomitant else 0
        return np.minimum(follow_up, period) / period if period else np.zeros(len(follow_up))
    if part.timing == "early":
        rate = np.log(2) / part.scale
        return np.asarray((1 - np.exp(-rate * follow_up)) / (1 - np.exp(-rate * YEAR)))
    return follow_up / YEAR


def _delay(setting: Setting, part: EventPart, follow_up: Floats, place: Floats) -> Floats:
    """Days from first dose to onset for a uniform ``place`` in [0, 1)."""
    if part.timing == "concomitant":
        period = setting.protocol.concomitant.until_day if setting.protocol.concomitant else 0
        return place * np.minimum(follow_up, period)
    if part.timing == "early":
        rate = np.log(2) / part.scale
        return np.asarray(-np.log(1 - place * (1 - np.exp(-rate * follow_up))) / rate)
    return place * follow_up


def _sample_before(part: EventPart, people: People, draw: np.random.Generator) -> tuple[Ints, Ints]:
    """Events of the underlying condition between consent and dosing; they are not treatment-emergent."""
    n = people.dosed
    if part.timing not in ("follow-up", "early") or part.heads.get("underlying", 0.0) < 0.5:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    days = np.maximum(people.course.day - people.screened[:n] - 2, 0)
    counts = draw.poisson(np.minimum(part.yearly, 1.0) * BEFORE_FACTOR * days / YEAR * np.minimum(_factor(part, people), 1.0))
    who = np.repeat(np.arange(n), counts)
    onset = (people.screened[who] + 1 + draw.random(len(who)) * days[who]) * DAY
    return who, onset.astype(np.int64)


def _add_planned(setting: Setting, people: People, treatment: Treatment, sampled: Happenings, draw: np.random.Generator) -> Happenings:
    """Add the planted events and, for those who die, the event they die of."""
    planted = people.course.planted
    index_of = setting.population.index_of
    who = np.array([part.subject for part in planted], dtype=np.int64)
    kind = np.array([index_of(part.event.term) for part in planted], dtype=np.int64)
    onset = treatment.start[who] + np.array([int(part.event.day * DAY) + 7 * 60 for part in planted], dtype=np.int64)
    dead = np.flatnonzero(people.end_kind[: people.dosed] == DIES)
    terms = np.array([index_of(term) for term in setting.population.course.death_terms], dtype=np.int64)
    cause = terms[draw.integers(0, len(terms), len(dead))]
    last = people.zones.to_utc(people.end[dead] * DAY + 6 * 60, people.site[dead]) - draw.integers(60, 3 * DAY, len(dead))
    return Happenings(
        np.concatenate([sampled.subject, who, dead]),
        np.concatenate([sampled.kind, kind, cause]),
        np.concatenate([sampled.onset, onset, np.maximum(last, treatment.start[dead] + 60)]),
        np.concatenate([sampled.planted, np.arange(len(who)), np.full(len(dead), -1)]),
        np.concatenate([sampled.fatal, np.zeros(len(who), dtype=bool), np.ones(len(dead), dtype=bool)]),
    )


def _drop_doubles(setting: Setting, events: Happenings) -> Happenings:
    """Drop sampled events of the term of a planted one at the same subject, so that the planted one stands alone."""
    terms = [part.term for part in setting.population.events]
    code = np.array([terms.index(term) for term in terms], dtype=np.int64)[events.kind]
    key = events.subject * len(terms) + code
    special = (events.planted >= 0) | events.fatal
    return _take(events, special | ~np.isin(key, key[special]))


def _take(events: Happenings, which: Flags | Ints) -> Happenings:
    return Happenings(events.subject[which], events.kind[which], events.onset[which], events.planted[which], events.fatal[which])


def _sort(events: Happenings) -> Happenings:
    return _take(events, np.lexsort((events.kind, events.onset, events.subject)))
