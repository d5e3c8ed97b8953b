"""Today: who may be dosed next, from when, what blocks it; what is due; the newest serious events."""

import streamlit as st

from dashboard.parts.frame import show_page
from dashboard.parts.live import LiveTrial, missing_rules, read_live
from dashboard.parts.table import show_table
from dashboard.parts.words import Tone, show_answer, show_fact, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.due import missing_visits, open_questions
from trial.clocks.dosing_gate import Gate
from trial.clocks.due import AHEAD_DAYS, compute_due
from trial.signals.intervals import describe_interval
from trial.tables import DLT_LEDGER


def render(view: View) -> None:
    """Show the page."""
    live = read_live(view)
    if live is None:
        show_missing(
            say("Who may be dosed next cannot be said for this study."),
            say("The protocol does not declare {parts}. Declare them in its file and load it as a new version.", parts=missing_rules(view)),
        )
    else:
        _show_state(view, live)
    due, serious = st.columns(2, gap="medium")
    with due:
        _show_due(view, live)
    with serious:
        _show_serious(view)


def _show_state(view: View, live: LiveTrial) -> None:
    """The answer and, beside it, the counts of the cohort under way."""
    labels = {level.number: level.label for level in view.protocol.dose_levels}
    dose = labels.get(live.standing.level, str(live.standing.level))
    answer, dosed, dlt, left = st.columns([2.4, 1, 1, 1], gap="small")
    with answer, st.container(border=True, height="stretch"):
        _show_gate(live.gate, labels)
    part = view.protocol.escalation
    assert part is not None
    counted, pending = len(live.standing.here), len(live.standing.pending)
    with dosed, st.container(border=True, height="stretch"):
        planned = counted + live.standing.places if counted else part.cohort_size
        show_fact(
            say("{dose} · dosed", dose=dose),
            say("{n} of {planned}", n=counted, planned=planned),
            say("{pending} pending, {evaluable} evaluable", pending=pending, evaluable=counted - pending),
        )
    with dlt, st.container(border=True, height="stretch"):
        _show_dlt(live, dose)
    with left, st.container(border=True, height="stretch"):
        show_fact(say("The rule says"), say(live.decision.action), translate(live.decision.because))


def _show_gate(gate: Gate | None, labels: dict[int, str]) -> None:
    """The next dosing slot in one sentence, then each blocker with its evidence, then what is clear."""
    if gate is None:
        show_missing(say("The next dosing day cannot be computed."), say("The protocol does not declare [stagger]."))
        return
    dose = labels.get(gate.dose_level or 0, "")
    blocked = [say("Blocked by {rule}: {evidence}", rule=check.rule, evidence=check.evidence) for check in gate.blockers]
    clear = " · ".join(translate(check.evidence) for check in gate.checks if check.passed)
    tone: Tone = "caution" if gate.blockers else "good"
    if gate.dose_level is None:
        sentence, tone = say("No further dosing"), "stop"
    elif gate.opens_on is None:
        sentence, tone = say("Nobody may be dosed at {dose} yet", dose=dose), "stop"
    else:
        sentence = say("Next dosing from {day} at {dose}", day=gate.opens_on, dose=dose)
    show_answer(sentence, [*blocked, say("Clear: {list}", list=clear) if clear else ""], tone=tone)


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


def _show_due(view: View, live: LiveTrial | None) -> None:
    schedule = tuple((visit.code, visit.day) for visit in view.protocol.visits if visit.day > 0)
    visits = view.read(missing_visits, schedule=schedule, ahead_days=AHEAD_DAYS)
    ledger = DLT_LEDGER.empty() if live is None else live.ledger
    items = compute_due(visits, view.read(open_questions), ledger, view.protocol.visits, view.as_of.day)
    late = int((items["state"] == "overdue").sum())
    st.subheader(say("Due and overdue"), anchor=False)
    show_note(say("{late} overdue, {rest} due or coming within {days} days", late=late, rest=len(items) - late, days=AHEAD_DAYS))
    items = items.assign(what=[translate(text) for text in items["what"]], when=[translate(text) for text in items["when"]])
    headings = {"due_on": say("due"), "when": say("state"), "what": say("what"), "subject": say("subject"), "site": say("site")}
    show_table(items, key="due", subject="subject", headings=headings, rows=10)


def _show_serious(view: View) -> None:
    st.subheader(say("Newest serious events"), anchor=False)


if __name__ == "__main__":
    show_page("today", render)
