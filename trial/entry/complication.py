"""Entering the answers of a prompted list of complications, and the rules that each must satisfy."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from trial.clocks.calendar import compute_days_between
from trial.entry.field import Field
from trial.entry.rule import Breach, breach
from trial.prompted_list import DENIED, PERIOD_DAYS
from trial.sentence import Sentence
from trial.terms import CHECK_ANSWERS, CHECK_PERIODS

PERIOD = Field("period", Sentence("Period asked about"), "choice", CHECK_PERIODS, required=True)
CHECKED_ON = Field("checked_on", Sentence("Asked on"), "day", required=True)
ANSWER = Field("answer", Sentence("Answer"), "choice", CHECK_ANSWERS, required=True)
ANSWER_FIELDS = (ANSWER, CHECKED_ON)
"""What may be corrected of an answer; one of another procedure or period is voided and entered anew."""


def check_list(values: Mapping[str, Any], performed_on: date | None, today: date) -> Iterator[Breach]:
    """Yield every rule that the day of a list breaks; ``performed_on`` is the day of its procedure."""
    asked, where = values.get("checked_on"), CHECKED_ON.label
    if asked is None:
        return
    if asked > today:
        yield breach("checked_on", where, Sentence("lies in the future"), Sentence("Correct the date."))
    if performed_on is not None and asked < performed_on:
        yield breach("checked_on", where, Sentence("lies before the procedure"), Sentence("Correct the date."))


def check_answer(values: Mapping[str, Any], performed_on: date | None) -> Iterator[Breach]:
    """Yield every rule that an answer breaks: nobody can say that something did not occur before the period is over."""
    asked, days = values.get("checked_on"), PERIOD_DAYS.get(values.get("period") or "")
    if values.get("answer") != DENIED or asked is None or performed_on is None or days is None:
        return
    if compute_days_between(performed_on, asked) < days:
        yield breach(
            "answer checked_on",
            ANSWER.label,
            Sentence("says that it did not occur, before the {days} days were over", days=days),
            Sentence("Leave it not assessed, or ask once they are over."),
        )
