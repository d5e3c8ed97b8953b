"""The listing of adverse events on a page: filters that run in SQL, one page at a time, and its download."""

import hashlib
from collections.abc import Mapping, Set
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.marks import grade_words
from dashboard.numbers import iso
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_pages
from dashboard.parts.words import show_note
from dashboard.text import say
from dashboard.view import View
from db.queries.cohorts import cohorts
from db.queries.event_listing import EventFilter, Minimum, event_listing, event_tally
from trial.protocol import Head
from trial.terms import HEADS, RELATED


def show_events(view: View) -> None:
    """Let the reader filter the events and go through them; a row opens its subject."""
    st.subheader(say("Every event"), anchor=False)

    @piece
    def listing() -> None:
        """The events that the filters leave; it reruns alone."""
        chosen = _choose(view)
        whole = view.read(event_tally).iloc[0]
        kept = whole if chosen == EventFilter() else view.read(event_tally, filters=chosen).iloc[0]
        show_note(
            say(
                "{events} of {all} events, in {subjects} subjects; newest onset first. A row opens its subject.",
                events=f"{kept['events']:,}",
                all=f"{whole['events']:,}",
                subjects=f"{kept['subjects']:,}",
            )
        )
        show_pages(
            int(kept["events"]),
            lambda page, size: _arrange(view, view.read(event_listing, filters=chosen, offset=(page - 1) * size, limit=size)),
            key=f"events-{_mark(chosen)}",
            headings=_headings(),
            subject="subject",
        )
        if view.protocol.attributions:
            letters = ", ".join(f"{part.letter} {part.label}" for part in view.protocol.attributions)
            show_note(say("Causes: {letters}; * investigator and sponsor judge differently.", letters=letters))
        offer_download(view, "adverse-events", lambda now: now.read(event_listing, filters=chosen), filters=_describe(chosen))

    listing()


def _choose(view: View) -> EventFilter:
    """The filters, two rows of them."""
    names = dict(view.read(cohorts)[["cohort", "label"]].itertuples(index=False))
    first, second, third, fourth = st.columns([3, 2, 2, 2], gap="small", vertical_alignment="bottom")
    search = first.text_input(say("Term, verbatim or category contains"), key="ae-search", max_chars=100)
    cohort = second.selectbox(
        say("Cohort"), [None, *names], key="ae-cohort", format_func=lambda number: say("all cohorts") if number is None else names[number]
    )
    levels = _levels()
    minimum = third.selectbox(say("At least"), list(levels), key="ae-minimum", format_func=levels.__getitem__)
    heads: list[Head | None] = [None, *(part.head for part in view.protocol.attributions)]
    head = fourth.selectbox(
        say("Possibly caused by"),
        heads,
        key="ae-head",
        format_func=lambda head: say("any cause") if head is None else view.protocol.label_of(head),
    )
    first, second, third = st.columns([1.5, 1.5, 6], gap="small", vertical_alignment="bottom")
    first_on = first.date_input(say("Onset from"), value=None, key="ae-from", format="YYYY-MM-DD")
    last_on = second.date_input(say("Onset to"), value=None, key="ae-to", format="YYYY-MM-DD")
    with third.container(horizontal=True):
        flags: dict[str, Any] = {name: st.checkbox(words, key=f"ae-{name}") for name, words in _name_flags().items()}
    return EventFilter(
        cohort=cohort,
        search=search.strip(),
        minimum=minimum or "",
        head=head,
        first_on=first_on,
        last_on=last_on,
        aesi=view.protocol.aesi if flags["special"] else (),
        **flags,
    )


def _name_flags() -> dict[str, str]:
    """The fields of a filter that are on or off, with their words."""
    return {
        "serious": say("serious only"),
        "fatal": say("fatal only"),
        "limiting": say("DLT only"),
        "special": say("of special interest only"),
        "emergent": say("treatment-emergent only"),
        "unreviewed": say("not reviewed as it stands"),
    }


def _levels() -> dict[Minimum, str]:
    """The thresholds of both scales, each named by its own."""
    return {
        "": say("any grade"),
        "2": say("grade 2 or above"),
        "3": say("grade 3 or above"),
        "4": say("grade 4 or above"),
        "5": say("grade 5"),
        "moderate": say("moderate or severe"),
        "severe": say("severe"),
    }


def _headings() -> dict[str, str]:
    return {
        "subject": say("Subject"),
        "cohort": say("Cohort"),
        "term": say("Term"),
        "grade_words": say("Grade and marks"),
        "causes": say("Causes"),
        "began": say("Onset"),
        "study_day": say("Study day"),
        "outcome_words": say("Outcome"),
        "looked_at": say("Looked at"),
        "category": say("Category"),
        "verbatim": say("As reported"),
        "event": say("Event"),
    }


def _arrange(view: View, page: pd.DataFrame) -> pd.DataFrame:
    """One page of the listing with grade and marks, causes and outcome in words."""
    letters: dict[str, str] = {part.head: part.letter for part in view.protocol.attributions}
    special = {term.casefold() for part in view.protocol.aesi for term in part.terms}
    rows = list(page.itertuples())
    return page.assign(
        grade_words=[", ".join([grade_words(row.grade, row.severity), *_flags(row, special)]) for row in rows],
        causes=[_causes(row, letters) for row in rows],
        began=[_onset(row) for row in rows],
        outcome_words=["" if pd.isna(row.outcome) else say(row.outcome) for row in rows],
        looked_at=[_looked_at(int(row.reviews), int(row.comments)) for row in rows],
    )


def _looked_at(reviews: int, comments: int) -> str:
    """Whether anybody has reviewed the event as it stands, and how many comments it has."""
    state = say("reviewed") if reviews else say("not reviewed")
    if not comments:
        return state
    return f"{state}, {say('1 comment') if comments == 1 else say('{n} comments', n=comments)}"


def holds(flag: Any) -> bool:
    """Return whether a flag of a table is set; a missing one is not."""
    return not pd.isna(flag) and bool(flag)


def _flags(row: Any, special: Set[str]) -> list[str]:
    """What stands out about an event, in words; ``special`` are the case-folded terms of special interest."""
    marks = [(holds(row.serious), say("serious")), (row.dlt == "yes", "DLT"), (row.dlt == "pending", say("DLT pending"))]
    marks += [(not pd.isna(row.aesi) or row.term.casefold() in special, "AESI"), (not row.emergent, say("before dosing"))]
    return [words for shown, words in marks if shown]


def _causes(row: Any, letters: Mapping[str, str]) -> str:
    """The letters of the possible causes; a star where investigator and sponsor judge differently."""
    found = []
    for head in HEADS:
        judged = [getattr(row, f"{judge}_{head}") for judge in ("investigator", "sponsor")]
        views = [value in RELATED for value in judged if not pd.isna(value)]
        if any(views):
            found.append(letters.get(head, head[0].upper()) + ("" if all(views) else "*"))
    return " ".join(found)


def _onset(row: Any) -> str:
    """The onset as collected; its analysis day where nothing else is on record."""
    return iso(row.onset_on) if pd.isna(row.onset) else str(row.onset)


def _describe(chosen: EventFilter) -> str:
    """The filters that narrow, for the head of the download."""
    default = EventFilter()
    return ", ".join(f"{name} {value}" for name, value in vars(chosen).items() if value != getattr(default, name) and name != "aesi")


def _mark(chosen: EventFilter) -> str:
    """A short mark of the filters, so that each narrowing begins on its first page."""
    return hashlib.sha1(repr(chosen).encode(), usedforsecurity=False).hexdigest()[:8]
