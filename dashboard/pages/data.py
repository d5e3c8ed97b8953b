"""Data: what came in, what is wrong with it, the protocol in words, and downloads."""

import pandas as pd
import streamlit as st

from dashboard.parts.data_faults import fault_rules, show_data_faults
from dashboard.parts.frame import show_page
from dashboard.parts.intake import show_upload
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_pages, show_table
from dashboard.parts.words import Tone, show_answer, show_facts, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.data_faults import data_fault_counts
from db.queries.dosed import dosed
from db.queries.event_listing import event_listing
from db.queries.intake import data_issues, holdings, import_batches, issue_counts
from trial.protocol_words import describe_protocol


def render(view: View) -> None:
    """Show the page."""
    held, counts = view.read(holdings), view.read(issue_counts)
    broken = int(view.read(data_fault_counts, **fault_rules(view))["events"].sum())
    _show_summary(int(held["rows"].sum()), int(counts["issues"].sum()), broken, view)
    came, wrong = st.columns(2, gap="medium")
    with came:
        st.subheader(say("What the record holds"), anchor=False)
        headings = {"kind": say("rows of"), "rows": say("known at the cut-off"), "latest": say("newest known since")}
        show_table(held.assign(kind=[say(kind) for kind in held["kind"]]), key="holdings", headings=headings, rows=9)
        _show_imports(view)
    with wrong:
        st.subheader(say("What imports found"), anchor=False)
        headings = {"kind": say("kind"), "issues": say("found"), "subjects": say("subjects concerned")}
        show_table(counts.assign(kind=[say(kind) for kind in counts["kind"]]), key="issue-counts", headings=headings, rows=9)
    if not counts.empty:
        _show_issues(view, dict(zip(counts["kind"], counts["issues"], strict=True)))
    show_data_faults(view)
    show_upload(view)
    _show_protocol(view)
    st.subheader(say("Downloads"), anchor=False)
    with st.container(horizontal=True):
        offer_download(view, "dosed-subjects", lambda now: now.read(dosed), label=say("Dosed subjects (CSV)"))
        offer_download(view, "adverse-events", lambda now: now.read(event_listing), label=say("Adverse events (CSV)"))
        offer_download(view, "data-issues", lambda now: now.read(data_issues, size=100_000), label=say("Data problems (CSV)"))
        offer_download(view, "holdings", held, label=say("What the record holds (CSV)"))


def _show_summary(rows: int, issues: int, broken: int, view: View) -> None:
    """One sentence: how much there is, and how much of it is doubtful."""
    tone: Tone = "caution" if issues or broken else "plain"
    if issues or broken:
        found = {"issues": f"{issues:,}", "events": f"{broken:,}", "rows": f"{rows:,}"}
        sentence = say(
            "Problems from imports: {issues}; events, worksheets, answers and deaths in contradiction: {events}; rows in all: {rows}",
            **found,
        )
    else:
        sentence = say("{rows} rows, no problem found", rows=f"{rows:,}")
    origins = {
        "synthetic": say("Everything in this study is made up by the generator."),
        "imported": say("This study came by import; each row is known from its collection date, else from the day it happened."),
        "live": say("This study is entered live."),
    }
    show_answer(sentence, [origins.get(view.study.kind, "")], tone=tone)


def _show_imports(view: View) -> None:
    batches = view.read(import_batches)
    if batches.empty:
        show_note(say("No file has been imported into this study."))
        return
    st.subheader(say("What came in"), anchor=False)
    headings = {"imported_at": say("imported"), "actor": say("by"), "rows": say("rows"), "files": say("files"), "digest": say("content")}
    show_table(batches, key="imports", headings=headings, rows=5)


@piece
def _show_issues(view: View, counts: dict[str, int]) -> None:
    """The problems themselves, a page at a time; a row opens the subject it is about."""
    chosen = st.selectbox(
        say("Kind of problem"), ["", *counts], key="issue-kind", format_func=lambda kind: say(kind) if kind else say("all kinds")
    )
    count = int(counts[chosen] if chosen else sum(counts.values()))
    headings = {
        "file": say("file"),
        "row": say("row"),
        "column": say("column"),
        "subject": say("subject"),
        "message": say("what is wrong"),
        "done": say("what was done"),
    }
    show_pages(
        count,
        lambda page, size: _in_words(view.read(data_issues, kind=chosen, page=page, size=size)),
        key=f"issues-{len(chosen)}-{count}",
        headings=headings,
        subject="subject",
    )


def _in_words(issues: pd.DataFrame) -> pd.DataFrame:
    """DATA_ISSUES with what is wrong and what was done in the reader's language."""
    return issues.assign(**{name: issues[name].map(translate, na_action="ignore") for name in ("message", "done")})


def _show_protocol(view: View) -> None:
    """The protocol in force at the cut-off, in words."""
    with st.expander(say("The protocol in force at this cut-off, in words")):
        show_facts((translate(name), translate(text)) for name, text in describe_protocol(view.protocol))


if __name__ == "__main__":
    show_page("data", render)
