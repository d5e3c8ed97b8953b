"""What asks for a review anywhere in the trial, told on Today: each line says which page explains it.

An alarm is for people. It stops no dosing by itself: the gate counts what the protocol's rules count, and a committee decides the rest.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard.parts.recurrence import name_returning, read_recurrence
from dashboard.parts.states import find_liver_peaks, judge_declared, judge_function, judge_kidneys
from dashboard.parts.words import shorten, show_answer, show_note
from dashboard.register import entry_of
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.dosed import dosed
from db.queries.laboratory import lab_series, lab_tests
from db.queries.monitors import monitor_counts
from db.queries.neurology import neuro_exams
from trial.signals.calcineurin import SIGNAL
from trial.signals.intervals import describe_rate
from trial.signals.monitor import PAUSE, WATCH

MOST_NAMED = 6
"""So many subjects are named in a line; the page names them all."""


@dataclass(frozen=True)
class Alarm:
    """One line: the page that explains it, what it says, and whether it asks for a review now or to be watched."""

    page: str
    words: str
    urgent: bool


def list_alarms(view: View) -> list[Alarm]:
    """Return what the pages that the reader may see would say first, the urgent before the others."""
    found = [alarm for page, find in _FINDERS.items() if view.sees_page(page) for alarm in find(view)]
    return sorted(found, key=lambda alarm: not alarm.urgent)


def show_alarms(view: View) -> None:
    """Show the alarms with the way to their pages; where there is none, what was looked at; always what could not be judged."""
    if view.read(dosed).empty:
        return
    alarms = list_alarms(view)
    seen = [page for page in _FINDERS if view.sees_page(page)]
    judged = [page for page in seen if _JUDGED[page](view)]
    if alarms:
        _show_found(alarms)
    elif judged:
        show_note(say("Nothing asks for a review, by what these pages judge: {pages}.", pages=_titles(judged)))
    silent = [page for page in seen if page not in judged]
    if silent:
        show_note(say("Not judged, for want of monitors, examinations or results: {pages}.", pages=_titles(silent)))


def _show_found(alarms: list[Alarm]) -> None:
    """The alarms, a line each, with the way to their pages."""
    urgent = sum(alarm.urgent for alarm in alarms)
    sentence = say("Asks for review: {n}", n=urgent) if urgent else say("To be watched: {n}", n=len(alarms))
    lines = [say("{page}: {finding}", page=say(entry_of(alarm.page).title), finding=alarm.words) for alarm in alarms]
    lines.append(say("People decide on these; the dosing gate does not count them."))
    show_answer(sentence, lines, tone="stop" if urgent else "caution")
    pages = list(dict.fromkeys(alarm.page for alarm in alarms))
    with st.container(horizontal=True):
        for page in pages:
            st.page_link(entry_of(page).path, label=say("Open {page}", page=say(entry_of(page).title)), icon=":material/arrow_forward:")


def _titles(pages: list[str]) -> str:
    """The titles of pages in the language in use."""
    return ", ".join(say(entry_of(page).title) for page in pages)


def _find_signals(view: View) -> Iterator[Alarm]:
    """Monitors that ask for a pause or are watched, and events that come again."""
    if view.protocol.monitors and view.sees(monitor_counts):
        states = judge_declared(view)
        for one in states[states["state"].isin([PAUSE, WATCH])].itertuples():
            rate = translate(describe_rate(int(one.subjects), int(one.at_risk)))
            yield Alarm(
                "signals", say("{monitor}: {state}, {rate}", monitor=one.label, state=say(one.state), rate=rate), one.state == PAUSE
            )
    returning = name_returning(read_recurrence(view))
    if returning:
        yield Alarm("signals", returning, True)


def _find_losses(view: View) -> Iterator[Alarm]:
    """Who has lost function beyond the limits, or has a loss that ascends."""
    if not view.sees(neuro_exams):
        return
    states = judge_function(view)
    for state in ("RED", "AMBER"):
        worst = states[states["worst"] == state]
        if len(worst):
            yield Alarm("neurology", say("loss of function, {state}: {codes}", state=say(state), codes=_name(worst)), state == "RED")
    ascending = states[states["ascending"] == "RED"]
    if len(ascending):
        yield Alarm("neurology", say("a loss that ascends: {codes}", codes=_name(ascending)), True)


def _find_organs(view: View) -> Iterator[Alarm]:
    """Who meets Hy's law or may, and whose kidney suffers under its drug."""
    if not view.sees(lab_series):
        return
    peaks, readings = find_liver_peaks(view), judge_kidneys(view)
    met, missing = peaks[peaks["hys_law"]], peaks[peaks["phosphatase_missing"]]
    if len(met):
        yield Alarm("laboratory", say("the biochemical part of Hy's law: {codes}", codes=_name(met)), True)
    if len(missing):
        yield Alarm("laboratory", say("Hy's law cannot be excluded: {codes}", codes=_name(missing)), True)
    injured = readings[readings["state"] == SIGNAL] if readings is not None else peaks.iloc[:0]
    if len(injured):
        yield Alarm("laboratory", say("kidney injury after a trough above its range: {codes}", codes=_name(injured)), True)


def _name(rows: pd.DataFrame) -> str:
    """The first subjects of a table, and how many more."""
    codes = list(dict.fromkeys(rows["subject"]))
    named = ", ".join(shorten(code, 20) for code in codes[:MOST_NAMED])
    return named + (say(" and {n} more", n=len(codes) - MOST_NAMED) if len(codes) > MOST_NAMED else "")


_FINDERS: Mapping[str, Callable[[View], Iterator[Alarm]]] = {
    "signals": _find_signals,
    "neurology": _find_losses,
    "laboratory": _find_organs,
}
"""The pages whose answers are told on Today, and what is told."""
_JUDGED: Mapping[str, Callable[[View], bool]] = {
    "signals": lambda view: bool(view.protocol.monitors),
    "neurology": lambda view: view.sees(neuro_exams) and bool((judge_function(view)["worst"] != "UNKNOWN").any()),
    "laboratory": lambda view: view.sees(lab_series) and not view.read(lab_tests).empty,
}
"""Whether there is anything that a page can judge."""
