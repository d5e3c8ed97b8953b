"""The signals page: the state of every declared monitor, how far it is from pausing, and what was to be expected anyway."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.incidence import draw_incidence
from dashboard.charts.signals import draw_background, draw_monitors
from dashboard.parts.basis import name_dosed, show_basis
from dashboard.parts.behind import show_rates_behind
from dashboard.parts.deaths import name_deaths
from dashboard.parts.expected import show_levels, show_readings
from dashboard.parts.figure import show_figure
from dashboard.parts.frame import show_page
from dashboard.parts.journey import picked_subject
from dashboard.parts.monitor import Monitoring, left_words, read_monitoring, show_monitor, watch_words
from dashboard.parts.recurrence import name_returning, read_counted, read_recurrence, show_recurrence
from dashboard.parts.shield import piece
from dashboard.parts.states import judge_declared
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import Tone, show_answer, show_missing, show_note
from dashboard.style import PLOT_CONFIG
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.events import event_overview
from db.queries.monitors import background_counts
from trial.signals.expected import compare_with_background
from trial.signals.incidence import compute_incidence
from trial.signals.intervals import describe_percent, describe_rate, describe_reach
from trial.signals.monitor import PAUSE, WATCH

FIGURE_KEY = "monitors"
CHOICE_KEY = "signals-monitor"
"""The figure of all monitors, and the choice of the one shown below it."""


def render(view: View) -> None:
    """Show the page."""
    monitors, recurrence = view.protocol.monitors, read_recurrence(view)
    if monitors:
        sight, states = read_monitoring(view), judge_declared(view)
        deaths = name_deaths(view) if any(one.counts.counts_deaths for one in monitors) else []
        _show_answer(states, sight.dosed, name_returning(recurrence), deaths)
        _show_states(sight, states)
        _show_one(sight, states)
    else:
        _show_without_monitors(view)
    _show_background(view)
    show_recurrence(view, recurrence)


def _show_answer(states: pd.DataFrame, dosed: int, returning: str, deaths: list[str]) -> None:
    """What asks for a pause, who died without an event, what is watched, what comes again, and what zero events leave open."""
    if not dosed:
        show_answer(say("Nobody has been dosed yet: every monitor is quiet."))
        return
    pausing, watching = (states[states["state"] == state] for state in (PAUSE, WATCH))
    tone: Tone = "stop" if len(pausing) else "caution" if len(watching) or returning else "good"
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
    basis += deaths
    basis += [f"{one.label}: {watch_words(one)}" for one in watching.itertuples()]
    basis += [returning] if returning else []
    basis += [translate(describe_reach(int(silent["at_risk"].min())))] if len(silent) else []
    show_answer(sentence, basis, tone=tone)


def _names(states: pd.DataFrame) -> str:
    rates = [describe_rate(int(one.subjects), int(one.at_risk)) for one in states.itertuples()]
    return "; ".join(f"{label}: {translate(rate)}" for label, rate in zip(states["label"], rates, strict=True))


def _show_states(sight: Monitoring, states: pd.DataFrame) -> None:
    view = sight.view
    st.subheader(say("Every monitor, worst first"), anchor=False)
    st.plotly_chart(
        draw_monitors(states, colours=view.colours), alt=say("Rate of each monitor with its exact interval and its target"),
        theme=None, key=FIGURE_KEY, config=PLOT_CONFIG, on_select=_choose_clicked, selection_mode="points",
    )  # fmt: skip
    rows = list(states.itertuples())
    table = states.assign(
        state_words=[say(one.state) for one in rows],
        counted=[translate(describe_rate(int(one.subjects), int(one.at_risk))) for one in rows],
        chance=[_chance_words(one) for one in rows],
        until=[left_words(one) for one in rows],
        who=[", ".join(sight.codes(one.monitor)) for one in rows],
        still_open=[_pending(one) for one in rows],
    )
    shown = ["state_words", "label", "until", "counted"]
    shown += ["who"] if sight.hits is not None and len(sight.hits) else []
    shown += ["chance", *(["still_open"] if states["pending"].any() else [])]
    headings = {
        "state_words": say("State at the cut-off"),
        "label": say("Monitor"),
        "counted": say("With event, at risk"),
        "chance": say("Pr(rate > target)"),
        "until": say("Until it pauses"),
        "who": say("Codes"),
        "still_open": say("Pending: best to worst"),
    }
    show_table(table, key="monitor-table", headings={name: headings[name] for name in shown}, rows=len(table))
    show_basis(
        view,
        name_dosed(sight.dosed),
        say(
            "Counted: treatment-emergent events, and results and examinations where a monitor asks for them. At risk: "
            "observed to the end of the monitor's window, or with an event; pending: the window is still open. Where every fatal event "
            "counts, a death after the first dose without one counts too. A calibrated rule is judged "
            "on all dosed subjects in order of dosing. A monitor is an alarm for people: it asks for a review, it decides nothing."
        ),
    )
    offer_download(view, "monitors", states)


def _choose_clicked() -> None:
    """Show below the monitor whose mark was clicked; what the reader chooses there later stands."""
    code = picked_subject(st.session_state.get(FIGURE_KEY))
    if code:
        st.session_state[CHOICE_KEY] = code


def _chance_words(one: Any) -> str:
    """The probability of a rate above the target, and the target; without one that the first event pauses."""
    if one.at_once or pd.isna(one.chance_above):
        return say("first event")
    return say("{chance} (target {target})", chance=describe_percent(one.chance_above), target=describe_percent(one.target))


def _pending(one: Any) -> str:
    """How many are pending, and the states that they can lead to."""
    if not one.pending:
        return say("none")
    return say("{n}: {best} to {worst}", n=one.pending, best=say(one.if_pending_clear), worst=say(one.if_pending_all))


def _show_one(sight: Monitoring, states: pd.DataFrame) -> None:
    st.subheader(say("One monitor, and who is behind it"), anchor=False)
    labels = dict(zip(states["monitor"], states["label"], strict=True))

    @piece
    def one_monitor() -> None:
        """The monitor that was chosen; it reruns alone."""
        code = st.selectbox(say("Monitor"), list(labels), key=CHOICE_KEY, format_func=labels.__getitem__, label_visibility="collapsed")
        chosen = code if code in labels else next(iter(labels))
        monitor = next(part for part in sight.view.protocol.monitors if part.code == chosen)
        show_monitor(sight, monitor, states[states["monitor"] == chosen])

    one_monitor()


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
    show_basis(view, name_dosed(dosed))


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
    figure, events = draw_background(table, colours=view.colours), read_counted(view)
    labels = dict(zip(table["background"], table["label"], strict=True))
    show_rates_behind(figure, events, labels, key="background", alt=alt, day=say("First, days after the first dose"))
    show_readings(table, events)
    show_basis(
        view,
        name_dosed(int(table["dosed"].max())),
        say(
            "Background rates differ up to tenfold by how hard one looks, so each stands as a range; a chance below 5% is called more than "
            "expected. Follow-up here is not matched to the window of the background."
        ),
    )
    offer_download(view, "observed-expected", show_levels(table))


if __name__ == "__main__":
    show_page("signals", render)
