"""Where the trial stands: the live DLT ledger as the counts that an escalation design decides on."""

from dataclasses import dataclass

import pandas as pd

from trial.clocks.dlt_window import DLT, NOT_EVALUABLE, PENDING
from trial.escalation.state import DoseCount, State
from trial.protocol import EscalationPart


@dataclass(frozen=True)
class Standing:
    """The dose level under way (by number), the DLT_LEDGER rows that count there, and the places left in its cohort."""

    level: int
    here: pd.DataFrame
    places: int

    @property
    def pending(self) -> pd.DataFrame:
        """The DLT_LEDGER rows still undecided at this level."""
        return self.here[self.here["state"] == PENDING]

    @property
    def dlts(self) -> int:
        """Subjects with a DLT at this level."""
        return int((self.here["state"] == DLT).sum())


def count_standing(ledger: pd.DataFrame, rule: EscalationPart) -> Standing:
    """Return the standing at the dose level of the latest administration (the start level before the first one).

    A subject who left without a DLT before the window was complete does not count and leaves a place to be filled.
    """
    levels = ledger.dropna(subset=["dose_level"])
    level = int(levels.sort_values("first_dose_on", kind="stable")["dose_level"].iloc[-1]) if len(levels) else rule.start_level
    here = levels[(levels["dose_level"] == level) & (levels["state"] != NOT_EVALUABLE)]
    return Standing(level, here, -len(here) % rule.cohort_size if len(here) else rule.cohort_size)


def count_state(ledger: pd.DataFrame, rule: EscalationPart, levels: int) -> State:
    """Return the counts per dose level 1..``levels`` that a design decides on, from DLT_LEDGER."""
    standing = count_standing(ledger, rule)
    doses = tuple(_count_level(ledger[ledger["dose_level"] == number]) for number in range(1, levels + 1))
    return State(doses, current=standing.level, open_places=standing.places if len(standing.here) else 0)


def _count_level(rows: pd.DataFrame) -> DoseCount:
    """Counts at one level; a pending subject's follow-up is the share of its window that is over."""
    counted = rows[rows["state"] != NOT_EVALUABLE]
    pending = counted[counted["state"] == PENDING]
    spans = (pending["window_ends_on"] - pending["window_from"]).dt.days
    shares = (pending["window_day"].astype("float64") / spans).clip(0, 1)
    return DoseCount(len(counted), int((counted["state"] == DLT).sum()), tuple(float(share) for share in shares))
