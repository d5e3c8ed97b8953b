"""One made-up trial looked at on several cut-offs by the rules that the pages use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session

from db.engine import open_engine, reading
from db.queries.events import event_overview
from db.queries.laboratory import lab_series
from db.queries.monitor_courses import monitor_courses
from db.queries.monitors import monitor_counts
from db.queries.neurology import neuro_levels
from db.queries.recurrence import repeated_events
from synthetic.generator import default_until, write_story
from synthetic.scenarios import Signal
from synthetic.story import Story, tell_story
from trial.asof import AsOf
from trial.protocol import Protocol
from trial.signals.ascending import compute_ascents
from trial.signals.calcineurin import SIGNAL, judge_troughs
from trial.signals.liver_peaks import compute_liver_peaks
from trial.signals.monitor import PAUSE, judge_monitors
from trial.signals.neuro_course import compute_thresholds
from trial.signals.recurrence import judge_recurrence

STUDY = 1
CLUSTER_MONITOR = "CSF"
DAILY = 7
"""So many days before a reader's day every cut-off is looked at."""


@dataclass(frozen=True)
class Recognition:
    """One planted signal of one story: when a reader could see it, and the first cut-off on which the product's rule does."""

    scenario: str
    seed: int
    signal: Signal
    subjects: tuple[str, ...]
    earliest: date
    found_by: date
    found_on: date | None
    named: bool

    @property
    def right(self) -> bool:
        """Whether the rule finds it by the reader's day, not before there is something to suspect, and names whom it concerns."""
        return self.found_on is not None and self.earliest <= self.found_on <= self.found_by and self.named


def _find_cluster(session: Session, as_of: AsOf, protocol: Protocol) -> list[str] | None:
    counts = monitor_counts(session, as_of, STUDY, monitors=protocol.monitors, aesi=protocol.aesi)
    courses = monitor_courses(session, as_of, STUDY, monitors=protocol.monitors, aesi=protocol.aesi)
    planned = protocol.accrual.planned_subjects if protocol.accrual else 1
    states = judge_monitors(counts, protocol.monitors, courses, planned)
    return [] if (states.loc[states["monitor"] == CLUSTER_MONITOR, "state"] == PAUSE).any() else None


def _find_recurrence(session: Session, as_of: AsOf, protocol: Protocol) -> list[str] | None:
    overview = event_overview(session, as_of, STUDY, aesi=protocol.aesi)
    days = int(overview.loc[overview["measure"] == "any", "days"].sum())
    rates = protocol.background_rates
    found = judge_recurrence(repeated_events(session, as_of, STUDY, rates=rates), rates, days)
    signals = found[found["state"] == SIGNAL]
    return [code for codes in signals["codes"] for code in codes.split(", ")] if len(signals) else None


def _find_creatinine(session: Session, as_of: AsOf, _: Protocol) -> list[str] | None:
    readings = judge_troughs(lab_series(session, as_of, STUDY, tests=("TACRO", "CREAT", "K", "MG")))
    return list(readings.loc[readings["state"] == SIGNAL, "subject"]) or None


def _find_liver(session: Session, as_of: AsOf, _: Protocol) -> list[str] | None:
    peaks = compute_liver_peaks(lab_series(session, as_of, STUDY, tests=("ALT", "AST", "BILI", "ALP")))
    return list(peaks.loc[peaks["hys_law"], "subject"]) or None


def _find_ascent(session: Session, as_of: AsOf, protocol: Protocol) -> list[str] | None:
    levels = neuro_levels(session, as_of, STUDY)
    ascents = compute_ascents(levels, compute_thresholds(protocol.neurology))
    return list(ascents.loc[ascents["state"] == "RED", "subject"]) or None


FINDERS: Mapping[Signal, Callable[[Session, AsOf, Protocol], list[str] | None]] = {
    "cluster of events": _find_cluster,
    "recurrent events": _find_recurrence,
    "trough and creatinine": _find_creatinine,
    "liver": _find_liver,
    "ascending loss": _find_ascent,
}
"""The rule by which a page finds each signal: the subjects it names (none for a monitor, which counts); None while it finds nothing."""


def find(engine: Engine, story: Story, signal: Signal, day: date) -> list[str] | None:
    """What the rule for ``signal`` finds at the end of ``day``."""
    protocol = story.setting.protocol
    with reading(engine) as session:
        return FINDERS[signal](session, AsOf(day, protocol.study.time_zone), protocol)


def recognise(folder: Path, scenario: str, seed: int) -> Recognition | None:
    """Make a trial up and look for its signal day by day around the reader's day; None where this story holds none to be seen."""
    story = tell_story(scenario, seed=seed)
    engine = open_engine(f"sqlite:///{folder / f'{scenario}-{seed}.db'}")
    truth = write_story(engine, story, default_until(story))
    signal = story.setting.scenario.signal
    if signal is None or not truth.signals:
        return None
    planted = truth.signals[0]
    earliest, found_by = date.fromisoformat(planted["earliest"]), date.fromisoformat(planted["found_by"])
    days = _list_days(story.setting.protocol.version.effective, earliest, found_by)
    found_on = next((day for day in days if find(engine, story, signal, day) is not None), None)
    named = find(engine, story, signal, found_by)
    engine.dispose()
    right = named is not None and (not named or set(planted["subjects"]) <= set(named))
    return Recognition(scenario, seed, signal, tuple(planted["subjects"]), earliest, found_by, found_on, right)


def _list_days(start: date, earliest: date, found_by: date) -> list[date]:
    """The cut-offs to look at: every seventh day, and each of the last seven before there is something to suspect, and to see."""
    every = [start + timedelta(days=step) for step in range((found_by - start).days + 1)]
    near = {mark - timedelta(days=step) for mark in (earliest, found_by) for step in range(DAILY + 1)}
    return [day for place, day in enumerate(every) if place % 7 == 0 or day in near]


def list_false_alarms(folder: Path, seed: int, scenario: str = "clean") -> list[Signal]:
    """The signals that the rules find at the end of a trial without any."""
    story = tell_story(scenario, seed=seed)
    engine = open_engine(f"sqlite:///{folder / f'{scenario}-{seed}.db'}")
    write_story(engine, story, default_until(story))
    found = [signal for signal in FINDERS if find(engine, story, signal, default_until(story)) is not None]
    engine.dispose()
    return found
