"""Events that come again: all events against what the background rates lead one to expect, and in how many subjects they returned.

Counting subjects hides recurrence: three of twelve with an infection is as expected, also when these three had ten. A background rate is a
share p of subjects; read as the chance of a first event within a year it stands for -log(1 - p) events a year (a constant rate, our
proposal). Events of one subject are not independent, so many events alone are not called a signal: a signal is more events than expected
even at the high rate (Poisson, below 5%) and a return within half a year in two subjects or more. Half a year is the definition of a
recurrent urinary tract infection (EAU guidelines on urological infections). Interval: Garwood, see `exposure`.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log1p

import pandas as pd
from scipy.special import gammainc

from trial.protocol import BackgroundPart
from trial.sentence import Sentence
from trial.signals.expected import SURPRISING
from trial.signals.exposure import DAYS_A_YEAR, compute_rate
from trial.tables.recurrence import RECURRENCE

SIGNAL, WATCH, QUIET = "signal", "watch", "quiet"
STATES = (SIGNAL, WATCH, QUIET)
"""The states, worst first."""
AGAIN_DAYS = 183
ENOUGH_SUBJECTS = 2
CERTAIN = 1.0
"""A background share of 1 has no finite rate: nothing is more than expected then."""


def compute_yearly_rate(share: float) -> float:
    """Return the events a year whose first comes within a year with this chance; infinite for a share of 1."""
    return float("inf") if share >= CERTAIN else -log1p(-share)


def find_returned(days: Iterable[int | None]) -> bool:
    """Return whether two of these onsets (days, None where unknown) lie at most half a year apart."""
    known = sorted(day for day in days if day is not None)
    return any(later - earlier <= AGAIN_DAYS for earlier, later in pairwise(known))


def judge_recurrence(events: pd.DataFrame, rates: Sequence[BackgroundPart], days: int) -> pd.DataFrame:
    """Return RECURRENCE of REPEATED_EVENTS; ``days`` are the subject-days under observation since the first dose.

    A rate of which nobody had a second event has no row; nothing has one without time under observation.
    """
    rows = []
    for part in rates:
        own = events[events["background"] == part.code]
        counts = own.groupby("subject").size()
        if days > 0 and len(counts) and counts.max() > 1:
            rows.append(_judge(part, own, counts, days / DAYS_A_YEAR))
    state, chance = RECURRENCE.names.index("state"), RECURRENCE.names.index("chance_high")
    return RECURRENCE.frame(sorted(rows, key=lambda row: (STATES.index(str(row[state])), row[chance])))


def _judge(part: BackgroundPart, own: pd.DataFrame, counts: "pd.Series[int]", years: float) -> tuple[object, ...]:
    """One row of RECURRENCE."""
    onsets: dict[str, list[int | None]] = {}
    for row in own.itertuples():
        onsets.setdefault(str(row.subject), []).append(None if pd.isna(row.day) else int(row.day))
    again = sorted(subject for subject, found in onsets.items() if find_returned(found))
    number = len(own)
    expected = [compute_yearly_rate(share) * years for share in (part.low, part.central, part.high)]
    chances = [_chance_of_at_least(number, mean) for mean in expected]
    rate = compute_rate(number, years)
    state = _classify(len(again), chances)
    return (
        part.code, part.label, number, len(counts), len(again), ", ".join(again), int(counts.max()),
        years, rate.rate, rate.lower, rate.upper, *expected, *chances, state, _describe(state, len(again), chances[2]),
    )  # fmt: skip


def _chance_of_at_least(number: int, mean: float) -> float:
    """The chance of ``number`` events or more where ``mean`` are expected."""
    if mean == float("inf") or number == 0:
        return 1.0
    if mean <= 0:
        return 0.0
    return float(gammainc(number, mean))


def _classify(again: int, chances: Sequence[float]) -> str:
    """The state: more events than even the high rate explains, and in how many subjects they came again."""
    if chances[2] < SURPRISING and again >= ENOUGH_SUBJECTS:
        return SIGNAL
    return WATCH if again and chances[1] < SURPRISING else QUIET


def _describe(state: str, again: int, chance_high: float) -> Sentence:
    """The state in words."""
    if state == SIGNAL:
        return Sentence("came again in {n} subjects, more events than expected even at the high rate", n=again)
    if state == WATCH and chance_high < SURPRISING:
        return Sentence("more events than expected even at the high rate, again in one subject only")
    if state == WATCH:
        return Sentence("more events than expected, unless the high rate is true")
    return Sentence("within what is expected")
