"""Long simulations: the chunks of a plan shared out among workers; the figures are the same for any number of them."""

import importlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import numpy as np

from trial.errors import refuse
from trial.escalation.design import Design
from trial.escalation.follow_up import CHUNK_IN_TIME, Clock, simulate_chunk_in_time
from trial.escalation.simulate import CHUNK, Plan, open_tally, simulate_chunk, split_trials
from trial.escalation.tally import Tally

MOST_WORKERS = 256


@dataclass(frozen=True)
class Task:
    """One chunk of a plan, with its own seed; ``clock`` where it is simulated in time."""

    design: Design
    plan: Plan
    clock: Clock | None
    size: int
    seed: np.random.SeedSequence


Crew = Callable[[Sequence[Task]], Iterator[Tally]]
"""Whoever does the tasks: yields the tally of each, in their order."""
Watch = Callable[[Tally], bool]
"""Told the tally so far; returns whether to go on."""


def list_tasks(design: Design, plan: Plan, clock: Clock | None = None) -> list[Task]:
    """Return the chunks of ``plan``."""
    return [Task(design, plan, clock, *chunk) for chunk in split_trials(plan, CHUNK if clock is None else CHUNK_IN_TIME)]


def do_task(task: Task) -> Tally:
    """Return the tally of one chunk."""
    if task.clock is None:
        return simulate_chunk(task.design, task.plan, task.size, task.seed)
    return simulate_chunk_in_time(task.design, task.plan, task.clock, task.size, task.seed)


def work_alone(tasks: Sequence[Task]) -> Iterator[Tally]:
    """Do the tasks one after another in this process."""
    return map(do_task, tasks)


def run_study(design: Design, plan: Plan, clock: Clock | None = None, *, crew: Crew = work_alone, watch: Watch | None = None) -> Tally:
    """Return the tally of all trials of ``plan``, in time where there is a ``clock``; fewer where ``watch`` ends it.

    Tallies are added in the order of the chunks, so that the sums are equal to the last bit for any ``crew``.
    """
    tally = open_tally(design, plan)
    for part in crew(list_tasks(design, plan, clock)):
        tally.merge(part)
        if watch is not None and not watch(tally):
            break
    return tally


def hire_processes(workers: int) -> Crew:
    """Return a crew of ``workers`` processes on this machine; raise FaultyInput for an impossible number."""
    if not 1 <= workers <= MOST_WORKERS:
        raise refuse("--workers", f"{workers} is out of range", f"Give a number from 1 to {MOST_WORKERS}.")

    def work(tasks: Sequence[Task]) -> Iterator[Tally]:
        """Do the tasks in local processes, in order; what waits is cancelled when nobody asks any more."""
        # spawned, not forked: a fork copies locks that another thread may hold
        with ProcessPoolExecutor(min(workers, max(len(tasks), 1)), mp_context=get_context("spawn")) as pool:
            waiting = [pool.submit(do_task, task) for task in tasks]
            try:
                for one in waiting:
                    yield one.result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    return work_alone if workers == 1 else work


def hire_cluster(address: str) -> Crew:
    """Return a crew of the workers of the Dask cluster at ``address``, which must be able to import this program.

    Raises FaultyInput where the optional package is not installed or nobody answers at the address.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise refuse(
            "--dask", "needs the package distributed, which is not installed", "Install it with: pip install distributed."
        ) from None
    try:
        client = distributed.Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError):
        raise refuse("--dask", f"no Dask scheduler answers at {address[:80]!r}", "Give its address, such as tcp://10.0.0.5:8786.") from None

    def work(tasks: Sequence[Task]) -> Iterator[Tally]:
        """Do the tasks on the cluster, in order; what waits is cancelled when nobody asks any more."""
        waiting = [client.submit(do_task, task, pure=False) for task in tasks]
        try:
            for one in waiting:
                yield one.result()
        finally:
            client.cancel(waiting)

    return work
