"""Backups of a database that others write to: each is verified, brought back, and holds all that was acknowledged before it began."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from itertools import count
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from db.audit import Head, read_head
from db.commandline.run import run
from db.commands.comment import CommentEntry, comment
from db.engine import embedded_url, open_engine, reading
from db.history import table_of
from db.models import AuditEntry
from db.verification import verify
from tests.faults.acts import NOW
from tests.faults.children import Say, run_child
from tests.faults.crowd import SUBJECT
from tests.faults.figure import Figure
from tests.faults.works import COORDINATOR, Place, prepare_entry

WRITERS, PAUSE = 2, 0.25
"""Writers beside the backups, and the seconds each waits after a command: without a wait the record outgrows a long run."""


def run_live_backups(backups: int, folder: Path) -> Figure:
    """Take so many backups while WRITERS processes write, and bring each back."""
    figure = Figure("a live backup is verified, and restored to a state that was")
    url = embedded_url(folder / "live.db")
    prepare_entry(Place(folder, url))
    stop = folder / "stop"
    with ThreadPoolExecutor(WRITERS) as threads:
        writers = [threads.submit(run_child, keep_writing, url, stop, PAUSE) for _ in range(WRITERS)]
        try:
            for number in range(backups):
                figure.failures += _take(url, folder, number)
                figure.tried += 1
        finally:
            stop.touch()
        said = [line for writer in writers for line in writer.result().said]
    figure.failures += [line for line in said if line != "done"]
    figure.notes.append(f"{len(said):,} commands were committed meanwhile by {WRITERS} writers")
    return figure


def keep_writing(url: str, stop: Path, pause: float, say: Say) -> None:
    """Comment until the file ``stop`` is there, with a ``pause`` (seconds) after each; the child's part."""
    engine = open_engine(url)
    for number in count():
        if stop.exists():
            break
        try:
            comment(engine, COORDINATOR, 1, CommentEntry(SUBJECT, f"remark {number}"))
        except SQLAlchemyError as error:
            say(f"a writer failed: {type(error).__name__}")
        else:
            say("done")
        time.sleep(pause)
    engine.dispose()


def _take(url: str, folder: Path, number: int) -> list[str]:
    """Back up and bring back, and say what is wrong with what came back."""
    copy, again = folder / f"copy-{number}.backup", embedded_url(folder / f"again-{number}.db")
    before = read_url_head(url)
    for arguments in (["backup", str(copy), "--database", url], ["restore", str(copy), "--database", again]):
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
            if run(arguments, NOW) != 0:
                return [f"{arguments[0]} {number}: {said.getvalue()}"]
    engine = open_engine(again)
    faults = [f"restored {number}: {fault.where} {fault.what}" for fault in verify(engine).faults]
    engine.dispose()
    restored = read_url_head(again)
    if restored.sequence < before.sequence:
        faults.append(f"restored {number}: ends with entry {restored.sequence}, {before.sequence} was there before it was begun")
    if _hash_at(url, restored.sequence) != restored.hash:
        faults.append(f"restored {number}: is not a state that was")
    for left in (copy, *folder.glob(f"again-{number}.db*")):
        left.unlink()
    return faults


def read_url_head(url: str) -> Head:
    """The head of the chain of the database at ``url``."""
    engine = open_engine(url)
    with reading(engine) as session:
        head = read_head(session)
    engine.dispose()
    return head


def _hash_at(url: str, sequence: int) -> str | None:
    engine = open_engine(url)
    chain = table_of(AuditEntry)
    with reading(engine) as session:
        found = session.connection().execute(select(chain.c.hash).where(chain.c.sequence == sequence)).scalar_one_or_none()
    engine.dispose()
    return found
