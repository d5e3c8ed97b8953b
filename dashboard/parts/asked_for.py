"""Beside a count of complications: after how many procedures each was asked for by name, and where answers and events differ.

And of one subject: what was asked and answered after each of its procedures.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard.numbers import iso
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.complications import complication_checks, complication_faults, entry_lists
from db.queries.subject_story import subject_procedures
from trial.data_faults import fault_of
from trial.prompted_list import NOT_ASKED, compute_asked
from trial.protocol import BackgroundPart
from trial.sentence import Sentence

FOUND = Sentence("In one study of spine surgery these found 97, a list asked name by name 210, of 336 operations (Eur Spine J 2024).")


def read_checks(view: View, rates: tuple[BackgroundPart, ...]) -> Mapping[str, Any]:
    """Return the rows of COMPLICATION_CHECKS by the code of their background rate."""
    return {row.complication: row for row in view.read(complication_checks, rates=rates).itertuples()}


def describe_asked(check: Any) -> str:
    """Return after how many procedures a complication was asked for, and after how many to the end of the days it is counted over."""
    if not check.asked:
        return say("not asked for ({n} procedures)", n=f"{check.procedures:,}")
    return say(
        "{k} of {n} procedures; {to_end} to the end",
        k=f"{check.asked:,}",
        n=f"{check.procedures:,}",
        to_end=f"{check.asked_to_end:,}",
    )


def describe_answers(check: Any) -> str:
    """Return how many procedures answer that it occurred, that it did not, and how many leave it open."""
    return f"{check.occurred:,} · {check.not_occurred:,} · {check.not_assessed + check.no_list:,}"


def describe_capture(checks: Mapping[str, Any]) -> str:
    """Return in a sentence whether these counts come from prompted or from spontaneous reports."""
    asked = [int(check.asked) for check in checks.values()]
    procedures = max((int(check.procedures) for check in checks.values()), default=0)
    if not any(asked):
        words = say("No site was asked for any of them by name: every count is of spontaneous reports.")
    else:
        counts = f"{min(asked):,}" if min(asked) == max(asked) else f"{min(asked):,}-{max(asked):,}"
        words = say(
            "Asked for by name after {k} of {n} procedures; where nobody asked, a count is of spontaneous reports.",
            k=counts,
            n=f"{procedures:,}",
        )
    return f"{words} {translate(FOUND)}"


def show_contradictions(view: View, rates: tuple[BackgroundPart, ...]) -> None:
    """Show each answer that contradicts the adverse events, with what to do; nothing where none does."""
    found = view.read(complication_faults, rates=rates) if view.sees(complication_faults) else pd.DataFrame()
    if found.empty:
        return
    show_note(say("Answers that contradict the recorded events: {n}. A count is right only once each is settled.", n=f"{len(found):,}"))
    told = found.assign(
        label=[say(fault_of(rule).label) for rule in found["rule"]], cure=[say(fault_of(rule).cure) for rule in found["rule"]]
    )
    headings = {
        "subject": say("subject"), "event": say("event, or procedure"), "term": say("complication"), "onset": say("onset, or day"),
        "label": say("what is wrong"), "cure": say("what to do"),
    }  # fmt: skip
    show_table(told, key="surgery-contradictions", headings=headings, subject="subject", rows=6)


def show_asked(view: View, code: str) -> None:
    """Show what was asked and answered after a subject's procedures; where nobody was asked, that this says nothing of what occurred."""
    if view.read(subject_procedures, subject=code).empty:
        return
    asked = _read_asked(view, code)
    if asked.empty:
        show_note(say("The protocol names no complication to ask for."))
        return
    if (asked["answer"] == NOT_ASKED).all():
        show_note(say("Nobody has been asked for a complication by name: that none is on record does not say that none occurred."))
        return
    show_note(say("Complications asked for by name."))
    shown = asked.assign(
        answer=[say(answer) for answer in asked["answer"]],
        period=asked["period"].map(say, na_action="ignore"),
        after=[one.procedure if pd.isna(one.performed_on) else f"{one.procedure} · {iso(one.performed_on)}" for one in asked.itertuples()],
    )
    headings = {
        "complication": say("Complication"), "answer": say("Answer"), "period": say("Period asked about"), "checked_on": say("Asked on"),
        "event": say("Event"), "after": say("Procedure"),
    }  # fmt: skip
    show_table(shown, key="story-asked", headings=headings, rows=10)
    offer_download(view, "subject-complications", lambda now: _read_asked(now, code))


def _read_asked(view: View, code: str) -> pd.DataFrame:
    """ASKED_COMPLICATIONS of a subject."""
    procedures, lists = view.read(subject_procedures, subject=code), view.read(entry_lists, subject=code)
    return compute_asked(procedures, lists, view.protocol.background_rates)
