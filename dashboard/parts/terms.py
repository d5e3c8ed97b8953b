"""Adverse events by term: by worst grade or as shares with intervals, of the events that the reader chooses, and every term in a table."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.adverse_events import draw_terms, draws_marks, rank_terms
from dashboard.kept import kept
from dashboard.parts.basis import name_dosed, show_basis
from dashboard.parts.figure import show_figure
from dashboard.parts.grouping import arrange_terms, choose_grouping
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_pages
from dashboard.parts.term_dots import count_dosed, read_incidence, show_dots
from dashboard.parts.words import show_note
from dashboard.text import say
from dashboard.view import View
from db.queries.events import Arms, event_terms, term_subjects
from trial.protocol import Head
from trial.tables.safety import TERM_SUBJECTS

MOST_TERMS = 15


def show_terms(view: View, incidence: pd.DataFrame, arms: Arms) -> None:
    """Show the terms of the events that the reader chooses, drawn and in a table."""
    st.subheader(say("By term and worst grade"), anchor=False)

    @piece
    def by_term() -> None:
        """Terms and table; they rerun alone when their scope is chosen."""
        _show_counted(view, incidence, arms)

    by_term()


def _show_counted(view: View, incidence: pd.DataFrame, arms: Arms) -> None:
    """The terms of the chosen events: the most frequent drawn, all of them in the table."""
    emergent, head = _choose_scope(view)
    meddra = choose_grouping(view)
    terms = view.read(event_terms, arms=arms, emergent=emergent, head=head, meddra=meddra)
    order = rank_terms(terms)
    if not order:
        show_note(say("No event of this kind."))
        return
    if _choose_picture() == "dots":
        shown = show_dots(view, arms, emergent=emergent, head=head, meddra=meddra)
    else:
        shown = _show_grades(view, incidence, arms, tuple(order[:MOST_TERMS]), emergent=emergent, head=head, meddra=meddra)
    more = len(order) - shown
    show_basis(
        view,
        name_dosed(count_dosed(incidence)),
        say("The {n} most frequent of {all} terms; {more} more are in the table.", n=shown, all=len(order), more=more)
        if more > 0
        else say("All {n} terms.", n=shown),
    )
    table, headings = _arrange_terms(view, arms, emergent=emergent, head=head, meddra=meddra)
    show_pages(
        len(table),
        lambda page, size: table.iloc[(page - 1) * size : page * size],
        key=f"term-table-{emergent}-{head}-{meddra}",
        headings=headings,
    )
    offer_download(
        view,
        "adverse-events-by-term",
        terms,
        filters=f"treatment-emergent {emergent}, cause {head or 'any'}, arms {arms}, by MedDRA {meddra or '-'}",
    )


def _choose_picture() -> str:
    """How the terms are drawn: by worst grade, or as shares with their intervals."""
    ways = {"grades": say("Worst grade"), "dots": say("Share with interval")}
    return (
        st.segmented_control(say("Drawn"), list(ways), default="grades", required=True, key="ae-drawn", format_func=ways.__getitem__)
        or "grades"
    )


def _show_grades(view: View, incidence: pd.DataFrame, arms: Arms, shown: tuple[str, ...], **scope: Any) -> int:
    """The most frequent terms of a scope by worst grade; how many they are."""
    terms = view.read(event_terms, arms=arms, **scope)
    marks = draws_marks(incidence) and view.sees(term_subjects)
    people = view.read(term_subjects, terms=shown, arms=arms, **scope) if marks else TERM_SUBJECTS.empty()
    figure = draw_terms(terms, people, incidence, shown, colours=view.colours)
    alt = say("Subjects by worst grade for the most frequent terms, a panel for each cohort")
    show_figure(figure, key=f"terms-{'-'.join(map(str, scope.values()))}-{arms}", alt=alt, clickable=marks)
    return len(shown)


@kept
def _arrange_terms(view: View, /, arms: Arms, **scope: Any) -> tuple[pd.DataFrame, dict[str, str]]:
    """The table of all terms, with its headings."""
    return arrange_terms(view.read(event_terms, arms=arms, **scope), read_incidence(view, arms))


def _choose_scope(view: View) -> tuple[bool, Head | None]:
    """Which events the terms are counted from."""
    kinds = {True: say("treatment-emergent"), False: say("all, also before dosing")}
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        emergent = st.segmented_control(
            say("Counted"), list(kinds), default=True, required=True, key="ae-counted", format_func=kinds.__getitem__
        )
    heads: list[Head | None] = [None, *(part.head for part in view.protocol.attributions)]
    with right:
        head = st.selectbox(
            say("Caused by"),
            heads,
            key="ae-cause",
            width=320,
            format_func=lambda head: say("any cause") if head is None else view.protocol.label_of(head),
        )
    return emergent is not False, head
