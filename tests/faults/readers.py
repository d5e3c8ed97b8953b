"""Many readers while others write: no page view fails, and how long they take, on SQLite and on PostgreSQL."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dashboard.register import PAGES, first_page
from db.engine import embedded_url, open_engine
from synthetic.generator import generate
from tests.faults.children import run_child
from tests.faults.figure import Figure
from tests.faults.live_backups import keep_writing, read_url_head
from tests.faults.reader import PATIENCE, Views, read_all
from tests.journeys.server import serve
from tests.postgresql import Server, find_server
from trial.roles import may_see

ROLE = "coordinator"
"""The role that the demonstration begins with."""
VIEWS = 20
THINK = (5.0, 15.0)
"""Seconds between two views of one reader."""
WRITERS, PAUSE = 2, 1.0
"""Writers beside them, and the seconds each waits after a command: every command makes all caches begin anew."""


def run_readers(
    sessions: int, folder: Path, *, server: Server | None = None, views: int = VIEWS, think: tuple[float, float] = THINK
) -> Figure:
    """Let so many readers look at ``views`` pages each, with writers beside them, on both databases."""
    server = server or find_server(folder)
    figure = Figure(f"{sessions} sessions with {views} page views each, {WRITERS} writers beside them: views that failed")
    for kind, url in (("SQLite", embedded_url(folder / "read.db")), ("PostgreSQL", server.url(server.create(migrated=True)))):
        engine = open_engine(url)
        generate(engine, scenario="default", seed=1)
        engine.dispose()
        found, written = _read(url, folder / f"{kind}.stop", sessions, views, think)
        figure.tried += sessions * views
        figure.failures += [f"{kind}: {failure}" for failure in found.failures]
        if len(found.seconds) != sessions * views:
            figure.failures.append(f"{kind}: {len(found.seconds):,} views came to an end, not {sessions * views:,}")
        times = ", ".join(f"p{part} {found.quantile(part / 100):.2f} s" for part in (50, 95, 99)) if found.seconds else "none ended"
        figure.notes.append(f"{kind}: {len(found.seconds):,} views, {times}; {written:,} commands were committed meanwhile")
        figure.notes.append(f"{kind}: median and longest of each page, s: {found.by_page()}")
    return figure


def _read(url: str, stop: Path, sessions: int, views: int, think: tuple[float, float]) -> tuple[Views, int]:
    """What the readers of one server met, and how much was written beside them."""
    first = first_page(ROLE)  # which stands at the root of the address
    pages = ["" if page.name == first else page.name for page in PAGES if may_see(ROLE, page.name)]
    with serve(url, stop.with_suffix(".log")) as address, ThreadPoolExecutor(WRITERS) as threads:
        asyncio.run(read_all(address, pages, sessions=1, views=2, think=(0, 0), seed=0))  # the first reader waits for what is loaded once
        writers = [threads.submit(run_child, keep_writing, url, stop, PAUSE) for _ in range(WRITERS)]
        try:
            _await_commands(url)
            found = asyncio.run(read_all(address, pages, sessions=sessions, views=views, think=think, seed=1))
        finally:
            stop.touch()
        said = [line for writer in writers for line in writer.result().said]
    found.failures += [line for line in said if line != "done"]
    return found, len(said)


def _await_commands(url: str) -> None:
    """Wait until the writers have begun."""
    before, end = read_url_head(url), time.monotonic() + PATIENCE
    while read_url_head(url) == before and time.monotonic() < end:
        time.sleep(0.1)
