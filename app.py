"""Firstwatch: who is looking, at which study, as of which day; the menu. The only file that asks what day it is."""

import os
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from sqlalchemy import Engine

from dashboard.parts.frame import show_sheet
from dashboard.parts.words import show_missing
from dashboard.register import PAGES
from dashboard.sidebar import choose_day, choose_language, choose_study, resume_language, show_menu
from dashboard.text import say, tell_faults
from dashboard.view import StudyCard, View, keep_view
from dashboard.warmth import warm_up
from db.audit import Head, read_head
from db.engine import embedded_url, open_engine, reading
from db.history import cut_off
from db.queries.studies import protocol_text, studies
from db.schema import require_current
from trial.asof import AsOf
from trial.errors import FaultyInput
from trial.protocol import Protocol, parse_protocol

ICON = "dashboard/assets/firstwatch.svg"


def main() -> None:
    """Run one page for one reader."""
    st.set_page_config(page_title="Firstwatch", page_icon=ICON, layout="wide")
    resume_language()
    page = st.navigation([st.Page(entry.path, title=say(entry.title), default=entry.name == "today") for entry in PAGES], position="hidden")
    show_sheet()
    try:
        engine = connect(os.environ.get("DATABASE_URL") or embedded_url())
    except FaultyInput as error:
        show_missing(say("The database cannot be used."), tell_faults(error))
        return
    warm_up()
    view = look(engine)
    if view:
        keep_view(view)
        page.run()


@st.cache_resource(show_spinner=False)
def connect(url: str) -> Engine:
    """Return the engine of a database that has the schema this program expects."""
    engine = open_engine(url)
    require_current(engine)
    return engine


def look(engine: Engine) -> View | None:
    """Let the reader choose study, cut-off and role, and return the view; None when there is no study yet."""
    with reading(engine) as session:
        head, listed = read_head(session), studies(session)
    with st.sidebar:
        st.html('<p class="fw-brand">Firstwatch</p>')
        choose_language()
        if listed.empty:
            show_missing(
                say("There is no study yet."), say("Import one with: python -m db import, or make one up with: python -m synthetic")
            )
            return None
        row = choose_study(listed)
        as_of = choose_day(row, datetime.now(ZoneInfo(row["time_zone"])).date())
        role = show_menu()
    study = StudyCard(int(row["id"]), row["code"], row["title"], row["kind"], row["time_zone"], _text(row["ctcae_version"]))
    as_of, protocol, derived = fix_cut_off(str(engine.url), study, as_of, head, engine)
    return View(engine, study, as_of, protocol, derived, role, head, asked_at=datetime.now(UTC), dark=st.context.theme.type == "dark")


@st.cache_data(max_entries=100, show_spinner=False)
def fix_cut_off(url: str, study: StudyCard, as_of: AsOf, head: Head, _engine: Engine) -> tuple[AsOf, Protocol, bool]:
    """Return the cut-off with what it needs of history, the protocol in force then, and whether that one is derived.

    Before the first version was known the first one stands in, so that an early cut-off still shows an (empty) trial.
    ``url`` and ``head`` are part of the cache key: another database or version of the record is read anew.
    """
    with reading(_engine) as session:
        resolved = cut_off(session, study.id, as_of)
        text, derived = protocol_text(session, resolved, study.id)
    return resolved, parse_protocol(text, source=study.code), derived


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


main()
