"""The committee's decisions beside the rule: on what was known when they were taken, and on what is known of it now.

A committee may always be more careful than the rule. A less careful decision is flagged as one to be explained; a decision that was in
line with the rule and no longer would be, because something became known since, is flagged for another look.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal

import pandas as pd

from trial.escalation.decision import Decision
from trial.tables.decisions import DECISION_REVIEW

Verdict = Literal["agrees", "more careful", "less careful"]
HALTS = ("stop", "pause")
Ask = Callable[[pd.DataFrame], Decision]
"""What the rule says on a DLT_LEDGER."""


def compare_decision(rule: Decision, decision: str, next_level: int | None) -> Verdict:
    """Return how a committee's ``decision`` (its next dose level, None for none) stands to what the rule says."""
    halted = decision in HALTS or next_level is None
    if rule.action in ("stop", "wait"):
        return "agrees" if halted or (rule.action == "wait" and decision == "stay") else "less careful"
    if halted:
        return "more careful"
    assert next_level is not None and rule.dose is not None
    if next_level == rule.dose:
        return "agrees"
    return "more careful" if next_level < rule.dose else "less careful"


def review_decisions(
    decisions: pd.DataFrame, days: list[date], then: Mapping[date, pd.DataFrame], now: pd.DataFrame, ask: Ask
) -> pd.DataFrame:
    """Return DECISION_REVIEW, oldest first.

    ``decisions`` is COMMITTEE_DECISIONS and ``days`` the local day of each; ``then`` holds DLT_LEDGER as known at the end of each of
    these days and ``now`` as known at the cut-off.
    """
    rows = [_review(row, day, then[day], now, ask) for row, day in zip(decisions.itertuples(index=False), days, strict=True)]
    return DECISION_REVIEW.frame(rows)


def _review(row: Any, day: date, then: pd.DataFrame, now: pd.DataFrame, ask: Ask) -> tuple[object, ...]:
    level = None if pd.isna(row.next_level) else int(row.next_level)
    advice = ask(then)
    verdict = compare_decision(advice, row.decision, level)
    same = now[now["first_dose_on"] <= pd.Timestamp(day)]
    later = ask(same)
    reopened = verdict != "less careful" and compare_decision(later, row.decision, level) == "less careful"
    about = None if pd.isna(row.dose_level) else int(row.dose_level)
    return (
        row.code, day, about, row.decision, level, advice.action, advice.dose, verdict, advice.because,
        reopened, later.action, later.dose, later.because,
    )  # fmt: skip
