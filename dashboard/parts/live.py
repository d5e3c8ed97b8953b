"""The live trial as several pages need it: ledger, standing, the rule's decision and the dosing gate."""

from dataclasses import dataclass

import pandas as pd

from dashboard.kept import kept
from dashboard.view import View
from db.queries.decisions import committee_decisions, lots
from db.queries.dlt_candidates import dlt_candidates
from db.queries.dosed import dosed
from trial.clocks.dlt_candidates import find_questions, hold_unjudged
from trial.clocks.dlt_window import compute_ledger
from trial.clocks.dosing_gate import Gate, compute_gate
from trial.escalation.decision import Decision
from trial.escalation.design import Design
from trial.escalation.register import build_design
from trial.escalation.state import State
from trial.standing import Standing, count_standing, count_state


@dataclass(frozen=True)
class LiveTrial:
    """Everything that follows from the counts of today; tables as declared in trial/tables."""

    ledger: pd.DataFrame
    standing: Standing
    design: Design
    state: State
    decision: Decision
    decisions: pd.DataFrame
    gate: Gate | None
    questions: pd.DataFrame


@kept
def read_live(view: View) -> LiveTrial | None:
    """Return the live trial, of all sites whoever looks; None where the protocol declares no escalation, DLT window or dose levels."""
    protocol = view.protocol
    if not (protocol.escalation and protocol.dlt and protocol.dose_levels):
        return None
    ledger = compute_ledger(view.read_whole(dosed), protocol.dlt, view.as_of.day)
    questions = find_questions(view.read_whole(dlt_candidates, rule=protocol.dlt), ledger, protocol.dlt)
    ledger = hold_unjudged(ledger, questions)
    state = count_state(ledger, protocol.escalation, len(protocol.dose_levels))
    design = build_design(protocol)
    decision = design.decide(state)
    decisions = view.read_whole(committee_decisions)
    gate = None
    if protocol.stagger:
        rules = (protocol.escalation, protocol.stagger)
        zone, day = view.as_of.time_zone, view.as_of.day
        gate = compute_gate(ledger, rules, decision, decisions=decisions, lots=view.read_whole(lots), day=day, time_zone=zone)
    return LiveTrial(ledger, count_standing(ledger, protocol.escalation), design, state, decision, decisions, gate, questions)


def missing_rules(view: View) -> str:
    """Return the names of the protocol parts that `read_live` would need and does not find."""
    parts = {"[escalation]": view.protocol.escalation, "[dlt]": view.protocol.dlt, "[[dose_levels]]": view.protocol.dose_levels}
    return ", ".join(name for name, part in parts.items() if not part)
