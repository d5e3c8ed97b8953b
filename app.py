"""Firstwatch: who is looking, at which study, as of which day; the menu. The only file that asks what day it is."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from sqlalchemy import Engine
from sqlmodel import Session

from dashboard.access import Door, Reader, Refusal, Watch, find_door, leave
from dashboard.discretion import keep_values_out_of_logs
from dashboard.findings import read_once
from dashboard.parts.frame import show_sheet
from dashboard.parts.words import show_missing
from dashboard.register import PAGES, entry_of, first_page
from dashboard.sidebar import (
    choose_day,
    choose_language,
    choose_role,
    choose_site,
    choose_study,
    hint_role,
    resume_language,
    show_menu,
    show_reader,
)
from dashboard.sign_in import show_closed
from dashboard.text import say, tell_faults
from dashboard.view import StudyCard, View, keep_view
from dashboard.warmth import warm_up
from db.engine import embedded_url, open_engine, reading, reading_url
from db.history import cut_off
from db.marks import Marks, read_marks
from db.queries.accounts import site_choices
from db.queries.studies import protocol_text, studies
from db.schema import require_current
from trial.asof import AsOf
from trial.errors import FaultyInput
from trial.protocol import Protocol, parse_protocol
from trial.roles import needs_site

ICON = "dashboard/assets/firstwatch.svg"


def main() -> None:
    """Run one page for one reader, if there is one."""
    keep_values_out_of_logs()
    st.set_page_config(page_title="Firstwatch", page_icon=ICON, layout="wide")
    resume_language()
    try:
        engine = connect(os.environ.get("DATABASE_URL") or embedded_url())
    except FaultyInput as error:
        _navigate("")
        show_missing(say("The database cannot be used."), tell_faults(error))
        return
    warm_up()
    door = find_door(engine, _now)
    reader = door.ask() if isinstance(door, Door) else door
    page = _navigate(hint_role(reader.role_names) if isinstance(reader, Reader) else "")
    if isinstance(reader, Refusal) or isinstance(door, Refusal):
        _turn_away(engine, reader)
        return
    view = look(engine, door, reader, page)
    if view:
        keep_view(view)
        page.run()


def _navigate(role: str) -> Any:
    """Declare every page at its name, and the one that the role begins with at the bare address too; return the one asked for.

    So the address of a page is the same for everybody, whatever page a role begins with.
    """
    pages = [st.Page(entry.path, title=say(entry.title)) for entry in PAGES]
    first = entry_of(first_page(role))
    page = st.navigation([*pages, st.Page(first.path, title=say(first.title), url_path="start", default=True)], position="hidden")
    show_sheet()
    return page


def _now() -> datetime:
    return datetime.now(UTC)


def _turn_away(engine: Engine, found: Reader | Refusal) -> None:
    """Show the closed door, and nothing else."""
    with st.sidebar:
        st.html('<p class="fw-brand">Firstwatch</p>')
        choose_language()
    if isinstance(found, Refusal):
        show_closed(found, lambda: leave(engine, found.ticket, _now()))


@st.cache_resource(show_spinner=False)
def connect(url: str) -> Engine:
    """Return the engine of a database that has the schema this program expects."""
    engine = open_engine(url)
    require_current(engine)
    return engine


def look(engine: Engine, door: Door, reader: Reader, page: Any) -> View | None:
    """Let the reader choose study, cut-off and role among what is granted, and return the view; None when there is no study.

    ``page`` is the one that the address asks for, which the menu marks.
    """
    asked_at, readers = _now(), connect(reading_url(engine.url.render_as_string(hide_password=False)))
    with reading(readers) as session:
        marks = read_marks(session)
    listed = read_once(readers, marks, ("studies",), studies)
    listed = listed if reader.studies is None else listed[listed["id"].isin(reader.studies)]
    with st.sidebar:
        st.html('<p class="fw-brand">Firstwatch</p>')
        choose_language()
        if listed.empty:
            show_missing(
                say("There is no study yet."), say("Import one with: python -m db import, or make one up with: python -m synthetic")
            )
            return None
        row = choose_study(listed)
        study = StudyCard(int(row["id"]), row["code"], row["title"], row["kind"], row["time_zone"], _text(row["ctcae_version"]))
        as_of = choose_day(row, asked_at.astimezone(ZoneInfo(study.time_zone)).date())
        role, sites = choose_part(engine, reader, study, as_of, page)
    as_of, protocol, derived = fix_cut_off(readers, study, as_of, marks)
    return View(
        engine,
        study,
        replace(as_of, sites=sites),
        protocol,
        derived,
        role,
        marks,
        asked_at=asked_at,
        dark=st.context.theme.type == "dark",
        name=reader.name,
        session=reader.session,
        studies=reader.studies_as(role),
        readers=readers,
        still_open=Watch(door, reader, asked_at),
    )


def choose_part(engine: Engine, reader: Reader, study: StudyCard, as_of: AsOf, page: Any) -> tuple[str, frozenset[int] | None]:
    """Show the menu of the reader's role and let him choose another; return the role, and the sites that he sees in it."""
    roles = reader.roles(study.id)
    role = hint_role(roles)
    sites, local = reader.sites(role, study.id), not reader.ticket and needs_site(role)
    show_menu(role, page, bound=local or sites is not None)
    choose_role(roles, demonstration=not reader.ticket)
    if local:
        with reading(engine) as session:
            sites = choose_site(site_choices(session, as_of, study.id))
    if reader.ticket:
        show_reader(reader.name, lambda: leave(engine, reader.ticket, _now()))
    return role, sites


def fix_cut_off(engine: Engine, study: StudyCard, as_of: AsOf, marks: Marks) -> tuple[AsOf, Protocol, bool]:
    """Return the cut-off with what it needs of history, the protocol in force then, and whether that one is derived.

    Before the first version was known the first one stands in, so that an early cut-off still shows an (empty) trial.
    """

    def ask(session: Session) -> tuple[AsOf, str, bool]:
        """Read what the record has of it."""
        resolved = cut_off(session, study.id, as_of)
        return resolved, *protocol_text(session, resolved, study.id)

    resolved, text, derived = read_once(engine, marks, ("cut-off", study.id, as_of), ask)
    return resolved, read_protocol(text, study.code), derived


@st.cache_resource(max_entries=100, show_spinner=False)
def read_protocol(text: str, source: str) -> Protocol:
    """Return the protocol that a text declares; it cannot be changed, so readers share it."""
    return parse_protocol(text, source=source)


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


if __name__ == "__main__":  # Streamlit runs this file under that name; a child process that a page starts imports it under another
    main()
