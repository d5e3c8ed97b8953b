"""Choosing what an entry is about: the subject, and one of its rows. Codes and terms are a site's: they stand in select boxes only."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.numbers import local_moment
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
MOMENTS = ("comment", "review", "committee_decision")
"""Tables whose rows are dated by an instant of the record (UTC), not by what a site collected."""
CLOSED = ("subject", "committee_decision", "complication_check")
"""Tables whose rows are named by a closed word, which has its translation."""


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
    words = name_rows(rows, view.study.time_zone)
    chosen = st.selectbox(label, list(rows), key=f"entry-row-{table}-{subject}", format_func=lambda number: words[number])
    return rows.get(chosen)


def name_rows(rows: Mapping[int, Any], time_zone: str) -> dict[int, str]:
    """Return rows of ENTRY_ROWS, by their keys, each in one line that no other has; moments are those of ``time_zone``."""
    words = {number: _row_words(row, time_zone) for number, row in rows.items()}
    often = Counter(words.values())
    return {number: f"{line} · {say('row {n}', n=number)}" if often[line] > 1 else line for number, line in words.items()}


def _subject_words(row: Any) -> str:
    return " · ".join(part for part in (shorten(row.subject, 40), say(row.status), "" if pd.isna(row.cohort) else row.cohort) if part)


def _row_words(row: Any, time_zone: str) -> str:
    """A row in one line: code, what it is, grade, when."""
    grade = "" if pd.isna(row.grade) else say("grade {n}", n=row.grade)
    what = say(row.words) if row.table in CLOSED and not pd.isna(row.words) else row.words
    began = local_moment(row.began, time_zone) if row.table in MOMENTS and not pd.isna(row.began) else row.began
    parts = (row.code, what, grade, began)
    return " · ".join(shorten(part, 60) for part in parts if part and not pd.isna(part))
