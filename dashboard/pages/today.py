"""Today: who may be dosed next, from when, what blocks it; what asks for review; what is due; the newest serious events."""

import pandas as pd
import streamlit as st

from dashboard.charts.marks import grade_words
from dashboard.kept import kept
from dashboard.parts.alarms import show_alarms
from dashboard.parts.data_faults import fault_rules
from dashboard.parts.frame import show_page
from dashboard.parts.lanes import show_lanes
from dashboard.parts.live import LiveTrial, missing_rules, read_live
from dashboard.parts.reporting import note_near
from dashboard.parts.table import show_table
from dashboard.parts.words import Tone, show_answer, show_fact, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.data_faults import data_fault_counts
from db.queries.dosed import dosed
from db.queries.due import missing_visits, open_questions
from db.queries.event_listing import EventFilter, event_listing, event_tally
from trial.clocks.due import AHEAD_DAYS, compute_due
from trial.signals.intervals import describe_interval
from trial.tables import DLT_LEDGER

NEWEST = 10
LANES = 12


def render(view: View) -> None:
    """Show the page."""
    live = read_live(view)
    due = _read_due(view)
    if live is None:
        show_missing(
            say("Who may be dosed next cannot be said for this study."),
            say("The protocol does not declare {parts}. Declare them in its file and load it as a new version.", parts=missing_rules(view)),
        )
    else:
        _show_state(view, live, due)
    show_alarms(view)
    _show_lanes(view)
    _show_due(due)
    note_near(view)
    _show_faults(view)
    _show_serious(view)


def _show_state(view: View, live: LiveTrial, due: pd.DataFrame) -> None:
    """The answer and, beside it, the counts of the cohort under way and of what is overdue."""
    labels = {level.number: level.label for level in view.protocol.dose_levels}
    dose = labels.get(live.standing.level, str(live.standing.level))
    answer, given, dlt, late = st.columns([2.6, 1, 1, 1], gap="small")
    with answer, st.container(border=True, height="stretch"):
        _show_gate(live, labels)
    part = view.protocol.escalation
    assert part is not None
    counted, pending = len(live.standing.here), len(live.standing.pending)
    with given, st.container(border=True, height="stretch"):
        planned = counted + live.standing.places if counted else part.cohort_size
        show_fact(
            say("{dose} · dosed", dose=dose),
            say("{n} of {planned}", n=counted, planned=planned),
            say("{pending} pending, {evaluable} evaluable", pending=pending, evaluable=counted - pending),
        )
    with dlt, st.container(border=True, height="stretch"):
        _show_dlt(live, dose)
    with late, st.container(border=True, height="stretch"):
        overdue = int((due["state"] == "overdue").sum())
        coming = say("{n} more due within {days} days", n=len(due) - overdue, days=AHEAD_DAYS)
        show_fact(say("Overdue"), str(overdue), coming, tone="caution" if overdue else "plain")


def _show_lanes(view: View) -> None:
    """Every dosed subject on one axis; in a large trial those dosed last, with how many are not shown."""
    codes = view.read(dosed)["subject"]
    if codes.empty:
        return
    st.subheader(say("Every dosed subject") if len(codes) <= LANES else say("The subjects dosed last"), anchor=False)
    show_lanes(view, tuple(codes.tail(LANES)), key="today-lanes")
    if len(codes) > LANES:
        show_note(say("{shown} of {count} dosed subjects; the others are on the Cohorts page.", shown=LANES, count=f"{len(codes):,}"))


def _show_gate(live: LiveTrial, labels: dict[int, str]) -> None:
    """The next dosing slot in one sentence, then each blocker with its evidence, what is clear, and the rule's reason."""
    gate = live.gate
    if gate is None:
        show_missing(say("The next dosing day cannot be computed."), say("The protocol does not declare [stagger]."))
        return
    dose = labels.get(gate.dose_level or 0, "")
    blocked = [say("Blocked by {rule}: {evidence}", rule=check.rule, evidence=check.evidence) for check in gate.blockers]
    clear = " · ".join(translate(check.evidence) for check in gate.checks if check.passed)
    tone: Tone = "caution" if gate.blockers else "good"
    if gate.dose_level is None:
        sentence, tone = say("No further dosing"), "stop"
    elif gate.waits:
        sentence = say("No dosing before {day}: the next dose is decided when the cohort is complete", day=gate.not_before)
    elif gate.opens_on is None:
        sentence, tone = say("Nobody may be dosed at {dose} yet", dose=dose), "stop"
    else:
        sentence = say("Next dosing from {day} at {dose}", day=gate.opens_on, dose=dose)
    rule = say("The rule: {because}", because=live.decision.because)
    show_answer(sentence, [*blocked, say("Clear: {list}", list=clear) if clear else "", rule], tone=tone)


def _show_dlt(live: LiveTrial, dose: str) -> None:
    """DLTs among the evaluable at the dose under way, with the exact interval."""
    evaluable = len(live.standing.here) - len(live.standing.pending)
    label = say("{dose} · DLT", dose=dose)
    if not evaluable:
        show_fact(label, say("0 of 0"), say("nobody is evaluable yet"))
        return
    tone: Tone = "stop" if live.standing.dlts > 1 else "caution" if live.standing.dlts else "plain"
    text = say("{interval} of the evaluable", interval=describe_interval(live.standing.dlts, evaluable))
    show_fact(label, say("{n} of {planned}", n=live.standing.dlts, planned=evaluable), text, tone=tone)


@kept
def _read_due(view: View) -> pd.DataFrame:
    """DUE_ITEMS of the visits, judgements and windows at the cut-off."""
    live = read_live(view)
    schedule = tuple((visit.code, visit.day) for visit in view.protocol.visits if visit.day > 0)
    visits = view.read(missing_visits, schedule=schedule, ahead_days=AHEAD_DAYS)
    ledger = DLT_LEDGER.empty() if live is None else live.ledger[live.ledger["subject"].isin(view.read(dosed)["subject"])]
    return compute_due(visits, view.read(open_questions), ledger, view.protocol.visits, view.as_of.day)


def _show_due(due: pd.DataFrame) -> None:
    st.subheader(say("Due and overdue"), anchor=False)
    items = due.assign(what=[translate(text) for text in due["what"]], when=[translate(text) for text in due["when"]])
    headings = {"due_on": say("due"), "when": say("state"), "what": say("what"), "subject": say("subject"), "site": say("site")}
    show_table(items, key="due", subject="subject", headings=headings, rows=10)


def _show_faults(view: View) -> None:
    """How many events, worksheets, answers and deaths contradict themselves or the trial, where some do."""
    broken = int(view.read(data_fault_counts, **fault_rules(view))["events"].sum()) if view.sees(data_fault_counts) else 0
    if broken:
        show_note(
            say(
                "Adverse events, worksheets, answers and deaths that break a rule of data review: {events}; the Data page lists them.",
                events=f"{broken:,}",
            )
        )


def _show_serious(view: View) -> None:
    """The serious events that began last, and how many there are in all."""
    st.subheader(say("Newest serious events"), anchor=False)
    only = EventFilter(serious=True)
    events = view.read(event_listing, filters=only, limit=NEWEST)
    tally = view.read(event_tally, filters=only).iloc[0]
    show_note(
        say("{events} serious events of {subjects} subjects so far", events=f"{tally['events']:,}", subjects=f"{tally['subjects']:,}")
    )
    events = events.assign(
        outcome=[say(text) if isinstance(text, str) else text for text in events["outcome"]],
        grade=[grade_words(row.grade, row.severity) for row in events.itertuples(index=False)],
    )
    headings = {
        "onset": say("onset"),
        "subject": say("subject"),
        "term": say("term"),
        "grade": say("grade"),
        "study_day": say("study day"),
        "outcome": say("outcome"),
    }
    show_table(events, key="serious", subject="subject", headings=headings, rows=10)


if __name__ == "__main__":
    show_page("today", render)
