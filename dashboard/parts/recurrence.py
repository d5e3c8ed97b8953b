"""What comes again: all events against the background rates, where counting subjects would not show it."""

from math import inf
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.kept import kept
from dashboard.numbers import decimal
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.events import event_overview
from db.queries.recurrence import repeated_events
from trial.signals.intervals import describe_percent
from trial.signals.recurrence import SIGNAL, judge_recurrence


def read_counted(view: View) -> pd.DataFrame | None:
    """Return REPEATED_EVENTS of the declared background rates; None without any, or without the right to listings."""
    rates = view.protocol.background_rates
    return view.read(repeated_events, rates=rates) if rates and view.sees(repeated_events) else None


@kept
def read_recurrence(view: View) -> pd.DataFrame | None:
    """Return RECURRENCE of the declared background rates; None without any, or without the right to listings."""
    rates, counted = view.protocol.background_rates, read_counted(view)
    if counted is None:
        return None
    overview = view.read(event_overview, aesi=view.protocol.aesi)
    days = int(overview.loc[overview["measure"] == "any", "days"].sum())
    return judge_recurrence(counted, rates, days)


def name_returning(table: pd.DataFrame | None) -> str:
    """Return in words what of RECURRENCE is a signal, for the answer of a page; nothing where there is none."""
    asked = [] if table is None else table.loc[table["state"] == SIGNAL, "label"].tolist()
    return say("More events than expected, and again in several subjects: {names}.", names=", ".join(asked)) if asked else ""


def show_recurrence(view: View, table: pd.DataFrame | None) -> None:
    """Show every declared background rate of which a subject had a second event."""
    if table is None:
        return
    st.subheader(say("Events that come again"), anchor=False)
    if table.empty:
        show_note(say("Nobody had a second event of a declared background rate."))
        return
    rows = list(table.itertuples())
    shown = table.assign(
        state_words=[say(row.state) for row in rows],
        counted=[say("{events} in {subjects} subjects", events=row.events, subjects=row.subjects) for row in rows],
        returned=[f"{row.again}: {row.codes}" if row.again else "0" for row in rows],
        per_year=[say("{ratio} ({lower} to {upper})", ratio=decimal(r.rate), lower=decimal(r.lower), upper=decimal(r.upper)) for r in rows],
        at_low=[describe_against(row, row.expected_low, row.chance_low) for row in rows],
        at_central=[describe_against(row, row.expected, row.chance) for row in rows],
        at_high=[describe_against(row, row.expected_high, row.chance_high) for row in rows],
        words=[translate(row.reading) for row in rows],
    )
    headings = {
        "label": say("Event"), "state_words": say("State at the cut-off"), "counted": say("All events"),
        "returned": say("Again within half a year"), "words": say("In words"), "most": say("Most in one"),
        "per_year": say("Per subject-year"),
        "at_low": say("If the background is low"), "at_central": say("If it is central"), "at_high": say("If it is high"),
    }  # fmt: skip
    show_table(shown, key="recurrence", headings=headings, rows=len(shown))
    show_note(
        say(
            "In {years} subject-years. A background share is read as the chance of a first event within a year, at a constant rate. "
            "Against it stand the events expected, observed over expected with the exact 95% interval (Garwood), and the chance of "
            "as many. Events of one subject depend on each other, so a signal needs a return in two subjects or more.",
            years=decimal(float(table["years"].iloc[0])),
        )
    )
    offer_download(view, "recurrence", table)


def describe_against(row: Any, expected: float, chance: float) -> str:
    """Return a row of RECURRENCE against ``expected`` events in words: ratio, its interval, and the chance; nothing without a ratio."""
    if not 0 < expected < inf:
        return ""
    ratio, lower, upper = (decimal(rate * row.years / expected) for rate in (row.rate, row.lower, row.upper))
    words = {"ratio": ratio, "lower": lower, "upper": upper, "chance": describe_percent(chance)}
    return say("{expected} expected: {ratio} times ({lower} to {upper}), chance {chance}", expected=decimal(expected), **words)
