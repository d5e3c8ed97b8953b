"""The signals page: the state of every declared monitor, how far it is from pausing, and what was to be expected anyway."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.incidence import draw_incidence
from dashboard.charts.marks import grade_words
from dashboard.charts.signals import draw_background, draw_boundary, draw_density, draw_monitors
from dashboard.numbers import decimal
from dashboard.parts.events import holds
from dashboard.parts.figure import show_figure
from dashboard.parts.frame import show_page
from dashboard.parts.recurrence import show_recurrence
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import Tone, show_answer, show_facts, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.events import event_overview
from db.queries.monitors import background_counts, monitor_counts, monitor_events
from trial.protocol import MonitorPart
from trial.signals.boundary import compute_boundary, compute_operating
from trial.signals.expected import compare_with_background
from trial.signals.incidence import compute_incidence
from trial.signals.intervals import describe_interval, describe_percent, describe_rate, describe_reach
from trial.signals.monitor import PAUSE, WATCH, describe_left, describe_rule, judge_monitors, pause_rule, watch_rule
from trial.signals.posterior import compute_density, compute_posterior

MOST_DRAWN = 1000
"""A boundary is drawn for up to this many subjects at risk."""
FEWEST_DRAWN = 12
MOST_EVENTS = 200
NEXT_SUBJECTS = 3


def render(view: View) -> None:
    """Show the page."""
    monitors = view.protocol.monitors
    if monitors:
        counts = view.read(monitor_counts, monitors=monitors, aesi=view.protocol.aesi)
        states = judge_monitors(counts, monitors)
        _show_answer(states, int(counts["dosed"].max()))
        _show_states(view, states)
        _show_one(view, states)
    else:
        _show_without_monitors(view)
    _show_background(view)
    show_recurrence(view)


def _show_answer(states: pd.DataFrame, dosed: int) -> None:
    """What asks for a pause, what is watched, and what zero events leave open."""
    if not dosed:
        show_answer(say("Nobody has been dosed yet: every monitor is quiet."))
        return
    pausing, watching = (states[states["state"] == state] for state in (PAUSE, WATCH))
    tone: Tone = "stop" if len(pausing) else "caution" if len(watching) else "good"
    if len(pausing):
        sentence = say(
            "Pause and review asked for by {n} of {all} monitors: {names}.", n=len(pausing), all=len(states), names=_names(pausing)
        )
    elif len(watching):
        sentence = say(
            "No monitor asks for a pause; {n} of {all} to be watched: {names}.", n=len(watching), all=len(states), names=_names(watching)
        )
    else:
        sentence = say("No monitor asks for a pause: all {n} are quiet.", n=len(states))
    silent = states[(states["subjects"] == 0) & (states["at_risk"] > 0)]
    basis = [f"{one.label}: {translate(one.action)}" for one in pausing.itertuples()]
    basis += [translate(describe_reach(int(silent["at_risk"].min())))] if len(silent) else []
    show_answer(sentence, basis, tone=tone)


def _names(states: pd.DataFrame) -> str:
    rates = [describe_rate(int(one.subjects), int(one.at_risk)) for one in states.itertuples()]
    return "; ".join(f"{label}: {translate(rate)}" for label, rate in zip(states["label"], rates, strict=True))


def _show_states(view: View, states: pd.DataFrame) -> None:
    st.subheader(say("Every monitor, worst first"), anchor=False)
    alt = say("Rate of each monitor with its exact interval and its target")
    show_figure(draw_monitors(states, colours=view.colours), key="monitors", alt=alt)
    rows = list(states.itertuples())
    table = states.assign(
        state_words=[say(one.state) for one in rows],
        counted=[say("{n} of {all}", n=one.subjects, all=one.at_risk) for one in rows],
        interval=[translate(describe_interval(int(one.subjects), int(one.at_risk))) for one in rows],
        tolerated=[say("none: first event") if one.at_once else describe_percent(one.target) for one in rows],
        chance=["" if pd.isna(one.chance_above) else describe_percent(one.chance_above) for one in rows],
        until=[translate(describe_left(None if pd.isna(one.left) else int(one.left), one.state)) for one in rows],
        still_open=[_pending(one) for one in rows],
    )
    shown = ["state_words", "label", "counted", "interval", "tolerated", "chance", "until"]
    shown += ["still_open"] if states["pending"].any() else []
    headings = {
        "state_words": say("State at the cut-off"),
        "label": say("Monitor"),
        "counted": say("With event, of at risk"),
        "interval": say("Exact 95% interval"),
        "tolerated": say("Target"),
        "chance": say("Pr(rate > target)"),
        "until": say("Until it pauses"),
        "still_open": say("Pending, best to worst"),
    }
    show_table(table, key="monitor-table", headings={name: headings[name] for name in shown}, rows=len(table))
    show_note(
        say(
            "Counted: treatment-emergent events of dosed subjects. At risk: observed to the end of the monitor's window, or with an event; "
            "pending: the window is still open. A monitor is an alarm for people: it asks for a review, it decides nothing."
        )
    )
    offer_download(view, "monitors", lambda: states)


def _pending(one: Any) -> str:
    """How many are pending, and the states that they can lead to."""
    if not one.pending:
        return say("none")
    return say("{n}: {best} to {worst}", n=one.pending, best=say(one.if_pending_clear), worst=say(one.if_pending_all))


def _show_one(view: View, states: pd.DataFrame) -> None:
    st.subheader(say("One monitor, and who is behind it"), anchor=False)
    labels = dict(zip(states["monitor"], states["label"], strict=True))

    @piece
    def one_monitor() -> None:
        code = st.selectbox(
            say("Monitor"), list(labels), key="signals-monitor", format_func=labels.__getitem__, label_visibility="collapsed"
        )
        _show_chosen(view, states, code if code in labels else next(iter(labels)))

    one_monitor()


def _show_chosen(view: View, states: pd.DataFrame, chosen: str) -> None:
    """One monitor: its pictures, its rule in words, and the events that it counts."""
    monitor = next(part for part in view.protocol.monitors if part.code == chosen)
    state = next(states[states["monitor"] == chosen].itertuples())
    facts = [(say("If it pauses"), translate(monitor.action)), (say("Rule"), translate(describe_rule(monitor)))]
    if monitor.target is not None and not monitor.at_once:
        facts += _draw_one(view, monitor, state)
    show_facts(facts)
    if not view.sees(monitor_events):
        return
    events = view.read(monitor_events, monitor=monitor, aesi=view.protocol.aesi, limit=MOST_EVENTS)
    if events.empty:
        show_note(translate(describe_reach(int(state.at_risk))))
        return
    _show_events(events, int(state.events))


def _draw_one(view: View, monitor: MonitorPart, state: Any) -> list[tuple[str, str]]:
    """Draw the boundary with today's point and the belief about the rate; return what is believed and what the rule can do."""
    target, last = float(monitor.target or 0), _last_drawn(view, state)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        boundary = compute_boundary(watch_rule(monitor), pause_rule(monitor), last)
        if state.at_risk + state.pending <= MOST_DRAWN:
            figure = draw_boundary(boundary, pd.DataFrame([state]), colours=view.colours)
            show_figure(figure, key=f"boundary-{monitor.code}", alt=say("Boundary of the monitor with today's point"))
        else:
            show_note(say("With more than {n} subjects at risk the boundary is not drawn.", n=f"{MOST_DRAWN:,}"))
    with right, st.container(border=True, height="stretch"):
        after = compute_posterior(int(state.subjects), int(state.at_risk), monitor.prior)
        until = min(1.0, max(after.quantile(0.999), 2 * target) * 1.1)
        density = compute_density(int(state.subjects), int(state.at_risk), monitor.prior, until=until)
        figure = draw_density(density, target=target, colours=view.colours)
        show_figure(figure, key=f"density-{monitor.code}", alt=say("Belief about the true rate before and after the data"))
    belief = after.interval()
    limits = {"lower": describe_percent(belief.lower), "upper": describe_percent(belief.upper)}
    return [
        (say("Belief"), _describe_belief(monitor, state)),
        (say("Credible interval"), say("{lower} to {upper} (95%)", **limits)),
        (say("How often it pauses"), _describe_operating(monitor, last)),
    ]


def _last_drawn(view: View, state: Any) -> int:
    """The number of subjects to which a boundary is drawn: those planned, or those there are."""
    planned = view.protocol.accrual.planned_subjects if view.protocol.accrual else 0
    return min(max(planned, int(state.at_risk + state.pending), FEWEST_DRAWN), MOST_DRAWN)


def _describe_belief(monitor: MonitorPart, state: Any) -> str:
    """The chance that the rate exceeds the target, and of an event among the next subjects."""
    after = compute_posterior(int(state.subjects), int(state.at_risk), monitor.prior)
    return say(
        "Pr(rate > {target}) = {chance}; at least one event in the next {n} subjects: {next}",
        target=describe_percent(monitor.target or 0),
        chance=describe_percent(state.chance_above),
        n=NEXT_SUBJECTS,
        next=describe_percent(after.chance_of_any(NEXT_SUBJECTS)),
    )


def _describe_operating(monitor: MonitorPart, subjects: int) -> str:
    """How often the rule pauses a trial of this size at the target rate and at multiples of it."""
    target = float(monitor.target or 0)
    rates = [rate for rate in (target, 2 * target, 4 * target) if rate < 1]
    found = [compute_operating(pause_rule(monitor), subjects, rate) for rate in rates]
    parts = [
        say("{chance} if the true rate is {rate}", chance=describe_percent(o.chance_to_stop), rate=describe_percent(o.rate)) for o in found
    ]
    return say("in a trial of {n} subjects, looked at after each: {parts}", n=f"{subjects:,}", parts="; ".join(parts))


def _show_events(events: pd.DataFrame, count: int) -> None:
    rows = list(events.itertuples())
    table = events.assign(
        graded=[grade_words(one.grade, one.severity) + (f", {say('serious')}" if holds(one.serious) else "") for one in rows],
        ended=["" if pd.isna(one.outcome) else say(one.outcome) for one in rows],
    )
    headings = {"subject": say("Subject"), "cohort": say("Cohort"), "term": say("Term"), "graded": say("Grade and marks")}
    headings |= {"onset": say("Onset"), "study_day": say("Study day"), "ended": say("Outcome"), "event": say("Event")}
    show_table(table, key="monitor-events", headings=headings, subject="subject")
    if count > len(events):
        show_note(say("The newest {n} of {all} events.", n=len(events), all=f"{count:,}"))


def _show_without_monitors(view: View) -> None:
    """What is missing, and the rates that any trial is watched for."""
    overview = view.read(event_overview, aesi=view.protocol.aesi)
    dosed = int(overview.loc[overview["measure"] == "any", "dosed"].sum())
    show_answer(say("No safety monitor is declared: nothing can be called a signal."), [say("{n} subjects dosed.", n=f"{dosed:,}")])
    show_missing(
        say("The protocol declares no [[monitors]]."),
        say(
            "Declare each with code, label, counts (which events), target (tolerated rate), prior, watch_above, pause_above and action, "
            "or with at_once = true; then load the protocol file as a new version."
        ),
    )
    if not dosed:
        return
    st.subheader(say("Rates without a target"), anchor=False)
    names = {"severe": say("grade 3 or above, or severe"), "serious": say("serious")}
    names |= {"criterion": say("serious, or meeting a criterion of it"), "fatal": say("fatal")}
    alt = say("Share of dosed subjects with each kind of event, by cohort, with exact 95% intervals")
    show_figure(draw_incidence(compute_incidence(overview), names, colours=view.colours), key="rates", alt=alt)


def _show_background(view: View) -> None:
    st.subheader(say("Observed against expected"), anchor=False)
    rates = view.protocol.background_rates
    if not rates:
        show_missing(
            say("The protocol declares no [[background_rates]]."),
            say("Declare each with code, label, terms, low, central, high, window, ascertainment and source."),
        )
        return
    table = compare_with_background(view.read(background_counts, rates=rates), rates)
    if not table["dosed"].any():
        show_note(say("Nobody has been dosed yet."))
        return
    alt = say("Observed share of each event with its interval against the range of its background rate")
    show_figure(draw_background(table, colours=view.colours), key="background", alt=alt)
    rows = list(table.itertuples())
    shown = table.assign(
        observed=[translate(describe_rate(int(one.subjects), int(one.dosed))) for one in rows],
        expected_range=[" · ".join(decimal(n) for n in (one.expected_low, one.expected, one.expected_high)) for one in rows],
        ratio_words=[_ratio(one) for one in rows],
        by_chance=[_by_chance(one) for one in rows],
        reading_words=[translate(one.reading) for one in rows],
    )
    headings = {"label": say("Event"), "observed": say("Observed"), "expected_range": say("Expected: low · central · high")}
    headings |= {
        "reading_words": say("In words"),
        "ratio_words": say("Observed / expected"),
        "by_chance": say("As many by chance: low · central · high"),
    }
    headings |= {"window": say("Background counted over"), "ascertainment": say("Found by"), "source": say("Source")}
    show_table(shown, key="background-table", headings=headings, rows=len(shown))
    show_note(
        say(
            "Background rates differ up to tenfold by how hard one looks, so each stands as a range; a chance below 5% is called more than "
            "expected. Follow-up here is not matched to the window of the background."
        )
    )
    offer_download(view, "observed-expected", lambda: table)


def _by_chance(one: Any) -> str:
    """The chance of at least as many at each of the three rates; nothing where none was observed."""
    return " · ".join(describe_percent(p) for p in (one.chance_low, one.chance, one.chance_high)) if one.subjects else ""


def _ratio(one: Any) -> str:
    """Observed over expected at the central rate, with its interval."""
    if pd.isna(one.ratio):
        return ""
    return say("{ratio} ({lower} to {upper})", ratio=decimal(one.ratio), lower=decimal(one.ratio_lower), upper=decimal(one.ratio_upper))


if __name__ == "__main__":
    show_page("signals", render)
