"""Many writers at once, each a process of its own: nothing acknowledged is lost, and nobody is turned away by a lock."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from db.commands.comment import CommentEntry, comment
from db.commands.record_event import EventEntry, record_event
from db.engine import embedded_url, open_engine, reading
from db.history import table_of
from db.models import AdverseEvent, Comment
from tests.faults.children import Say, run_child
from tests.faults.figure import Figure
from tests.faults.works import COORDINATOR, Place, check_record, prepare_entry
from tests.postgresql import Server, find_server

WRITERS = 16
SUBJECT = "01-001"


def run_crowd(commands: int, folder: Path, *, server: Server | None = None) -> Figure:
    """Let WRITERS processes give so many commands each, on SQLite and on PostgreSQL."""
    server = server or find_server(folder)
    figure = Figure(f"{WRITERS} writers at once: commands lost, or refused by a lock")
    for kind, url in (("SQLite", embedded_url(folder / "crowd.db")), ("PostgreSQL", server.url(server.create(migrated=True)))):
        place = Place(folder, url)
        prepare_entry(place)
        before = count_rows(url)
        with ThreadPoolExecutor(WRITERS) as threads:
            ended = list(threads.map(lambda number, url=url: run_child(write_much, url, number, commands), range(WRITERS)))
        said = [line.split(" ", 1) for one in ended for line in one.said]
        times = [float(rest) for word, rest in said if word == "time"]
        heads = tuple(rest for word, rest in said if word == "head")
        figure.tried += WRITERS * commands
        figure.failures += [f"{kind}: {rest}" for word, rest in said if word == "error"]
        engine = open_engine(url)
        figure.failures += [f"{kind}: {fault}" for fault in check_record(engine, heads)]
        engine.dispose()
        if (found := count_rows(url) - before) != WRITERS * commands:
            figure.failures.append(f"{kind}: {found:,} rows, not {WRITERS * commands:,}")
        figure.notes.append(f"{kind}: {len(heads):,} commands acknowledged, {len(heads) / (max(times) - min(times)):,.0f} a second")
    return figure


def write_much(url: str, number: int, commands: int, say: Say) -> None:
    """Record events and comments in turn; the child's part."""
    engine = open_engine(url)
    say(f"time {time.monotonic()}")
    for turn in range(commands):
        try:
            if turn % 2:
                done = comment(engine, COORDINATOR, 1, CommentEntry(SUBJECT, f"remark {turn} of writer {number}"))
            else:
                done = record_event(engine, COORDINATOR, 1, EventEntry(SUBJECT, f"headache {turn} of {number}", "2026-11-24", grade=1))
        except SQLAlchemyError as error:
            say(f"error {type(error).__name__} in command {turn} of writer {number}")
        else:
            say(f"head {done.head.sequence} {done.head.hash}")
    say(f"time {time.monotonic()}")
    engine.dispose()


def count_rows(url: str) -> int:
    """The events and comments of a database."""
    engine = open_engine(url)
    with reading(engine) as session:
        found = sum(
            session.connection().execute(select(func.count()).select_from(table_of(one))).scalar_one() for one in (AdverseEvent, Comment)
        )
    engine.dispose()
    return int(found)
