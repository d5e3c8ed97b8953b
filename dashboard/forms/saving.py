"""Giving a command from a form: what was recorded, or every fault with what was typed still in its place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.parts.journey import SUBJECT_KEY, open_subject
from dashboard.parts.table import show_table
from dashboard.parts.words import show_answer
from dashboard.text import say, translate
from dashboard.view import View
from db.commands.recorded import Conflict, Recorded
from trial.clocks.calendar import compute_local_day
from trial.entry.correctable import TABLE_NAMES
from trial.errors import FaultyInput

RECORDED_KEY, ROUND_KEY = "entry-recorded", "entry-round"
THE_END = date(9998, 12, 31)
"""A cut-off that leaves nothing out."""


def newest(view: View) -> View:
    """Return the same look at the record as it stands, whatever the cut-off: what is entered is entered into that."""
    return replace(view, as_of=replace(view.as_of, day=THE_END, history=False))


def entry_key(name: str) -> str:
    """Return the key of a form: another one after each save, so that a new form is empty."""
    return f"entry-{name}-{st.session_state.get(ROUND_KEY, 0)}"


def save(view: View, command: Callable[..., Recorded], entry: Any, *, subject: str | None) -> Conflict | None:
    """Give a command; show every fault, or begin anew with what was recorded. Return the conflict where somebody was faster."""
    try:
        recorded = command(view.engine, view.actor, view.study.id, entry)
    except Conflict as conflict:
        return conflict
    except FaultyInput as error:
        show_faults(error)
        return None
    _begin_anew(recorded, subject)
    return None


def _begin_anew(recorded: Recorded, subject: str | None) -> None:
    """Keep what was recorded for the next run, which shows it above an empty form."""
    st.session_state[RECORDED_KEY] = (recorded, subject)
    st.session_state[ROUND_KEY] = st.session_state.get(ROUND_KEY, 0) + 1
    if subject:
        st.session_state[SUBJECT_KEY] = subject
    st.rerun()


def show_faults(error: FaultyInput) -> None:
    """Show every fault at once: where, what, what to do."""
    show_answer(say("Not saved: {n} faults. What you typed is still there.", n=len(error.faults)), tone="stop")
    faults = [tuple(translate(words) for words in (fault.where, fault.what, fault.cure)) for fault in error.faults]
    frame = pd.DataFrame(faults, columns=["where", "what", "cure"], dtype="str")
    show_table(frame, key="entry-faults", headings={"where": say("where"), "what": say("what is wrong"), "cure": say("what to do")})


def show_recorded(view: View) -> None:
    """Say what was recorded last, from when it is known, and lead to the subject; say where the cut-off hides it."""
    kept = st.session_state.get(RECORDED_KEY)
    if kept is None:
        return
    recorded, subject = kept
    lines = [translate(note) for note in recorded.notes]
    lines.append(
        say("Known from {moment} UTC. Audit head {head}.", moment=f"{recorded.known_from:%Y-%m-%d %H:%M:%S}", head=str(recorded.head))
    )
    hidden = recorded.known_from >= view.as_of.moment
    if hidden:
        lines.append(say("The other pages show the trial as known at the end of {day}, when this was not known yet.", day=view.as_of.day))
    show_answer(say("Recorded: {what} {code}", what=translate(TABLE_NAMES[recorded.table]), code=recorded.code), lines, tone="good")
    with st.container(horizontal=True):
        if subject and st.button(say("Open the subject"), key="entry-open"):
            open_subject(subject)
        if hidden:
            day = compute_local_day(recorded.known_from, view.study.time_zone)
            st.button(say("Show the trial as of {day}", day=day), key="entry-today", on_click=_show_day, args=(day,))
        st.button(say("Close"), key="entry-close", on_click=_forget)


def _show_day(day: date) -> None:
    st.session_state["as_of"] = day


def _forget() -> None:
    st.session_state.pop(RECORDED_KEY, None)
