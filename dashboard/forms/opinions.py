"""The forms of judgements and remarks: DLT, review, comment, decision."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.forms.choosing import MOST_CHOICES, choose_row, choose_subject
from dashboard.forms.conflict import show_conflict
from dashboard.forms.fields import ask, tell
from dashboard.forms.saving import entry_key, save
from dashboard.parts.words import shorten, show_facts, show_note
from dashboard.text import say
from dashboard.view import View
from db.commands.adjudicate_dlt import FIELDS as VERDICT
from db.commands.adjudicate_dlt import Adjudication, adjudicate_dlt
from db.commands.comment import TEXT, CommentEntry, comment
from db.commands.record_decision import FIELDS as DECISION
from db.commands.record_decision import DecisionEntry, record_decision
from db.commands.review_event import NOTE, ReviewEntry, review_event
from db.queries.entry import entry_judgements, entry_rows


def show_adjudication(view: View) -> None:
    """Ask whether an event is a DLT."""
    found = {int(row.row): row for row in view.read(entry_judgements, limit=MOST_CHOICES).itertuples()}
    if not found:
        show_note(say("No event has been put forward as a possible DLT."))
        return
    rule = view.protocol.dlt
    if rule:
        show_facts([(say("Definition of a DLT"), rule.definition)])
    row = found[st.selectbox(say("Event"), list(found), key="entry-judged", format_func=lambda number: _judged_words(found[number]))]
    key = f"{entry_key('dlt')}-{row.row}-{row.known_from:%H%M%S%f}"
    if not pd.isna(row.reason):
        show_facts([(say("Judged before"), f"{say(row.dlt)}: {row.reason}")])
    with st.form(key, border=True):
        left, right = st.columns([1, 3])
        with left:
            verdict = ask(VERDICT[0], key)
        with right:
            reason = ask(VERDICT[1], key)
        wanted = st.form_submit_button(say("Save"), type="primary")
    if wanted:
        entry = Adjudication(int(row.row), row.known_from.to_pydatetime(), verdict, reason)
        show_conflict("adverse_event", save(view, adjudicate_dlt, entry, subject=row.subject))


def _judged_words(row: Any) -> str:
    grade = "" if pd.isna(row.grade) else say("grade {n}", n=row.grade)
    parts = (row.subject, row.code, row.term, grade, "" if pd.isna(row.onset) else row.onset, tell(row.dlt))
    return " · ".join(shorten(part, 60) for part in parts if part)


def show_review(view: View) -> None:
    """Ask to mark an event as reviewed."""
    left, right = st.columns([1, 2])
    with left:
        subject = choose_subject(view, "review")
    with right:
        row = choose_row(view, "adverse_event", subject, label=say("Event")) if subject else None
    if row is None:
        return
    key = f"{entry_key('review')}-{row.row}-{row.known_from:%H%M%S%f}"
    with st.form(key, border=True):
        note = ask(NOTE, key)
        wanted = st.form_submit_button(say("Mark as reviewed"), type="primary")
    show_note(say("The review is of the version known from {moment} UTC.", moment=f"{row.known_from:%Y-%m-%d %H:%M:%S}"))
    if wanted:
        entry = ReviewEntry(int(row.row), row.known_from.to_pydatetime(), note)
        show_conflict("adverse_event", save(view, review_event, entry, subject=subject))


def show_comment(view: View) -> None:
    """Ask for a remark on a subject or on one of its events."""
    subject = choose_subject(view, "comment")
    if subject is None:
        return
    events = {row.code: row for row in view.read(entry_rows, table="adverse_event", subject=subject).itertuples()}
    key = entry_key("comment")
    with st.form(key, border=True):
        event = st.selectbox(
            say("About"),
            [None, *events],
            key=f"{key}-event-{subject}",
            format_func=lambda code: say("the subject") if code is None else f"{shorten(code, 40)} · {shorten(events[code].words, 60)}",
        )
        text = ask(TEXT, key)
        wanted = st.form_submit_button(say("Save"), type="primary")
    if wanted:
        save(view, comment, CommentEntry(subject, text, event), subject=subject)


def show_decision(view: View) -> None:
    """Ask for a decision of the safety review committee."""
    key = entry_key("decision")
    levels = {level.number: level.label for level in view.protocol.dose_levels}

    def words(number: int | None) -> str:
        """A dose level in the list to choose from."""
        return "" if number is None else f"{number} · {shorten(levels[number], 40)}"

    with st.form(key, border=True):
        when, about, what, following = st.columns(4)
        with when:
            decided_at = ask(DECISION[0], key, help=say("In the study's time zone, {zone}.", zone=view.study.time_zone))
        level = about.selectbox(say("Dose level it is about"), [None, *levels], key=f"{key}-level", format_func=words, placeholder="–")
        with what:
            decision = ask(DECISION[1], key)
        after = following.selectbox(
            say("Dose level it allows next"), [None, *levels], key=f"{key}-next", format_func=words, placeholder="–"
        )
        why = ask(DECISION[2], key)
        wanted = st.form_submit_button(say("Save"), type="primary")
    if wanted:
        save(view, record_decision, DecisionEntry(decided_at, level, decision, after, why), subject=None)
