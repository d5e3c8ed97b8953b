"""Neurology: is anybody losing function, against the own baseline."""

import pandas as pd
import streamlit as st

from dashboard.charts.neurology import STATE_WORDS, draw_neurology
from dashboard.numbers import iso
from dashboard.parts.figure import show_figure
from dashboard.parts.frame import show_page
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import Tone, shorten, show_answer, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.dosed import dosed
from db.queries.neurology import neuro_results
from trial.signals.intervals import describe_rate
from trial.signals.neuro_course import compute_exams, compute_states, compute_thresholds
from trial.signals.neurology import Thresholds

MOST_NAMED = 12
MOST_DRAWN = 6_000


def render(view: View) -> None:
    """Show the page."""
    results = view.read(neuro_results)
    if results.empty:
        show_answer(say("No neurological examination of a dosed subject is on record."))
        show_missing(
            say("Examinations are missing."),
            say("They come as measurements of the kind neurology: UEMS, LEMS, LT, PP and AIS, one each for an examination."),
        )
        return
    thresholds = compute_thresholds(view.protocol.neurology)
    exams = compute_exams(results, thresholds)
    states = compute_states(exams, view.read(dosed)[["subject", "cohort"]])
    _show_answer(view, states, thresholds)
    _show_courses(view, exams, thresholds)
    _show_states(view, states)


def _show_answer(view: View, states: pd.DataFrame, thresholds: Thresholds) -> None:
    """Who is red or amber, of how many; then the rule."""
    examined = int((states["worst"] != "UNKNOWN").sum())
    red, amber = (states[states["worst"] == state] for state in ("RED", "AMBER"))
    tone: Tone = "stop" if len(red) else "caution" if len(amber) else "good" if examined else "plain"
    rate = translate(describe_rate(len(red), examined))
    if len(red):
        sentence = say("Loss of function, RED: {codes}; {rate} of the examined.", codes=_codes(red), rate=rate)
    elif len(amber):
        sentence = say("No loss beyond the red limit; AMBER: {codes}.", codes=_codes(amber))
    elif examined:
        sentence = say("Nobody has lost function beyond the limits: RED {rate} of the examined.", rate=rate)
    else:
        sentence = say("Nobody has been examined since the first dose.")
    lines = [say("AMBER: {codes}.", codes=_codes(amber))] if len(red) and len(amber) else []
    source = say("limits of the protocol") if view.protocol.neurology else say("proposed limits, the protocol declares none")
    lines.append(
        say(
            "RED: {motor} motor points or {steps} AIS step lost since the own baseline. AMBER: {some} motor points, {upper} of the "
            "arms, or {sensory} sensory points ({source}; no published standard fixes them).",
            motor=thresholds.red_motor,
            steps=thresholds.red_ais_steps,
            some=thresholds.amber_motor,
            upper=thresholds.amber_upper,
            sensory=thresholds.amber_sensory,
            source=source,
        )
    )
    lines.append(say("Examined since the first dose: {n} of {all} dosed.", n=examined, all=len(states)))
    show_answer(sentence, lines, tone=tone)


def _codes(rows: pd.DataFrame) -> str:
    named = ", ".join(shorten(code, 20) for code in rows["subject"].head(MOST_NAMED))
    return named + (say(" and {n} more", n=len(rows) - MOST_NAMED) if len(rows) > MOST_NAMED else "")


def _show_courses(view: View, exams: pd.DataFrame, thresholds: Thresholds) -> None:
    st.subheader(say("Each subject against its own baseline"), anchor=False)
    if exams.empty:
        show_note(say("Nobody has been examined since the first dose."))
        return
    drawn = exams if len(exams) <= MOST_DRAWN else exams[exams["state"].isin(("AMBER", "RED"))].head(MOST_DRAWN)
    alt = say("Motor and sensory points gained or lost since baseline, a line for each subject")
    show_figure(draw_neurology(drawn, thresholds, colours=view.colours), key="neurology", alt=alt, clickable=True)
    if len(drawn) < len(exams):
        show_note(say("With more than {n} examinations only those in a red or amber state are drawn.", n=f"{MOST_DRAWN:,}"))
    show_note(
        say(
            "Cross: red, diamond: amber, dot: within the limits. Baseline: the last value before or on the day of the first dose. "
            "Spontaneous recovery is to be expected after injury and is not drawn: a gain here is no effect. Motor levels are not on "
            "record, so the loss of levels, and a loss that ascends, cannot be seen on this page."
        )
    )


def _show_states(view: View, states: pd.DataFrame) -> None:
    st.subheader(say("Every dosed subject, worst first"), anchor=False)
    rows = states.assign(
        worst_words=[say(STATE_WORDS[state]) for state in states["worst"]],
        latest_words=[say(STATE_WORDS[state]) for state in states["latest"]],
        since=[iso(row.worst_on) if row.worst in ("AMBER", "RED") else "" for row in states.itertuples()],
        last=[iso(day) for day in states["latest_on"]],
        motor_words=["" if pd.isna(points) else f"{points:+g}" for points in states["motor"]],
        sensory_words=["" if pd.isna(points) else f"{points:+g}" for points in states["sensory"]],
    )
    headings = {
        "subject": say("Subject"), "cohort": say("Cohort"), "worst_words": say("Worst so far"), "since": say("First seen on"),
        "latest_words": say("Last state"), "last": say("Last examined on"), "motor_words": say("Motor, points"),
        "sensory_words": say("Sensory, points"), "ais": say("AIS"), "exams": say("Examinations"),
    }  # fmt: skip
    show_table(rows, key="neuro-states", headings=headings, subject="subject", rows=12)
    offer_download(view, "neurology", lambda: states)


if __name__ == "__main__":
    show_page("neurology", render)
