"""Clean made-up trials: the generator's own course, people, treatment and event process, with events at a monitor's target rate.

The story is told as `python -m synthetic` tells it and is not written into a database (a thousand trials would take an hour); what SQL
would count is taken from the story by the same definitions: window in calendar days from the first dose, first event, end of observation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from synthetic.course import Setting, spread_course
from synthetic.events import YEAR, sample_events
from synthetic.people import gather_people
from synthetic.population import EventPart, load_population
from synthetic.scenarios import find_scenario
from synthetic.treatment import treat
from trial.protocol import MonitorPart, parse_protocol
from trial.protocol_monitors import ExposureRule
from trial.signals.monitor_rules import Course

MEDIAN_DAYS = 20.0
"""Days from the dose by which half of a year's events have come."""
REPLACED = 1.5
"""Dosed subjects per planned one: who leaves before the end of a window without an event is replaced, as in a trial."""

Days = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Lived:
    """One trial under one monitor, in order of dosing: days of the first dose, of the first event within the window (or never), and the
    last day of observation."""

    started: Days
    event: Days
    end: Days
    within: int

    def course(self, day: int) -> Course:
        """Return what is known at the end of ``day``."""
        shown = self.started <= day
        started, event, end = self.started[shown], self.event[shown], self.end[shown]
        hit, over = event <= day, started + self.within <= np.minimum(end, day)
        left = ~hit & ~over & (end < day)
        seen = np.minimum(np.minimum(end, day) - started, self.within)
        return Course(hit, ~hit & ~over & ~left, left, started, np.where(hit, event - started, seen))

    def turns(self) -> list[int]:
        """Return the days on which a rule can be reached that was not before: an event, or somebody who leaves."""
        last = int(self.end.max()) + 1
        return sorted({int(day) for day in (*self.event[self.event < NEVER], *(self.end + 1)) if day <= last} | {last})

    def whole(self, subjects: int) -> "Lived":
        """Return the trial up to the subject with whom so many take a place in the end; raise ValueError where they never do."""
        places = np.cumsum(~self.course(NEVER - 1).left)
        if not len(places) or places[-1] < subjects:
            raise ValueError(f"only {places[-1] if len(places) else 0} of {subjects} subjects take a place")
        upto = int(np.searchsorted(places, subjects)) + 1
        return Lived(self.started[:upto], self.event[:upto], self.end[:upto], self.within)


NEVER = 10**7


def make_setting(scenario: str, monitors: Sequence[MonitorPart], seed: int) -> Setting:
    """Return the setting of a clean trial whose population has one more kind of event for each of ``monitors``, at its target rate."""
    chosen = find_scenario(scenario)
    population = load_population(chosen.population)
    kinds = tuple(_kind(monitor) for monitor in monitors)
    protocol = parse_protocol(chosen.protocol_text)
    more = population.model_copy(update={"events": (*population.events, *kinds)})
    return Setting(chosen, protocol, chosen.protocol_text, more, seed, protocol.study.code)


def _kind(monitor: MonitorPart) -> EventPart:
    """An event that a share of ``target`` has within the window, at most once: early ones, or evenly where the rule assumes so."""
    if isinstance(monitor.rule, ExposureRule):
        yearly = (monitor.target or 0) * YEAR / (monitor.counts.within_days or YEAR)
        return EventPart(term=monitor.code, category="x", yearly=yearly, once=True, grades=(0.0, 1.0, 0.0, 0.0))
    pace = np.log(2) / MEDIAN_DAYS
    share = (1 - np.exp(-pace * YEAR)) / (1 - np.exp(-pace * (monitor.counts.within_days or YEAR)))
    yearly = float((monitor.target or 0) * share)
    grades = (0.0, 1.0, 0.0, 0.0)
    return EventPart(term=monitor.code, category="x", yearly=yearly, once=True, timing="early", scale=MEDIAN_DAYS, grades=grades)


def live(setting: Setting, monitors: Sequence[MonitorPart], subjects: int) -> list[Lived]:
    """Return a trial of ``subjects`` dosed under each of ``monitors``, which are the last kinds of the population."""
    people = gather_people(setting, spread_course(setting, subjects), deaths=True)
    treatment = treat(setting, people)
    events = sample_events(setting, people, treatment, scripted=False)
    n, first = people.dosed, len(setting.population.events) - len(monitors)
    day = people.zones.local_day(events.onset, people.site[events.subject])
    started, end = people.course.day[:n].astype(np.int64), people.end[:n].astype(np.int64)
    order = np.lexsort((np.arange(n), started))
    found = []
    for place, monitor in enumerate(monitors):
        within, mine = monitor.counts.within_days or NEVER, events.kind == first + place
        onset = np.full(n, NEVER, dtype=np.int64)
        np.minimum.at(onset, events.subject[mine], day[mine])
        onset = np.where(onset - started <= within, onset, NEVER)
        found.append(Lived(started[order], onset[order], end[order], within))
    return found
