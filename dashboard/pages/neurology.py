"""Neurology: is anybody losing function, against the own baseline."""

import pandas as pd
import streamlit as st

from dashboard.charts.neurology import STATE_WORDS, draw_neurology
from dashboard.numbers import iso
from dashboard.parts.basis import show_basis
from dashboard.parts.figure import show_figure
from dashboard.parts.frame import show_page
from dashboard.parts.states import judge_function
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import Tone, shorten, show_answer, show_missing, show_note
from dashboard.parts.worksheet import show_worksheet
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.neurology import neuro_exams, neuro_levels, neuro_people, neuro_results
from trial.signals.intervals import describe_rate
from trial.signals.natural_recovery import FIRST_EXAM_DAYS, FROM_INJURY_DAYS, SOURCE, applies, place_bands
from trial.signals.neuro_course import compute_thresholds
from trial.signals.neurology import Thresholds

ASCENT_WORDS = {"RED": "RED", "AMBER": "AMBER", "NONE": "none", "UNKNOWN": "not determinable"}
"""What the state of an ascending loss is called."""
MOST_NAMED = 12
MOST_DRAWN = 6_000


def render(view: View) -> None:
    """Show the page."""
    results, levels = view.read(neuro_results), view.read(neuro_levels)
    if results.empty and levels.empty:
        show_answer(say("No neurological examination of a dosed subject is on record."))
        show_missing(
            say("Examinations are missing."),
            say("They come as measurements of the kind neurology: UEMS, LEMS, LT, PP and AIS, or ISNCSCI, a whole worksheet."),
        )
        return
    thresholds = compute_thresholds(view.protocol.neurology)
    exams = view.read(neuro_exams, neurology=view.protocol.neurology)
    states = judge_function(view)
    _show_answer(view, states, thresholds)
    _show_courses(view, exams, thresholds)
    _show_states(view, states)
    if not levels.empty:
        show_worksheet(view, states["subject"].tolist())


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
    lines += _tell_ascents(states)
    source = say("limits of the protocol") if view.protocol.neurology else say("proposed limits, the protocol declares none")
    lines.append(
        say(
            "RED: {motor} motor points, {levels} motor levels on a side or {steps} AIS step lost since the own baseline, or a loss that "
            "ascends {levels} segments. AMBER: {some} motor points, {upper} of the arms, {sensory} sensory points, or {one} level or "
            "segment ({source}; a proposal: no published standard fixes them).",
            motor=thresholds.red_motor,
            levels=thresholds.red_levels,
            steps=thresholds.red_ais_steps,
            some=thresholds.amber_motor,
            upper=thresholds.amber_upper,
            sensory=thresholds.amber_sensory,
            one=thresholds.amber_levels,
            source=source,
        )
    )
    lines.append(say("Examined since the first dose: {n} of {all} dosed.", n=examined, all=len(states)))
    show_answer(sentence, lines, tone=tone)


def _tell_ascents(states: pd.DataFrame) -> list[str]:
    """Who has a loss that ascends, by the worksheets; of how many."""
    told = states[states["ascending"] != "UNKNOWN"]
    known = say("worksheets before and after the dose tell it of {n} of {all} dosed", n=len(told), all=len(states))
    red, amber = (told[told["ascending"] == state] for state in ("RED", "AMBER"))
    if red.empty and amber.empty:
        return [say("No ascending loss, {known}.", known=known)] if len(told) else [say("Whether a loss ascends: {known}.", known=known)]
    named = [f"{say(state)} {_codes(rows)}" for state, rows in (("RED", red), ("AMBER", amber)) if len(rows)]
    return [
        say(
            "Ascending loss (level of injury nearer to the head, or a key muscle above it lost): {codes}; {known}.",
            codes="; ".join(named),
            known=known,
        )
    ]


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
    people = view.read(neuro_people)
    recovery = place_bands(people)
    figure = draw_neurology(drawn, thresholds, colours=view.colours, recovery=recovery)
    show_figure(figure, key="neurology", alt=alt, clickable=True)
    if len(drawn) < len(exams):
        show_note(say("With more than {n} examinations only those in a red or amber state are drawn.", n=f"{MOST_DRAWN:,}"))
    show_basis(
        view,
        say("Dosed subjects examined since the first dose, n = {n}", n=f"{exams['subject'].nunique():,}"),
        say(
            "Cross: red, diamond: amber, dot: within the limits. Baseline: the last value before the first dose; of its day, where the "
            "hour is not known, only one that is flagged as baseline or the only one. Later ones of that day stand at day 0."
        ),
    )
    _tell_recovery(people, recovery, int(drawn["day"].max()))


def _tell_recovery(people: pd.DataFrame, recovery: tuple[float, float] | None, last: int) -> None:
    """What is drawn of natural recovery, from what source, for whom; or why nothing is."""
    whom = int(applies(people).sum())
    show_note(
        say(
            "Natural recovery is to be expected, and a gain here is no effect. Boxes: change of the arms without treatment under trial, "
            "mean ± one standard deviation, between day {first} and day {last} after injury in motor complete tetraplegia, AIS A "
            "(solid) and B (dotted), 187 people ({source}). Baselines here are later, so less is to be expected. They are for {n} of {all} "
            "dosed; for other grades and levels, sensation and the days between no figures have a source here, and none are drawn.",
            first=round(FIRST_EXAM_DAYS),
            last=f"{FROM_INJURY_DAYS[0]:.0f}-{FROM_INJURY_DAYS[1]:.0f}",
            source=SOURCE,
            n=whom,
            all=len(people),
        )
    )
    if recovery is None:
        show_note(say("They are not drawn: of none of these the days from injury to the dose are on record."))
    elif recovery[0] > last:
        show_note(say("They stand from day {day} after the dose on, which nobody has reached.", day=round(recovery[0])))


def _show_states(view: View, states: pd.DataFrame) -> None:
    st.subheader(say("Every dosed subject, worst first"), anchor=False)
    rows = states.assign(
        worst_words=[say(STATE_WORDS[state]) for state in states["worst"]],
        latest_words=[say(STATE_WORDS[state]) for state in states["latest"]],
        since=[iso(row.worst_on) if row.worst in ("AMBER", "RED") else "" for row in states.itertuples()],
        last=[iso(day) for day in states["latest_on"]],
        motor_words=["" if pd.isna(points) else f"{points:+g}" for points in states["motor"]],
        ascending_words=[say(ASCENT_WORDS[state]) for state in states["ascending"]],
        sensory_words=["" if pd.isna(points) else f"{points:+g}" for points in states["sensory"]],
    )
    headings = {
        "subject": say("Subject"), "cohort": say("Cohort"), "worst_words": say("Worst so far"), "since": say("First seen on"),
        "latest_words": say("Last state"), "last": say("Last examined on"), "motor_words": say("Motor, points"),
        "sensory_words": say("Sensory, points"), "ais": say("AIS"), "ascending_words": say("Ascending loss"), "exams": say("Examinations"),
    }  # fmt: skip
    show_table(rows, key="neuro-states", headings=headings, subject="subject", rows=12)
    offer_download(view, "neurology", states)


if __name__ == "__main__":
    show_page("neurology", render)
