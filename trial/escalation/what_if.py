"""The state that would be if pending subjects turned out one way or another, or a cohort were added; never the real one."""

from dataclasses import dataclass, replace

import pandas as pd

from trial.clocks.dlt_window import DLT, EVALUABLE, PENDING
from trial.errors import Fault, FaultyInput
from trial.escalation.state import DoseCount, State
from trial.protocol import EscalationPart
from trial.sentence import Sentence
from trial.standing import count_state


@dataclass(frozen=True)
class Supposition:
    """What is supposed: pending subjects with a DLT (``dlt``) or without (``none``), by code; and a further completed cohort.

    ``cohort`` holds its level, its subjects and how many of these have a DLT.
    """

    dlt: frozenset[str] = frozenset()
    none: frozenset[str] = frozenset()
    cohort: tuple[int, int, int] | None = None

    @property
    def changes_nothing(self) -> bool:
        """Whether nothing is supposed."""
        return not (self.dlt or self.none or self.cohort)


def suppose(ledger: pd.DataFrame, rule: EscalationPart, levels: int, supposed: Supposition) -> State:
    """Return the state of DLT_LEDGER under ``supposed``, for a trial of ``levels`` dose levels; the ledger stays as it is.

    Raises FaultyInput where a subject is not pending or is supposed to be both, and for an impossible cohort.
    """
    faults = _find_faults(ledger, levels, supposed)
    if faults:
        raise FaultyInput(faults)
    changed = ledger.assign(state=[_turn(row.subject, row.state, supposed) for row in ledger.itertuples(index=False)])
    state = count_state(changed, rule, levels)
    return state if supposed.cohort is None else _add_cohort(state, supposed.cohort, rule.cohort_size)


def _turn(code: str, state: str, supposed: Supposition) -> str:
    if code in supposed.dlt:
        return DLT
    return EVALUABLE if code in supposed.none else state


def _add_cohort(state: State, cohort: tuple[int, int, int], cohort_size: int) -> State:
    """The state after a further cohort, which then is the one under way."""
    level, size, dlt = cohort
    old = state.doses[level - 1]
    grown = DoseCount(old.treated + size, old.dlt + dlt, old.pending)
    doses = (*state.doses[: level - 1], grown, *state.doses[level:])
    return replace(state, doses=doses, current=level, open_places=-grown.treated % cohort_size, latest=(size, dlt))


def _find_faults(ledger: pd.DataFrame, levels: int, supposed: Supposition) -> list[Fault]:
    pending = set(ledger.loc[ledger["state"] == PENDING, "subject"])
    faults = []
    if supposed.dlt & supposed.none:
        faults.append(Fault(Sentence("what if"), Sentence("a subject has a DLT and none"), Sentence("Choose one of the two.")))
    if (supposed.dlt | supposed.none) - pending:
        faults.append(Fault(Sentence("what if"), Sentence("a subject is not pending"), Sentence("Choose pending subjects.")))
    if supposed.cohort:
        level, size, dlt = supposed.cohort
        if not (1 <= level <= levels and 1 <= size <= 100 and 0 <= dlt <= size):
            what = Sentence("{dlt} of {n} subjects with a DLT at dose level {level} cannot be", dlt=dlt, n=size, level=level)
            faults.append(Fault(Sentence("what if"), what, Sentence("Correct the cohort.")))
    return faults
