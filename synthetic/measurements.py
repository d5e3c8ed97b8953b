"""Laboratory values, vital signs and neurological scores at visits, as they drift with time and treatment."""

from dataclasses import dataclass

import numpy as np

from db.models import Measurement, Subject
from synthetic.clock import Floats, Ints, as_date, as_instant
from synthetic.course import Setting
from synthetic.drifts import follow_drifts
from synthetic.events import Happenings
from synthetic.follow_up import Visits
from synthetic.people import People
from synthetic.population import ScorePart, TestPart
from synthetic.record import Ids, Rows, Values, simple_rows


@dataclass(frozen=True)
class Series:
    """One test over all visits where it was measured; ``letter`` where the result is a word, not a number."""

    kind: str
    test: TestPart | ScorePart | None
    place: Ints
    value: Floats
    letter: tuple[str, ...] = ()


def measurement_rows(setting: Setting, people: People, events: Happenings, visits: Visits, *, full: bool) -> Rows:
    """Return MEASUREMENT rows of the dosed and waiting; ``full`` false keeps the essential tests at three visits."""
    places = np.arange(len(visits.subject)) if full else _essential_places(setting, visits)
    series = laboratory_series(setting, people, visits, places, full=full) + _neurology(setting, people, events, visits, places, full=full)
    starts = np.cumsum([0] + [len(part.place) for part in series])
    place = np.concatenate([part.place for part in series]) if series else np.zeros(0, dtype=np.int64)
    known = visits.known[place]

    def build(index: int, ids: Ids) -> list[Values]:
        number = int(np.searchsorted(starts, index, side="right")) - 1
        who = int(visits.subject[place[index]])
        return [{**_values(setting, people, visits, series[number], index - int(starts[number])), "subject_id": int(ids[Subject][who])}]

    return simple_rows(Measurement, known, build)


def _essential_places(setting: Setting, visits: Visits) -> Ints:
    """Visits measured in a large trial: the first planned one and the one that ends the DLT window."""
    plan = setting.protocol.visits
    window = setting.window_days
    middle = min(range(len(plan)), key=lambda place: abs(plan[place].day - window)) if plan else 0
    return np.flatnonzero(np.isin(visits.visit, [0, middle]))


def days_after_dose(people: People, visits: Visits) -> Floats:
    """Days from first dose to each visit; negative before it, and for those not dosed."""
    n = people.dosed
    if not n:
        return np.full(len(visits.subject), -14.0)
    day = people.course.day[np.minimum(visits.subject, n - 1)]
    return np.where(visits.subject < n, visits.day - day, -14).astype(np.float64)


def laboratory_series(setting: Setting, people: People, visits: Visits, places: Ints, *, full: bool) -> list[Series]:
    """Laboratory tests and vital signs: own level, shift under the concomitant treatment, shift after the first dose."""
    draw, days = setting.stream("laboratory"), days_after_dose(people, visits)
    until = setting.protocol.concomitant.until_day if setting.protocol.concomitant else -1
    series = []
    for kind, tests in (("laboratory", setting.population.laboratory), ("vital sign", setting.population.vital_signs)):
        for test in tests:
            own = np.exp(draw.normal(0, test.between / test.mean, len(people)))
            noise = np.exp(draw.normal(0, test.within / test.mean, len(visits.subject)))
            response = np.exp(draw.normal(0, 0.35, len(people)))[visits.subject]
            base = test.mean * own[visits.subject]
            treated = (days > 0) & (days <= until)
            shift = test.concomitant * treated * response
            shift = shift + test.early * response * np.where(days > 0, np.exp(-np.maximum(days, 0) / test.early_days), 0.0)
            value = base * (1 + shift) if test.relative else base + shift
            value = follow_drifts(setting, people, (visits.subject, days), test, value)
            value = np.maximum(np.round(value * noise, test.decimals), 10.0**-test.decimals)
            if full or test.essential:
                taken = places[treated[places]] if test.only_concomitant else places
                series.append(Series(kind, test, taken, value[taken]))
    return series


def _neurology(setting: Setting, people: People, events: Happenings, visits: Visits, places: Ints, *, full: bool) -> list[Series]:
    """Neurological totals with natural recovery and planted losses, and the AIS letter."""
    draw, traits = setting.stream("neurology"), people.traits
    loss, days = _motor_loss(setting, people, events, visits), days_after_dose(people, visits)
    series = []
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
        value = np.clip(np.round(value), 0, part.maximum) + 0.0  # a zero without a sign
        series.append(Series("neurology", part, places, value[places]))
    letter = setting.population.letter
    if letter is None or not traits.grades or not full:
        return series
    improves = np.array([letter.improves.get(name, 0.0) for name in traits.grades] + [0.0])[traits.ais]
    on_day = np.where(draw.random(len(people)) < improves, draw.integers(20, 300, len(people)), 100_000)
    letters = tuple("ABCDE")
    now = np.array([letters.index(name) for name in traits.grades] + [0])[traits.ais][visits.subject]
    now = np.minimum(now + (days >= on_day[visits.subject]), 4)
    return [*series, Series("neurology", None, places, now[places].astype(np.float64), letters)]


def _motor_loss(setting: Setting, people: People, events: Happenings, visits: Visits) -> Floats:
    """Points of motor score lost at each visit through events that take function away; it returns over months."""
    points = np.array([part.motor_loss for part in setting.population.events])[events.kind]
    loss = np.zeros(len(visits.subject))
    for index in np.flatnonzero(points > 0).tolist():
        who = int(events.subject[index])
        day = int(people.zones.local_day(events.onset[index : index + 1], people.site[who : who + 1])[0])
        since = visits.day - day
        hit = (visits.subject == who) & (since >= 0)
        loss[hit] += points[index] * np.exp(-since[hit] / 120)
    return loss


def _values(setting: Setting, people: People, visits: Visits, series: Series, index: int) -> Values:
    place = int(series.place[index])
    test, value = series.test, float(series.value[index])
    plan = setting.protocol.visits[int(visits.visit[place])]
    low, high = (test.low, test.high) if isinstance(test, TestPart) else (None, None)
    day = int(visits.day[place])
    letter = setting.population.letter
    return {
        "known_from": as_instant(int(visits.known[place])),
        "kind": series.kind,
        "test": test.test if test else letter.test if letter else "",
        "label": test.label if test else letter.label if letter else "",
        "visit": plan.code,
        "measured_on": as_date(day),
        "measured_at": as_instant(int(visits.morning[place])) if series.kind == "laboratory" else None,
        "result_text": series.letter[int(value)] if series.letter else f"{value:g}",
        "value": None if series.letter else value,
        "unit": test.unit if isinstance(test, TestPart) else None if series.letter else "points",
        "low": low,
        "high": high,
        "indicator": _indicate(value, low, high),
        "baseline": plan.day < 0,
    }


def _indicate(value: float, low: float | None, high: float | None) -> str | None:
    """Say where a value lies against its reference range; None without one."""
    if low is None or high is None:
        return None
    return "LOW" if value < low else "HIGH" if value > high else "NORMAL"
