"""When each event ended, how precisely its dates were collected, and when the team came to know what."""

from dataclasses import dataclass

import numpy as np

from synthetic.clock import DAY, NEVER, Flags, Floats, Ints, month_end
from synthetic.course import Setting
from synthetic.events import Happenings
from synthetic.judgement import NO_DLT, Judgement
from synthetic.people import People
from synthetic.treatment import Treatment

MEDIAN_DELAY_DAYS, DELAY_SPREAD = 2.0, 1.15
"""Entry delay of ordinary events: log-normal, about 4 % later than 14 days."""
SERIOUS_DELAY_HOURS, SERIOUS_SPREAD = 8.0, 0.6
PARTIAL_SHARE = 0.03
"""Share of onset dates of which only the month is known."""
CODING_SHARE = 0.05
"""Share of events that are entered before their term is coded."""
TO_MINUTE, TO_DAY, TO_MONTH = 0, 1, 2


@dataclass(frozen=True)
class Reports:
    """One entry per event; moments in UTC minutes, NEVER where nothing became known.

    ``known`` is the first report, the other ``known_`` moments are later corrections and additions.
    """

    end: Ints
    precision: Ints
    end_to_minute: Flags
    known: Ints
    aware: Ints
    known_end: Ints
    known_grade: Ints
    known_cause: Ints
    known_coded: Ints
    known_sponsor: Ints
    known_dlt: Ints


def report_events(setting: Setting, people: People, treatment: Treatment, events: Happenings, judged: Judgement) -> Reports:
    """Return when each event ended and when the team came to know it and what was corrected."""
    draw, n = setting.stream("reporting"), len(events)
    end = _draw_ends(setting, people, events, judged, draw)
    precision = _draw_precision(people, treatment, events, draw)
    known = _draw_known(people, events, judged, precision, draw)
    known = np.where(events.fatal, np.maximum(known, end + 60), known)
    aware = events.onset + ((known - events.onset) * draw.uniform(0.2, 0.8, n)).astype(np.int64)
    known_end = np.where(end == NEVER, NEVER, np.maximum(end + _spread(4.0, 0.9, n, draw), known))
    later = known + draw.integers(DAY // 2, 8 * DAY, (4, n))
    candidate, serious = judged.dlt != NO_DLT, judged.serious
    return Reports(
        end,
        precision,
        (precision == TO_MINUTE) & (end - events.onset < 2 * DAY) & (end != NEVER),
        known,
        aware,
        known_end,
        np.where(judged.first_grade != judged.grade, later[0], NEVER),
        np.where(
            (judged.first_causes != judged.causes).any(axis=1),
            np.where(candidate, known + np.int64(2.4 * DAY), later[1]),
            NEVER,
        ),
        np.where((draw.random(n) < CODING_SHARE) & (events.planted < 0), later[2], NEVER),
        np.where(serious, known + draw.integers(DAY // 2, 4 * DAY, n), NEVER),
        np.where(candidate, known + draw.integers(int(2.5 * DAY), 4 * DAY, n), NEVER),
    )


def _spread(median_days: float, sigma: float, count: int, draw: np.random.Generator) -> Ints:
    """Log-normal delays in minutes, at most sixty days."""
    days: Floats = median_days * np.exp(draw.normal(0, sigma, count))
    return (np.minimum(days, 60) * DAY).astype(np.int64)


def _draw_ends(setting: Setting, people: People, events: Happenings, judged: Judgement, draw: np.random.Generator) -> Ints:
    """The true end of each event; NEVER when it lasts beyond the subject's follow-up."""
    parts = setting.population.events
    days = np.array([part.days for part in parts])[events.kind]
    lasting = draw.random(len(events)) < np.array([part.lasting for part in parts])[events.kind]
    worse = np.where(judged.grade >= 3, 1.5, 1.0)
    end = events.onset + np.maximum((days * worse * np.exp(draw.normal(0, 0.7, len(events))) * DAY).astype(np.int64), 5)
    site = people.site[events.subject]
    last = people.zones.to_utc((people.end[events.subject] + 1) * DAY - 1, site)
    death = people.zones.to_utc(people.end[events.subject] * DAY + 8 * 60, site)
    end = np.where(lasting | (end > last), NEVER, end)
    return np.where(events.fatal, np.maximum(death, events.onset + 5), end)


def _draw_precision(people: People, treatment: Treatment, events: Happenings, draw: np.random.Generator) -> Ints:
    """To the minute around the operation, to the day later, and a few to the month only."""
    days = (events.onset - treatment.start[events.subject]) / DAY
    operated = treatment.closure[events.subject] != NEVER
    chance = np.where(days < 1.5, 0.92, np.where(days < 7, 0.5, 0.0)) * (days > -0.5) * operated
    place = draw.random(len(events))
    precision = np.where(place < chance, TO_MINUTE, TO_DAY)
    vague = (draw.random(len(events)) < PARTIAL_SHARE * 1.2) & (days > 30) & (events.planted < 0) & ~events.fatal
    return np.where(vague, TO_MONTH, precision).astype(np.int64)


def _draw_known(people: People, events: Happenings, judged: Judgement, precision: Ints, draw: np.random.Generator) -> Ints:
    """The moment of the first report: days for ordinary events, hours for serious and planted ones."""
    n = len(events)
    ordinary = _spread(MEDIAN_DELAY_DAYS, DELAY_SPREAD, n, draw)
    quick = np.minimum(_spread(SERIOUS_DELAY_HOURS / 24, SERIOUS_SPREAD, n, draw), 6 * DAY)
    planted_delay = draw.integers(2 * 60, 12 * 60, n)
    known = events.onset + np.where(judged.serious & (judged.first_grade == judged.grade), quick, ordinary)
    known = np.where(events.planted >= 0, events.onset + planted_delay, known)
    override = np.array([part.known for part in people.course.planted] + [NEVER], dtype=np.int64)[events.planted]
    known = np.where(override != NEVER, override, known)
    site = people.site[events.subject]
    for index in np.flatnonzero(precision == TO_MONTH).tolist():
        day = int(people.zones.local_day(events.onset[index : index + 1], site[index : index + 1])[0])
        known[index] = max(int(known[index]), (month_end(day) + 1) * DAY + 12 * 60 + index % 7 * DAY)
    return np.maximum(known, people.known_screened[events.subject] + 30)
