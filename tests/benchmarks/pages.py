"""How long the script of each page takes, and how much of that is the SQL it needs."""

import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import streamlit as st
from sqlalchemy import Engine, event
from streamlit.logger import set_log_level
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest

from dashboard.access import DEMO_FLAG, DEMO_WORD
from dashboard.charts.memory import forget_pictures
from dashboard.findings import forget_findings
from dashboard.register import PAGES, PageEntry
from tests.contracts.screen import faults
from tests.contracts.sources import ROOT

SECONDS = 600
SLOW_MS = 2_000
"""A page that takes longer than this is not measured again: its one figure stands for the median."""
Statement = tuple[str, Any]


@dataclass(frozen=True)
class PageTime:
    """Milliseconds of one page: with everything cached, with nothing cached, the same of a past day, and of its SQL alone."""

    page: str
    warm: float
    cold: float
    past: float
    sql: float
    statements: int

    @property
    def ratio(self) -> float:
        """How many times the page with nothing cached takes what its SQL takes."""
        return self.cold / self.sql if self.sql else float("nan")


@dataclass
class Clock:
    """What time is taken with: the wall's, or the processor's time of the thread, which other programs disturb less."""

    read: Callable[[], float] = time.perf_counter


CLOCK = Clock()


def measure_pages(url: str, past: date, repeats: int) -> Iterator[PageTime]:
    """Measure every page on a database; ``past`` is the earlier day that needs the history."""
    os.environ["DATABASE_URL"] = url
    os.environ[DEMO_FLAG] = DEMO_WORD
    set_log_level("error")
    now, then = _open(), _open(as_of=past.isoformat())
    for page in PAGES:
        with recording() as statements:
            _time(now, page, clear=True)
        cold = _median(partial(_time, now, page, clear=True), repeats)
        warm = _median(partial(_time, now, page), repeats)
        earlier = _median(partial(_time, then, page, clear=True), repeats)
        bare = _median(partial(replay, url, statements), repeats)
        yield PageTime(page.name, warm, cold, earlier, bare, len(statements))


def _median(measure: Callable[[], float], repeats: int) -> float:
    """The median of ``repeats`` runs, or the first one where that was slow."""
    first = measure()
    return first if first > SLOW_MS else statistics.median([first, *(measure() for _ in range(repeats - 1))])


def _open(**address: str) -> AppTest:
    screen = AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS)
    screen.query_params.update(address)
    return screen.run()


def _time(screen: AppTest, page: PageEntry, *, clear: bool = False) -> float:
    """Milliseconds of one run of the script that shows ``page``; raises RuntimeError when it does not."""
    if clear:
        st.cache_data.clear()
        forget_findings()
        forget_pictures()
    with timing() as runs:
        screen.switch_page(page.path).run()
    if faults(screen):
        raise RuntimeError(f"{page.name} fails: {faults(screen)}")
    return sum(runs) * 1000


@contextmanager
def timing() -> Iterator[list[float]]:
    """Seconds of each run of a script, its clean-up included and the test harness left out."""
    runs: list[float] = []
    original: Callable[..., None] = ScriptRunner._run_script

    def timed(runner: ScriptRunner, *given: Any) -> None:
        start = CLOCK.read()
        original(runner, *given)
        runs.append(CLOCK.read() - start)

    ScriptRunner._run_script = timed  # type: ignore[method-assign]
    try:
        yield runs
    finally:
        ScriptRunner._run_script = original  # type: ignore[method-assign]


@contextmanager
def recording() -> Iterator[list[Statement]]:
    """Every SELECT that is run, with its parameters."""
    found: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            found.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def replay(url: str, statements: list[Statement]) -> float:
    """Milliseconds that SQLite alone needs for the same statements, all rows fetched."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.execute("PRAGMA cache_size=-65536")
    connection.execute("SELECT count(*) FROM study").fetchall()
    start = CLOCK.read()
    for statement, parameters in statements:
        connection.execute(statement, parameters).fetchall()
    elapsed = CLOCK.read() - start
    connection.close()
    return elapsed * 1000
