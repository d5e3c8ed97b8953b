"""The DLT window: who is evaluable, who is pending, and why.

A window of N days is counted from the day of the administration, which is day 0; it is complete at the end of day N.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from trial.clocks.calendar import compute_day_after, compute_days_between
from trial.protocol import DltPart
from trial.sentence import Sentence
from trial.tables import DLT_LEDGER

DLT = "DLT"
PENDING = "pending"
EVALUABLE = "evaluable"
NOT_EVALUABLE = "not evaluable"


@dataclass(frozen=True)
class Window:
    """One subject's window at the cut-off."""

    starts_on: date
    ends_on: date
    day: int
    days: int

    @property
    def is_open(self) -> bool:
        """Whether the cut-off (the end of its day) still lies inside the window."""
        return self.day < self.days


def compute_window(rule: DltPart, first_dose_on: date, last_dose_on: date, day: date) -> Window:
    """Return the window of a subject dosed on these days, as seen at the end of ``day``."""
    start = last_dose_on if rule.counted_from == "last dose" else first_dose_on
    return Window(
        start, compute_day_after(start, rule.window_days), min(compute_days_between(start, day), rule.window_days), rule.window_days
    )


def compute_ledger(dosed: pd.DataFrame, rule: DltPart, day: date) -> pd.DataFrame:
    """Return DLT_LEDGER for the subjects of DOSED, as seen at the end of ``day``, in the same order."""
    return DLT_LEDGER.frame([_ledger_row(subject, rule, day) for subject in dosed.itertuples(index=False)])


def _ledger_row(subject: Any, rule: DltPart, day: date) -> tuple[object, ...]:
    window = compute_window(rule, subject.first_dose_on.date(), subject.last_dose_on.date(), day)
    left_on = None if pd.isna(subject.left_on) else subject.left_on.date()
    assessment = None if pd.isna(subject.dlt) else str(subject.dlt)
    state, because = _judge(window, assessment, left_on, None if pd.isna(subject.dlt_term) else str(subject.dlt_term))
    counts = assessment in ("yes", "pending")
    return (
        subject.subject,
        subject.site,
        subject.cohort,
        subject.dose_level,
        subject.first_dose_on,
        window.starts_on,
        window.ends_on,
        window.day,
        window.is_open,
        state,
        because,
        subject.dlt_term if counts else None,
        subject.dlt_on if counts else None,
    )


def _judge(window: Window, assessment: str | None, left_on: date | None, term: str | None) -> tuple[str, Sentence]:
    """State of one subject and the reason: a DLT counts at once, an open question or window is pending."""
    if assessment == "yes":
        return DLT, Sentence("{term} was judged a DLT", term=term)
    if assessment == "pending":
        return PENDING, Sentence("{term} awaits its DLT judgement", term=term)
    if left_on is not None and left_on < window.ends_on:
        return NOT_EVALUABLE, Sentence("left on {day}, before the window was complete, without a DLT", day=left_on)
    if window.is_open:
        return PENDING, Sentence("day {day} of {days}", day=window.day, days=window.days)
    return EVALUABLE, Sentence("{days} days complete without a DLT", days=window.days)
