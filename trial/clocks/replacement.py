"""Subjects who left before their DLT window was complete, and whether somebody has taken their place."""

import pandas as pd

from trial.clocks.dlt_window import NOT_EVALUABLE
from trial.protocol import EscalationPart
from trial.sentence import Sentence

DUE = Sentence("replacement due")
REPLACED = Sentence("replaced")
LEFT_OPEN = Sentence("not replaced: the trial has left this dose")


def find_replacements(ledger: pd.DataFrame, rule: EscalationPart, level: int) -> dict[str, Sentence]:
    """Return for each subject of DLT_LEDGER who is not evaluable what has become of its place; ``level`` is the dose under way.

    Places are filled in the order of dosing: those who count at a dose fill its cohorts, and what is missing to a full cohort is due to
    those who were dosed last.
    """
    found: dict[str, Sentence] = {}
    for number, rows in ledger.dropna(subset=["dose_level"]).groupby("dose_level"):
        gone = rows.loc[rows["state"] == NOT_EVALUABLE].sort_values("first_dose_on", kind="stable")["subject"].tolist()
        counted = len(rows) - len(gone)
        missing = -counted % rule.cohort_size if counted else rule.cohort_size
        waiting = DUE if number == level else LEFT_OPEN
        found |= {code: waiting if place >= len(gone) - missing else REPLACED for place, code in enumerate(gone)}
    return found
