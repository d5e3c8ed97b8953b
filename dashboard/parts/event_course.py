"""Events over time, by time at risk and by dose: one of these at a time, each with its sentence, figure and download."""

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.adverse_events import rank_terms
from dashboard.charts.dose_response import describe_trend, draw_dose_strip
from dashboard.charts.event_curves import draw_first_events, draw_mean_counts, list_ticks
from dashboard.charts.incidence import cohort_name
from dashboard.charts.rates import describe_years, draw_rates
from dashboard.kept import kept
from dashboard.numbers import decimal
from dashboard.parts.basis import name_dosed, show_basis
from dashboard.parts.behind import show_counts
from dashboard.parts.figure import show_figure
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.two_groups import show_two_groups
from dashboard.parts.words import show_answer, show_missing, show_note
from dashboard.text import say
from dashboard.view import View
from db.queries.cohorts import cohorts
from db.queries.event_courses import event_courses, measure_days, measure_subjects
from db.queries.events import Arms, event_overview, event_terms
from trial.signals.dose_response import compute_dose_shares, compute_dose_trends, list_levels
from trial.signals.event_curves import Grouped, compute_first_events, compute_mean_counts, count_at_risk, find_row_at, group_courses
from trial.signals.expected import SURPRISING
from trial.signals.exposure import compute_rates
from trial.signals.intervals import describe_percent
from trial.tables.event_courses import MEASURE_DAYS, MEASURE_SUBJECTS

MOST_TERMS = 30
BY_DOSE = ("related", "related_product", "related_procedure", "severe", "serious", "limiting", "special")
"""Measures whose trend is looked at, chosen before the data; at most PANELS of them are drawn."""
PANELS = 6


@dataclass(frozen=True)
class Scope:
    """What the page has read already: the overview, the measures in words, and how subjects count in cohorts."""

    view: View
    overview: pd.DataFrame
    names: dict[str, str]
    arms: Arms

    @property
    def dosed(self) -> int:
        """Dosed subjects."""
        return int(self.overview.loc[self.overview["measure"] == "any", "dosed"].sum())


def show_courses(scope: Scope) -> None:
    """Let the reader choose between time, time at risk and dose."""
    st.subheader(say("Over time, and by dose"), anchor=False)
    parts: dict[str, tuple[str, Callable[[Scope], None]]] = {
        "first": (say("First events"), _show_first),
        "mean": (say("Events per subject"), _show_mean),
        "rates": (say("By time at risk"), _show_rates),
        "dose": (say("By dose"), _show_dose),
        "groups": (say("Two groups"), lambda scope: show_two_groups(scope.view, scope.overview, scope.names, scope.arms)),
    }

    @piece
    def courses() -> None:
        """The view that was chosen; it reruns alone."""
        way = st.segmented_control(
            say("Seen"), list(parts), default="first", required=True, key="ae-course", format_func=lambda key: parts[key][0]
        )
        parts[way or "first"][1](scope)

    courses()


@kept
def read_rates(view: View, arms: Arms) -> pd.DataFrame:
    """Return the rates by time at risk of the trial's measures."""
    return compute_rates(view.read(event_overview, arms=arms, aesi=view.protocol.aesi))


def _choose_kind(scope: Scope) -> tuple[str, str | None]:
    """Which events a curve counts: a measure of the overview, or one term among the treatment-emergent events."""
    kinds: dict[str, str] = {f"measure {code}": name for code, name in scope.names.items() if code != "any"}
    terms = rank_terms(scope.view.read(event_terms, arms=scope.arms, emergent=True, head=None))[:MOST_TERMS]
    kinds |= {f"term {term}": term for term in terms}
    first = next(place for place, kind in enumerate(kinds) if kind in ("measure related", "measure related_product", "measure serious"))
    chosen = st.selectbox(say("Which events"), list(kinds), index=first, key="ae-course-kind", width=420, format_func=kinds.__getitem__)
    kind, _, code = (chosen or "measure emergent").partition(" ")
    return (code, None) if kind == "measure" else ("emergent", code)


@kept
def _read(view: View, arms: Arms, measure: str, term: str | None) -> Grouped:
    return group_courses(view.read(event_courses, measure=measure, term=term, arms=arms, aesi=view.protocol.aesi))


@kept
def _follow(view: View, arms: Arms, measure: str, term: str | None, *, mean: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The curves of first events, or of the mean count, and who is at risk below them."""
    groups = _read(view, arms, measure, term).groups
    curves = compute_mean_counts(groups) if mean else compute_first_events(groups)
    return curves, count_at_risk(groups, list_ticks(float(curves["time"].max())))


def _show_first(scope: Scope) -> None:
    """The share with a first event over time."""
    view, (measure, term) = scope.view, _choose_kind(scope)
    grouped = _read(view, scope.arms, measure, term)
    if not grouped.groups:
        show_note(say("No dosed subject can be followed over time."))
        return
    curves, at_risk = _follow(view, scope.arms, measure, term, mean=False)
    people = MEASURE_SUBJECTS.empty()
    if view.sees(measure_subjects):
        people = view.read(measure_subjects, measure=measure, term=term, arms=scope.arms, aesi=view.protocol.aesi)
    when = _choose_day(at_risk)
    row, standing = find_row_at(curves[curves["total"]], when), at_risk[at_risk["total"] & (at_risk["time"] == when)].iloc[0]
    show_answer(
        say(
            "By day {day}, {share} have had a first one ({interval}): {n} subjects; {died} died before one, {at_risk} still at risk.",
            day=f"{when:,.0f}", share=describe_percent(row["share"]), interval=_limits(row, describe_percent),
            n=standing["with_event"], died=standing["died"], at_risk=standing["at_risk"],
        )
    )  # fmt: skip
    alt = say("Share of subjects with a first event over time, with the subjects at risk below")
    show_figure(draw_first_events(curves, at_risk, people, colours=view.colours), key="ae-first", alt=alt, clickable=len(people) > 0)
    method = say(
        "Aalen-Johansen: death competes, exit and cut-off censor; limits log-log, with Aalen's variance. "
        "At risk: observed and without an event just before the day."
    )
    show_basis(view, name_dosed(scope.dosed), method, describe_marks(people), _describe_unplaced(grouped))
    offer_download(view, "first-events-over-time", curves, filters=f"{measure}, {term or 'any term'}, arms {scope.arms}")


def _show_mean(scope: Scope) -> None:
    """The mean number of events over time, for what comes again."""
    view, (measure, term) = scope.view, _choose_kind(scope)
    grouped = _read(view, scope.arms, measure, term)
    if not grouped.groups:
        show_note(say("No dosed subject can be followed over time."))
        return
    curves, at_risk = _follow(view, scope.arms, measure, term, mean=True)
    when = _choose_day(at_risk)
    row, observed = find_row_at(curves[curves["total"]], when), at_risk[at_risk["total"] & (at_risk["time"] == when)].iloc[0]
    show_answer(
        say(
            "By day {day}, a subject has had {mean} on average ({interval}); {n} subjects observed until then.",
            day=f"{when:,.0f}", mean=decimal(row["mean"]), interval=_limits(row, decimal), n=observed["observed"],
        )
    )  # fmt: skip
    days = MEASURE_DAYS.empty()
    if view.sees(measure_days):
        days = view.read(measure_days, measure=measure, term=term, aesi=view.protocol.aesi)
    alt = say("Mean number of events per subject over time, with the subjects under observation below")
    show_figure(draw_mean_counts(curves, at_risk, days, colours=view.colours), key="ae-mean", alt=alt, clickable=len(days) > 0)
    method = say("Mean cumulative count: all events, none after death; exit and cut-off censor; limits on the logarithm, by subject.")
    marks = say("A mark is one day with events of one subject, by the worst grade; a click opens the subject.") if len(days) else ""
    show_basis(view, name_dosed(scope.dosed), method, marks, _describe_unplaced(grouped))
    offer_download(view, "mean-cumulative-count", curves, filters=f"{measure}, {term or 'any term'}, arms {scope.arms}")


def describe_marks(people: pd.DataFrame) -> str:
    """What a mark on a curve of first events is; nothing where there is none, as for a reader who may see no subject."""
    return say("A mark is a subject at its first event, by its worst grade; a click opens the subject.") if len(people) else ""


def _choose_day(at_risk: pd.DataFrame) -> float:
    """The last day of the table to which at least half of the subjects were observed."""
    whole = at_risk[at_risk["total"]]
    return float(whole.loc[2 * whole["observed"] >= whole["observed"].max(), "time"].max())


def _limits(row: Any, write: Callable[[float], str]) -> str:
    """An interval in words; that there is none where a curve has none yet."""
    if pd.isna(row["lower"]):
        return say("no interval can be given")
    return say("{lower} to {upper}", lower=write(row["lower"]), upper=write(row["upper"]))


def _describe_unplaced(grouped: Grouped) -> str:
    """What no curve can hold; nothing where there is none."""
    if not grouped.unplaced_events:
        return ""
    return say(
        "Not on the curve: {events} events without a date or after the end of observation; "
        "{subjects} subjects have no other and are left out.",
        events=grouped.unplaced_events,
        subjects=grouped.unplaced_subjects,
    )


def _show_rates(scope: Scope) -> None:
    """Events by time at risk, first ones and all of them apart."""
    view, rates = scope.view, read_rates(scope.view, scope.arms)
    names = {measure: scope.names[measure] for measure in rates["measure"].unique() if measure in scope.names}
    drawn = {measure: name for measure, name in names.items() if measure != "emergent"}
    whole = rates[rates["total"]].set_index("measure").loc[next(iter(drawn))]
    show_answer(
        say(
            "{measure}, per subject-year: a first event {first}; all events {all}.",
            measure=names[next(iter(drawn))], first=describe_years(whole, 0), all=describe_years(whole, 1),
        )
    )  # fmt: skip
    alt = say("Events per subject-year by cohort, first events on the left and all events on the right, with exact intervals")
    show_counts(view, draw_rates(rates, drawn, colours=view.colours), key="ae-rates", alt=alt, names=names, arms=scope.arms)
    rows = list(rates[rates["measure"].isin(list(names))].itertuples())
    table = pd.DataFrame(
        {
            "measure": [names[row.measure] for row in rows],
            "group": [say("All") if row.total else html.unescape(cohort_name(row._asdict())) for row in rows],
            "dosed": [row.dosed for row in rows],
            "first": [describe_years(row, 0) for row in rows],
            "all": [describe_years(row, 1) for row in rows],
        }
    )
    headings = {"measure": say("Events"), "group": say("Cohort"), "dosed": say("Dosed")}
    headings |= {"first": say("First event of a subject, per subject-year"), "all": say("All events, per subject-year")}
    show_table(table, key="ae-rates-table", headings=headings, rows=len(table))
    method = say(
        "Exact 95% intervals (Garwood). A first-event rate ends a subject's time at its first event; all events of one subject are not "
        "independent, so their interval is too narrow where few subjects have many."
    )
    show_basis(view, name_dosed(scope.dosed), method)
    offer_download(view, "events-by-time-at-risk", rates)


def _show_dose(scope: Scope) -> None:
    """Shares by dose level with the exact trend."""
    view = scope.view
    levels = list_levels(view.read(cohorts))
    if not levels:
        show_missing(say("No cohort has a dose level."), say("Dose levels come with the protocol file, and each cohort names its own."))
        return
    measures = [measure for measure in BY_DOSE if measure in scope.names][:PANELS]
    shares = compute_dose_shares(scope.overview, levels, measures)
    if shares.empty:
        show_note(say("Nobody has been dosed yet."))
        return
    trends, names = compute_dose_trends(shares), {measure: scope.names[measure] for measure in measures}
    show_answer(describe_trends(trends, names))
    alt = say("Share of subjects with an event at each dose level with exact intervals, a panel for each kind of event")
    show_counts(view, draw_dose_strip(shares, trends, names, colours=view.colours), key="ae-dose", alt=alt, names=names, arms=scope.arms)
    method = say(
        "Under each level its subjects with an event and those dosed; line: estimate that does not fall with the dose. Trend: exact "
        "conditional Cochran-Armitage over the rank of the level, one-sided, not adjusted for the number of panels; odds ratio with exact "
        "95% interval. No p-value where no pattern of as many events could be rare."
    )
    dosed = int(shares.groupby("measure")["dosed"].sum().max())
    show_basis(view, name_dosed(dosed), method)
    offer_download(view, "events-by-dose", shares)


def describe_trends(trends: pd.DataFrame, names: dict[str, str]) -> str:
    """Return in words which measures of DOSE_TRENDS rise, each with odds ratio, interval and chance, or that none can be told to."""
    told = trends[trends["chance"].notna()]
    rising = [", ".join([names[one["measure"]], *describe_trend(one)]) for _, one in told[told["chance"] < SURPRISING].iterrows()]
    if rising:
        return say("Rises with the dose, more than chance explains: {names}.", names="; ".join(rising))
    if int(trends["levels"].max()) < 2:
        return say("One dose level so far: no trend can be seen.")
    if told.empty:
        return say("Too few subjects with events for any trend to be told from chance.")
    return say("No kind of event rises with the dose beyond chance; few subjects would show only a steep rise.")
