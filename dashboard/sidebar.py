"""The sidebar: which study, as of which day, who looks, in which language; and the menu."""

from datetime import date

import pandas as pd
import streamlit as st

from dashboard.access import choose_role
from dashboard.address import pin, recall, unpin
from dashboard.register import PAGES
from dashboard.text import LANGUAGES, say, use_language
from trial.asof import AsOf

EARLIEST = date(1990, 1, 1)


def resume_language() -> None:
    """Use the language of the address, else the one chosen before, so that the page's own title is said in it."""
    said = recall("lang")
    if said in LANGUAGES:
        st.session_state["lang"] = said
    st.session_state.setdefault("lang", "en")
    use_language(st.session_state["lang"] or "en")


def choose_language() -> None:
    """Let the reader choose a language; the address pins it where it is not English."""
    code = st.segmented_control(
        "Language · 语言", list(LANGUAGES), key="lang", format_func=LANGUAGES.__getitem__, label_visibility="collapsed"
    )
    use_language(code or "en")
    if code and code != "en":
        pin("lang", code)
    else:
        unpin("lang")


def choose_study(listed: pd.DataFrame) -> "pd.Series[object]":
    """Let the reader choose one of STUDIES and return its row."""
    codes = listed["code"].tolist()
    marks = {row.code: f"{row.code} · {say('SYNTHETIC')}" if row.kind == "synthetic" else row.code for row in listed.itertuples()}
    said = recall("study")
    if said in codes:
        st.session_state["study"] = said
    if st.session_state.get("study") not in codes:
        st.session_state["study"] = codes[0]
    st.session_state["study"] = st.session_state["study"]  # another language makes another widget, which would begin anew
    code = st.selectbox(say("Trial"), codes, key="study", format_func=lambda c: marks.get(c, c))
    pin("study", code)
    return listed[listed["code"] == code].iloc[0]


def choose_day(study: "pd.Series[object]", today: date) -> AsOf:
    """Let the reader choose the cut-off; by default the last day the data speak of, else ``today`` (in the study's zone)."""
    last = today if pd.isna(study["data_through"]) else study["data_through"].date()
    if st.session_state.get("as_of_study") != study["code"]:
        st.session_state["as_of"] = last
        st.session_state["as_of_study"] = study["code"]
    said = _read_day(recall("as_of"))
    if said:
        st.session_state["as_of"] = min(max(said, EARLIEST), max(today, last))
    if st.session_state.get("as_of") is None:
        st.session_state["as_of"] = last
    st.session_state["as_of"] = st.session_state["as_of"]  # as for the study
    chosen = st.date_input(say("As known at the end of"), key="as_of", format="YYYY-MM-DD", min_value=EARLIEST, max_value=max(today, last))
    day = chosen if isinstance(chosen, date) else last
    pin("as_of", day.isoformat())
    return AsOf(day, study["time_zone"])


def show_menu() -> str:
    """Show the pages by section, then the role; return the role."""
    for section in dict.fromkeys(page.section for page in PAGES):
        st.html(f'<p class="fw-section">{say(section)}</p>')
        for page in PAGES:
            if page.section == section:
                st.page_link(page.path, label=say(page.title))
    st.space("small")
    return choose_role()


def _read_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
