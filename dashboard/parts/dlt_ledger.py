"""The DLT ledger as parts of a page: every dosed subject with its window, and every event that could be a DLT."""

import pandas as pd
import streamlit as st

from dashboard.parts.live import LiveTrial
from dashboard.parts.table import offer_download, show_pages, show_table
from dashboard.parts.words import show_answer, show_note
from dashboard.text import say, translate
from dashboard.view import View
from trial.clocks.dlt_candidates import NOT_JUDGED
from trial.clocks.replacement import find_replacements

MOST_QUESTIONS = 200


def show_ledger(view: View, live: LiveTrial, labels: dict[int, str]) -> None:
    """Every dosed subject, the highest dose and the newest first: window, state and why, and what became of its place."""
    part = view.protocol.escalation
    assert part is not None
    st.subheader(say("The subjects behind the counts"), anchor=False)
    replaced = find_replacements(live.ledger, part, live.standing.level)
    ledger = live.ledger.sort_values(["dose_level", "first_dose_on"], ascending=[False, False], kind="stable")

    def fetch(page: int, size: int) -> pd.DataFrame:
        """One page of the ledger, in words."""
        rows = ledger.iloc[(page - 1) * size : page * size]
        return rows.assign(
            dose=[labels.get(level, "") for level in rows["dose_level"].fillna(0)],
            window=[_say_window(row) for row in rows.itertuples(index=False)],
            because=[translate(text) for text in rows["because"]],
            state=[say(state) for state in rows["state"]],
            place=[translate(replaced.get(code, "")) for code in rows["subject"]],
        )

    headings = {
        "subject": say("subject"),
        "site": say("site"),
        "dose": say("dose"),
        "first_dose_on": say("dosed on"),
        "window": say("DLT window"),
    }
    headings |= {"window_ends_on": say("window ends"), "state": say("DLT"), "because": say("because"), "place": say("place")}
    show_pages(len(ledger), fetch, key="ledger", subject="subject", headings=headings)
    offer_download(view, "dlt-ledger", live.ledger)


def _say_window(row: object) -> str:
    days = (row.window_ends_on - row.window_from).days  # type: ignore[attr-defined]
    if row.window_open:  # type: ignore[attr-defined]
        return say("open: day {day} of {days}", day=row.window_day, days=days)  # type: ignore[attr-defined]
    return say("closed: {days} days", days=days)


def show_questions(view: View, live: LiveTrial) -> None:
    """Every event that was judged or could be a DLT, those that wait for a judgement first."""
    st.subheader(say("Events that could be a DLT"), anchor=False)
    found = live.questions
    if found.empty:
        show_note(say("None: no event in a DLT window reaches the grade and the causes that the protocol counts."))
        return
    waiting = found[found["standing"].isin([NOT_JUDGED, "being judged"])]
    if len(waiting):
        codes = ", ".join(dict.fromkeys(waiting["subject"].head(12)))
        show_answer(
            say("{n} of {all} events wait for a judgement", n=len(waiting), all=len(found)),
            [say("Their subjects are pending until then: {codes}", codes=codes)],
            tone="caution",
        )
    else:
        show_note(say("All {n} are judged.", n=len(found)))
    rows = pd.concat([waiting, found.drop(waiting.index)]).head(MOST_QUESTIONS)
    table = rows.assign(standing=[say(word) for word in rows["standing"]], why=[translate(text) for text in rows["why"]])
    headings = {"subject": say("subject"), "term": say("event"), "window_day": say("window day"), "standing": say("judgement")}
    headings |= {"why": say("candidate because"), "judged_at": say("judged"), "judged_by": say("by"), "reason": say("reason")}
    show_table(table, key="questions", subject="subject", headings=headings, rows=8)
    offer_download(view, "dlt-candidates", found)
