"""The form of a prompted list: every complication that the protocol asks for after a procedure, none of them answered beforehand."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.forms.choosing import choose_row, choose_subject
from dashboard.forms.fields import ask, tell
from dashboard.forms.saving import entry_key, save
from dashboard.numbers import iso
from dashboard.parts.words import shorten, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.commands.record_complications import ComplicationAnswer, ComplicationList, record_complications
from db.queries.complications import entry_lists
from db.queries.entry import entry_rows
from trial.entry.complication import CHECKED_ON, PERIOD
from trial.prompted_list import NOT_ASSESSED, list_complications
from trial.protocol import BackgroundPart
from trial.terms import CHECK_ANSWERS, CHECK_PERIODS

ANSWERS = (NOT_ASSESSED, *(word for word in CHECK_ANSWERS if word != NOT_ASSESSED))


def show_prompted_list(view: View) -> None:
    """Ask for the answers of one procedure and one period, those that nobody has given yet."""
    asked = list_complications(view.protocol.background_rates)
    if not asked:
        show_missing(
            say("The protocol names no complication to ask for."),
            say("Declare after_surgery_days in [[background_rates]] for each complication of surgery; then load it as a new version."),
        )
        return
    subject = choose_subject(view, "complications")
    left, right = st.columns([3, 1])
    with left:
        procedure = choose_row(view, "procedure", subject, label=say("Procedure")) if subject else None
    if subject is None or procedure is None:
        return
    with right:
        period = st.selectbox(translate(PERIOD.label), CHECK_PERIODS, index=1, key="entry-complications-period", format_func=tell)
    lists = view.read(entry_lists, subject=subject)
    given = lists[(lists["procedure"] == procedure.code) & (lists["period"] == period)]
    if len(given):
        show_note(_describe_given(given, asked))
    open_ones = [rate for rate in asked if rate.code not in set(given["complication"])]
    if open_ones:
        _ask_list(view, subject, str(procedure.code), str(period), open_ones)


def _ask_list(view: View, subject: str, procedure: str, period: str, asked: list[BackgroundPart]) -> None:
    """The list itself: an answer for each complication and, where it occurred, its event."""
    events = {row.code: row for row in view.read(entry_rows, table="adverse_event", subject=subject).itertuples()}
    key = f"{entry_key('complications')}-{procedure}-{period}"
    with st.form(key, border=True):
        place, _ = st.columns([1, 2])
        with place:
            day = ask(CHECKED_ON, key, help=say("On a list to discharge the day of discharge: what began later is not of the list."))
        answers = tuple(_ask_one(rate, events, key) for rate in asked)
        wanted = st.form_submit_button(say("Save the list"), type="primary")
    show_note(
        say(
            "Nothing counts as having not occurred unless somebody says so. The terms behind each complication, and the days it is "
            "counted over, are those of the protocol's background rates."
        )
    )
    if wanted:
        save(view, record_complications, ComplicationList(subject, procedure, period, day, answers), subject=subject)


def _ask_one(rate: BackgroundPart, events: dict[str, Any], key: str) -> ComplicationAnswer:
    """The answer for one complication, and the event that it was."""

    def words(code: str | None) -> str:
        """An event of the subject in the list to choose from."""
        return "" if code is None else f"{shorten(code, 40)} · {shorten(events[code].words, 60)}"

    left, right = st.columns([2, 2], vertical_alignment="bottom")
    answer = left.radio(shorten(rate.label, 80), ANSWERS, key=f"{key}-{rate.code}", horizontal=True, format_func=tell)
    event = right.selectbox(
        say("Its adverse event, where it occurred"),
        [None, *events],
        key=f"{key}-{rate.code}-event",
        format_func=words,
        placeholder="–",
    )
    return ComplicationAnswer(rate.code, answer, event)


def _describe_given(given: pd.DataFrame, asked: tuple[BackgroundPart, ...]) -> str:
    """What this list has answered already, in words."""
    labels = {rate.code: rate.label for rate in asked}
    answers = ", ".join(f"{shorten(labels.get(one.complication, one.complication), 40)}: {say(one.answer)}" for one in given.itertuples())
    return say(
        "Answered before, on {day}: {answers}. A wrong answer is corrected, not given again.",
        day=iso(given["checked_on"].iloc[0]),
        answers=answers,
    )
