"""What a page is given: the study, the cut-off, the protocol, the reader, and the only way to read the record."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy import Engine

from dashboard.style import Palette, palette
from db.audit import Actor, Head
from db.engine import reading
from trial.asof import AsOf
from trial.protocol import Protocol

VIEW_KEY = "firstwatch_view"

Query = Callable[..., pd.DataFrame]


@dataclass(frozen=True)
class StudyCard:
    """The study on the screen."""

    id: int
    code: str
    title: str
    kind: str
    time_zone: str
    ctcae_version: str | None

    @property
    def synthetic(self) -> bool:
        """Whether everything in it is made up."""
        return self.kind == "synthetic"


@dataclass(frozen=True)
class View:
    """One reader's look at one study at one cut-off.

    ``head`` is the version of the record that is shown; ``asked_at`` the instant of this run (UTC), for the audit of commands only:
    nothing on a page is computed from it. ``name`` and ``session`` are the reader's, for the record only; ``studies`` are the keys
    of those that are granted to the reader, None for all of them (the sites stand in the cut-off, which narrows what is read).
    """

    engine: Engine
    study: StudyCard
    as_of: AsOf
    protocol: Protocol
    derived: bool
    role: str
    head: Head
    asked_at: datetime
    dark: bool
    name: str = "demonstration user"
    session: str = ""
    studies: frozenset[int] | None = None

    @property
    def actor(self) -> Actor:
        """Who acts when this reader gives a command: by name, role, signed-in session, and the studies and sites granted."""
        return Actor(self.name, self.role, self.asked_at, self.session, self.studies, self.as_of.sites)

    @property
    def colours(self) -> Palette:
        """The colours of the reader's theme."""
        return palette(dark=self.dark)

    def read(self, query: Query, **filters: Any) -> pd.DataFrame:
        """Return a query's table for this study and cut-off; ``filters`` must be plain values (they are the cache key)."""
        place = f"{query.__module__}.{query.__qualname__}"
        key = (str(self.engine.url), self.study.id, self.as_of, self.head, self.role)
        return _read_once(place, key, tuple(sorted(filters.items())), self.engine, query)


@st.cache_data(max_entries=400, show_spinner=False)
def _read_once(
    place: str,
    key: tuple[str, int, AsOf, Head, str],
    filters: tuple[tuple[str, Any], ...],
    _engine: Engine,
    _query: Query,
) -> pd.DataFrame:
    """Run a query once for each version of the record, cut-off, role and filter."""
    with reading(_engine) as session:
        return _query(session, key[2], key[1], **dict(filters))


def keep_view(view: View) -> None:
    """Hand the view over to the page that runs next."""
    st.session_state[VIEW_KEY] = view


def current_view() -> View:
    """Return the view of this run."""
    view = st.session_state[VIEW_KEY]
    assert isinstance(view, View)
    return view
