"""Firstwatch: who is looking, at which study, as of which day; the menu. The only file that asks what day it is."""

import os
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from sqlalchemy import Engine

from dashboard.access import choose_role
from dashboard.parts.words import show_missing
from dashboard.register import PAGES
from dashboard.text import LANGUAGES, say, use_language
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


def main() -> None:
    """Run one page for one reader."""
    st.set_page_config(page_title="Firstwatch", page_icon=":material/vital_signs:", layout="wide")
    try:
        engine = connect(os.environ.get("DATABASE_URL") or embedded_url())
    except FaultyInput as error:
        show_missing(say("The database cannot be used."), error.sentence)
        return
    warm_up()
    page = st.navigation(
        {
            say(section): [st.Page(p.path, title=say(p.title), default=p.name == "today") for p in PAGES if p.section == section]
            for section in _sections()
        }
    )
    with st.sidebar:
        use_language(_choose_language())
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
    if listed.empty:
        show_missing(say("There is no study yet."), say("Import one with: python -m db import, or make one up with: python -m synthetic"))
        return None
    row = _choose_study(listed)
    study = StudyCard(int(row["id"]), row["code"], row["title"], row["kind"], row["time_zone"], _text(row["ctcae_version"]))
    as_of, protocol, derived = fix_cut_off(engine, study, _choose_day(row), head)
    role = choose_role()
    return View(engine, study, as_of, protocol, derived, role, head, dark=st.context.theme.type == "dark")


def fix_cut_off(engine: Engine, study: StudyCard, as_of: AsOf, head: Head) -> tuple[AsOf, Protocol, bool]:
    """Return the cut-off with what it needs of history, the protocol then in force, and whether it is derived."""
    return _fix_once(str(engine.url), study.id, as_of, head, study.code, engine)


@st.cache_data(max_entries=100, show_spinner=False)
def _fix_once(_url: str, study_id: int, as_of: AsOf, head: Head, code: str, _engine: Engine) -> tuple[AsOf, Protocol, bool]:
    with reading(_engine) as session:
        resolved = cut_off(session, study_id, as_of)
        found = protocol_text(session, resolved, study_id) or protocol_text(session, AsOf(as_of.day.max.replace(year=9000)), study_id)
    assert found is not None, f"study {code} has no protocol version; head {head}"
    return resolved, parse_protocol(found[0], source=code), found[1]


def _choose_study(listed: pd.DataFrame) -> "pd.Series[Any]":
    codes = listed["code"].tolist()
    kinds = dict(zip(listed["code"], listed["kind"], strict=True))
    if st.session_state.get("study") not in codes and st.query_params.get("study") not in codes:
        st.session_state["study"] = codes[0]
    code = st.selectbox(
        say("Trial"),
        codes,
        index=None,
        key="study",
        bind="query-params",
        required=True,
        format_func=lambda c: f"{c} · {say('SYNTHETIC')}" if kinds[c] == "synthetic" else c,
        on_change=_forget_day,
    )
    return listed[listed["code"] == (code or codes[0])].iloc[0]


def _forget_day() -> None:
    """Another study has its own calendar: the cut-off starts anew."""
    st.session_state.pop("as_of", None)
    st.session_state["study_changed"] = True


def _choose_day(row: "pd.Series[Any]") -> AsOf:
    """Return the cut-off day: from the address or the calendar; by default the last day the data speak of, else today."""
    zone = row["time_zone"]
    today = datetime.now(ZoneInfo(zone)).date()
    last = today if pd.isna(row["data_through"]) else row["data_through"].date()
    if st.session_state.pop("study_changed", False) or (st.session_state.get("as_of") is None and "as_of" not in st.query_params):
        st.session_state["as_of"] = last
    day = st.date_input(
        say("As known at the end of"),
        value=None,
        key="as_of",
        bind="query-params",
        format="YYYY-MM-DD",
        min_value=_first_day(),
        max_value=max(today, last),
    )
    return AsOf(day or last, zone)


def _first_day() -> Any:
    return datetime(1990, 1, 1, tzinfo=ZoneInfo("UTC")).date()


def _choose_language() -> str:
    return (
        st.segmented_control(
            "Language · 语言",
            list(LANGUAGES),
            default="en",
            required=True,
            key="lang",
            format_func=LANGUAGES.__getitem__,
            bind="query-params",
            label_visibility="collapsed",
        )
        or "en"
    )


def _sections() -> list[str]:
    return list(dict.fromkeys(page.section for page in PAGES))


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


main()
