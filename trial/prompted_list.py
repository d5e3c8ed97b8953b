"""Prompted lists: which complications a site is asked for by name after surgery, and whether an answer and an event contradict each other.

A site that is asked for each complication reports about twice as many as one that is not (210 of 336 operations with SAVES against 97 of
336 without, Eur Spine J 2024), so a count is read with the way it was looked for. What is asked for is what the protocol holds against
a background rate after surgery; nothing is taken from any published list.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from trial.protocol import BackgroundPart
from trial.tables.surgery import ASKED_COMPLICATIONS

OCCURRED, DENIED, NOT_ASSESSED = "occurred", "did not occur", "not assessed"
NOT_ASKED = "not asked"
"""No list of a procedure names the complication: never the same as an answer that it did not occur."""
PERIOD_DAYS: Mapping[str, int] = {"to 30 days": 30, "to 90 days": 90}
"""Calendar days after surgery at which a period ends; discharge is the day of the answer."""
DURING = "intraoperative"
PERIOD_MARKS: Mapping[str, str] = {DURING: "OP", "to discharge": "DC", "to 30 days": "D30", "to 90 days": "D90"}
"""How a period stands in the code of an answer."""


@dataclass(frozen=True)
class Onset:
    """When an event began, seen from its procedure: calendar days, and hours from incision and closure; None where not known."""

    days_after: int | None
    hours_after_start: float | None = None
    hours_after_closure: float | None = None

    @property
    def during(self) -> bool | None:
        """Whether it began between incision and closure; None where only its day is known, and that is the day of surgery."""
        if self.hours_after_start is not None and self.hours_after_closure is not None:
            return self.hours_after_start >= 0 >= self.hours_after_closure
        return None if self.days_after in (None, 0) else False


def list_complications(rates: Iterable[BackgroundPart]) -> tuple[BackgroundPart, ...]:
    """Return the background rates that are asked for after surgery: those that name days after it, in their order."""
    return tuple(rate for rate in rates if rate.after_surgery_days is not None)


def lies_within(onset: Onset, period: str, answered_after: int | None) -> bool | None:
    """Return whether an event began in the period of an answer given ``answered_after`` days after surgery; None where that is open.

    What began after the answer is not of its period.
    """
    if period == DURING:
        return onset.during
    days = onset.days_after
    if days is None or answered_after is None:
        return None
    if days > min(PERIOD_DAYS.get(period, answered_after), answered_after) or days < 0:
        return False
    if onset.hours_after_closure is not None:
        return onset.hours_after_closure > 0
    return True if days > 0 else None


def find_contradiction(answer: str, within: Iterable[bool | None]) -> bool:
    """Return whether an answer and the events of its kind (each with `lies_within`) surely contradict each other.

    It occurred, and no event can have been it; or it did not occur, and some event surely did.
    """
    placed = tuple(within)
    if answer == OCCURRED:
        return all(place is False for place in placed)
    return answer == DENIED and any(place is True for place in placed)


def compute_asked(procedures: pd.DataFrame, lists: pd.DataFrame, rates: Iterable[BackgroundPart]) -> pd.DataFrame:
    """Return ASKED_COMPLICATIONS of SUBJECT_PROCEDURES and ENTRY_LISTS: every complication after every procedure, asked for or not.

    In the order of the procedures and of the protocol; answers on what the protocol does not ask for any more come last, by their code.
    """
    labels = {rate.code: rate.label for rate in list_complications(rates)}
    answers: dict[tuple[str, str], list[tuple[object, ...]]] = {}
    for one in lists.itertuples():
        answers.setdefault((one.procedure, one.complication), []).append((one.answer, one.period, one.checked_on, one.event, one.term))
    unasked: list[tuple[object, ...]] = [(NOT_ASKED, None, None, None, None)]
    former = sorted({code for _, code in answers} - set(labels))
    return ASKED_COMPLICATIONS.frame(
        (code, day, labels.get(complication, complication), *answer)
        for code, day in procedures[["code", "performed_on"]].itertuples(index=False)
        for complication in (*labels, *former)
        for answer in answers.get((code, complication), unasked if complication in labels else ())
    )
