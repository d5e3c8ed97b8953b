"""Escalation: what the rule says on today's data, why, and what could come next."""

import pandas as pd
import streamlit as st

from dashboard.charts.escalation import WIDE, draw_decision_table, draw_dose_rates
from dashboard.parts.committee import review_committee, show_committee, show_review
from dashboard.parts.dlt_ledger import show_ledger, show_questions
from dashboard.parts.figure import show_figure
from dashboard.parts.foresight import show_tree, show_what_if
from dashboard.parts.frame import show_page
from dashboard.parts.live import LiveTrial, missing_rules, read_live
from dashboard.parts.signatures import show_signatures
from dashboard.parts.words import Tone, show_answer, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from trial.clocks.dlt_window import DLT, EVALUABLE, NOT_EVALUABLE, PENDING

MOST_COLUMNS = 24

TONES: dict[str, Tone] = {"escalate": "good", "stay": "plain", "wait": "plain", "de-escalate": "stop", "eliminate": "stop", "stop": "stop"}


def render(view: View) -> None:
    """Show the page."""
    live = read_live(view)
    if live is None:
        show_missing(
            say("No escalation rule can run on this study."),
            say("The protocol does not declare {parts}. Declare them in its file and load it as a new version.", parts=missing_rules(view)),
        )
        return
    labels = {level.number: level.label for level in view.protocol.dose_levels}
    reviewed = review_committee(view)
    rule, committee = st.columns([3, 2], gap="medium")
    with rule, st.container(border=True, height="stretch"):
        _show_decision(live, labels)
    with committee, st.container(border=True, height="stretch"):
        show_committee(live, reviewed, labels)
    table, rates = st.columns([3, 2], gap="medium")
    with table:
        _show_table(view, live, labels)
    with rates:
        _show_rates(view, live, labels)
    show_tree(view, live, labels)
    show_what_if(view, live, labels)
    show_ledger(view, live, labels)
    show_questions(view, live)
    show_review(view, reviewed, len(live.decisions), labels)
    if len(live.decisions):
        show_signatures(view)


def _show_decision(live: LiveTrial, labels: dict[int, str]) -> None:
    """The rule's answer first, then what it was counted on."""
    decision = live.decision
    basis = [translate(decision.because), *_count_lines(live)]
    show_answer(_say_step(decision.action, decision.dose, labels), basis, tone=TONES[decision.action])


def _count_lines(live: LiveTrial) -> list[str]:
    """The subjects behind each count at the dose under way, by code."""
    here, lines = live.standing.here, []
    names = {DLT: say("Counted with a DLT"), "evaluable": say("Counted without"), PENDING: say("Not yet known")}
    for state, name in names.items():
        codes = here[here["state"] == state]["subject"].tolist()
        if codes:
            lines.append(say("{name}: {list}", name=name, list=f"{', '.join(codes[:12])}{' …' if len(codes) > 12 else ''}"))
    out = live.ledger[(live.ledger["dose_level"] == live.standing.level) & (live.ledger["state"] == NOT_EVALUABLE)]["subject"].tolist()
    if out:
        lines.append(say("Not evaluable, to be replaced: {codes}", codes=", ".join(out[:12])))
    return lines


def _show_table(view: View, live: LiveTrial, labels: dict[int, str]) -> None:
    st.subheader(say("The rule's table, with today's state and the way there"), anchor=False)
    part = view.protocol.escalation
    assert part is not None
    dose = labels.get(live.standing.level, str(live.standing.level))
    way = _way(live, live.standing.level)
    earlier = {level: _way(live, level) for level in live.state.tried if level != live.standing.level}
    table = live.design.table(min(max(part.max_per_dose, len(live.standing.here), 3), MOST_COLUMNS))
    figure = draw_decision_table(
        table,
        way if len(way) <= MOST_COLUMNS else [],
        colours=view.colours,
        dose=dose,
        earlier={f"{level} {labels.get(level, '')}": path for level, path in earlier.items() if path and len(path) <= MOST_COLUMNS},
    )
    show_figure(figure, key="decision-table", alt=say("Decision table of the design with the counts of today framed"))
    if earlier:
        show_note(say("Dotted: the way taken at {dose}, the frame is today. In brackets: the dose levels that stand elsewhere.", dose=dose))
    if int(table["n"].max()) > WIDE:
        show_note(say("E escalate, S stay, D de-escalate, DU de-escalate and never return."))
    if len(way) > MOST_COLUMNS:
        show_note(say("{n} evaluable subjects lie beyond this table; the decision above counts them all.", n=len(way)))
    source = say(
        "{design} Source: {source} Cells assume that a lower and a higher dose are open.",
        design=say(live.design.summary),
        source=say(live.design.source),
    )
    show_note(source)


def _way(live: LiveTrial, level: int) -> list[tuple[int, int]]:
    """Counts at a dose level after each subject became known, in the order of dosing."""
    counted = live.ledger[(live.ledger["dose_level"] == level) & live.ledger["state"].isin([DLT, EVALUABLE])]
    path, dlts = [], 0
    for number, state in enumerate(counted["state"], 1):
        dlts += state == DLT
        path.append((number, dlts))
    return path


def _show_rates(view: View, live: LiveTrial, labels: dict[int, str]) -> None:
    """The DLT rate of each dose: observed, with its exact interval, and as the design estimates it."""
    st.subheader(say("DLT rate of each dose"), anchor=False)
    estimates = live.design.estimates(live.state)
    figure = draw_dose_rates(estimates, labels, colours=view.colours, target=live.design.target)
    show_figure(figure, key="dose-rates", alt=say("DLT rate of each dose level with its exact 95% interval"))
    if estimates["fitted"].notna().any():
        show_note(say("Dot and bar: observed, exact 95% interval. Diamond: the design's own estimate. Chance above target: uniform prior."))
    else:
        show_note(say("Dot and bar: observed, exact 95% interval; this design estimates no rates. Chance above target: uniform prior."))


def _say_step(action: str, level: object, labels: dict[int, str]) -> str:
    """A decision in a few words, with the dose by its label."""
    dose = labels.get(int(str(level)), "") if pd.notna(level) else say("none")
    words = {
        "escalate": say("Escalate to {dose}", dose=dose),
        "stay": say("Stay at {dose}", dose=dose),
        "wait": say("Wait at {dose}: dose nobody until the open windows are complete", dose=dose),
        "de-escalate": say("De-escalate to {dose}", dose=dose),
        "eliminate": say("De-escalate to {dose} and never return", dose=dose),
        "stop": say("Stop; recommended dose: {dose}", dose=dose),
    }
    return words[action]


if __name__ == "__main__":
    show_page("escalation", render)
