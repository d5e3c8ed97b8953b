"""Operating characteristics in time: subjects arrive, are followed, and the design decides while some are pending."""

from dataclasses import dataclass
from math import inf
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trial.errors import Fault, FaultyInput
from trial.escalation.batch import Batch, Flags, Followed, Whole
from trial.escalation.design import Design
from trial.escalation.simulate import Plan, Progress, open_tally, split_trials
from trial.escalation.tally import Tally

Numbers = NDArray[np.float64]
CHUNK_IN_TIME = 5000
"""Trials simulated together, where the time of each subject is kept."""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The calendar of a simulated trial, in one unit of time throughout.

    ``window`` is the DLT window, ``accrual`` the subjects arriving per unit of time, ``stagger`` the shortest time between two
    subjects of a cohort. ``arrivals`` come as a Poisson process, at ``uniform`` intervals from 0 to twice the mean, or at ``fixed``
    ones. DLTs come evenly over the window (``uniform``) or by a Weibull curve with
    half of them in its second half. ``first_wait`` lets the trial wait for its first subject too; ``end_with_window`` ends it a
    whole window after the last subject instead of when everything at the last dose is known; ``end_when_known`` ends one that stops
    early at that moment too, instead of at the arrival that asks.
    """

    window: float
    accrual: float
    stagger: float = 0.0
    onset: Literal["uniform", "weibull"] = "uniform"
    first_wait: bool = False
    end_with_window: bool = False
    arrivals: Literal["poisson", "uniform", "fixed"] = "poisson"
    end_when_known: bool = False

    def __post_init__(self) -> None:
        limits = (("window", 0 < self.window < inf), ("accrual", 0 < self.accrual < inf), ("stagger", 0 <= self.stagger < inf))
        faults = [
            Fault(f"clock: {key}", f"{getattr(self, key)!r} cannot be right", "Give a number above 0.")
            for key, holds in limits
            if not holds
        ]
        if faults:
            raise FaultyInput(faults)


@dataclass
class Course:
    """Trials under way: per trial (row) and subject (column) the level, the time of dosing, and the time from it to a DLT.

    The time to a DLT is infinite or beyond the window where there is none; ``time`` and ``current`` hold a value per trial.
    """

    plan: Plan
    clock: Clock
    rng: np.random.Generator
    level: Whole
    dosed_at: Numbers
    onset: Numbers
    time: Numbers
    current: Whole

    def look(self, rows: Whole) -> Followed:
        """Return the trials ``rows`` as they are seen now."""
        clock, top = self.clock, len(self.plan.truth)
        level, elapsed = self.level[rows], self.time[rows, None] - self.dosed_at[rows]
        dosed = level > 0
        event = dosed & (self.onset[rows] <= elapsed) & (self.onset[rows] <= clock.window)
        pending = dosed & ~event & (elapsed < clock.window)
        levels = range(1, top + 1)
        treated = np.stack([(level == dose).sum(axis=1) for dose in levels], axis=1)
        dlt = np.stack([((level == dose) & event).sum(axis=1) for dose in levels], axis=1)
        latest = _count_latest(level, event)
        counts = Batch(treated, dlt, self.current[rows], *latest)
        return Followed(counts, level, np.clip(elapsed / clock.window, 0, 1) * dosed, pending)


def simulate_in_time(design: Design, plan: Plan, clock: Clock, *, progress: Progress | None = None) -> Tally:
    """Return the tally of ``plan`` under ``clock``, durations included; fewer trials where ``progress`` cancels."""
    tally = open_tally(design, plan)
    for size, seed in split_trials(plan, CHUNK_IN_TIME):
        tally.merge(simulate_chunk_in_time(design, plan, clock, size, seed))
        if progress is not None and not progress(round(tally.trials), plan.trials):
            break
    return tally


def simulate_chunk_in_time(design: Design, plan: Plan, clock: Clock, size: int, seed: np.random.SeedSequence) -> Tally:
    """Return the tally of ``size`` trials of ``plan``, durations included."""
    tally = open_tally(design, plan)
    treated, dlt, selected, days = _run(design, plan, clock, size, seed)
    tally.add(treated, dlt, selected)
    tally.add_days(days)
    return tally


def _run(design: Design, plan: Plan, clock: Clock, trials: int, seed: np.random.SeedSequence) -> tuple[Whole, Whole, Whole, Numbers]:
    """Finished trials: subjects and DLTs per dose, the recommended dose, the duration."""
    course, selected = _open(plan, clock, trials, np.random.default_rng(seed)), np.full(trials, -1)
    active = np.arange(trials)
    for cohort in range(plan.cohorts):
        _dose(course, active, cohort)
        last = cohort == plan.cohorts - 1
        if last:
            _finish(course, active)
        active = _decide(design, course, active, selected, over=last)
        if not len(active):
            break
    final = course.look(np.arange(trials)).counts
    event = (course.level > 0) & (course.onset <= clock.window)
    levels = range(1, len(plan.truth) + 1)
    dlt = np.stack([((course.level == dose) & event).sum(axis=1) for dose in levels], axis=1)
    open_end = selected < 0
    selected[open_end] = design.select_many(final.treated[open_end], dlt[open_end])
    return final.treated, dlt, selected, course.time


def _open(plan: Plan, clock: Clock, trials: int, rng: np.random.Generator) -> Course:
    shape = (trials, plan.cohorts * plan.cohort_size)
    now = _draw_waits(clock, trials, rng) if clock.first_wait else np.zeros(trials)
    level, current = np.zeros(shape, np.int64), np.full(trials, plan.start)
    return Course(plan, clock, rng, level, np.full(shape, np.inf), np.full(shape, np.inf), now, current)


def _pass_time(course: Course, rows: Whole) -> None:
    """Let the next subject of the trials ``rows`` arrive, not before the stagger is over."""
    wait = _draw_waits(course.clock, len(rows), course.rng)
    course.time[rows] += np.maximum(wait, course.clock.stagger)


def _draw_waits(clock: Clock, count: int, rng: np.random.Generator) -> Numbers:
    """The times until the next subject arrives in ``count`` trials."""
    mean = 1 / clock.accrual
    if clock.arrivals == "poisson":
        return rng.exponential(mean, count)
    return rng.uniform(0, 2 * mean, count) if clock.arrivals == "uniform" else np.full(count, mean)


def _dose(course: Course, active: Whole, cohort: int) -> None:
    """Dose the next cohort of the ``active`` trials, the first subject now."""
    rates = np.array(course.plan.truth)[course.current[active] - 1]
    for place in range(course.plan.cohort_size):
        column = cohort * course.plan.cohort_size + place
        if place:
            _pass_time(course, active)
        course.level[active, column] = course.current[active]
        course.dosed_at[active, column] = course.time[active]
        course.onset[active, column] = _draw_onset(rates, course.clock, course.rng)


def _draw_onset(rates: Numbers, clock: Clock, rng: np.random.Generator) -> Numbers:
    """The time from dosing to the DLT; beyond the window (or infinite) where there is none."""
    chance = rng.random(len(rates))
    if clock.onset == "uniform":
        return np.where(chance < rates, rng.random(len(rates)) * clock.window, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        shape = np.log(np.log1p(-rates) / np.log1p(-rates / 2)) / np.log(2)
        time = clock.window * (np.log1p(-chance) / np.log1p(-rates)) ** (1 / shape)
    return np.where(rates <= 0, np.inf, np.where(rates >= 1, 0.0, time))


def _finish(course: Course, active: Whole) -> None:
    """Move the clock to the end of the trial."""
    window = course.clock.window
    if course.clock.end_with_window:
        course.time[active] += window
        return
    same = course.level[active] == course.current[active, None]
    course.time[active] += np.where(same, np.minimum(course.onset[active], window), 0).max(axis=1)


def _turn_back(course: Course, ended: Whole) -> None:
    """Move the clock of trials that ``ended`` early back from the arrival that asked to when everything was known."""
    dosed, window = course.level[ended] > 0, course.clock.window
    known = np.where(dosed, course.dosed_at[ended] + np.minimum(course.onset[ended], window), 0).max(axis=1, initial=0)
    course.time[ended] = np.minimum(course.time[ended], known)


def _decide(design: Design, course: Course, active: Whole, selected: Whole, *, over: bool) -> Whole:
    """Let time pass until the design decides in each ``active`` trial; return the trials that go on.

    Every arrival asks the design again. Where the trials are ``over`` only the last decision is taken.
    """
    going, waiting = [np.array([], dtype=np.int64)], active
    while len(waiting):
        if not over:
            _pass_time(course, waiting)
        moves = design.move_followed(course.look(waiting))
        stop = moves.stop & ~moves.wait
        selected[waiting[stop & (moves.dose == 0)]] = 0
        if course.clock.end_when_known and not over:
            _turn_back(course, waiting[stop])
        if over:
            break
        decided = ~moves.wait
        course.current[waiting[decided]] = np.maximum(moves.dose[decided], 1)
        going.append(waiting[decided & ~stop])
        waiting = waiting[moves.wait]
    return np.concatenate(going)


def _count_latest(level: Whole, event: Flags) -> tuple[Whole, Whole]:
    """Subjects of the latest cohort, taken as those since the level last changed, and DLTs seen among them."""
    columns = np.arange(level.shape[1])
    last = np.where(level > 0, columns, -1).max(axis=1)
    current = level[np.arange(len(level)), np.maximum(last, 0)]
    other = np.where((level > 0) & (level != current[:, None]), columns, -1).max(axis=1)
    same = (columns > other[:, None]) & (columns <= last[:, None])
    return same.sum(axis=1), (same & event).sum(axis=1)
