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
WIDTHS = (1, 1)
"""Half a line: at 1024 pixels a third of one cuts a subject's code, status and cohort."""
ALONE = ("event", "comment", "complications")
"""Forms whose subject stands alone in its line, and so need not take all of it."""


def choose_subject(view: View, form: str, *, waiting: str | None = None) -> str | None:
    """Let the person choose a subject, by its code where the list does not hold it; None when none is chosen.

    At first it is the subject looked at last, or for a form that is for a status (``waiting``) one that has it.
    """
    listed = view.read(entry_subjects, limit=MOST_CHOICES)
    words = {row.subject: _subject_words(row) for row in listed.itertuples()}
    if not words:
        show_note(say("There is no subject yet."))
        return None
    current = st.session_state.get(SUBJECT_KEY)
    fitting = listed["subject"] if waiting is None else listed.loc[listed["status"] == waiting, "subject"]
    if waiting is not None and current not in set(fitting):
        current = fitting.iloc[0] if len(fitting) else None
    options = [*words] if current is None or current in words else [current, *words]
    place = st.columns(WIDTHS)[0] if waiting is not None or form in ALONE else st.container()
    chosen: str | None = place.selectbox(
        say("Subject"),
        options,
        index=options.index(current) if current in options else None,
        key=f"entry-subject-{form}",
        format_func=lambda code: words.get(code, code),
        accept_new_options=True,
        placeholder=say("Choose, or type a code"),
        on_change=_keep_choice,
        args=(f"entry-subject-{form}",),
    )
    return chosen or None


def _keep_choice(key: str) -> None:
    if st.session_state.get(key):
        st.session_state[SUBJECT_KEY] = st.session_state[key]


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
        show_note(say("{label}: there is none of this subject.", label=label))
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
