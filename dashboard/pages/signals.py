"""Signals: each declared monitor, worst first; the rule of one of them; observed against expected."""

import pandas as pd
import streamlit as st

from dashboard.charts.marks import grade_words
from dashboard.charts.signals import draw_belief, draw_boundary, draw_expected, draw_monitors
from dashboard.parts.figure import show_figure
from dashboard.parts.frame import show_page
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import Tone, show_answer, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.monitors import background_counts, monitor_counts, monitor_events
from trial.protocol import MonitorPart
from trial.signals.boundary import compute_boundary, compute_operating
from trial.signals.expected import compare_with_background
from trial.signals.intervals import describe_percent, describe_rate, describe_reach
from trial.signals.monitor import PAUSE, WATCH, describe_left, describe_rule, judge_monitors, pause_rule, watch_rule
from trial.signals.posterior import compute_density

LOOK_AHEAD = 12
# Beyond this many subjects at risk the boundary is not drawn: no Phase I trial is that large.
MOST_AT_RISK = 400


def render(view: View) -> None:
    """Show the page."""
    protocol = view.protocol
    if not protocol.monitors:
        show_missing(
            say("No monitor is declared, so no signal is watched."),
            say("Declare [[monitors]] in the protocol file (what counts, tolerated rate, prior, action) and load it as a new version."),
        )
    else:
        states = judge_monitors(view.read(monitor_counts, monitors=protocol.monitors, aesi=protocol.aesi), protocol.monitors)
        _show_answer(states)
        _show_monitors(view, states)
        _show_one(view, states)
    _show_expected(view)


def _show_answer(states: pd.DataFrame) -> None:
    """What needs review first, in words; what is watched; what little was seen so far cannot show."""
    paused, watched = (states[states["state"] == state]["label"].tolist() for state in (PAUSE, WATCH))
    at_risk = int(states["at_risk"].max())
    reach = translate(describe_reach(at_risk)) if at_risk and (states["subjects"] == 0).any() else ""
    tone: Tone = "stop" if paused else "caution" if watched else "plain"
    if paused:
        sentence = say("Pause for review: {labels}", labels="; ".join(paused))
    elif watched:
        sentence = say("Watch: {labels}", labels="; ".join(watched))
    else:
        sentence = say("All {n} monitors are quiet.", n=len(states))
    actions = [f"{row.label}: {row.action}" for row in states[states["state"] == PAUSE].itertuples(index=False)]
    also = say("Watch: {labels}", labels="; ".join(watched)) if paused and watched else ""
    show_answer(sentence, [*actions, also, reach], tone=tone)


def _show_monitors(view: View, states: pd.DataFrame) -> None:
    st.subheader(say("Every monitor, worst first"), anchor=False)
    alt = say("Share of subjects with an event for each monitor, with exact interval and tolerated rate")
    show_figure(draw_monitors(states, colours=view.colours), key="monitors", alt=alt)
    table = states.assign(
        state=[say(state) for state in states["state"]],
        share=[translate(describe_rate(row.subjects, row.at_risk)) for row in states.itertuples(index=False)],
        chance=["" if pd.isna(chance) else describe_percent(chance) for chance in states["chance_above"]],
        tolerated=["" if pd.isna(target) else describe_percent(target) for target in states["target"]],
        distance=[_distance(row) for row in states.itertuples(index=False)],
        outlook=[_outlook(row) for row in states.itertuples(index=False)],
    )
    headings = {
        "label": say("monitor"),
        "state": say("state"),
        "share": say("subjects with an event of those at risk (95%)"),
        "tolerated": say("tolerated"),
        "chance": say("Pr(rate above it)"),
        "distance": say("until it pauses"),
        "outlook": say("pending subjects"),
    }
    show_table(table, key="monitor-table", headings=headings)
    offer_download(view, "monitors", lambda: states)


def _distance(row: object) -> str:
    left = getattr(row, "left")  # noqa: B009
    return translate(describe_left(None if pd.isna(left) else int(left), str(getattr(row, "state"))))  # noqa: B009


def _outlook(row: object) -> str:
    """What the subjects still in their window can change."""
    pending, best, worst = (getattr(row, name) for name in ("pending", "if_pending_clear", "if_pending_all"))
    if not pending:
        return say("none pending")
    return say("{n}: at best {best}, at worst {worst}", n=pending, best=say(best), worst=say(worst))


@piece
def _show_one(view: View, states: pd.DataFrame) -> None:
    """One monitor: its rule in words with its false and true alarms, its boundary, its belief, and the events behind it."""
    monitors = {monitor.code: monitor for monitor in view.protocol.monitors}
    labels = dict(zip(states["monitor"], states["label"], strict=True))
    st.subheader(say("One monitor"), anchor=False)
    code = st.selectbox(say("Monitor"), list(labels), key="monitor", format_func=lambda c: labels.get(c, c))
    monitor, row = monitors[code], states[states["monitor"] == code].iloc[0]
    show_note(translate(describe_rule(monitor)))
    subjects, at_risk, pending = (int(row[name]) for name in ("subjects", "at_risk", "pending"))
    if monitor.target is not None and not monitor.at_once and at_risk + pending <= MOST_AT_RISK:
        _show_rule(view, monitor, (subjects, at_risk, pending), chance=float(row["chance_above"]))
    _show_events(view, monitor)


def _show_rule(view: View, monitor: MonitorPart, counts: tuple[int, int, int], *, chance: float) -> None:
    subjects, at_risk, pending = counts
    assert monitor.target is not None
    ahead = at_risk + pending + LOOK_AHEAD
    boundary, belief = st.columns(2, gap="medium")
    with boundary:
        table = compute_boundary(watch_rule(monitor), pause_rule(monitor), ahead)
        figure = draw_boundary(table, subjects=subjects, at_risk=at_risk, pending=pending, colours=view.colours)
        show_figure(figure, key="boundary", alt=say("Events from which the monitor watches and pauses, with today's counts"))
    with belief:
        density = compute_density(subjects, at_risk, monitor.prior)
        figure = draw_belief(density, target=monitor.target, chance=chance, colours=view.colours)
        show_figure(figure, key="belief", alt=say("Belief about the true rate before and after the data"))
    planned = view.protocol.accrual.planned_subjects if view.protocol.accrual else ahead
    false, true = (compute_operating(pause_rule(monitor), planned, rate) for rate in (monitor.target, min(3 * monitor.target, 0.99)))
    show_note(
        say(
            "Looked at after each of {n} planned subjects, this rule pauses in {false} of trials whose true rate is the tolerated "
            "{target}, and in {true} of those with {triple}.",
            n=planned,
            false=describe_percent(false.chance_to_stop),
            target=describe_percent(false.rate),
            true=describe_percent(true.chance_to_stop),
            triple=describe_percent(true.rate),
        )
    )


def _show_events(view: View, monitor: MonitorPart) -> None:
    """The events that this monitor counts; a row opens the subject."""
    events = view.read(monitor_events, monitor=monitor, aesi=view.protocol.aesi, limit=100)
    events = events.assign(
        grade=[grade_words(row.grade, row.severity) for row in events.itertuples(index=False)],
        outcome=[say(text) if isinstance(text, str) else text for text in events["outcome"]],
    )
    headings = {
        "subject": say("subject"),
        "term": say("term"),
        "grade": say("grade"),
        "onset": say("onset"),
        "study_day": say("study day"),
        "outcome": say("outcome"),
    }
    show_table(events, key="monitor-events", subject="subject", headings=headings, rows=8)


def _show_expected(view: View) -> None:
    """Observed against the declared background rates: low, central, high, with source and ascertainment."""
    rates = view.protocol.background_rates
    st.subheader(say("Observed against expected"), anchor=False)
    if not rates:
        show_missing(
            say("No background rate is declared, so nothing can be compared with what is expected anyway."),
            say("Declare [[background_rates]] with low, central, high and their source in the protocol file."),
        )
        return
    rows = compare_with_background(view.read(background_counts, rates=rates), rates)
    show_figure(
        draw_expected(rows, colours=view.colours),
        key="expected",
        alt=say("Observed share of subjects over the background range of each event"),
    )
    table = rows.assign(
        reading=[translate(text) for text in rows["reading"]],
        chance=[describe_percent(chance) for chance in rows["chance"]],
        observed=[translate(describe_rate(row.subjects, row.dosed)) for row in rows.itertuples(index=False)],
        background=[
            f"{describe_percent(r.low)} / {describe_percent(r.central)} / {describe_percent(r.high)}" for r in rows.itertuples(index=False)
        ],
    )
    headings = {
        "label": say("event"),
        "reading": say("reading"),
        "observed": say("observed of dosed (95%)"),
        "background": say("background low / central / high"),
        "chance": say("chance of as many at the central rate"),
        "ascertainment": say("how the background was found"),
        "source": say("source"),
    }
    show_table(table, key="expected-table", headings=headings)
    show_note(say("Background rates differ several-fold by how hard one looks; a reading is a reason to look, not a verdict."))
    offer_download(view, "observed-expected", lambda: rows)


if __name__ == "__main__":
    show_page("signals", render)
