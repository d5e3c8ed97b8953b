"""What a page is given: the study, the cut-off, the protocol, the reader, and the only way to read the record."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy import Engine

from dashboard.findings import place_of, read_once
from dashboard.fingerprint import fingerprint
from dashboard.style import Palette, palette
from db.audit import Actor, Head
from db.engine import reading
from db.history import cut_off
from db.marks import Marks, read_marks
from db.queries.register import area_of
from trial.asof import AsOf
from trial.errors import Fault, FaultyInput
from trial.protocol import Protocol
from trial.roles import fits_site, may, may_see
from trial.sentence import Sentence

VIEW_KEY = "firstwatch_view"

Query = Callable[..., pd.DataFrame]
Place = tuple[str, int, int, AsOf, str]
"""Database, its chain, study, cut-off and role: what all that is read for a view depends on, besides the record itself."""


class NotOpen(FaultyInput):
    """What the reader's role may not see; `dashboard.parts.shield` says so in the place of the part that asked."""


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

    ``marks`` say which version of the record is shown; ``asked_at`` the instant of this run (UTC), for the audit of commands only:
    nothing on a page is computed from it. ``name`` and ``session`` are the reader's, for the record only; ``studies`` are the keys
    of those that are granted to the reader, None for all of them (the sites stand in the cut-off, which narrows what is read).
    ``readers`` is where pages read (a standby, or the reading role), ``engine`` where commands write; None is the same one.
    ``still_open`` asks the door again: whether the same reader would still come in, for parts that run alone.
    """

    engine: Engine
    study: StudyCard
    as_of: AsOf
    protocol: Protocol
    derived: bool
    role: str
    marks: Marks
    asked_at: datetime
    dark: bool
    name: str = "demonstration user"
    session: str = ""
    studies: frozenset[int] | None = None
    readers: Engine | None = field(default=None, compare=False)
    still_open: Callable[[], bool] = field(default=lambda: True, repr=False, compare=False)

    @property
    def actor(self) -> Actor:
        """Who acts when this reader gives a command: by name, role, signed-in session, and the studies and sites granted."""
        return Actor(self.name, self.role, self.asked_at, self.session, self.studies, self.as_of.sites)

    @property
    def demonstration(self) -> bool:
        """Whether nobody signed in."""
        return not self.session

    @property
    def colours(self) -> Palette:
        """The colours of the reader's theme."""
        return palette(dark=self.dark)

    def may(self, act: str) -> bool:
        """Return whether the reader's role may do ``act``; the commands check it again, with study and site."""
        return may(self.role, act)

    def sees(self, query: Query) -> bool:
        """Return whether the reader may see what ``query`` tells, by role and sites; a query that is not registered, nobody may."""
        area = area_of(query)
        return area is not None and self._opens(area)

    def sees_page(self, name: str) -> bool:
        """Return whether the reader may see a page: by role, and the whole trial where the page speaks of it."""
        return self._opens(name)

    def read(self, query: Query, **filters: Any) -> pd.DataFrame:
        """Return a query's table for this study and cut-off; ``filters`` must be plain values (they are the cache key).

        Raises NotOpen for a query that the reader's role may not see.
        """
        return self._read(query, self.as_of, filters)

    def read_whole(self, query: Query, **filters: Any) -> pd.DataFrame:
        """Return the same of all sites, whatever the reader is bound to: what the dosing rule rests on, and nothing else.

        A rule on the subjects of one site would be wrong: a DLT anywhere counts for everyone. Raises NotOpen as `read`, and for
        a query of another area.
        """
        if area_of(query) != "rule":
            raise _not_open(self.role)
        return self._read(query, replace(self.as_of, sites=None), filters)

    def _opens(self, area: str) -> bool:
        return may_see(self.role, area) and (self.as_of.sites is None or fits_site(area))

    def require_open(self) -> None:
        """Return while the reader would still come in; raise NotOpen otherwise, for what is made after the page was shown."""
        if not self.still_open():
            raise NotOpen([Fault("this part", "is not shown any more: your session is over", "Sign in again.")])

    def _read(self, query: Query, as_of: AsOf, filters: dict[str, Any]) -> pd.DataFrame:
        if not self.sees(query):
            raise _not_open(self.role)
        asked = (place_of(query), self.study.id, as_of, self.role, sorted(filters.items()))
        found = read_once(self._source, self.marks, asked, lambda session: query(session, as_of, self.study.id, **filters))
        return found.copy(deep=False)  # pandas copies on write: what a page does to its table stays its own

    def renewed(self) -> "View":
        """Return the same view of the record as it stands now, for what is made after the page was shown."""
        with reading(self._source) as session:
            marks = read_marks(session)
        return self if marks == self.marks else replace(self, marks=marks, as_of=replace(self.as_of, history=True))

    def still_whole(self) -> bool:
        """Return whether no correction since the page was shown asks for history that this view does not read.

        Only a view of an earlier day can miss one: it would read the row of today in the place of the one known then.
        """
        if self.as_of.history:
            return True
        with reading(self._source) as session:
            return read_marks(session).head == self.head or not cut_off(session, self.study.id, self.as_of).history

    @property
    def _source(self) -> Engine:
        return self.readers or self.engine

    @property
    def head(self) -> Head:
        """The newest entry of the record that is shown."""
        return self.marks.head

    @property
    def place(self) -> Place:
        """What all that is read for this view depends on, besides the record itself."""
        return (str(self._source.url), self.marks.origin, self.study.id, self.as_of, self.role)

    @cached_property
    def protocol_print(self) -> bytes:
        """The fingerprint of the protocol."""
        return fingerprint(self.protocol)


def _not_open(role: str) -> NotOpen:
    what = Sentence("is not open to the role {role}", role=role)
    return NotOpen([Fault("this part", what, "Ask an administrator, if you need it.")])


def keep_view(view: View) -> None:
    """Hand the view over to the page that runs next."""
    st.session_state[VIEW_KEY] = view


def current_view() -> View:
    """Return the view of this run."""
    view = st.session_state[VIEW_KEY]
    assert isinstance(view, View)
    return view
