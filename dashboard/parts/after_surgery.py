"""After surgery: the share with a first event from the hour of the incision, and complications against what was to be expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.event_curves import HOURS, draw_first_events, list_ticks
from dashboard.charts.signals import draw_background
from dashboard.numbers import decimal
from dashboard.parts.asked_for import describe_answers, describe_asked, describe_capture, read_checks, show_contradictions
from dashboard.parts.basis import name_operated, show_basis
from dashboard.parts.behind import list_codes, show_rates_behind
from dashboard.parts.event_course import describe_marks
from dashboard.parts.figure import show_figure
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import show_answer, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.surgical_courses import counted_complications, surgical_counts, surgical_courses, surgical_firsts
from trial.clocks.perioperative import DAY_ZERO, UNPLACED
from trial.protocol import BackgroundPart
from trial.signals.event_curves import compute_first_events, count_at_risk, find_row_at, group_surgery
from trial.signals.expected import compare_after_surgery
from trial.signals.intervals import describe_percent, describe_rate
from trial.tables.event_courses import MEASURE_SUBJECTS


@dataclass(frozen=True)
class Operated:
    """What the page has read already: the cohort chosen and how many subjects have a procedure."""

    view: View
    cohort: int | None
    subjects: int

    @property
    def population(self) -> str:
        """The population of every figure here, in words."""
        return name_operated(self.subjects)

    @property
    def filters(self) -> dict[str, Any]:
        """The filters of the queries of events from the incision on."""
        return {"phases": self.view.protocol.phases, "cohort": self.cohort}

    def name_phase(self, code: str) -> str:
        """Return the label of a phase, or what stands for an onset that no phase can hold."""
        labels = {DAY_ZERO: say("day of surgery, no time"), UNPLACED: say("date incomplete")}
        return (labels | {part.code: part.label for part in self.view.protocol.phases})[code]


def show_time(operated: Operated) -> None:
    """The share with a first event from the hour of the incision on."""
    view = operated.view
    chosen = _choose_kind(view)
    courses = view.read(surgical_courses, complication=chosen, cohort=operated.cohort)
    groups = group_surgery(courses)
    if not groups:
        show_note(say("No procedure has a day, so nobody can be followed from one."))
        return
    curves = compute_first_events(groups)
    at_risk = count_at_risk(groups, list_ticks(float(curves["time"].max()), "hours"))
    firsts = view.read(surgical_firsts, complication=chosen, cohort=operated.cohort)
    people = MEASURE_SUBJECTS.empty().astype({"first_day": "float64"})
    if len(firsts):
        people = firsts.rename(columns={"first_hours": "first_day"}).assign(serious=False)
    show_answer(_describe_standing(curves, at_risk))
    alt = say("Share of subjects with a first event by hours from the incision, with the subjects at risk below")
    figure = draw_first_events(curves, at_risk, people, axis="hours", colours=view.colours)
    show_figure(figure, key=f"surgery-time-{chosen}-{operated.cohort}", alt=alt, clickable=len(people) > 0)
    show_basis(view, operated.population, _describe_method(), describe_marks(people), _describe_dates(courses))
    offer_download(view, "first-events-from-incision", curves, filters=chosen)


def _choose_kind(view: View) -> str:
    """Which events the curve counts, those caused by the procedure first."""
    heads = view.protocol.attributions
    kinds = {"any": say("any event")} | {f"related_{part.head}": say("related: {cause}", cause=part.label) for part in heads}
    kinds |= {"severe": say("grade 3 or above, or severe"), "serious": say("serious")}
    first = list(kinds).index("related_procedure") if "related_procedure" in kinds else 0
    chosen = st.selectbox(say("Which events"), list(kinds), index=first, key="surgery-kind", width=420, format_func=kinds.__getitem__)
    return chosen or "any"


def _describe_standing(curves: pd.DataFrame, at_risk: pd.DataFrame) -> str:
    """How many have had one at the last hour of the table to which at least half of the subjects were observed."""
    whole = at_risk[at_risk["observed"] * 2 >= int(at_risk["observed"].max())].iloc[-1]
    row = find_row_at(curves, float(whole["time"]))
    limits = say("no interval can be given")
    if not pd.isna(row["lower"]):
        limits = say("{lower} to {upper}", lower=describe_percent(row["lower"]), upper=describe_percent(row["upper"]))
    return say(
        "By {when} after the incision {share} have had a first one ({interval}): {n} subjects, {at_risk} still at risk.",
        when=HOURS[whole["time"]],
        share=describe_percent(row["share"]),
        interval=limits,
        n=whole["with_event"],
        at_risk=whole["at_risk"],
    )


def _describe_method() -> str:
    return say(
        "Aalen-Johansen from the incision of the first procedure; death competes; the next procedure, exit and cut-off censor, since later "
        "events belong to the next one. The axis is drawn out near 0."
    )


def _describe_dates(courses: pd.DataFrame) -> str:
    """How many first events stand at noon of their day, and how many events have no place; nothing where all have a time."""
    by_day, undated = int(courses["by_day"].sum()), int(courses["undated"].sum())
    if not by_day + undated:
        return ""
    return say(
        "{by_day} first events are known by their day only and stand 12 hours into it; "
        "{undated} events without a complete date are left out.",
        by_day=by_day,
        undated=undated,
    )


def show_expected(operated: Operated) -> None:
    """Complications that surgery answers for against their background rates."""
    view = operated.view
    rates = tuple(rate for rate in view.protocol.background_rates if rate.after_surgery_days is not None)
    if not rates:
        show_missing(
            say("No background rate names after_surgery_days."),
            say("Declare it in [[background_rates]] for each complication of surgery; then load the protocol file as a new version."),
        )
        return
    counts, checks = view.read(surgical_counts, rates=rates), read_checks(view, rates)
    table = compare_after_surgery(counts, rates)
    above = [one.label for one in table.itertuples() if one.reading.startswith("more than expected")]
    show_answer(
        say("More than some background rate explains: {names}.", names=", ".join(above))
        if above
        else say("No complication of surgery exceeds its background by more than chance."),
        [describe_capture(checks)],
        tone="caution" if above else "plain",
    )
    alt = say("Observed share of each complication of surgery with its interval against the range of its background rate")
    events = view.read(counted_complications, rates=rates) if view.sees(counted_complications) else None
    figure, labels = draw_background(table, operated=True, colours=view.colours), {rate.code: rate.label for rate in rates}
    show_rates_behind(figure, events, labels, key="surgery-expected", alt=alt, day=say("First, days after the procedure"))
    _show_table(table.assign(who=["" if events is None else list_codes(events, one) for one in table["background"]]), counts, rates, checks)
    more = say(
        "All cohorts. At risk: followed for all days after a procedure, or with the event in them. Counted are recorded adverse events, "
        "not answers."
    )
    show_basis(view, operated.population, more)
    show_contradictions(view, rates)
    offer_download(view, "surgical-observed-expected", table)


def _show_table(table: pd.DataFrame, counts: pd.DataFrame, rates: tuple[BackgroundPart, ...], checks: Mapping[str, Any]) -> None:
    """Each complication with its denominators, what was expected, and how it and its background rate were looked for."""
    days = {rate.code: rate.after_surgery_days for rate in rates}
    complete = dict(zip(counts["background"], counts["complete"], strict=True))
    rows = list(table.itertuples())
    shown = table.assign(
        within=[say("{n} days", n=days[one.background]) for one in rows],
        observed=[translate(describe_rate(int(one.subjects), int(one.dosed))) for one in rows],
        complete=[int(complete[one.background]) for one in rows],
        asked=[describe_asked(checks[one.background]) for one in rows],
        answers=[describe_answers(checks[one.background]) for one in rows],
        expected_range=[" · ".join(decimal(n) for n in (one.expected_low, one.expected, one.expected_high)) for one in rows],
        reading_words=[translate(one.reading) for one in rows],
    )
    headings = {
        "label": say("Event"), "within": say("After surgery"), "observed": say("Observed, of at risk"), "who": say("Codes"),
        "asked": say("Asked for by name"), "expected_range": say("Expected: low · central · high"),
        "complete": say("Followed to the end"), "answers": say("Answers: occurred · did not · open"),
        "reading_words": say("In words"), "window": say("Background counted over"), "ascertainment": say("Found by"),
        "source": say("Source"),
    }  # fmt: skip
    if not table["who"].any():
        del headings["who"]
    show_table(shown, key="surgery-expected-table", headings=headings, rows=len(shown))
