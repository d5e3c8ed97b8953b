"""What is seen over time: visits that took place and medications."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from db.models import Medication, Subject, Visit
from synthetic.clock import DAY, NEVER, Floats, Ints, as_date, as_instant
from synthetic.course import Setting
from synthetic.people import People
from synthetic.record import Ids, Rows, Values, make_versions, simple_rows
from synthetic.treatment import Treatment

MISSED_SHARE = 0.02
LATE_SHARE = 0.04
"""Shares of visits that are missed, or held after their window."""


@dataclass(frozen=True)
class Visits:
    """One entry per visit that took place; ``visit`` is its place in the protocol, ``day`` the local day it was held.

    ``morning`` is the moment of that day at which blood is taken and the subject examined, before any dose of the day, in UTC minutes.
    """

    subject: Ints
    visit: Ints
    day: Ints
    morning: Ints
    known: Ints


def hold_visits(setting: Setting, people: People, treatment: Treatment) -> Visits:
    """Return the visits held by the eligible, ordered by subject and day; the dosing day is never missed."""
    draw, plan = setting.stream("visits"), setting.protocol.visits
    eligible = np.flatnonzero(people.failed < 0)
    subject, visit = np.repeat(eligible, len(plan)), np.tile(np.arange(len(plan)), len(eligible))
    n = len(subject)
    due, before, after = (np.array([values(part) for part in plan], dtype=np.int64)[visit] for values in (_due, _before, _after))
    dosed = subject < people.dosed
    dose = np.where(dosed, people.course.day[np.minimum(subject, max(people.dosed - 1, 0))], NEVER) if people.dosed else np.full(n, NEVER)
    jitter = np.floor(draw.random(n) * (before + after + 1)).astype(np.int64) - before
    jitter = np.where((draw.random(n) < LATE_SHARE) & (due > 1), after + draw.integers(1, 5, n), jitter)
    screening = due < 0
    day = np.where(screening, people.screened[subject], np.where(dosed, dose + due + jitter, NEVER))
    missed = (draw.random(n) < MISSED_SHARE) & (due > 1) | _left_out(setting, subject, visit)
    held = (screening | dosed) & ~missed & (screening | (day <= people.end[subject]))
    delay = np.minimum(1.5 * np.exp(draw.normal(0, 0.9, n)), 30)
    moment = people.zones.to_utc(np.where(held, day, 0) * DAY + 16 * 60, people.site[subject]) + (delay * DAY).astype(np.int64)
    known = np.maximum(moment, people.known_screened[subject] + 1)
    if people.dosed:
        given = treatment.known[np.minimum(subject, people.dosed - 1)]
        known = np.where(dosed & (due == 0), given, known)
    morning = people.zones.to_utc(day[held] * DAY + 7 * 60, people.site[subject[held]])
    return Visits(subject[held], visit[held], day[held], morning, known[held])


def days_after_dose(people: People, visits: Visits) -> Floats:
    """Days from first dose to each visit; negative before it, and for those not dosed."""
    n = people.dosed
    if not n:
        return np.full(len(visits.subject), -14.0)
    day = people.course.day[np.minimum(visits.subject, n - 1)]
    return np.where(visits.subject < n, visits.day - day, -14).astype(np.float64)


def _due(part: object) -> int:
    return int(getattr(part, "day", 0))


def _before(part: object) -> int:
    return int(getattr(part, "before_days", 0))


def _after(part: object) -> int:
    return int(getattr(part, "after_days", 0))


def _left_out(setting: Setting, subject: Ints, visit: Ints) -> Ints:
    """The visits that the scenario leaves out, so that something is overdue."""
    codes = [part.code for part in setting.protocol.visits]
    out = np.zeros(len(subject), dtype=bool)
    for who, code in setting.scenario.missed_visits:
        out |= (subject == who) & (visit == codes.index(code))
    return out


def visit_rows(setting: Setting, visits: Visits) -> Rows:
    """Return VISIT rows."""
    plan = setting.protocol.visits

    def build(index: int, ids: Ids) -> list[Values]:
        """The versions of one visit."""
        part, day = plan[int(visits.visit[index])], as_date(int(visits.day[index]))
        return [
            {
                "known_from": as_instant(int(visits.known[index])),
                "subject_id": int(ids[Subject][visits.subject[index]]),
                "code": part.code,
                "label": part.label,
                "occurred_on": day,
                "ended_on": day,
            }
        ]

    return simple_rows(Visit, visits.known, build)


@dataclass(frozen=True)
class _Courses:
    """Medication courses: whose, which, first and last day, when known and when the end was known."""

    subject: Ints
    kind: Ints
    first: Ints
    last: Ints
    known: Ints
    known_end: Ints


def medication_rows(setting: Setting, people: People, treatment: Treatment, *, full: bool) -> Rows:
    """Return MEDICATION rows: what the protocol requires of every dosed subject, and (``full``) what some take besides."""
    required = setting.protocol.concomitant
    drugs = required.drugs if required else ()
    plain = setting.population.medications
    courses = _draw_courses(setting, people, treatment, full=full)

    def build(index: int, ids: Ids) -> list[Values]:
        """The versions of one medication or condition."""
        kind = int(courses.kind[index])
        first = as_date(int(courses.first[index]))
        part = plain[kind - len(drugs)] if kind >= len(drugs) else None
        row: Values = {
            "known_from": as_instant(int(courses.known[index])),
            "subject_id": int(ids[Subject][courses.subject[index]]),
            "name": part.name if part else drugs[kind],
            "coded_name": part.coded_name if part else drugs[kind].upper(),
            "indication": part.indication if part else (required.label if required else None),
            "dose_text": part.dose_text if part else "by trough level" if kind == 0 else "tapering",
            "route": part.route if part else "oral",
            "protocol_required": part is None,
            "start_text": str(first),
            "start_precision": "day",
            "first_on": first,
            "last_on": None,
            "ongoing": True,
        }
        end = {"last_on": as_date(int(courses.last[index])), "ongoing": False}
        return make_versions(row, [(int(courses.known_end[index]), end)])

    return simple_rows(Medication, courses.known, build)


def _draw_courses(setting: Setting, people: People, treatment: Treatment, *, full: bool) -> _Courses:
    required, plain, n = setting.protocol.concomitant, setting.population.medications if full else (), people.dosed
    draw = setting.stream("medications")
    drugs = len(required.drugs) if required else 0
    takes = draw.random((n, drugs + len(plain))) < np.array([1.0] * drugs + [part.share for part in plain])
    subject, kind = np.nonzero(takes)
    start = np.array([0] * drugs + [part.from_day for part in plain], dtype=np.int64)[kind]
    until = required.until_day if required else 0
    days = np.array([until if place == 0 else until // 4 for place in range(drugs)] + [part.days for part in plain], dtype=np.int64)[kind]
    own = kind >= drugs
    start = start + np.where(own & (start > 0), draw.integers(0, 20, len(subject)), 0)
    days = np.where(own & (days > 2), (days * draw.uniform(0.5, 1.5, len(subject))).astype(np.int64), days)
    first = people.course.day[subject] + start
    last = np.minimum(first + np.maximum(days - own, 0), people.end[subject])
    held = first <= people.end[subject]
    delay = draw.integers(4 * 60, 4 * DAY, len(subject))
    site = people.site[subject]
    known = np.maximum(people.zones.to_utc(first * DAY + 12 * 60, site) + delay, people.known_screened[subject] + 10)
    known = np.where(own, known, np.maximum(known, treatment.known[subject]))
    known_end = np.maximum(people.zones.to_utc(last * DAY + 12 * 60, site) + delay, known)
    return _Courses(subject[held], kind[held], first[held], last[held], known[held], known_end[held])


def observation_rows(setting: Setting, people: People, treatment: Treatment, visits: Visits, *, full: bool) -> Sequence[Rows]:
    """Return visits and medications."""
    return [visit_rows(setting, visits), medication_rows(setting, people, treatment, full=full)]
