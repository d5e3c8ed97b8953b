"""Events by perioperative phase: the picture, who is behind each of its numbers, and the table."""

import pandas as pd
import streamlit as st

from dashboard.charts.marks import grade_words
from dashboard.charts.perioperative import MOST_MARKS, cell_key, draw_phases, when_words
from dashboard.parts.basis import name_operated, show_basis
from dashboard.parts.figure import pick_mark, show_figure
from dashboard.parts.journey import open_subject
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_pages, show_table
from dashboard.parts.words import show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.perioperative import phase_events, phase_terms
from trial.clocks.perioperative import DAY_ZERO, UNPLACED, PhaseEdge
from trial.signals.intervals import describe_rate

MOST_TERMS = 20


def name_phases(view: View, totals: pd.DataFrame) -> dict[str, str]:
    """Return the phases in order of time by code, with their labels; the two columns for onsets that no phase can hold come last."""
    labels = {part.code: part.label for part in view.protocol.phases}
    labels |= {DAY_ZERO: say("day of surgery, no time"), UNPLACED: say("date incomplete")}
    return {code: labels[code] for code in totals["phase"]}


def show_phases(view: View, totals: pd.DataFrame, edges: tuple[PhaseEdge, ...], cohort: int | None, *, named: bool) -> None:
    """Show terms by phase under PHASE_TOTALS; where ``named`` each subject has a mark of its own, else a number leads to its subjects."""
    st.subheader(say("Events by phase"), anchor=False)
    terms = view.read(phase_terms, phases=view.protocol.phases, cohort=cohort)
    order = _rank_terms(terms, edges)

    @piece
    def picture() -> None:
        """The picture and who is behind a number; it reruns alone."""
        _show_picture(view, totals, terms, order, cohort, named=named)

    picture()
    _show_terms(view, terms, order, name_phases(view, totals), cohort)


def _show_picture(view: View, totals: pd.DataFrame, terms: pd.DataFrame, order: list[str], cohort: int | None, *, named: bool) -> None:
    phases, shown = view.protocol.phases, order[:MOST_TERMS]
    figure = draw_phases(
        totals,
        terms,
        view.read(phase_events, phases=phases, cohort=cohort) if named else None,
        phases=name_phases(view, totals),
        causes={part.head: part.label for part in view.protocol.attributions},
        order=shown,
        colours=view.colours,
    )
    alt = say("Terms by perioperative phase with the subjects at risk above each phase, and the causes of the events")
    key, clicked = f"phases-{cohort}", ""
    if view.sees(phase_events):
        clicked = pick_mark(figure, key=key, alt=alt)
    else:
        show_figure(figure, key=key, alt=alt)
    shown_words = say("{n} of {all} terms, those first that most subjects had around the procedure.", n=len(shown), all=len(order))
    mark_words = say("A mark is a subject with its worst grade there, a number stands for more than {most} subjects.", most=MOST_MARKS)
    show_basis(view, name_operated(int(totals["operated"].max())), shown_words, mark_words if named else "")
    cells = {cell_key(row): (str(row.term), str(row.phase)) for row in terms.itertuples()}
    if clicked in cells:
        _show_cell(view, *cells[clicked], name_phases(view, totals), cohort)
    elif clicked:
        open_subject(clicked)


def _show_cell(view: View, term: str, phase: str, names: dict[str, str], cohort: int | None) -> None:
    """The events that a number stands for."""
    events = view.read(phase_events, phases=view.protocol.phases, cohort=cohort, term=term)
    events = events[events["phase"] == phase]
    measure = f"{term}, {names[phase]}"
    show_note(
        say("{measure}: {n} subjects behind the mark. A row opens its subject.", measure=measure, n=f"{events['subject'].nunique():,}")
    )
    rows = list(events.itertuples())
    table = events.assign(when=[when_words(one) for one in rows], worst=[grade_words(one.grade, one.severity) for one in rows])
    headings = {"subject": say("Subject"), "worst": say("CTCAE"), "when": say("Onset"), "event": say("Event")}
    show_table(table, key=f"phase-cell-{cohort}", headings=headings, subject="subject", rows=8)


def _show_terms(view: View, terms: pd.DataFrame, order: list[str], names: dict[str, str], cohort: int | None) -> None:
    """Every term by phase, in the order of the picture."""
    ranks = {term: place for place, term in enumerate(order)}, {code: place for place, code in enumerate(names)}
    ordered = terms.assign(first=terms["term"].map(ranks[0]), second=terms["phase"].map(ranks[1])).sort_values(["first", "second"])
    rows = list(ordered.itertuples())
    table = ordered.assign(
        phase_name=[names[one.phase] for one in rows],
        rate=[translate(describe_rate(int(one.subjects), int(one.at_risk))) for one in rows],
        worst=[grade_words(one.grade, one.severity) for one in rows],
    )
    headings = {"term": say("Term"), "phase_name": say("Phase"), "rate": say("Subjects, of at risk"), "events": say("Events")}
    headings |= {"worst": say("Worst"), "serious": say("With a serious one")}
    show_pages(len(table), lambda page, size: table.iloc[(page - 1) * size : page * size], key=f"phase-terms-{cohort}", headings=headings)
    offer_download(view, "events-by-phase", table[list(headings)], filters="" if cohort is None else f"cohort {cohort}")


def _rank_terms(terms: pd.DataFrame, edges: tuple[PhaseEdge, ...]) -> list[str]:
    """The terms, those first that most subjects had from incision to the end of the last phase that has one."""
    near = [edge.code for edge in edges if edge.side == "during" or (edge.side == "after" and edge.until is not None)] + [DAY_ZERO]
    totals = (
        terms.assign(near=terms["subjects"].where(terms["phase"].isin(near), 0)).groupby("term", as_index=False)[["near", "subjects"]].sum()
    )
    return [str(term) for term in totals.sort_values(["near", "subjects", "term"], ascending=[False, False, True])["term"]]
