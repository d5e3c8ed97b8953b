"""The declared rule of a monitor, made ready to judge: when it is reached, how many events are left, and how often it is.

Subjects are judged in order of dosing, not in the order in which their outcome becomes known: events become known before the uneventful
windows beside them are over, so an order of knowledge would put events first and alarm falsely more often than is printed. In order
of dosing, a rule that is reached by the events known so far stays reached whatever the pending bring, so looking every day costs nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from trial.protocol import MonitorPart
from trial.protocol_monitors import (
    MOST_PLANNED,
    CalibratedRule,
    ChenChalonerRule,
    CusumRule,
    ExposureRule,
    RatioRule,
    WangTsiatisRule,
)
from trial.signals.arrivals import ExposureBoundary, ExposurePlan, calibrate_exposure
from trial.signals.boundary import Operating
from trial.signals.calibrated import Boundary, Plan, calibrate
from trial.signals.cusum import calibrate_cusum, compute_cusum, compute_cusum_course

Flags = np.ndarray[Any, np.dtype[np.bool_]]
Days = np.ndarray[Any, np.dtype[np.int64]]

FAMILIES = {"beta-binomial": "BB", "Pocock": "Pocock", "O'Brien-Fleming": "OBF", "MaxSPRT": "MaxSPRT", "Wang-Tsiatis": "WT"} | {
    "Chen-Chaloner": "CC", "SPRT": "SPRT",
}  # fmt: skip
"""The name of each rule over subjects, and of its family of boundaries."""
FURTHEST = 60
"""Further subjects with an event up to which a boundary is sought."""


@dataclass(frozen=True)
class Course:
    """The dosed subjects of one monitor in order of dosing.

    ``hit`` has an event, ``pending`` has none and an open window; who has neither, ended the window or, if ``left``, went before
    its end. ``started`` counts days, ``days`` those observed within the window, up to the first event.
    """

    hit: Flags
    pending: Flags
    left: Flags
    started: Days
    days: Days

    @property
    def counted(self) -> Flags:
        """Whether each subject takes a place: all but those who left before the end of the window without an event."""
        return ~self.left

    def hits(self, *, worst: bool = False) -> Flags:
        """Return whether each subject that takes a place has an event; ``worst`` lets every pending one have it."""
        found: Flags = (self.hit | self.pending if worst else self.hit)[self.counted]
        return found


class Sequential(Protocol):
    """A calibrated rule."""

    @property
    def planned(self) -> int:
        """The subjects that it is calibrated for."""

    def reached(self, course: Course, *, worst: bool = False) -> int | None:
        """Return at which place (from 1) of those counted the rule was first reached; None where it was not."""

    def left(self, course: Course) -> int | None:
        """Return the fewest further subjects with an event that reach the rule; None when nothing could."""

    def operating(self, rate: float) -> Operating:
        """Return how often the rule is reached when the true rate is ``rate``, and after how many subjects on average."""


@dataclass(frozen=True)
class CountRule:
    """A boundary over subjects: reached once so many of the first n dosed have an event."""

    boundary: Boundary
    planned: int

    def reached(self, course: Course, *, worst: bool = False) -> int | None:
        """As `Sequential.reached`."""
        return self._reach(course.hits(worst=worst))

    def left(self, course: Course) -> int | None:
        """As `Sequential.left`."""
        return _count_left(self._reach, course)

    def operating(self, rate: float) -> Operating:
        """As `Sequential.operating`."""
        return self.boundary.operating(rate)

    def _reach(self, hits: Flags) -> int | None:
        counts = np.cumsum(hits[: self.planned])
        over = np.flatnonzero(counts >= np.array(self.boundary.limits[: len(counts)]))
        return int(over[0]) + 1 if len(over) else None


@dataclass(frozen=True)
class DriftRule:
    """The Bernoulli CUSUM: reached once the sum of scores reaches ``height``."""

    target: float
    higher: float
    height: float
    planned: int

    def reached(self, course: Course, *, worst: bool = False) -> int | None:
        """As `Sequential.reached`."""
        return self._reach(course.hits(worst=worst))

    def left(self, course: Course) -> int | None:
        """As `Sequential.left`."""
        return _count_left(self._reach, course)

    def operating(self, rate: float) -> Operating:
        """As `Sequential.operating`."""
        return compute_cusum_course(self.planned, self.target, self.higher, self.height, rate)

    def sums(self, hits: Flags) -> list[float]:
        """Return the sum after each subject."""
        return [step.total for step in compute_cusum(hits.tolist(), self.target, self.higher, self.height)]

    def _reach(self, hits: Flags) -> int | None:
        steps = compute_cusum(hits[: self.planned].tolist(), self.target, self.higher, self.height)
        return next((place for place, step in enumerate(steps, start=1) if step.signal), None)


@dataclass(frozen=True)
class FollowUpRule:
    """A boundary over follow-up: reached once so many events came within so many days at risk of all subjects together."""

    boundary: ExposureBoundary
    planned: int

    def reached(self, course: Course, *, worst: bool = False) -> int | None:
        """As `Sequential.reached`, the place being that of the event in order of time; the worst is every pending one's event now."""
        points = self.points(course)
        found = next((k for k, days in points if self.boundary.stops(k, days)), None)
        if found is not None or not worst:
            return found
        return self._first_after(len(points), int(course.days.sum()), int(course.pending.sum()))

    def left(self, course: Course) -> int | None:
        """As `Sequential.left`."""
        if self.reached(course) is not None:
            return 0
        events = int(course.hit.sum())
        found = self._first_after(events, int(course.days.sum()), FURTHEST)
        return None if found is None else found - events

    def operating(self, rate: float) -> Operating:
        """As `Sequential.operating`."""
        stopped, follow_up = self.boundary.chance_to_stop(rate), self.boundary.expected_follow_up(rate)
        return Operating(rate, stopped, follow_up / compute_mean_days(rate, self.boundary.plan.window))

    def points(self, course: Course) -> list[tuple[int, float]]:
        """Return the number of events so far and the days at risk of all subjects at each event, in order of time."""
        moments = np.sort((course.started + course.days)[course.hit])
        at_risk = (float(np.clip(moment - course.started, 0, course.days).sum()) for moment in moments)
        return list(enumerate(at_risk, start=1))

    def _first_after(self, events: int, days: float, most: int) -> int | None:
        return next((events + more for more in range(1, most + 1) if self.boundary.stops(events + more, days)), None)


def find_reaching(rule: Sequential, course: Course) -> int | None:
    """Return the place in the order of dosing, from 1, of the subject with whom ``rule`` was first reached; None where it was not."""
    reached = rule.reached(course)
    if reached is None:
        return None
    if isinstance(rule, FollowUpRule):
        return int(order_events(course)[reached - 1]) + 1
    return int(np.flatnonzero(course.counted)[reached - 1]) + 1


def order_events(course: Course) -> Days:
    """Return the subjects with an event, as indices into the order of dosing, in order of time."""
    hits = np.flatnonzero(course.hit)
    return hits[np.argsort((course.started + course.days)[hits], kind="stable")]


def compute_mean_days(rate: float, window: float) -> float:
    """Return the days that a subject is at risk on average, until an event or the end of the window, when a share ``rate`` has one."""
    return window if rate <= 0 else float(-window * rate / np.log1p(-rate))


def _count_left(reach: Callable[[Flags], int | None], course: Course) -> int | None:
    """The fewest further events: first among the pending in order of dosing, then among subjects not yet dosed."""
    hits, pending = course.hits().copy(), np.flatnonzero(course.pending[course.counted])
    for further in range(len(pending) + FURTHEST):
        if reach(hits) is not None:
            return further
        if further < len(pending):
            hits[pending[further]] = True
        else:
            hits = np.append(hits, True)
    return None


def make_ready(monitor: MonitorPart, planned: int, counted: int = 0) -> Sequential | None:
    """Return the calibrated rule of ``monitor``, for as many subjects as are ``planned``, or ``counted`` where these are more.

    None for a monitor that is not calibrated, or when more subjects are counted than a boundary is made for.
    """
    rule = monitor.rule
    if not isinstance(rule, CalibratedRule) or monitor.target is None or counted > MOST_PLANNED:
        return None
    return _calibrate(rule, monitor.target, monitor.belief, monitor.counts.within_days or 1, max(rule.subjects or planned, counted))


def forget_rules() -> None:
    """Drop every rule made ready, so that the next is calibrated anew (for measuring)."""
    _calibrate.cache_clear()


@lru_cache(maxsize=256)
def _calibrate(rule: CalibratedRule, target: float, prior: tuple[float, float], window: int, subjects: int) -> Sequential:
    if isinstance(rule, CusumRule):
        return DriftRule(target, rule.higher, calibrate_cusum(subjects, target, rule.higher, rule.alpha), subjects)
    if isinstance(rule, ExposureRule):
        higher = rule.higher if rule.family == "SPRT" else None
        plan = ExposurePlan(rule.family, subjects, target, rule.alpha, float(window), higher=higher, delta=rule.delta)
        return FollowUpRule(calibrate_exposure(plan), subjects)
    settings: tuple[float, ...] = ()
    if isinstance(rule, WangTsiatisRule):
        settings = (rule.delta,)
    elif isinstance(rule, ChenChalonerRule):
        settings = (*prior, rule.higher, rule.belief)
    elif isinstance(rule, RatioRule):
        settings = (rule.higher,)
    elif getattr(rule, "name", "") == "beta-binomial":
        settings = prior
    plan_of = Plan(FAMILIES[getattr(rule, "name", "")], target, rule.alpha, tuple(range(1, subjects + 1)), settings)
    return CountRule(calibrate(plan_of), subjects)
