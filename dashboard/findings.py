"""What was read and computed for the pages of one version of the record, and what each computation had asked for."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.fingerprint import fingerprint
from trial.asof import AsOf

Query = Callable[..., pd.DataFrame]


@dataclass(frozen=True)
class Asked:
    """One reading of the record: what was asked, at which cut-off, with which filters in order of their names."""

    query: Query
    as_of: AsOf
    filters: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Reading:
    """What was asked, and the fingerprint of the table that was the answer."""

    asked: Asked
    content: bytes


_noted: ContextVar[list[Reading] | None] = ContextVar("what the computation under way has read", default=None)


def note_read(asked: Asked, found: pd.DataFrame) -> None:
    """Remember what the computation under way has read; without one there is nothing to do."""
    if (noted := _noted.get()) is not None:
        noted.append(Reading(asked, fingerprint(found)))


def note_again(readings: Iterable[Reading]) -> None:
    """Remember that the computation under way rests on what an earlier one had read."""
    if (noted := _noted.get()) is not None:
        noted.extend(readings)


@contextmanager
def noting() -> Iterator[list[Reading]]:
    """Collect what is read within."""
    noted: list[Reading] = []
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


@st.cache_resource(max_entries=800, show_spinner=False)
def find_once(key: bytes, _find: Callable[[], Any]) -> Any:
    """Read or compute what stands under a fingerprint once; who asks for the same meanwhile waits for it. Nobody may change it."""
    return _find()


def place_of(function: Callable[..., Any]) -> str:
    """Return the full name of a function, for keys."""
    return f"{function.__module__}.{function.__qualname__}"
