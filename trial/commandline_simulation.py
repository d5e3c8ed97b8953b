"""`python -m trial simulate`: operating characteristics, alone, on many processes, or on a Dask cluster."""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from trial.commandline_reading import Answer, Record, gather_faults, list_records, read_design, read_rates
from trial.errors import FaultyInput, refuse
from trial.escalation.design import Design
from trial.escalation.exact import enumerate_tally
from trial.escalation.follow_up import Clock
from trial.escalation.history import find_base
from trial.escalation.model_design import ModelDesign
from trial.escalation.simulate import Plan
from trial.escalation.state import count_state
from trial.escalation.study import Crew, hire_cluster, hire_processes, run_study
from trial.escalation.summary import summarize_study
from trial.escalation.tally import Tally

REPORT_EVERY = 0.3
"""Seconds between two writings of the progress file."""


class Progress:
    """Tells how far a study is: on a bar, and in a file that always holds a whole JSON document.

    The file says trials ``done`` of ``trials``, the ``state`` (running, done, cancelled) and the ``results`` so far, one for each true
    curve. A file beside it whose name ends in .cancel ends the study.
    """

    def __init__(self, path: str | None, trials: int) -> None:
        self.path, self.trials = path, trials
        self.bar = tqdm(total=trials, unit="trial", disable=None)
        self.results: list[Record] = []
        self.finished = 0
        self.cancelled = False
        self.written = 0.0

    def tell(self, tally: Tally, timed: bool) -> bool:
        """Note the tally of the curve under way; return whether to go on."""
        self.bar.update(self.finished + round(tally.trials) - self.bar.n)
        self.cancelled = self.path is not None and Path(self.path + ".cancel").exists()
        if self.path is not None and time.monotonic() - self.written >= REPORT_EVERY:
            self._write(self.finished + round(tally.trials), "running", [*self.results, describe_tally(tally, timed)])
        return not self.cancelled

    def close(self, tally: Tally, timed: bool) -> None:
        """Note the finished tally of one curve."""
        self.finished += round(tally.trials)
        self.results.append(describe_tally(tally, timed))

    def end(self) -> None:
        """Say that the study is over."""
        self.bar.close()
        if self.path is not None:
            self._write(self.finished, "cancelled" if self.cancelled else "done", self.results)

    def _write(self, done: int, state: str, results: list[Record]) -> None:
        """Write beside the file and move it there, so that a reader never sees half of it."""
        assert self.path is not None
        beside = Path(f"{self.path}.{os.getpid()}.part")
        text = {"done": done, "trials": self.trials, "state": state, "results": results}
        beside.write_text(json.dumps(text, allow_nan=False) + "\n", encoding="utf-8")
        beside.replace(self.path)
        self.written = time.monotonic()


def describe_tally(tally: Tally, timed: bool) -> Record:
    """Return STUDY_SUMMARY and OPERATING_CHARACTERISTICS of ``tally`` as plain values."""
    [summary] = list_records(summarize_study(tally, timed=timed))
    return {"summary": summary, "doses": list_records(tally.summarize())}


def simulate(asked: argparse.Namespace) -> tuple[Answer, int]:
    """Run the command `simulate`; several true curves give a row or part for each, by its number."""
    truths = [read_rates("--truth", text) for text in asked.truth]
    readers: list[Callable[[], object]] = [lambda: _read_clock(asked)]
    for truth in truths:
        readers += [lambda truth=truth: _read_fitting(asked, len(truth)), lambda truth=truth: _read_plan(asked, truth)]  # type: ignore[misc]
    gather_faults(*readers)
    plans = [(read_design(asked, levels=len(truth)), _read_plan(asked, truth)) for truth in truths]
    clock = _read_clock(asked)
    if asked.exact:
        return _answer([enumerate_tally(*plan) for plan in plans], clock), 0
    crew = _hire(asked)
    progress = Progress(asked.progress, sum(plan.trials for _, plan in plans))
    tallies = []
    for design, plan in plans:
        if progress.cancelled:
            break
        tally = run_study(design, plan, clock, crew=crew, watch=lambda so_far: progress.tell(so_far, clock is not None))
        progress.close(tally, clock is not None)
        tallies.append(tally)
    progress.end()
    return _answer(tallies, clock), 0


def _read_fitting(asked: argparse.Namespace, levels: int) -> Design:
    """The design; raise FaultyInput where its model has another number of dose ``levels``."""
    design = read_design(asked, levels=levels)
    base = find_base(design)
    if isinstance(base, ModelDesign):
        base.check_levels(count_state((0,) * levels, (0,) * levels, 1))
    return design


def _read_clock(asked: argparse.Namespace) -> Clock | None:
    return None if asked.window is None else Clock(window=asked.window, accrual=asked.accrual, stagger=asked.stagger)


def _read_plan(asked: argparse.Namespace, truth: tuple[float, ...]) -> Plan:
    size = _default_size(asked, len(truth)) if asked.cohort_size is None else asked.cohort_size
    plan = {"truth": truth, "trials": asked.trials, "cohorts": asked.cohorts, "cohort_size": size}
    return Plan(**plan, start=asked.start, seed=asked.seed, chunk=asked.chunk)


def _default_size(asked: argparse.Namespace, levels: int) -> int:
    """The design's own cohort size; any where the design is refused, which is told beside the faults of the plan."""
    try:
        return read_design(asked, levels=levels).cohort_size
    except FaultyInput:
        return 1


def _hire(asked: argparse.Namespace) -> Crew:
    """Who does the work: a Dask cluster where its address is given, else local processes."""
    if asked.dask is not None and asked.workers != 1:
        raise refuse("--workers", "says nothing about a Dask cluster, which has its own", "Give --workers or --dask, not both.")
    return hire_processes(asked.workers) if asked.dask is None else hire_cluster(asked.dask)


def _answer(tallies: list[Tally], clock: Clock | None) -> Answer:
    """One curve: its table, with the duration where time is simulated; several: the same for each, by number."""
    several = len(tallies) > 1
    found: list[Record] = []
    for number, tally in enumerate(tallies, 1):
        doses = [({"scenario": number} if several else {}) | row for row in list_records(tally.summarize())]
        mean, spread = tally.describe_days()
        found += doses if clock is None else [{"duration": mean, "duration_spread": spread, "doses": doses}]
    return found if several or clock is None else found[0]
