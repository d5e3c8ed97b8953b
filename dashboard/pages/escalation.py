"""Escalation: what the rule says on today's data, why, and what could come next."""

import pandas as pd
import streamlit as st

from dashboard.charts.escalation import WIDE, draw_decision_table, draw_dose_rates
from dashboard.parts.figure import show_figure
from dashboard.parts.frame import show_page
from dashboard.parts.live import LiveTrial, missing_rules, read_live
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import Tone, show_answer, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from trial.clocks.dlt_window import DLT, NOT_EVALUABLE, PENDING
from trial.escalation.outcomes import parse_outcomes
from trial.escalation.pathways import predict_outcomes
from trial.signals.intervals import describe_percent

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
    rule, committee = st.columns([3, 2], gap="medium")
    with rule, st.container(border=True, height="stretch"):
        _show_decision(live, labels)
    with committee, st.container(border=True, height="stretch"):
        _show_committee(live, labels)
    table, rates = st.columns([3, 2], gap="medium")
    with table:
        _show_table(view, live, labels)
    with rates:
        st.subheader(say("DLT rate of each dose"), anchor=False)
        figure = draw_dose_rates(live.design.estimates(live.state), labels, colours=view.colours, target=live.design.target)
        show_figure(figure, key="dose-rates", alt=say("DLT rate of each dose level with its exact 95% interval"))
    _show_next(live, labels)
    _show_subjects(view, live, labels)


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


def _show_committee(live: LiveTrial, labels: dict[int, str]) -> None:
    """The committee's last word and whether it follows the rule."""
    if live.decisions.empty:
        show_answer(say("The committee has not decided yet."), [say("0 decisions recorded up to this cut-off.")])
        return
    last = live.decisions.iloc[-1]
    following = labels.get(int(last["next_level"]), "") if pd.notna(last["next_level"]) else ""
    show_answer(
        say("Committee, {day}: {decision} {dose}", day=last["decided_at"].date(), decision=say(last["decision"]), dose=following),
        [str(last["rationale"])[:400], say("{n} decisions recorded up to this cut-off.", n=len(live.decisions))],
    )


def _show_table(view: View, live: LiveTrial, labels: dict[int, str]) -> None:
    st.subheader(say("The rule's table, with today's state and the way there"), anchor=False)
    part = view.protocol.escalation
    assert part is not None
    dose = labels.get(live.standing.level, str(live.standing.level))
    way = _way(live)
    table = live.design.table(min(max(part.max_per_dose, len(live.standing.here), 3), MOST_COLUMNS))
    figure = draw_decision_table(table, way if len(way) <= MOST_COLUMNS else [], colours=view.colours, dose=dose)
    show_figure(figure, key="decision-table", alt=say("Decision table of the design with the counts of today framed"))
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


def _way(live: LiveTrial) -> list[tuple[int, int]]:
    """Counts at the dose under way after each subject became known, in the order of dosing."""
    known = live.standing.here[live.standing.here["state"] != PENDING]
    path, dlts = [], 0
    for number, state in enumerate(known["state"], 1):
        dlts += state == DLT
        path.append((number, dlts))
    return path


def _show_next(live: LiveTrial, labels: dict[int, str]) -> None:
    """Each result of the unknown or next subjects at this dose, what the rule would then say, and how likely it is."""
    outcomes = predict_outcomes(live.design, live.state, cohorts=1)
    if outcomes.empty:
        return
    st.subheader(say("What could come next"), anchor=False)
    cohorts = [parse_outcomes(path, live.state.top)[-1] for path in outcomes["path"]]
    outcomes = outcomes.assign(
        when=[say("{dlt} DLT in the next {n} at {dose}", dlt=c.dlt, n=len(c.outcomes), dose=labels.get(c.dose, "")) for c in cohorts],
        then=[_say_step(row.action, row.dose_level, labels) for row in outcomes.itertuples(index=False)],
        chance=[describe_percent(chance) for chance in outcomes["probability"]],
    )
    headings = {"when": say("if there are"), "then": say("then the rule says"), "chance": say("chance, from today's posterior")}
    show_table(outcomes, key="next", headings=headings)
    show_note(say("The next subjects include those still pending. The chance is posterior predictive with a uniform prior at this dose."))


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


def _show_subjects(view: View, live: LiveTrial, labels: dict[int, str]) -> None:
    st.subheader(say("The subjects behind the counts"), anchor=False)
    ledger = live.ledger.sort_values(["dose_level", "first_dose_on"], ascending=[False, False], kind="stable")
    ledger = ledger.assign(
        dose=[labels.get(level, "") for level in ledger["dose_level"].fillna(0)],
        because=[translate(text) for text in ledger["because"]],
        state=[say(state) for state in ledger["state"]],
    )
    show_table(
        ledger.head(500),
        key="ledger",
        subject="subject",
        headings={
            "subject": say("subject"),
            "site": say("site"),
            "dose": say("dose"),
            "first_dose_on": say("dosed on"),
            "window_ends_on": say("window ends"),
            "state": say("state"),
            "because": say("because"),
        },
    )
    offer_download(view, "dlt-ledger", lambda: live.ledger)


if __name__ == "__main__":
    show_page("escalation", render)
