"""Prompted lists in a made-up trial: what sites answered when they were asked for each complication by name, true to what happened."""

from dataclasses import dataclass

import numpy as np

from db.models import AdverseEvent, ComplicationCheck, Procedure, Subject
from synthetic.clock import DAY, NEVER, Flags, Ints, as_date, as_instant
from synthetic.events import Happenings
from synthetic.record import Ids, Rows, Values, simple_rows
from synthetic.reporting import Reports
from synthetic.treatment import Cast
from trial.prompted_list import DENIED, NOT_ASSESSED, OCCURRED, PERIOD_DAYS, PERIOD_MARKS, list_complications
from trial.protocol import BackgroundPart

ASKED_SHARE = 0.9
"""Share of lists that a site fills in; of the others nobody knows."""
LEFT_OPEN_SHARE = 0.06
"""Share of complications on a list that the site did not assess. Both shares are assumed."""
DISCHARGE_DAYS = (6, 15)
"""Days after surgery on which a subject goes home: from, and before. Assumed."""
LATE_DAYS = 8
"""A list to a day is answered on that day or up to a week later."""
EVENT_ENTRY = 60
"""Minutes: an answer that it occurred is entered after the event itself."""


@dataclass(frozen=True)
class _Answers:
    """One entry for each answer: whose, which complication and period by their places, the day, and what was said.

    ``event`` is the place of the adverse event that it was, -1 without one; ``known`` in UTC minutes.
    """

    subject: Ints
    complication: Ints
    period: Ints
    day: Ints
    assessed: Flags
    event: Ints
    known: Ints


def prompted_list_rows(cast: Cast, events: Happenings, reports: Reports, *, full: bool) -> list[Rows]:
    """Return COMPLICATION_CHECK rows: lists to discharge and to 90 days, of a large trial (not ``full``) the second alone.

    None where the product is given without a procedure, or the protocol asks for nothing. The random stream is its own, so that
    everything else of a made-up trial is as it would be without.
    """
    asked = list_complications(cast.setting.protocol.background_rates)
    if cast.setting.population.procedure is None or not asked:
        return []
    periods = ("to discharge", "to 90 days") if full else ("to 90 days",)
    return [_rows(cast, asked, periods, _answer(cast, asked, periods, events, reports))]


def _rows(cast: Cast, asked: tuple[BackgroundPart, ...], periods: tuple[str, ...], answers: _Answers) -> Rows:
    people = cast.people

    def build(index: int, ids: Ids) -> list[Values]:
        """The versions of an answer."""
        subject, event = int(answers.subject[index]), int(answers.event[index])
        code, period = asked[int(answers.complication[index])].code, periods[int(answers.period[index])]
        said = NOT_ASSESSED if not answers.assessed[index] else OCCURRED if event >= 0 else DENIED
        return [
            {
                "known_from": as_instant(int(answers.known[index])),
                "code": f"OP-{people.code[subject]}-{PERIOD_MARKS[period]}-{code}",
                "subject_id": int(ids[Subject][subject]),
                "procedure_id": int(ids[Procedure][subject]),
                "complication": code,
                "period": period,
                "answer": said,
                "checked_on": as_date(int(answers.day[index])),
                "event_id": int(ids[AdverseEvent][event]) if said == OCCURRED else None,
            }
        ]

    return simple_rows(ComplicationCheck, answers.known, build)


def _answer(cast: Cast, asked: tuple[BackgroundPart, ...], periods: tuple[str, ...], events: Happenings, reports: Reports) -> _Answers:
    """Every answer of every list that was filled in while its subject was followed."""
    people, n, draw = cast.people, cast.people.dosed, cast.setting.stream("prompted lists")
    found = [_first_events(cast, rate, events) for rate in asked]
    parts = []
    for place, period in enumerate(periods):
        after = PERIOD_DAYS[period] + draw.integers(0, LATE_DAYS, n) if period in PERIOD_DAYS else draw.integers(*DISCHARGE_DAYS, n)
        day = people.course.day + after
        entered = people.zones.to_utc(day * DAY + draw.integers(9 * 60, 18 * 60, n), people.site[:n])
        filled = (draw.random(n) < ASKED_SHARE) & (day <= people.end[:n])
        last = np.minimum(after, PERIOD_DAYS.get(period, 10**6))
        for number, (event, days) in enumerate(found):
            there = (event >= 0) & (days <= last)
            assessed = draw.random(n) >= LEFT_OPEN_SHARE
            who = np.flatnonzero(filled)
            named = np.where(there, event, -1)[who]
            told = np.maximum(reports.known, reports.known_coded)[named] + EVENT_ENTRY if len(events) else entered[who]
            known = np.where(named >= 0, np.maximum(entered[who], told), entered[who])
            parts.append((who, np.full(len(who), number), np.full(len(who), place), day[who], assessed[who], named, known))
    return _Answers(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _first_events(cast: Cast, rate: BackgroundPart, events: Happenings) -> tuple[Ints, Ints]:
    """Of each dosed subject the first event after closure that is this complication, and its day after surgery; -1 without one."""
    people, closure = cast.people, cast.treatment.closure
    terms = [part.term in rate.terms for part in cast.setting.population.events]
    first, days = np.full(people.dosed, -1), np.full(people.dosed, NEVER)
    if not len(events):
        return first, days
    dosed = events.subject < people.dosed
    who = np.where(dosed, events.subject, 0)
    ours = np.flatnonzero(dosed & np.array(terms)[events.kind] & (events.onset > closure[who]))
    for index in ours[np.argsort(events.onset[ours], kind="stable")][::-1].tolist():
        subject = int(events.subject[index])
        local = people.zones.local_day(events.onset[index : index + 1], people.site[subject : subject + 1])
        first[subject], days[subject] = index, int(local[0]) - int(people.course.day[subject])
    return first, days
