"""Operating characteristics by simulation: any design against a true dose-toxicity curve."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trial.errors import Fault, FaultyInput
from trial.escalation.batch import Batch, Flags, Whole
from trial.escalation.design import Design
from trial.escalation.tally import Tally
from trial.escalation.wrappers import Wrapper

CHUNK = 20_000
"""Trials simulated together; progress is told after each chunk."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is simulated: the ``truth`` (DLT rate per dose), ``trials``, ``cohorts`` of ``cohort_size``, the ``start`` level, a ``seed``.

    ``chunk`` is how many trials share one stream of random numbers (20,000 by default, 5,000 in time): the same seed and chunk
    give the same figures, however many workers share them out.
    """

    truth: tuple[float, ...]
    trials: int = 10_000
    cohorts: int = 10
    cohort_size: int = 3
    start: int = 1
    seed: int = 1
    chunk: int | None = None

    def __post_init__(self) -> None:
        limits = (
            ("truth", bool(self.truth) and all(0 <= rate <= 1 for rate in self.truth), "DLT rates from 0 to 1, one per dose level"),
            ("trials", 1 <= self.trials <= 10**8, "a number from 1 to 100,000,000"),
            ("cohorts", 1 <= self.cohorts <= 1000, "a number from 1 to 1000"),
            ("cohort_size", 1 <= self.cohort_size <= 100, "a number from 1 to 100"),
            ("start", 1 <= self.start <= max(len(self.truth), 1), "a dose level"),
            ("seed", self.seed >= 0, "a whole number from 0 on"),
            ("chunk", self.chunk is None or 1 <= self.chunk <= 10**6, "a number from 1 to 1,000,000"),
        )
        faults = [
            Fault(f"simulation: {key}", f"{getattr(self, key)!r} cannot be right", f"Give {rule}.")
            for key, holds, rule in limits
            if not holds
        ]
        if faults:
            raise FaultyInput(faults)


class Progress(Protocol):
    """Told how many trials are done and how many there are; returns False to cancel."""

    def __call__(self, done: int, trials: int) -> bool:
        """Return whether to go on."""
        ...


def simulate(design: Design, plan: Plan, *, progress: Progress | None = None) -> pd.DataFrame:
    """Return OPERATING_CHARACTERISTICS of ``design`` under ``plan``; fewer trials where ``progress`` cancels.

    The same plan gives the same figures: every chunk of trials has its own stream of random numbers.
    """
    return run_chunks(design, plan, progress=progress).summarize()


def run_chunks(design: Design, plan: Plan, *, progress: Progress | None = None) -> Tally:
    """Return the tally of all trials of ``plan``."""
    tally = open_tally(design, plan)
    for size, seed in split_trials(plan, CHUNK):
        tally.merge(simulate_chunk(design, plan, size, seed))
        if progress is not None and not progress(round(tally.trials), plan.trials):
            break
    return tally


def open_tally(design: Design, plan: Plan) -> Tally:
    """Return the tally of ``plan`` before its first trial."""
    return Tally(plan.truth, design.target, plan.cohorts * plan.cohort_size)


def split_trials(plan: Plan, default: int) -> list[tuple[int, np.random.SeedSequence]]:
    """Return the chunks of ``plan``, each with how many trials it has and the seed of its own stream of random numbers."""
    chunk = plan.chunk or default
    sizes = [chunk] * (plan.trials // chunk) + [plan.trials % chunk] * (plan.trials % chunk > 0)
    return list(zip(sizes, np.random.SeedSequence(plan.seed).spawn(len(sizes)), strict=True))


def simulate_chunk(design: Design, plan: Plan, size: int, seed: np.random.SeedSequence) -> Tally:
    """Return the tally of ``size`` trials of ``plan``."""
    tally = open_tally(design, plan)
    batch, selected = run_trials(design, replace(plan, trials=size), np.random.default_rng(seed))
    tally.add(batch.treated, batch.dlt, selected)
    return tally


def run_trials(design: Design, plan: Plan, rng: np.random.Generator) -> tuple[Batch, Whole]:
    """Return the finished trials of ``plan`` and the dose level that each recommends (0 for none)."""
    truth = np.array(plan.truth)
    batch = open_trials(plan)
    titrated = titrates(design) and plan.cohort_size > 1
    if titrated:
        titrate(batch, truth, rng)
    selected = np.full(plan.trials, -1)
    active = np.arange(plan.trials)
    most = plan.cohorts * plan.cohort_size
    for cohort in range(plan.cohorts):
        size = plan.cohort_size - (titrated and cohort == 0)
        treat(batch, active, truth, np.minimum(size, most - batch.treated[active].sum(axis=1)), rng)
        active = active[batch.treated[active].sum(axis=1) < most]
        if not len(active):
            break
        moves = design.move_many(batch.take(active))
        selected[active[moves.stop & (moves.dose == 0)]] = 0
        batch.current[active] = np.maximum(moves.dose, 1)
        active = active[~moves.stop]
    open_end = selected < 0
    selected[open_end] = design.select_many(batch.treated[open_end], batch.dlt[open_end])
    return batch, selected


def open_trials(plan: Plan) -> Batch:
    """Return the trials of ``plan`` before their first cohort."""
    shape = (plan.trials, len(plan.truth))
    zeros = np.zeros(plan.trials, np.int64)
    return Batch(np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.full(plan.trials, plan.start), zeros, zeros.copy())


def treat(batch: Batch, active: Whole, truth: NDArray[np.float64], size: Whole, rng: np.random.Generator) -> None:
    """Treat ``size`` subjects in each trial of ``active`` at its current dose; the batch is changed in place."""
    level = batch.current[active] - 1
    dlt = rng.binomial(size, truth[level])
    batch.treated[active, level] += size
    batch.dlt[active, level] += dlt
    batch.latest_treated[active] = size
    batch.latest_dlt[active] = dlt


def titrates(design: Design) -> bool:
    """Return whether ``design`` begins with single subjects."""
    base = design.base if isinstance(design, Wrapper) else design
    return bool(getattr(base, "titration", False))


def titrate(batch: Batch, truth: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Treat one subject per dose upwards until the first DLT or the top; the batch is changed in place."""
    rows, top = len(batch.current), batch.top
    event: Flags = rng.random((rows, top)) < truth
    last = np.where(event.any(axis=1), event.argmax(axis=1), top - 1)
    batch.treated[:] = np.arange(top) <= last[:, None]
    batch.dlt[np.arange(rows), last] = event[np.arange(rows), last]
    batch.current[:] = last + 1
