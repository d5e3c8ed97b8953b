"""The form of an adverse event."""

from typing import Any

import streamlit as st

from dashboard.forms.choosing import choose_subject
from dashboard.forms.fields import ask
from dashboard.forms.saving import entry_key, save
from dashboard.parts.words import shorten, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.commands.record_event import EventEntry, record_event
from db.queries.entry import entry_terms
from trial.entry.event import EVENT_FIELDS
from trial.terms import HEADS, SERIOUSNESS

EVENT = {field.name: field for field in EVENT_FIELDS}
MOST_TERMS = 2000
MORE = ("severity", "expectedness", "anticipated", "classintra", "clavien_dindo", "clavien_disability")


def show_recording(view: View) -> None:
    """Ask for an adverse event."""
    subject = choose_subject(view, "event")
    if subject is None:
        return
    key = entry_key("event")
    with st.form(key, border=True):
        given = _ask_what(view, key) | _ask_when(key) | _ask_how_bad(key)
        given |= _ask_causes(view, key)
        with st.expander(say("More: severity, expectedness, surgical grades, DLT"), key=f"{key}-more"):
            given |= _ask_row(MORE[:3], key) | _ask_row(MORE[3:], key)
            given["possible_dlt"] = st.checkbox(say("It may be a DLT, whatever the rule says"), key=f"{key}-possible")
        wanted = st.form_submit_button(say("Save"), type="primary")
    show_note(say("Seriousness follows from the criteria. An event that meets the protocol's DLT rule awaits judgement by itself."))
    if wanted:
        save(view, record_event, EventEntry(subject, **given), subject=subject)


def _ask_row(names: tuple[str, ...], key: str) -> dict[str, Any]:
    """Fields beside each other."""
    given = {}
    for place, name in zip(st.columns(len(names), vertical_alignment="bottom"), names, strict=True):
        with place:
            given[name] = ask(EVENT[name], key)
    return given


def _ask_what(view: View, key: str) -> dict[str, Any]:
    """The words of the report, and the coded term where it is known."""
    terms = view.read(entry_terms, limit=MOST_TERMS)
    first, second, third = st.columns([2, 1, 1])
    with first:
        verbatim = ask(EVENT["verbatim"], key)
    with second:
        coded = _choose_text("coded_term", key, terms["term"].tolist(), say("not coded yet"))
    with third:
        category = _choose_text("category", key, sorted(set(terms["category"])), say("by the term"))
    return {"verbatim": verbatim, "coded_term": coded, "category": category}


def _choose_text(name: str, key: str, options: list[str], empty: str) -> str | None:
    """One of the texts of the record, or a new one."""
    return st.selectbox(
        translate(EVENT[name].label),
        options,
        index=None,
        key=f"{key}-{name}",
        format_func=lambda text: shorten(text, 80),
        accept_new_options=True,
        placeholder=empty,
    )


def _ask_when(key: str) -> dict[str, Any]:
    return _ask_row(("onset_text", "end_text", "ongoing", "aware_at"), key)


def _ask_how_bad(key: str) -> dict[str, Any]:
    """Grade, outcome and action, and the six criteria of seriousness."""
    given = _ask_row(("grade", "outcome", "action"), key)
    show_note(say("Serious, because it"))
    for names in (SERIOUSNESS[:3], SERIOUSNESS[3:]):
        for place, name in zip(st.columns(3), names, strict=True):
            given[name] = place.checkbox(translate(EVENT[name].label), key=f"{key}-{name}")
    return given


def _ask_causes(view: View, key: str) -> dict[str, Any]:
    """The four possible causes, by the investigator and by the sponsor."""
    labels = ", ".join(f"{say(head)}: {part}" for head in HEADS if (part := view.protocol.label_of(head)) != head)
    show_note(say("Caused by ({labels})", labels=labels) if labels else say("Caused by"))
    given = _ask_row(tuple(f"investigator_{head}" for head in HEADS), key)
    return given | _ask_row(tuple(f"sponsor_{head}" for head in HEADS), key)
