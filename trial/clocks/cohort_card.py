"""Each cohort on a card: how many are dosed, in the window, evaluable, with a DLT, and what comes next."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from trial.clocks.dlt_window import DLT, EVALUABLE, NOT_EVALUABLE, PENDING
from trial.clocks.dosing_gate import Gate
from trial.protocol import Protocol
from trial.sentence import Sentence
from trial.tables import DLT_LEDGER


@dataclass(frozen=True)
class CardCounts:
    """Dosed subjects of a cohort by the state of their DLT window; ``evaluable`` includes those with a DLT."""

    in_window: int = 0
    awaiting: int = 0
    evaluable: int = 0
    dlt: int = 0
    not_evaluable: int = 0


@dataclass(frozen=True)
class CohortCard:
    """One cohort, or a dose level that has none yet (``cohort`` None); ``counts`` are None where no DLT window is declared."""

    cohort: int | None
    label: str
    dose: str | None
    planned: int | None
    dosed: int
    counts: CardCounts | None
    following: Sentence


def compute_cards(cohorts: pd.DataFrame, ledger: pd.DataFrame | None, protocol: Protocol, gate: Gate | None) -> tuple[CohortCard, ...]:
    """Return a card per row of COHORTS, then one per dose level of the protocol that no cohort has; DLT_LEDGER may be absent."""
    rows = DLT_LEDGER.empty() if ledger is None else ledger
    if gate and gate.waits:
        gate = None  # the cohort is full and the next dose not decided: its card says when its windows end
    latest = _latest_of(cohorts, gate)
    cards = []
    for row in cohorts.itertuples():
        here = rows[rows["cohort"] == row.cohort]
        cards.append(_card(row, here, None if ledger is None else _count(here), gate if row.cohort == latest else None))
    used = set(cohorts["dose_level"].dropna())
    size = protocol.escalation.cohort_size if protocol.escalation else None
    for level in protocol.dose_levels:
        if level.number not in used:
            following = _gate_words(gate) if gate and gate.dose_level == level.number else Sentence("not open yet")
            cards.append(CohortCard(None, level.label, None, size, 0, CardCounts(), following))
    return tuple(cards)


def _latest_of(cohorts: pd.DataFrame, gate: Gate | None) -> int | None:
    """The newest cohort at the dose level that the gate is about."""
    if gate is None or gate.dose_level is None:
        return None
    here = cohorts.loc[cohorts["dose_level"] == gate.dose_level, "cohort"]
    return int(here.max()) if len(here) else None


def _card(cohort: Any, rows: pd.DataFrame, counts: CardCounts | None, gate: Gate | None) -> CohortCard:
    planned = None if pd.isna(cohort.planned_size) else int(cohort.planned_size)
    dose = None if pd.isna(cohort.dose) else str(cohort.dose)
    following = _gate_words(gate) if gate else _follow(cohort, rows)
    return CohortCard(int(cohort.cohort), cohort.label, dose, planned, int(cohort.dosed), counts, following)


def _count(rows: pd.DataFrame) -> CardCounts:
    """The states of a cohort's DLT_LEDGER rows; pending is split into a window that runs and a judgement that is open."""
    state, running = rows["state"], rows["window_open"].astype(bool)
    pending = state == PENDING
    return CardCounts(
        in_window=int((pending & running).sum()),
        awaiting=int((pending & ~running).sum()),
        evaluable=int(state.isin([DLT, EVALUABLE]).sum()),
        dlt=int((state == DLT).sum()),
        not_evaluable=int((state == NOT_EVALUABLE).sum()),
    )


def _gate_words(gate: Gate) -> Sentence:
    """When the next subject may be dosed, or what it waits for."""
    if gate.opens_on is None:
        blocker = gate.blockers[0].evidence if gate.blockers else Sentence("no further dosing")
        return Sentence("next dosing waits: {evidence}", evidence=blocker)
    return Sentence("next dosing from {day}", day=gate.opens_on)


def _follow(cohort: Any, rows: pd.DataFrame) -> Sentence:
    """What comes next in a cohort that is not being filled."""
    pending = rows[rows["state"] == PENDING]
    running = pending[pending["window_open"].astype(bool)]
    if len(running):
        last: date = running["window_ends_on"].max().date()
        return Sentence("last DLT window ends on {day}", day=last)
    if len(pending):
        return Sentence("{n} DLT judgements are open", n=len(pending))
    if cohort.dosed == 0:
        return Sentence("nobody dosed yet")
    if not len(rows):
        return Sentence("no DLT window is declared")
    return Sentence("all windows complete")
