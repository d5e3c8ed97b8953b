"""Writes that fail: an error at each statement, a full database at each page, a full disk at each part of the log. No row may change."""

import resource
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

from db.commandline.run import _explain as explain
from db.engine import embedded_url, open_engine
from tests.faults.figure import Figure
from tests.faults.writers import BASES, Base, Write

PAGE = 4096
GROWTH = 2.2
"""How much further the next try of a long act lies, in the short form."""


class Counter:
    """Counts statements and refuses one of them."""

    def __init__(self, refused: int) -> None:
        self.left = refused

    def tick(self) -> None:
        """One statement more; raises OperationalError when it is the one."""
        self.left -= 1
        if self.left == 0:
            raise sqlite3.OperationalError("disk I/O error")


def refusing_connection(counter: Counter) -> type[sqlite3.Connection]:
    """A kind of connection that refuses one statement, or one commit, as if its disk had."""

    class Cursor(sqlite3.Cursor):
        def execute(self, *given: Any) -> Any:
            counter.tick()
            return super().execute(*given)

        def executemany(self, *given: Any) -> Any:
            counter.tick()
            return super().executemany(*given)

    class Connection(sqlite3.Connection):
        def cursor(self, *_: Any) -> Any:
            return super().cursor(Cursor)

        def commit(self) -> None:
            counter.tick()
            super().commit()

    return Connection


@contextmanager
def refused_statement(file: Path, number: int) -> Iterator[Engine]:
    """An engine whose statement or commit with that number fails."""
    engine = open_engine(embedded_url(file), connect_args={"factory": refusing_connection(Counter(number))})
    yield engine
    engine.dispose()


@contextmanager
def full_database(file: Path, pages: int) -> Iterator[Engine]:
    """An engine on a database that may grow by fewer than so many pages."""

    def limit(connection: Any, _record: Any) -> None:
        (size,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {size + pages - 1}")

    engine = open_engine(embedded_url(file))
    event.listen(engine, "connect", limit)
    yield engine
    engine.dispose()


@contextmanager
def full_disk(file: Path, half_pages: int) -> Iterator[Engine]:
    """An engine of a process whose files may not be longer than so many half pages: the system refuses to write beyond."""
    engine = open_engine(embedded_url(file))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (half_pages * PAGE // 2, hard))
    try:
        yield engine
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        engine.dispose()


REFUSALS = {"statement": refused_statement, "full database": full_database, "full disk": full_disk}
"""Each way to refuse a write, by the unit that it counts in."""


def run_refused_writes(most: int, folder: Path, *, bases: tuple[Base, ...] = BASES, thorough: bool = True) -> Figure:
    """Refuse each act at each point, up to ``most`` of them, until it succeeds.

    The short form (not ``thorough``) tries every statement of the entry forms, and of the rest ever fewer points.
    """
    figure = Figure("a write refused at every statement, page or part of the log: rows changed, or no clear message")
    for base in bases:
        home = folder / base.name.replace(" ", "-")
        home.mkdir()
        engine = open_engine(embedded_url(home / "base.db"))
        base.fill(engine, home)
        writes = base.writes(engine, home)
        engine.dispose()
        untouched = digest(home / "base.db")
        for name, write in writes.items():
            for kind in REFUSALS:
                tried = points(most, every=thorough or (kind == "statement" and not base.long))
                _refuse(figure, (home / "base.db", untouched, kind), (name, write), tried)
    return figure


def points(most: int, *, every: bool) -> Iterator[int]:
    """The points to try: every one, or ever further apart."""
    if every:
        yield from range(1, most + 1)
        return
    found = 1.0
    while found <= most:
        yield int(found)
        found = max(found + 1, found * GROWTH)


def _refuse(figure: Figure, where: tuple[Path, str, str], act: tuple[str, Write], tried: Iterator[int]) -> None:
    """Refuse one act in one way at each point, on one database, since it must stay as it was."""
    (base, before, kind), (name, write) = where, act
    file = base.with_name("refused.db")
    shutil.copy(base, file)
    octets, refused = file.read_bytes(), 0
    for point in tried:
        with REFUSALS[kind](file, point) as engine:
            faults = _try(write, engine)
        if faults is None:
            break
        refused += 1
        figure.tried += 1
        if (file.read_bytes() != octets or Path(f"{file}-wal").exists()) and digest(file) != before:
            faults.append("rows changed")
            shutil.copy(base, file)
        figure.failures += [f"{name}, {kind} {point}: {fault}" for fault in faults]
    else:
        figure.failures.append(f"{name}: did not succeed at any {kind}")
    if digest(file) == before:
        figure.failures.append(f"{name}: changed nothing when nothing refused it ({kind})")
    figure.notes.append(f"{name}: {refused} {kind} refused")
    for left in file.parent.glob("refused.db*"):
        left.unlink()


def _try(write: Write, engine: Engine) -> list[str] | None:
    """None when the act was done; else what is wrong with how it was refused."""
    try:
        write(engine)
    except (SQLAlchemyError, OSError) as error:
        message = explain(error)
        return [] if "\n" not in message and any(word in message for word in CLEAR) else [f"unclear: {message}"]
    except Exception as error:
        return [f"unclear: {type(error).__name__} {error}"]
    return None


CLEAR = ("disk I/O error", "disk is full", "unable to open")
"""What a message must name."""


def digest(file: Path) -> str:
    """A fingerprint of every row of every table."""
    found = sha256()
    with closing(sqlite3.connect(file)) as bare:
        tables = bare.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
        for name, statement in tables.fetchall():
            found.update(f"{name} {statement}".encode())
            for row in bare.execute(f'SELECT * FROM "{name}"'):
                found.update(repr(row).encode())
    return found.hexdigest()
