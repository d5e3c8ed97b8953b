"""Many readers while others write: no page view fails, and how long they take, on SQLite and on PostgreSQL."""

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
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
SERVERS = os.cpu_count() or 1
"""Processes of the dashboard that serve them, each reader at one of them, as the README has a hospital run it."""
WRITERS, PAUSE = 2, 1.0
"""Writers beside them, and the seconds each waits after a command: every command is a new version of the record."""


def run_readers(
    sessions: int,
    folder: Path,
    *,
    server: Server | None = None,
    views: int = VIEWS,
    think: tuple[float, float] = THINK,
    servers: int = SERVERS,
) -> Figure:
    """Let so many readers look at ``views`` pages each, with writers beside them, on both databases."""
    server = server or find_server(folder)
    said = f"{sessions} sessions with {views} page views each, served by {servers} processes, {WRITERS} writers beside them"
    figure = Figure(f"{said}: views that failed")
    for kind, url in (("SQLite", embedded_url(folder / "read.db")), ("PostgreSQL", server.url(server.create(migrated=True)))):
        engine = open_engine(url)
        generate(engine, scenario="default", seed=1)
        engine.dispose()
        found, written = _read(url, folder / f"{kind}.stop", sessions, views, think, servers)
        figure.tried += sessions * views
        figure.failures += [f"{kind}: {failure}" for failure in found.failures]
        if len(found.seconds) != sessions * views:
            figure.failures.append(f"{kind}: {len(found.seconds):,} views came to an end, not {sessions * views:,}")
        times = ", ".join(f"p{part} {found.quantile(part / 100):.2f} s" for part in (50, 95, 99)) if found.seconds else "none ended"
        figure.notes.append(f"{kind}: {len(found.seconds):,} views, {times}; {written:,} commands were committed meanwhile")
        figure.notes.append(f"{kind}: median and longest of each page, s: {found.by_page()}")
    return figure


def _read(url: str, stop: Path, sessions: int, views: int, think: tuple[float, float], servers: int) -> tuple[Views, int]:
    """What the readers of one database met, and how much was written beside them."""
    first = first_page(ROLE)  # which stands at the root of the address
    pages = ["" if page.name == first else page.name for page in PAGES if may_see(ROLE, page.name)]
    with ExitStack() as running, ThreadPoolExecutor(WRITERS) as threads:
        addresses = [running.enter_context(serve(url, stop.with_suffix(f".{number}.log"))) for number in range(servers)]
        # the first reader of each server waits for what is loaded once
        asyncio.run(read_all(addresses, pages, sessions=servers, views=2, think=(0, 0), seed=0))
        writers = [threads.submit(run_child, keep_writing, url, stop, PAUSE) for _ in range(WRITERS)]
        try:
            _await_commands(url)
            found = asyncio.run(read_all(addresses, pages, sessions=sessions, views=views, think=think, seed=1))
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
