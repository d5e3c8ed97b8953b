"""Laboratory values, vital signs and neurological scores at visits, as they drift with time and treatment."""

from dataclasses import dataclass

import numpy as np

from db.models import Measurement, Subject
from synthetic.clock import Floats, Ints, as_date, as_instant
from synthetic.course import Setting
from synthetic.drifts import follow_drifts
from synthetic.events import Happenings
from synthetic.follow_up import Visits, days_after_dose
from synthetic.neurology import Neurology, examine
from synthetic.people import People
from synthetic.population import ScorePart, TestPart
from synthetic.record import Ids, Rows, Values, simple_rows
from trial.grading.isncsci_text import TEST as WORKSHEET
from trial.terms import AIS


@dataclass(frozen=True)
class Series:
    """One test over all visits where it was measured; where the result is a word, ``letter`` has the words and ``named`` code and label."""

    kind: str
    test: TestPart | ScorePart | None
    place: Ints
    value: Floats
    letter: tuple[str, ...] = ()
    named: tuple[str, str] = ("", "")


def measurement_rows(setting: Setting, people: People, events: Happenings, visits: Visits, *, full: bool) -> Rows:
    """Return MEASUREMENT rows of the dosed and waiting; ``full`` false keeps the essential tests at three visits."""
    places = np.arange(len(visits.subject)) if full else _essential_places(setting, visits)
    series = laboratory_series(setting, people, visits, places, full=full)
    series += _list_neurology(setting, examine(setting, people, events, visits, full=full), places)
    starts = np.cumsum([0] + [len(part.place) for part in series])
    place = np.concatenate([part.place for part in series]) if series else np.zeros(0, dtype=np.int64)
    known = visits.known[place]

    def build(index: int, ids: Ids) -> list[Values]:
        """The versions of a measurement."""
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


def _list_neurology(setting: Setting, found: Neurology, places: Ints) -> list[Series]:
    """Totals, AIS grades and worksheets at the visits ``places``."""
    series = [Series("neurology", part, places, value[places]) for part, value in found.scores]
    letter = setting.population.letter
    if letter and found.grade is not None:
        series.append(Series("neurology", None, places, found.grade[places].astype(np.float64), AIS, (letter.test, letter.label)))
    if found.worksheets is not None:
        sheets = found.worksheets
        numbers = np.arange(len(sheets.line), dtype=np.float64)
        series.append(Series("neurology", None, sheets.place, numbers, sheets.line, (WORKSHEET, "ISNCSCI worksheet")))
    return series


def _values(setting: Setting, people: People, visits: Visits, series: Series, index: int) -> Values:
    place = int(series.place[index])
    test, value = series.test, float(series.value[index])
    plan = setting.protocol.visits[int(visits.visit[place])]
    low, high = (test.low, test.high) if isinstance(test, TestPart) else (None, None)
    day = int(visits.day[place])
    return {
        "known_from": as_instant(int(visits.known[place])),
        "kind": series.kind,
        "test": test.test if test else series.named[0],
        "label": test.label if test else series.named[1],
        "visit": plan.code,
        "measured_on": as_date(day),
        "measured_at": as_instant(int(visits.morning[place])),
        "result_text": series.letter[int(value)] if series.letter else f"{value:g}",
        "value": None if series.letter else value,
        "unit": test.unit if isinstance(test, TestPart) else None if series.letter else "points",
        "low": low,
        "high": high,
        "indicator": _indicate(value, low, high),
        "baseline": plan.day <= 0,
    }


def _indicate(value: float, low: float | None, high: float | None) -> str | None:
    """Say where a value lies against its reference range; None without one."""
    if low is None or high is None:
        return None
    return "LOW" if value < low else "HIGH" if value > high else "NORMAL"
