"""When a careful reader of the record could first see what a scenario planted.

The reader is told here in plain terms, from the story's own arrays and the moments at which each value became known; the product's rules
are not asked. Each sighting is the earliest day, in the study's zone, at whose end everything it needs was on record.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from synthetic.clock import DAY, NEVER, Floats, Ints, as_date
from synthetic.follow_up import Visits, days_after_dose, hold_visits
from synthetic.measurements import laboratory_series
from synthetic.neurology import examine
from synthetic.population import TestPart
from synthetic.scenarios import Signal
from synthetic.story import Story

SUSPECTED, CLUSTER = 2, 3
"""So many of the planted events at one dose level can be suspected to be, and are, a cluster."""
RISE = 1.5
"""Creatinine over its value before the dose from which kidney injury is spoken of (KDIGO 2012, stage 1); outside its range as well."""
AFTER_DAYS = 30
AGAIN_DAYS, AGAIN_SUBJECTS = 183, 2
"""A second event within half a year is a recurrence (EAU guideline on urological infections); in this many subjects it is a signal."""
SEGMENTS = 2
"""A level of injury so many segments nearer to the head than before the dose is a loss that ascends: one may be an examiner's judgement."""


class Sighting(NamedTuple):
    """Whom it concerns (indexes of the dosed) and the moment, in UTC minutes, from which it could be seen.

    ``earliest`` is the moment from which it could be suspected, where that comes before.
    """

    subjects: tuple[int, ...]
    moment: int
    earliest: int | None = None


@dataclass(frozen=True)
class _Result:
    """One laboratory result: day since the first dose, value, its limits, and the moment from which it was known."""

    day: int
    value: float
    low: float
    high: float
    known: int


def list_sightings(story: Story, moment: int) -> list[dict[str, Any]]:
    """Return the planted signal where it could be seen before ``moment`` (UTC minutes); ``found_by`` and ``earliest`` are days."""
    signal = story.setting.scenario.signal
    found = READERS[signal](story) if signal else None
    if signal is None or found is None or found.moment >= moment:
        return []
    moments = np.array([found.moment, found.moment if found.earliest is None else found.earliest], dtype=np.int64)
    found_by, earliest = (str(as_date(day)) for day in (story.setting.zone.to_local(moments) // DAY).tolist())
    codes = [story.people.code[who] for who in found.subjects]
    return [{"signal": signal, "subjects": codes, "earliest": earliest, "found_by": found_by}]


def _see_cluster(story: Story) -> Sighting | None:
    """The third of the planted events of one kind, as soon as it is on record; the second can raise a suspicion."""
    places = np.flatnonzero(story.events.planted >= 0)
    places = places[np.argsort(story.reports.known[places])][:CLUSTER]
    if len(places) < CLUSTER:
        return None
    known = story.reports.known[places].tolist()
    return Sighting(tuple(story.events.subject[places].tolist()), known[CLUSTER - 1], known[SUSPECTED - 1])


def _see_recurrence(story: Story) -> Sighting | None:
    """The second subject in whom the planted kind of event came a second time within half a year."""
    kinds = {int(kind) for kind in story.events.kind[story.events.planted >= 0]}
    events, reports = story.events, story.reports
    again = []
    for who in range(story.people.dosed):
        own = np.flatnonzero((events.subject == who) & np.isin(events.kind, list(kinds)) & (events.onset >= story.treatment.start[who]))
        read = [(int(events.onset[place]), max(int(reports.known[place]), int(reports.known_coded[place]))) for place in own]
        moments = [max(a[1], b[1]) for a, b in pairwise(sorted(read)) if b[0] - a[0] <= AGAIN_DAYS * DAY]
        again += [(min(moments), who)] if moments else []
    again.sort()
    if len(again) < AGAIN_SUBJECTS:
        return None
    return Sighting(tuple(who for _, who in again[:AGAIN_SUBJECTS]), again[AGAIN_SUBJECTS - 1][0])


def _see_creatinine(story: Story) -> Sighting | None:
    """A trough above its range, and within thirty days from it creatinine half as high again as before the dose, and outside its range."""
    read, found = _read_tests(story), []
    for who in range(story.people.dosed):
        before = [one for one in read(who, "CREAT") if one.day <= 0]
        if not before:
            continue
        risen = [one for one in read(who, "CREAT") if one.day > 0 and one.value >= max(RISE * before[-1].value, one.high)]
        high = [one for one in read(who, "TACRO") if one.value > one.high]
        found += [(max(a.known, b.known, before[-1].known), who) for a in high for b in risen if 0 <= b.day - a.day <= AFTER_DAYS]
    return Sighting((min(found)[1],), min(found)[0]) if found else None


def _see_liver(story: Story) -> Sighting | None:
    """ALT or AST of 3 times its limit with alkaline phosphatase below 2, and at most thirty days later bilirubin of 2."""
    read, found = _read_tests(story), []
    for who in range(story.people.dosed):
        for raised in (*read(who, "ALT"), *read(who, "AST")):
            calm = [one.known for one in read(who, "ALP") if one.day == raised.day and one.value < 2 * one.high]
            if raised.day <= 0 or raised.value < 3 * raised.high or not calm:
                continue
            yellow = [one for one in read(who, "BILI") if one.value >= 2 * one.high and 0 <= one.day - raised.day <= AFTER_DAYS]
            found += [(max(raised.known, one.known, min(calm)), who) for one in yellow]
    return Sighting((min(found)[1],), min(found)[0]) if found else None


def _see_ascent(story: Story) -> Sighting | None:
    """A level of injury two segments nearer to the head than on the last worksheet before the dose; one segment can raise a suspicion."""
    visits = hold_visits(story.setting, story.people, story.treatment)
    days = days_after_dose(story.people, visits)
    sheets = examine(story.setting, story.people, story.events, visits, full=True).worksheets
    if sheets is None:
        return None
    before: dict[int, tuple[int, int]] = {}
    rises: list[tuple[int, int, int]] = []
    for place, level in zip(sheets.place.tolist(), sheets.level.tolist(), strict=True):
        who, known = int(visits.subject[place]), int(visits.known[place])
        if who >= story.people.dosed:
            continue
        if days[place] <= 0:
            before[who] = (level, known)
        elif who in before:
            rises.append((max(known, before[who][1]), who, before[who][0] - level))
    found = min(((moment, who) for moment, who, segments in rises if segments >= SEGMENTS), default=None)
    if found is None:
        return None
    return Sighting((found[1],), found[0], min(moment for moment, who, segments in rises if segments > 0 and who == found[1]))


def _read_tests(story: Story) -> Callable[[int, str], list[_Result]]:
    """A reader of the results of one subject and test, in time."""
    visits = hold_visits(story.setting, story.people, story.treatment)
    days = days_after_dose(story.people, visits)
    places = np.arange(len(visits.subject), dtype=np.int64)
    results: dict[tuple[int, str], list[_Result]] = {}
    for series in laboratory_series(story.setting, story.people, visits, places, full=True):
        if isinstance(series.test, TestPart):
            for who, result in _list_results(series.test, series.place, series.value, visits, days):
                results.setdefault((who, series.test.test), []).append(result)
    return lambda who, test: results.get((who, test), [])


def _list_results(test: TestPart, place: Ints, value: Floats, visits: Visits, days: Floats) -> Iterator[tuple[int, _Result]]:
    low, high = (NEVER if limit is None else limit for limit in (test.low, test.high))
    for here, number in zip(place.tolist(), value.tolist(), strict=True):
        yield int(visits.subject[here]), _Result(int(days[here]), number, low, high, int(visits.known[here]))


READERS: Mapping[Signal, Callable[[Story], Sighting | None]] = {
    "cluster of events": _see_cluster,
    "trough and creatinine": _see_creatinine,
    "recurrent events": _see_recurrence,
    "liver": _see_liver,
    "ascending loss": _see_ascent,
}
"""How each signal is read from the story."""
