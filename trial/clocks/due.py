"""What somebody has to do, by when: visits, DLT windows that end, events that lack a judgement."""

from collections.abc import Iterator
from datetime import date

import pandas as pd

from trial.clocks.calendar import compute_day_after, compute_days_between
from trial.protocol import VisitPart
from trial.sentence import Sentence
from trial.tables import DUE_ITEMS

AHEAD_DAYS = 14
"""How far the list looks ahead."""

STATES = ("overdue", "due", "coming")

Item = tuple[date, date, Sentence, str, str]
"""Due day, last day on time, what, subject, site."""


def compute_due(
    visits: pd.DataFrame, questions: pd.DataFrame, ledger: pd.DataFrame, schedule: tuple[VisitPart, ...], day: date
) -> pd.DataFrame:
    """Return DUE_ITEMS, overdue ones first, then by day, from MISSING_VISITS, OPEN_QUESTIONS and DLT_LEDGER at the end of ``day``.

    A visit is overdue when its window is over; a question is due at once; DLT windows are listed as they come to an end.
    """
    items = [*_list_visits(visits, schedule), *_list_questions(questions), *_list_windows(ledger, day)]
    rows = [(due, what, subject, site, *_state(due, last, day)) for due, last, what, subject, site in items]
    rows.sort(key=lambda row: (STATES.index(row[4]), row[0], row[2], str(row[1])))
    return DUE_ITEMS.frame(rows)


def _list_visits(visits: pd.DataFrame, schedule: tuple[VisitPart, ...]) -> Iterator[Item]:
    planned = {visit.code: visit for visit in schedule}
    for row in visits.itertuples(index=False):
        visit = planned[row.visit]
        due = compute_day_after(row.first_dose_on.date(), visit.day)
        yield due, compute_day_after(due, visit.after_days), Sentence("visit: {label}", label=visit.label), row.subject, row.site


def _list_questions(questions: pd.DataFrame) -> Iterator[Item]:
    for row in questions.itertuples(index=False):
        day = row.known_on.date()
        yield (
            day,
            compute_day_after(day, 1),
            Sentence("{lacks} missing: {event} {term}", lacks=Sentence(row.lacks), event=row.event, term=row.term),
            row.subject,
            row.site,
        )


def _list_windows(ledger: pd.DataFrame, day: date) -> Iterator[Item]:
    for row in ledger[ledger["window_open"] & (ledger["state"] == "pending")].itertuples(index=False):
        ends = row.window_ends_on.date()
        if compute_days_between(day, ends) <= AHEAD_DAYS:
            yield ends, ends, Sentence("DLT window complete: judge evaluability"), row.subject, row.site


def _state(due: date, last: date, day: date) -> tuple[str, Sentence]:
    late, left = compute_days_between(last, day), compute_days_between(day, due)
    if late > 0:
        return "overdue", Sentence("{days} d overdue", days=late)
    if left <= 0:
        return "due", Sentence("due now")
    return "coming", Sentence("in {days} d", days=left)
