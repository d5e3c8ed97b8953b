"""What comes again: all events against the background rates, where counting subjects would not show it."""

import streamlit as st

from dashboard.numbers import decimal
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.events import event_overview
from db.queries.recurrence import repeated_events
from trial.signals.intervals import describe_percent
from trial.signals.recurrence import SIGNAL, judge_recurrence


def show_recurrence(view: View) -> None:
    """Show every declared background rate of which a subject had a second event; nothing without rates or the right to listings."""
    rates = view.protocol.background_rates
    if not rates or not view.sees(repeated_events):
        return
    overview = view.read(event_overview, aesi=view.protocol.aesi)
    days = int(overview.loc[overview["measure"] == "any", "days"].sum())
    table = judge_recurrence(view.read(repeated_events, rates=rates), rates, days)
    st.subheader(say("Events that come again"), anchor=False)
    if table.empty:
        show_note(say("Nobody had a second event of a declared background rate."))
        return
    asked = table[table["state"] == SIGNAL]
    if len(asked):
        show_note(say("More than expected, and again in several subjects: {names}.", names=", ".join(asked["label"])))
    rows = list(table.itertuples())
    shown = table.assign(
        state_words=[say(row.state) for row in rows],
        counted=[say("{events} in {subjects} subjects", events=row.events, subjects=row.subjects) for row in rows],
        returned=[f"{row.again}: {row.codes}" if row.again else "0" for row in rows],
        per_year=[say("{ratio} ({lower} to {upper})", ratio=decimal(r.rate), lower=decimal(r.lower), upper=decimal(r.upper)) for r in rows],
        expected_range=[" · ".join(decimal(n) for n in (row.expected_low, row.expected, row.expected_high)) for row in rows],
        by_chance=[" · ".join(describe_percent(p) for p in (row.chance_low, row.chance, row.chance_high)) for row in rows],
        words=[translate(row.reading) for row in rows],
    )
    headings = {
        "state_words": say("State at the cut-off"), "label": say("Event"), "words": say("In words"), "counted": say("All events"),
        "returned": say("Again within half a year"), "most": say("Most in one"), "per_year": say("Per subject-year"),
        "expected_range": say("Events expected: low · central · high"), "by_chance": say("As many by chance: low · central · high"),
    }  # fmt: skip
    show_table(shown, key="recurrence", headings=headings, rows=len(shown))
    show_note(
        say(
            "In {years} subject-years. A background share is read as the chance of a first event within a year, at a constant rate. "
            "Events of one subject depend on each other, so a signal needs a return in two subjects or more.",
            years=decimal(float(table["years"].iloc[0])),
        )
    )
    offer_download(view, "recurrence", lambda: table)
