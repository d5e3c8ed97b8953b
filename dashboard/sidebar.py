"""The sidebar: which study, as of which day, who looks, in which language; and the menu."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.address import pin, recall, unpin
from dashboard.parts.words import show_note
from dashboard.register import PAGES
from dashboard.text import LANGUAGES, say, use_language
from trial.asof import AsOf
from trial.roles import ROLES, fits_site, may_see

EARLIEST = date(1990, 1, 1)
DEFAULT_ROLE = "safety officer"


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


def hint_role(names: Collection[str]) -> str:
    """Return the role that the reader had last, or begins with, of those that are granted anywhere."""
    chosen = st.session_state.get("role")
    if chosen in names:
        return str(chosen)
    return DEFAULT_ROLE if DEFAULT_ROLE in names else next((role for role in ROLES if role in names), "viewer")


def show_menu(role: str, current: Any, *, bound: bool) -> None:
    """Show the pages that a role may see, by section; ``bound`` to sites, those that speak of the whole trial are left out.

    ``current`` is the page that is shown. At the bare address it stands for another one, whose place in the menu is then marked.
    """
    stands_for = current.title if current.url_path == "" else None
    shown = [page for page in PAGES if may_see(role, page.name) and (fits_site(page.name) or not bound)]
    for section in dict.fromkeys(page.section for page in shown):
        st.html(f'<p class="fw-section">{say(section)}</p>')
        for page in shown:
            if page.section == section:
                st.page_link(current if say(page.title) == stands_for else page.path, label=say(page.title))
    st.space("small")


def choose_role(roles: Sequence[str], *, demonstration: bool) -> None:
    """Let the reader choose among the roles that he has in the study; `hint_role` reads the choice."""
    if len(roles) > 1:
        st.session_state["role"] = hint_role(roles)  # said anew, since another language makes another widget
        label = say("Role (demonstration, no sign-in)") if demonstration else say("Role")
        st.selectbox(label, roles, key="role", format_func=say, persist_state="session")


def choose_site(found: pd.DataFrame) -> frozenset[int]:
    """Let the reader of the demonstration choose one of SITE_CHOICES; none where the study has none."""
    codes = found["site"].tolist()
    if not codes:
        return frozenset()
    chosen = st.session_state.get("site")
    st.session_state["site"] = chosen if chosen in codes else codes[0]
    code = st.selectbox(say("Site (demonstration)"), codes, key="site", persist_state="session")
    return frozenset(found.loc[found["site"] == code, "site_id"].tolist())


def show_reader(name: str, sign_out: Callable[[], None]) -> None:
    """Say who is signed in, and offer the way out."""
    show_note(say("Signed in: {name}", name=name))
    st.button(say("Sign out"), key="sign-out", type="tertiary", icon=":material/logout:", on_click=sign_out)


def _read_day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
