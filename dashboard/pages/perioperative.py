"""The perioperative page: what happened in the hours and days around surgery, in whom, and caused by what."""

import pandas as pd
import streamlit as st

from dashboard.charts.hours import draw_hours
from dashboard.kept import kept
from dashboard.parts.after_surgery import Operated
from dashboard.parts.basis import name_operated, show_basis
from dashboard.parts.events import holds
from dashboard.parts.figure import show_figure
from dashboard.parts.frame import show_page
from dashboard.parts.phases import name_phases, show_phases
from dashboard.parts.shield import piece
from dashboard.parts.surgery import show_surgery
from dashboard.parts.table import offer_download, show_pages
from dashboard.parts.words import Tone, show_answer, show_fact, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.cohorts import cohorts
from db.queries.perioperative import phase_events, phase_totals, procedures
from db.queries.surgery import ambiguous_onsets
from trial.clocks.perioperative import DAY_ZERO, SECONDS_AN_HOUR, UNPLACED, PhaseEdge, compute_procedure_facts, compute_spread, list_edges
from trial.signals.intervals import describe_rate

MOST_NAMED = 60
"""Up to this many procedures each subject has a mark of its own in the grid."""
LANES_A_PAGE = 12


def render(view: View) -> None:
    """Show the page."""
    cohort = _choose_cohort(view)
    operations = view.read(procedures, cohort=cohort)
    if operations.empty:
        _show_none(view)
        return
    if not view.protocol.phases:
        show_answer(say("{n} procedures are on record; the phases around them are not declared.", n=f"{len(operations):,}"))
        _show_undeclared()
    else:
        edges = list_edges(view.protocol.phases)
        totals = view.read(phase_totals, phases=view.protocol.phases, cohort=cohort)
        _show_answer(view, totals, edges, cohort)
        _show_cards(_read_facts(view, cohort))
        show_phases(view, totals, edges, cohort, named=len(operations) <= MOST_NAMED)
    _show_hours(view, operations, cohort)
    if view.protocol.phases:
        show_surgery(Operated(view, cohort, operations["subject"].nunique()))
    _show_procedures(view, _read_facts(view, cohort))


@kept
def _read_facts(view: View, cohort: int | None) -> pd.DataFrame:
    """PROCEDURE_FACTS of the operations."""
    return compute_procedure_facts(view.read(procedures, cohort=cohort))


def _choose_cohort(view: View) -> int | None:
    names = dict(view.read(cohorts)[["cohort", "label"]].itertuples(index=False))
    if len(names) < 2:
        return None
    chosen = st.selectbox(
        say("Cohort"),
        [None, *names],
        key="perioperative-cohort",
        width=320,
        format_func=lambda number: say("all cohorts") if number is None else names[number],
    )
    return None if chosen is None else int(chosen)


def _show_none(view: View) -> None:
    """Nothing to place events around; and, where phases are missing too, how to declare them."""
    show_answer(say("No procedure is on record, so no event can be placed around one."))
    show_missing(
        say("Procedures are missing."),
        say("They come with an import (SDTM domain PR) or with the trial's own record: incision and closure, each with its time."),
    )
    if not view.protocol.phases:
        _show_undeclared()


def _show_undeclared() -> None:
    show_missing(
        say("The protocol declares no [[phases]]."),
        say(
            "Declare each with code, label, from_hours and to_hours after closure (right-closed; the operation itself has neither); "
            "then load the protocol file as a new version."
        ),
    )


def _show_answer(view: View, totals: pd.DataFrame, edges: tuple[PhaseEdge, ...], cohort: int | None) -> None:
    """How many had an event during the operation and right after it; what is doubtful about causes and dates."""
    found, names = totals.set_index("phase"), name_phases(view, totals)
    near = [edge.code for edge in edges if edge.side == "during"] + [edge.code for edge in edges if edge.side == "after"][:1]
    parts = [
        f"{names[code]}: {translate(describe_rate(int(found.loc[code, 'subjects']), int(found.loc[code, 'at_risk'])))}" for code in near
    ]
    early = view.read(phase_events, phases=view.protocol.phases, cohort=cohort, early=True)
    tone: Tone = "caution" if len(early) else "plain"
    basis = [
        say("At risk: followed to the end of the phase, or with the event in it. Events belong to the nearest procedure before them."),
        _describe_doubtful(found),
        _describe_ambiguous(view.read(ambiguous_onsets)),
    ]
    if len(early):
        basis.append(
            say(
                "Attributed to the product or the procedure, yet begun before it: {names} ({n} in all).",
                n=len(early),
                names=", ".join(f"{one.subject} {one.term}" for one in early.head(5).itertuples()),
            )
        )
    show_answer(say("Subjects with an event, {parts}.", parts="; ".join(parts)), basis, tone=tone)


def _describe_ambiguous(found: pd.DataFrame) -> str:
    """That events without a time fell on a day with two procedures; nothing where none did."""
    if found.empty:
        return ""
    return say(
        "{n} events without a time began on a day with two procedures: they stand with the last of that day, and nobody can tell: {names}.",
        n=f"{len(found):,}",
        names=", ".join(f"{one.subject} {one.term}" for one in found.head(5).itertuples()),
    )


def _describe_doubtful(found: pd.DataFrame) -> str:
    """How many events could not be placed by the hour, and why."""
    counts = {code: int(found.loc[code, "events"]) if code in found.index else 0 for code in (DAY_ZERO, UNPLACED)}
    words = [say("{n} on the day of surgery without a time", n=f"{counts[DAY_ZERO]:,}")] if counts[DAY_ZERO] else []
    words += [say("{n} without a complete date", n=f"{counts[UNPLACED]:,}")] if counts[UNPLACED] else []
    return say("Events that no phase can hold stand in columns of their own: {parts}.", parts=", ".join(words)) if words else ""


def _show_cards(facts: pd.DataFrame) -> None:
    """Four measures of the operations, with how many of them they rest on."""
    cards = (
        (say("Operation"), facts["operation_minutes"], say("min")),
        (say("Incision to first cell"), facts["before_cells_minutes"], say("min")),
        (say("First to last cell"), facts["injection_minutes"], say("min")),
        (say("Blood loss"), facts["blood_loss_ml"], "mL"),
    )
    for column, (label, values, unit) in zip(st.columns(len(cards), gap="small"), cards, strict=True):
        spread = compute_spread(values)
        with column, st.container(border=True, height="stretch"):
            if spread is None:
                show_fact(label, say("not recorded"))
                continue
            detail = say(
                "median of {n}; {least} to {most}", n=f"{spread.count:,}", least=f"{spread.least:,.0f}", most=f"{spread.most:,.0f}"
            )
            show_fact(label, f"{spread.median:,.0f} {unit}", detail)


def _show_hours(view: View, operations: pd.DataFrame, cohort: int | None) -> None:
    st.subheader(say("Hour by hour"), anchor=False)

    @piece
    def hours() -> None:
        """One page of procedures by the hour; it reruns alone."""
        anchors = {"closure_at": say("closure"), "first_cell_at": say("first cell")}
        anchor = st.segmented_control(
            say("Hours from"), list(anchors), default="closure_at", required=True, key="hours-anchor", format_func=anchors.__getitem__
        )
        pages = -(-len(operations) // LANES_A_PAGE)
        page = st.pagination(pages, key=f"hours-page-{cohort}") if pages > 1 else 1
        shown = operations.iloc[(page - 1) * LANES_A_PAGE : page * LANES_A_PAGE]
        events = view.read(phase_events, phases=view.protocol.phases, cohort=cohort, subjects=tuple(sorted(set(shown["subject"]))))
        edges = _phase_ends(view) if anchor == "closure_at" else {}
        figure = draw_hours(shown, events, anchor=anchor or "closure_at", edges=edges, colours=view.colours)
        alt = say("A lane per procedure with anaesthesia, operation, injection and events in hours")
        show_figure(figure, key="hours", alt=alt, clickable=True)
        show_basis(
            view,
            name_operated(operations["subject"].nunique()),
            say(
                "Procedures {first}-{last} of {count}, newest first. The axis is drawn out near 0. A whisker spans the day of an event "
                "whose time is unknown, a thick rim means serious; * the anchor was not recorded and local noon stands in for it.",
                first=(page - 1) * LANES_A_PAGE + 1,
                last=(page - 1) * LANES_A_PAGE + len(shown),
                count=f"{len(operations):,}",
            ),
        )

    hours()


def _phase_ends(view: View) -> dict[float, str]:
    """Where each declared phase after closure ends, in hours, with its label."""
    labels = {part.code: part.label for part in view.protocol.phases}
    ends = [edge for edge in list_edges(view.protocol.phases) if edge.side == "after" and edge.until is not None]
    return {edge.until / SECONDS_AN_HOUR: labels[edge.code] for edge in ends if edge.until is not None}


def _show_procedures(view: View, facts: pd.DataFrame) -> None:
    st.subheader(say("Every procedure"), anchor=False)
    headings = {
        "subject": say("Subject"),
        "cohort": say("Cohort"),
        "type": say("Procedure"),
        "performed_on": say("Day"),
        "incision": say("Incision"),
        "closure": say("Closure"),
        "operation": say("Operation, min"),
        "cells": say("Incision to cells, min"),
        "injection": say("Injection, min"),
        "blood_loss": say("Blood loss, mL"),
        "monitoring": say("Neuromonitoring"),
        "deviation": say("Deviation"),
    }

    def fetch(page: int, size: int) -> pd.DataFrame:
        """One page of the procedures; durations in whole minutes."""
        part = facts.iloc[(page - 1) * size : page * size]
        return part.assign(
            operation=part["operation_minutes"].round().astype("Int64"),
            cells=part["before_cells_minutes"].round().astype("Int64"),
            injection=part["injection_minutes"].round().astype("Int64"),
            blood_loss=part["blood_loss_ml"].round().astype("Int64"),
            monitoring=[_monitoring(one.neuromonitoring, one.alert) for one in part.itertuples()],
        )

    show_pages(len(facts), fetch, key="procedures", headings=headings, subject="subject")
    show_note(say("Incision and closure on the clock of the site; durations in minutes."))
    offer_download(view, "procedures", facts)


def _monitoring(kind: object, alert: object) -> str:
    """Neuromonitoring in words, with its alert."""
    if pd.isna(kind):
        return ""
    return f"{kind}, {say('alert')}" if holds(alert) else str(kind)


if __name__ == "__main__":
    show_page("perioperative", render)
