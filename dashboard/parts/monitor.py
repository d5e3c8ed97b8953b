"""One safety monitor: its way so far, the belief about the rate, what its rule can do, and the events it counts."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.marks import grade_words
from dashboard.charts.monitor_paths import draw_boundary, draw_days, draw_drift
from dashboard.charts.signals import draw_density
from dashboard.kept import kept
from dashboard.numbers import decimal
from dashboard.parts.basis import show_basis
from dashboard.parts.deaths import say_death
from dashboard.parts.events import holds
from dashboard.parts.figure import show_figure
from dashboard.parts.table import show_table
from dashboard.parts.words import show_facts, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.findings import EXAMINATION
from db.queries.measured import undecided_results
from db.queries.monitor_courses import monitor_courses, monitor_hits
from db.queries.monitors import monitor_counts, monitor_events
from trial.grading.laboratory import Version
from trial.protocol import MonitorPart
from trial.protocol_monitors import MOST_PLANNED, CalibratedRule
from trial.signals.deaths import DEATH
from trial.signals.intervals import compute_jeffreys, describe_percent, describe_rate, describe_reach
from trial.signals.monitor import read_course
from trial.signals.monitor_design import compute_design, compute_limits_of_days, compute_path, compute_steps
from trial.signals.monitor_rules import DriftRule, FollowUpRule, Sequential, make_ready
from trial.signals.monitor_words import describe_left, describe_rule, describe_watch
from trial.signals.posterior import compute_density, compute_posterior

FEWEST_DRAWN = 12
MOST_EVENTS = 200
MOST_UNDECIDED = 6
NEXT_SUBJECTS = 3
MOST_CODES = 12


@dataclass(frozen=True)
class Monitoring:
    """What the declared monitors are judged on; ``hits`` None for a reader who may not see subjects, ``courses`` for too many of them."""

    view: View
    counts: pd.DataFrame
    courses: pd.DataFrame | None
    hits: pd.DataFrame | None
    planned: int

    @property
    def dosed(self) -> int:
        """Dosed subjects."""
        return int(self.counts["dosed"].max())

    def codes(self, monitor: str) -> list[str]:
        """Return the codes of the subjects with an event, in order of dosing; the last says where there are more."""
        if self.hits is None:
            return []
        found = self.hits.loc[self.hits["monitor"] == monitor, "subject"].tolist()
        return found if len(found) <= MOST_CODES else [*found[:MOST_CODES], f"+{len(found) - MOST_CODES}"]


def version_of(view: View) -> Version:
    """Return the version of CTCAE by which laboratory results are graded: the study's, or 5.0 where it names none that is known."""
    return "6.0" if view.protocol.study.ctcae_version.startswith("6") else "5.0"


def _settings(view: View) -> dict[str, Any]:
    """What the protocol says besides the monitors: the lists they name, and the limits by which results and findings are judged."""
    return {"aesi": view.protocol.aesi, "version": version_of(view), "neurology": view.protocol.neurology}


def read_monitoring(view: View) -> Monitoring:
    """Return what the monitors of the protocol (at least one) are judged on."""
    asked: dict[str, Any] = {"monitors": view.protocol.monitors, **_settings(view)}
    counts = view.read(monitor_counts, **asked)
    few = int(counts["dosed"].max()) <= MOST_PLANNED
    hits = view.read(monitor_hits, **asked) if few and view.sees(monitor_hits) else None
    planned = view.protocol.accrual.planned_subjects if view.protocol.accrual else 1
    return Monitoring(view, counts, view.read(monitor_courses, **asked) if few else None, hits, planned)


def left_words(state: Any) -> str:
    """Return how far one row of MONITOR_STATES is from pausing."""
    left, reached = (None if pd.isna(value) else int(value) for value in (state.left, state.reached))
    return translate(describe_left(left, state.state, reached))


def watch_words(state: Any) -> str:
    """Return why the monitor of one row of MONITOR_STATES is watched, empty where it is not."""
    why = describe_watch(state.state, None if pd.isna(state.left) else int(state.left), state.if_pending_all, int(state.pending))
    return "" if why is None else translate(why)


def show_monitor(sight: Monitoring, monitor: MonitorPart, standing: pd.DataFrame) -> None:
    """Show one monitor of which ``standing`` is its row of MONITOR_STATES: pictures, rule in words, design, and its events."""
    view, state = sight.view, next(standing.itertuples())
    rule, facts = _ready(sight, monitor), [(say("If it pauses"), translate(monitor.action))]
    facts.append((say("Rule"), translate(describe_rule(monitor, rule.planned if rule else None))))
    if rule is None and isinstance(monitor.rule, CalibratedRule):
        facts.append((say("Not calibrated"), say("More than {n} subjects: judged by its plain threshold.", n=f"{MOST_PLANNED:,}")))
    if rule is not None and rule.planned > (getattr(monitor.rule, "subjects", None) or sight.planned):
        facts.append((say("Beyond the plan"), say("More subjects than planned: calibrated anew for {n}.", n=rule.planned)))
    if monitor.counts.within_days is None and not monitor.at_once:
        facts.append((say("Window"), say("none declared: each dosed subject counts as observed in full from the day of dosing")))
    if monitor.target is not None and not monitor.at_once:
        facts += _draw_one(sight, monitor, standing, rule)
    show_facts(facts)
    if monitor.target is not None and not monitor.at_once:
        _show_design(sight, monitor, rule, _last_drawn(sight, state))
    if view.sees(monitor_events):
        _show_events(view, monitor, state)


def _ready(sight: Monitoring, monitor: MonitorPart) -> Sequential | None:
    if sight.courses is None:
        return None
    return make_ready(monitor, sight.planned, int(read_course(sight.courses, monitor.code).counted.sum()))


def _draw_one(sight: Monitoring, monitor: MonitorPart, standing: pd.DataFrame, rule: Sequential | None) -> list[tuple[str, str]]:
    """Draw the boundary with the way so far and the belief about the rate; return what is believed."""
    state, colours = next(standing.itertuples()), sight.view.colours
    target = float(monitor.target or 0)
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True, height="stretch"):
        _draw_way(sight, monitor, standing, rule)
    after = compute_posterior(int(state.subjects), int(state.at_risk), monitor.belief)
    with right, st.container(border=True, height="stretch"):
        until = min(1.0, max(after.quantile(0.999), 2 * target) * 1.1)
        density = compute_density(int(state.subjects), int(state.at_risk), monitor.belief, until=until)
        figure = draw_density(density, target=target, colours=colours)
        show_figure(figure, key=f"density-{monitor.code}", alt=say("Belief about the true rate before and after the data"))
    at_risk = say("At risk, n = {n}; pending, n = {pending}", n=f"{state.at_risk:,}", pending=f"{state.pending:,}")
    show_basis(sight.view, at_risk)
    words = say(
        "Pr(rate > {target}) = {chance}; at least one event in the next {n} subjects: {next}",
        target=describe_percent(target),
        chance=describe_percent(state.chance_above),
        n=NEXT_SUBJECTS,
        next=describe_percent(after.chance_of_any(NEXT_SUBJECTS)),
    )
    return [(say("Belief"), words), *describe_intervals(int(state.subjects), int(state.at_risk), monitor.belief)]


def describe_intervals(subjects: int, at_risk: int, prior: tuple[float, float]) -> list[tuple[str, str]]:
    """Return the 95% intervals of a monitor's rate, each with its name: exact, by Jeffreys' prior, and by the declared ``prior``."""
    reference, belief = compute_jeffreys(subjects, at_risk), compute_posterior(subjects, at_risk, prior).interval()
    limits = [{"lower": describe_percent(one.lower), "upper": describe_percent(one.upper)} for one in (reference, belief)]
    return [
        (say("Exact interval"), say("{rate}, 95%, Clopper-Pearson", rate=describe_rate(subjects, at_risk))),
        (say("Jeffreys interval"), say("{lower} to {upper}, 95%, Bayesian with the prior Beta(0.5, 0.5)", **limits[0])),
        (
            say("Credible interval"),
            say(
                "{lower} to {upper}, 95%, Bayesian with the declared prior Beta({a}, {b})",
                a=f"{prior[0]:g}",
                b=f"{prior[1]:g}",
                **limits[1],
            ),
        ),
    ]


def _draw_way(sight: Monitoring, monitor: MonitorPart, standing: pd.DataFrame, rule: Sequential | None) -> None:
    """The boundary and the way so far: each kind of rule on its own axes."""
    state, colours = next(standing.itertuples()), sight.view.colours
    alt = say("Boundary of the monitor with the way so far")
    if rule is None or sight.courses is None:
        if state.at_risk + state.pending > MOST_PLANNED:
            show_note(say("With more than {n} subjects at risk the boundary is not drawn.", n=f"{MOST_PLANNED:,}"))
            return
        figure = draw_boundary(compute_steps(monitor, None, _last_drawn(sight, state)), standing, colours=colours)
        show_figure(figure, key=f"boundary-{monitor.code}", alt=alt)
        return
    path = _with_codes(sight, monitor, _read_path(sight.view, monitor, rule))
    if isinstance(rule, FollowUpRule):
        figure = draw_days(compute_limits_of_days(rule), path, standing, colours=colours)
    elif isinstance(rule, DriftRule):
        figure = draw_drift(path, standing, height=rule.height, planned=rule.planned, colours=colours)
    else:
        figure = draw_boundary(compute_steps(monitor, rule, rule.planned), standing, path, colours=colours)
    show_figure(figure, key=f"boundary-{monitor.code}", alt=alt, clickable=sight.hits is not None)


@kept
def _read_path(view: View, monitor: MonitorPart, rule: Sequential) -> pd.DataFrame:
    """The way so far of a monitor with a calibrated rule, subject by subject."""
    courses = read_monitoring(view).courses
    assert courses is not None
    return compute_path(rule, read_course(courses, monitor.code))


def _with_codes(sight: Monitoring, monitor: MonitorPart, path: pd.DataFrame) -> pd.DataFrame:
    """The path with the code of the subject of each step, where the reader may see it."""
    hits = sight.hits if sight.hits is not None else pd.DataFrame({"monitor": [], "place": [], "subject": []})
    mine = hits[hits["monitor"] == monitor.code]
    codes = dict(zip(mine["place"], mine["subject"], strict=True))
    return path.assign(subject=[None if pd.isna(place) else codes.get(int(place)) for place in path["dosed"]])


def _last_drawn(sight: Monitoring, state: Any) -> int:
    """The number of subjects to which a plain threshold is drawn and told: those planned, or those there are."""
    return min(max(sight.planned, int(state.at_risk + state.pending), FEWEST_DRAWN), MOST_PLANNED)


def _show_design(sight: Monitoring, monitor: MonitorPart, rule: Sequential | None, subjects: int) -> None:
    """How often the rule pauses a trial of this size at the target rate and above it."""
    design = compute_design(monitor, rule, subjects)
    first = float(monitor.target or 0)
    rows = list(design.itertuples())
    table = design.assign(
        true_rate=[describe_percent(one.rate) for one in rows],
        meaning=[say("false alarm (type I error)") if one.rate == first else say("power") for one in rows],
        pauses=[_hundredths(one.chance) for one in rows],
        judged=[decimal(one.subjects) for one in rows],
        with_event=[decimal(one.events) for one in rows],
    )
    headings = {"true_rate": say("If the true rate is"), "pauses": say("It pauses"), "meaning": say("That is")}
    headings |= {"judged": say("Subjects judged"), "with_event": say("With an event")}
    show_table(table, key=f"design-{monitor.code}", headings=headings)
    kind = (
        say("exact, for {n} subjects observed to the end of the window", n=rule.planned)
        if rule
        else say("exact, not calibrated, looked at after each of {n}", n=subjects)
    )
    note = say("Design: {kind}. Subjects are averages, by the pause or the end of the plan.", kind=kind)
    show_note(f"{note} {_describe_leavers(sight, monitor, rule)}".rstrip())


def _describe_leavers(sight: Monitoring, monitor: MonitorPart, rule: Sequential | None) -> str:
    """Who left before the end of the window without an event, and what that does to a rule over subjects; nothing where nobody did."""
    if sight.courses is None or rule is None or isinstance(rule, FollowUpRule):
        return ""
    gone = int(read_course(sight.courses, monitor.code).left.sum())
    if not gone:
        return ""
    return say(
        "Left within the window without an event: {n}. They are not counted, so the rule pauses a little more often than printed.",
        n=gone,
    )


def _hundredths(chance: float) -> str:
    """A chance in percent to two decimals, which never rounds nearly all to all."""
    return ">99.99%" if 0.99995 <= chance < 1 else f"{100 * chance:.2f}%"


def say_finding(words: str) -> str:
    """Return what an examination found (`db.queries.findings`) in the language in use: its state, and the parts of what was lost."""
    state, _, losses = words.partition(": lost ")
    if not losses:
        return words
    told = [f"{number} {say(unit)}" for number, _, unit in (loss.partition(" ") for loss in losses.split(", "))]
    return say("{state}: lost {losses}", state=say(state), losses=", ".join(told))


def _tell_undecided(view: View, monitor: MonitorPart) -> None:
    """Which results the monitor cannot judge, so that nobody takes them for harmless."""
    if monitor.counts.measurement is None:
        return
    found = view.read(undecided_results, monitor=monitor, version=version_of(view))
    if found.empty:
        return
    results = "; ".join(
        say(
            "{test} in {unit}: {n} of {people} subjects", test=row.test, unit=row.unit or say("no unit"), n=row.results, people=row.subjects
        )
        for row in found.head(MOST_UNDECIDED).itertuples()
    )
    show_note(
        say("Not judged by this monitor, for want of a limit of normal or in a unit that it does not know: {results}.", results=results)
    )


def _show_events(view: View, monitor: MonitorPart, state: Any) -> None:
    asked: dict[str, Any] = {"monitor": monitor, **_settings(view)}
    events = view.read(monitor_events, limit=MOST_EVENTS, **asked)
    _tell_undecided(view, monitor)
    if events.empty:
        show_note(translate(describe_reach(int(state.at_risk))))
        return
    rows = list(events.itertuples())
    table = events.assign(
        graded=[grade_words(one.grade, one.severity) + (f", {say('serious')}" if holds(one.serious) else "") for one in rows],
        ended=["" if pd.isna(one.outcome) else say(one.outcome) for one in rows],
        term=[say_finding(one.term) if one.event == EXAMINATION else say_death(one) for one in rows],
        event=[say("death") if one.event == DEATH else one.event for one in rows],
    )
    headings = {"subject": say("Subject"), "cohort": say("Cohort"), "term": say("Term"), "graded": say("Grade and marks")}
    headings |= {"onset": say("Onset"), "study_day": say("Study day"), "ended": say("Outcome"), "event": say("Event")}
    show_table(table, key="monitor-events", headings=headings, subject="subject")
    if int(state.events) > len(events):
        show_note(say("The newest {n} of {all} events.", n=len(events), all=f"{int(state.events):,}"))
