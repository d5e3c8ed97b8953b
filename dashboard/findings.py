"""What was read and computed for pages, each with the tables of the record that it rests on.

Every command makes a new version of the record, but changes few tables. What was found stands until one of its own tables changes.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from dashboard.fingerprint import fingerprint
from db.engine import reading
from db.marks import Marks, watching

Found = TypeVar("Found")

MOST_FINDINGS = 1000
"""How many are kept, the least recently used dropped first."""


@dataclass(frozen=True)
class Finding:
    """What was found, the tables that were read for it, and the number of the record's newest entry before it was read."""

    found: Any
    tables: frozenset[str]
    since: int


@dataclass
class Place:
    """The place of one finding; whoever asks for it while it is being found waits at its lock."""

    lock: Lock = field(default_factory=Lock)
    finding: Finding | None = None


_places: OrderedDict[bytes, Place] = OrderedDict()
_lock = Lock()
_noted: ContextVar[set[str] | None] = ContextVar("the tables that the computation under way has read", default=None)


def read_once(engine: Engine, marks: Marks, asked: tuple[Any, ...], ask: Callable[[Session], Found]) -> Found:
    """Return what ``ask`` reads, or read before if none of its tables changed since; ``asked`` tells all that it depends on besides."""

    def read() -> Found:
        """Read the record, and note of what."""
        with reading(engine) as session, watching(session) as tables:
            found = ask(session)
        _note(tables)
        return found

    return find(fingerprint(str(engine.url), marks.origin, asked), marks, read)


def find(key: bytes, marks: Marks, compute: Callable[[], Found]) -> Found:
    """Return what ``compute`` finds, or found before if none of the tables that it read changed since; nobody may change it.

    ``key`` must tell all that the result depends on besides the record itself, which ``compute`` reads with `read_once` only.
    """
    place = _place(key)
    with place.lock:
        finding = place.finding
        if finding is None or not marks.unchanged(finding.tables, finding.since):
            with _noting() as tables:
                anew = compute()
            finding = place.finding = Finding(anew, frozenset(tables), marks.head.sequence)
    _note(finding.tables)
    found: Found = finding.found
    return found


def _note(tables: Iterable[str]) -> None:
    """Remember what the computation under way has read; without one there is nothing to do."""
    if (noted := _noted.get()) is not None:
        noted.update(tables)


@contextmanager
def _noting() -> Iterator[set[str]]:
    noted: set[str] = set()
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def _place(key: bytes) -> Place:
    with _lock:
        place = _places.setdefault(key, Place())
        _places.move_to_end(key)
        while len(_places) > MOST_FINDINGS:
            _places.popitem(last=False)
    return place


def forget_findings() -> None:
    """Drop everything read and computed, so that the next page does it all anew (for measuring)."""
    with _lock:
        _places.clear()


def place_of(function: Callable[..., Any]) -> str:
    """Return the full name of a function, for keys."""
    return f"{function.__module__}.{function.__qualname__}"
