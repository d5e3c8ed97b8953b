"""Events that could be dose-limiting toxicities, until somebody has judged them: until then their subjects are pending."""

from typing import Any

import pandas as pd

from trial.clocks.calendar import compute_days_between
from trial.clocks.dlt_window import EVALUABLE, NOT_EVALUABLE, PENDING
from trial.protocol import DltPart
from trial.sentence import Sentence
from trial.tables.conduct import DLT_LEDGER, DLT_QUESTIONS

STANDINGS = {"yes": Sentence("judged a DLT"), "no": Sentence("judged no DLT"), "pending": Sentence("being judged")}
NOT_JUDGED = Sentence("not judged")


def find_questions(candidates: pd.DataFrame, ledger: pd.DataFrame, rule: DltPart) -> pd.DataFrame:
    """Return DLT_QUESTIONS: of DLT_CANDIDATES those judged or being judged, and those whose onset may lie in the window of DLT_LEDGER.

    An event without a day counts as inside: nobody can say that it was not.
    """
    windows = {row.subject: row for row in ledger.itertuples(index=False)}
    rows = [_question(row, windows.get(row.subject), rule) for row in candidates.itertuples(index=False)]
    return DLT_QUESTIONS.frame(row for row in rows if row is not None)


def hold_unjudged(ledger: pd.DataFrame, questions: pd.DataFrame) -> pd.DataFrame:
    """Return DLT_LEDGER in which a subject with an unjudged event of DLT_QUESTIONS is pending until it is judged."""
    open_terms = {row.subject: row.term for row in questions[questions["standing"] == NOT_JUDGED][::-1].itertuples(index=False)}
    if not open_terms:
        return ledger
    held = ledger["subject"].isin(list(open_terms)) & ledger["state"].isin([EVALUABLE, NOT_EVALUABLE, PENDING])
    words = [
        Sentence("{term} could be a DLT and is not judged yet", term=open_terms[code]) if hold else because
        for code, hold, because in zip(ledger["subject"], held, ledger["because"], strict=True)
    ]
    changed = ledger.assign(state=ledger["state"].mask(held, PENDING), because=words)
    return DLT_LEDGER.frame(changed.itertuples(index=False, name=None))


def _question(row: Any, window: Any, rule: DltPart) -> tuple[object, ...] | None:
    judged = None if pd.isna(row.dlt) else str(row.dlt)
    onset = None if pd.isna(row.onset_on) else row.onset_on
    inside = window is not None and (onset is None or window.first_dose_on <= onset <= window.window_ends_on)
    if judged is None and not inside:
        return None
    number = None if onset is None or window is None else compute_days_between(window.window_from.date(), onset.date())
    standing = STANDINGS.get(judged or "", NOT_JUDGED)
    return (row.subject, row.event, row.term, standing, number, _say_why(row, rule), row.reason, row.judged_at, row.judged_by)


def _say_why(row: Any, rule: DltPart) -> Sentence:
    """Its grade and cause, as the protocol asks for them."""
    if not pd.isna(row.grade):
        grade: Sentence = Sentence("grade {grade}", grade=int(row.grade))
    else:
        grade = Sentence("not graded") if pd.isna(row.severity) else Sentence("{severity}, not graded", severity=Sentence(row.severity))
    if row.attributed:
        cause = Sentence("possibly caused by what the protocol counts")
    elif row.cause_open:
        cause = Sentence("cause not judged yet")
    else:
        cause = Sentence("not caused by what the protocol counts")
    return Sentence("{grade} (from grade {least} on), {cause}", grade=grade, least=rule.minimum_grade, cause=cause)
