"""Choosing what an entry is about: the subject, and one of its rows. Codes and terms are a site's: they stand in select boxes only."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.parts.journey import SUBJECT_KEY
from dashboard.parts.words import shorten, show_note
from dashboard.text import say
from dashboard.view import View
from db.queries.entry import entry_rows, entry_subjects

MOST_CHOICES = 1000
MOST_NAMED = 12


def choose_subject(view: View) -> str | None:
    """Let the person choose a subject, the one looked at last by default; any other by its code. None when there is none."""
    listed = view.read(entry_subjects, limit=MOST_CHOICES)
    words = {row.subject: _subject_words(row) for row in listed.itertuples()}
    if not words:
        show_note(say("There is no subject yet."))
        return None
    current = st.session_state.get(SUBJECT_KEY)
    options = [*words] if current is None or current in words else [current, *words]
    chosen = st.selectbox(
        say("Subject"),
        options,
        index=options.index(current) if current in options else None,
        key=f"entry-subject-{len(options)}",
        format_func=lambda code: words.get(code, code),
        accept_new_options=True,
        placeholder=say("Choose, or type a code"),
    )
    if chosen:
        st.session_state[SUBJECT_KEY] = chosen
    return chosen or None


def name_waiting(view: View, status: str) -> None:
    """Name the subjects that have this status, as those whom the form is for."""
    listed = view.read(entry_subjects, limit=MOST_CHOICES)
    codes = listed.loc[listed["status"] == status, "subject"].tolist()
    named = ", ".join(shorten(code, 20) for code in codes[:MOST_NAMED])
    more = say(" and {n} more", n=len(codes) - MOST_NAMED) if len(codes) > MOST_NAMED else ""
    show_note(say("Waiting ({status}): {codes}", status=say(status), codes=named + more) if codes else say("Nobody waits for this now."))


def choose_row(view: View, table: str, subject: str, *, label: str) -> Any:
    """Let the person choose a row of ``table`` of a subject and return its row of ENTRY_ROWS; None when there is none."""
    found = view.read(entry_rows, table=table, subject=subject)
    if found.empty:
        show_note(say("There is none of this subject."))
        return None
    rows = {int(row.row): row for row in found.itertuples()}
    key = f"entry-row-{table}-{subject}"
    chosen = st.selectbox(label, list(rows), key=key, format_func=lambda number: _row_words(rows[number]))
    return rows.get(chosen)


def _subject_words(row: Any) -> str:
    return " · ".join(part for part in (shorten(row.subject, 40), say(row.status), "" if pd.isna(row.cohort) else row.cohort) if part)


def _row_words(row: Any) -> str:
    """A row in one line: code, what it is, grade, when."""
    grade = "" if pd.isna(row.grade) else say("grade {n}", n=row.grade)
    parts = (row.code, row.words, grade, row.began)
    return " · ".join(shorten(part, 60) for part in parts if part and not pd.isna(part))
