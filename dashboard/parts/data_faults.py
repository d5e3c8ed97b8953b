"""Data faults on a page: how often each rule is broken, by which events, and what to do."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import show_note
from dashboard.text import say
from dashboard.view import View
from db.queries.data_faults import MOST_LISTED, data_fault_counts, data_fault_listing
from trial.data_faults import fault_of


def fault_rules(view: View) -> dict[str, Any]:
    """Return what the register of data faults needs of the protocol: what a DLT is, and which complications are asked for."""
    return {"dlt": view.protocol.dlt, "rates": view.protocol.background_rates}


def show_data_faults(view: View) -> None:
    """Show the rules of the register that are broken, how often, and what is behind each; a row opens its subject."""
    st.subheader(say("Adverse events, worksheets, answers and deaths that contradict themselves or the trial"), anchor=False)
    counts = view.read(data_fault_counts, **fault_rules(view))
    if counts.empty:
        show_note(say("No event, worksheet, answer or death breaks a rule of the register of data faults."))
        return
    told = counts.assign(
        label=[say(fault_of(rule).label) for rule in counts["rule"]], cure=[say(fault_of(rule).cure) for rule in counts["rule"]]
    )
    headings = {
        "label": say("what is wrong"),
        "events": say("found"),
        "subjects": say("subjects concerned"),
        "cure": say("what to do"),
    }
    show_table(told, key="data-faults", headings=headings, rows=8)
    if view.sees(data_fault_listing):
        _show_listing(view, told)


@piece
def _show_listing(view: View, counts: pd.DataFrame) -> None:
    """The events that break one rule, or any, by subject, each with what to do."""
    labels, cures = (dict(counts[["rule", words]].itertuples(index=False)) for words in ("label", "cure"))
    chosen = st.selectbox(say("Rule"), ["", *labels], key="data-fault", format_func=lambda rule: labels[rule] if rule else say("all rules"))
    listed = view.read(data_fault_listing, **fault_rules(view), broken=chosen or None)
    told = {"label": [labels[rule] for rule in listed["rule"]], "cure": [cures[rule] for rule in listed["rule"]]}
    shown = listed.assign(**told).sort_values(["subject", "event"], kind="stable", ignore_index=True)
    headings = {
        "subject": say("subject"), "event": say("event"), "term": say("term, or what does not agree"),
        "onset": say("onset, or day"), "end": say("end"), "label": say("what is wrong"), "cure": say("what to do"),
    }  # fmt: skip
    show_table(shown, key=f"data-fault-events-{chosen}", headings=headings, subject="subject", rows=8)
    if len(listed) >= MOST_LISTED:
        show_note(say("The first {n} events are listed.", n=f"{MOST_LISTED:,}"))
    offer_download(view, "data-faults", shown[list(headings)], filters=chosen or "all rules")
