"""The subject page: one person's facts, the state of the DLT window, and the whole story on one time axis with its listings."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.story import MOST_DRUGS, MOST_TERMS, StoryTables, draw_story
from dashboard.numbers import iso
from dashboard.parts.asked_for import show_asked
from dashboard.parts.entry_link import offer_entry
from dashboard.parts.figure import show_figure
from dashboard.parts.frame import show_page
from dashboard.parts.journey import SUBJECT_KEY
from dashboard.parts.opinions import show_opinions
from dashboard.parts.shield import piece
from dashboard.parts.story import show_doses, show_events, show_measurements, show_medications, show_past, show_versions
from dashboard.parts.words import Tone, shorten, show_answer, show_facts, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.dosed import dosed
from db.queries.subject_listings import subject_medications, subject_series, subject_tests, subject_visits
from db.queries.subject_story import subject_choices, subject_doses, subject_events, subject_facts, subject_procedures
from trial.clocks.calendar import compute_days_between
from trial.clocks.dlt_window import DLT, NOT_EVALUABLE, compute_ledger
from trial.clocks.story import (
    Axis,
    compute_axis,
    compute_story_events,
    compute_story_medications,
    compute_story_moments,
    compute_story_series,
)

MOST_CHOICES = 500
NEUROLOGY_SHOWN = 4
OTHERS_SHOWN = 3


def render(view: View) -> None:
    """Show the page."""
    code = _choose(view)
    if code is None:
        show_note(say("There is no subject yet."))
        return
    facts = view.read(subject_facts, subject=code)
    if facts.empty:
        show_missing(
            say("No subject of this trial has this code, as known at the cut-off."),
            say("Choose one from the list, or type the code exactly as it is written in the data."),
        )
        return
    events, ledger = view.read(subject_events, subject=code), _ledger(view, code)
    _show_answer(facts, events, ledger)
    _show_facts(view, facts, ledger)
    offer_entry(view, code)
    axis = compute_axis(facts, events, view.as_of.day)
    _show_story(view, code, facts, axis)
    _show_listings(view, code)


def _choose(view: View) -> str | None:
    """Let the reader choose a subject; the code stays in the session and never reaches the address."""
    listed = view.read(subject_choices, limit=MOST_CHOICES)
    words = {row.subject: _choice_words(row) for row in listed.itertuples()}
    if not words:
        return None
    current = st.session_state.get(SUBJECT_KEY) or listed["subject"].iloc[0]
    options = list(words) if current in words else [current, *words]
    left, right = st.columns([2, 1], gap="medium", vertical_alignment="bottom")
    st.session_state["subject-choice"] = current
    with left:
        chosen = st.selectbox(
            say("Subject"), options, key="subject-choice", format_func=lambda code: words.get(code, code), on_change=_keep_choice
        )
    with right:
        st.text_input(say("or its exact code"), key="subject-typed", on_change=_keep_typed, max_chars=64)
    if len(listed) == MOST_CHOICES:
        show_note(say("The list holds the {n} most recently dosed; any other subject opens by its code.", n=MOST_CHOICES))
    return str(chosen)


def _keep_choice() -> None:
    st.session_state[SUBJECT_KEY] = st.session_state["subject-choice"]


def _keep_typed() -> None:
    typed = st.session_state["subject-typed"].strip()
    if typed:
        st.session_state[SUBJECT_KEY] = typed
        st.session_state["subject-typed"] = ""


def _choice_words(row: Any) -> str:
    """A subject in the list: code, cohort and status, so that the right one is found."""
    parts = [shorten(row.subject)]
    if not pd.isna(row.cohort_label):
        parts.append(shorten(row.cohort_label, 40))
    return " · ".join([*parts, say(str(row.status))])


def _ledger(view: View, code: str) -> pd.DataFrame | None:
    """The subject's own row of the DLT ledger; None where no DLT window is declared or nothing was given."""
    if view.protocol.dlt is None:
        return None
    given = view.read(dosed)
    own = given[given["subject"] == code]
    return None if own.empty else compute_ledger(own, view.protocol.dlt, view.as_of.day)


def _show_answer(facts: pd.DataFrame, events: pd.DataFrame, ledger: pd.DataFrame | None) -> None:
    """Who this is and how it stands, in one sentence; below it the window and the events."""
    person = facts.iloc[0]
    names = ("subject", "actual_cohort", "dose")
    where = [shorten(person[name], 48) for name in names if not pd.isna(person[name])]
    sentence = " · ".join([*dict.fromkeys(where), say(person["status"])])
    tone: Tone = "plain"
    basis = []
    if ledger is not None:
        row = ledger.iloc[0]
        tone = "stop" if row["state"] == DLT else "caution" if row["state"] == NOT_EVALUABLE else "plain"
        basis.append(say("DLT window: {state} - {because}", state=say(row["state"]), because=shorten(translate(row["because"]), 200)))
    basis.append(_event_line(events))
    reason = person["discontinuation_reason"] if not pd.isna(person["discontinuation_reason"]) else person["ineligible_reason"]
    if not pd.isna(reason):
        basis.append(say("Reason: {reason}", reason=shorten(reason, 200)))
    show_answer(sentence, basis, tone=tone)


def _event_line(events: pd.DataFrame) -> str:
    """How many events, how many of them since the first dose, the worst grade, and how many serious."""
    if events.empty:
        return say("No adverse event is on record.")
    worst = events["grade"].max()
    counts = {"n": len(events), "emergent": int(events["emergent"].sum()), "serious": int(events["serious"].sum())}
    if pd.isna(worst):
        return say("Adverse events: {n}, treatment-emergent {emergent}, serious {serious}.", **counts)
    return say("Adverse events: {n}, treatment-emergent {emergent}, serious {serious}; worst grade {worst}.", **counts, worst=int(worst))


def _show_facts(view: View, facts: pd.DataFrame, ledger: pd.DataFrame | None) -> None:
    """What is on record about the person; only what the data have."""
    person = facts.iloc[0]
    site = " · ".join(shorten(part) for part in dict.fromkeys((person["site"], person["site_name"])) if not pd.isna(part))
    injured, first = person["injured_on"], person["first_dose_on"]
    since = "" if pd.isna(injured) or pd.isna(first) else say("{n} days", n=compute_days_between(injured.date(), first.date()))
    who = [
        (say("Site"), site),
        (say("Age"), "" if pd.isna(person["age_years"]) else say("{n} years", n=person["age_years"])),
        (say("Sex"), _said(person["sex"])),
        (say("Level of injury"), _text(person["injury_level"])),
        (say("AIS at screening"), _text(person["ais"])),
        (say("Mechanism"), _text(person["injury_mechanism"])),
        (say("Injury to first dose"), since),
    ]
    course = [
        (say("Planned cohort"), _text(person["planned_cohort"]) if person["planned_cohort"] != person["actual_cohort"] else ""),
        (say("Screened"), iso(person["screened_on"])),
        (say("Consented"), " · ".join(part for part in (iso(person["consented_on"]), _text(person["consent_version"])) if part)),
        (say("Enrolled"), iso(person["enrolled_on"])),
        (say("First dose"), iso(first)),
        (say("Last dose"), iso(person["last_dose_on"]) if person["last_dose_on"] != first else ""),
        (say("DLT window ends"), "" if ledger is None else iso(ledger["window_ends_on"].iloc[0])),
        (say("Study ended"), iso(person["ended_on"])),
        (say("Died"), iso(person["died_on"])),
    ]
    for column, pairs in zip(st.columns(2, gap="small"), (who, course), strict=True):
        with column, st.container(border=True, height="stretch"):
            show_facts([(label, value) for label, value in pairs if value])


@piece
def _show_story(view: View, code: str, facts: pd.DataFrame, axis: Axis) -> None:
    title, choice = st.columns([4, 1], vertical_alignment="bottom")
    title.subheader(say("The whole story"), anchor=False)
    tests = view.read(subject_tests, subject=code)
    with choice, st.popover(say("Tests shown"), width="stretch"):
        chosen = _choose_tests(tests, code)
    events = compute_story_events(view.read(subject_events, subject=code), axis)
    medications = compute_story_medications(view.read(subject_medications, subject=code), axis)
    doses, procedures = view.read(subject_doses, subject=code), view.read(subject_procedures, subject=code)
    moments = compute_story_moments(facts, doses, procedures, view.read(subject_visits, subject=code), axis)
    series = compute_story_series(view.read(subject_series, subject=code, tests=tuple(chosen)), axis)
    tables = StoryTables(moments, events, medications, series)
    show_figure(
        draw_story(tables, axis, colours=view.colours, window=_window(view, facts, axis)),
        key="story",
        alt=say("Administrations, adverse events, medication and key tests of one subject on one time axis"),
    )
    show_note(
        say(
            "A bar runs from onset to end in the colour of its grade; the mark's shape says the grade too, a ring means serious, "
            "an arrow that it goes on. A mark without a bar has no known end. Tests: pale band = reference range, triangles = outside it."
        )
    )
    hidden = events["term"].nunique() - MOST_TERMS, medications["name"].nunique() - MOST_DRUGS
    if max(hidden) > 0:
        show_note(
            say(
                "Not drawn: {terms} further terms, {drugs} further medications; all are in the listings.",
                terms=max(hidden[0], 0),
                drugs=max(hidden[1], 0),
            )
        )


def _choose_tests(tests: pd.DataFrame, code: str) -> list[str]:
    """Let the reader choose which tests are drawn."""
    names = dict(zip(tests["test"], tests["label"], strict=True))
    return st.multiselect(
        say("Tests shown"),
        list(names),
        default=_key_tests(tests),
        format_func=names.__getitem__,
        key=f"tests-{code}",
        max_selections=12,
        wrap=True,
        label_visibility="collapsed",
    )


def _key_tests(tests: pd.DataFrame) -> list[str]:
    """The tests shown at first: neurology, then those most often outside their range."""
    numeric = tests[tests["numbers"] > 1]
    neurology = numeric["kind"] == "neurology"
    return [*numeric.loc[neurology, "test"].head(NEUROLOGY_SHOWN), *numeric.loc[~neurology, "test"].head(OTHERS_SHOWN)]


def _window(view: View, facts: pd.DataFrame, axis: Axis) -> tuple[int, int] | None:
    """The DLT window in days of the axis; None without a rule or a dose."""
    rule, person = view.protocol.dlt, facts.iloc[0]
    if rule is None or not axis.dosed:
        return None
    start = axis.day_of(person["last_dose_on"] if rule.counted_from == "last dose" else person["first_dose_on"]) or 0
    return start, start + rule.window_days


@piece
def _show_listings(view: View, code: str) -> None:
    """The tables behind the picture, one a tab; only the open one is read and made."""
    listings = {
        say("Adverse events"): show_events,
        say("What was known when"): show_versions,
        say("Administrations and procedures"): _show_given,
        say("Medication"): show_medications,
        say("Measurements"): show_measurements,
        say("History and disposition"): show_past,
        say("Reviews and comments"): show_opinions,
    }
    for tab, show in zip(st.tabs(list(listings), on_change="rerun", key="story-tabs"), listings.values(), strict=True):
        if tab.open:
            with tab:
                show(view, code)


def _show_given(view: View, code: str) -> None:
    """What was given and operated on, and what was asked for afterwards."""
    show_doses(view, code)
    show_asked(view, code)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else shorten(value)


def _said(value: Any) -> str:
    return say(_text(value)) if _text(value) else ""


if __name__ == "__main__":
    show_page("subject", render)
