"""Whether a subject may be dosed by the rules, as the record stands inside the writing transaction: what stands in the way."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlmodel import Session

from db.commands.current import Row, Trial
from db.queries.decisions import committee_decisions
from db.queries.dlt_candidates import dlt_candidates
from db.queries.dosed import dosed
from trial.asof import AsOf
from trial.clocks.dlt_candidates import find_questions, hold_unjudged
from trial.clocks.dlt_window import compute_ledger
from trial.clocks.dosing_gate import compute_gate
from trial.entry.rule import Breach, breach
from trial.escalation.register import build_design
from trial.sentence import Sentence
from trial.standing import count_state
from trial.tables import LOTS

THE_END = date(9998, 12, 31)
"""A cut-off that leaves nothing out: the record as it stands."""
MAY_BE_DOSED = ("enrolled", "on study")
HAPPENED = Sentence("Wait until it holds; if the dose was given already, say so and why, and it is recorded as a deviation.")


def find_blockers(session: Session, trial: Trial, *, level: int | None, day: date) -> list[Breach]:
    """Return what keeps the next subject from being dosed at ``level`` (its number) on ``day``, by the protocol's dosing gate.

    Empty where the protocol declares no escalation, DLT window, dose levels or stagger. The lot is `check_lot`'s.
    """
    protocol = trial.protocol
    if not (protocol.escalation and protocol.dlt and protocol.dose_levels and protocol.stagger):
        return []
    as_of = AsOf(THE_END, trial.time_zone, history=False)
    eve = day - timedelta(days=1)
    given = dosed(session, as_of, trial.id)
    ledger = compute_ledger(given[given["first_dose_on"] <= pd.Timestamp(day)], protocol.dlt, eve)
    ledger = hold_unjudged(ledger, find_questions(dlt_candidates(session, as_of, trial.id, rule=protocol.dlt), ledger, protocol.dlt))
    decisions = committee_decisions(session, as_of, trial.id)
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(trial.time_zone)).astimezone(UTC)
    decisions = decisions[decisions["decided_at"] < midnight]
    advice = build_design(protocol).decide(count_state(ledger, protocol.escalation, len(protocol.dose_levels)))
    rules = (protocol.escalation, protocol.stagger)
    gate = compute_gate(ledger, rules, advice, decisions=decisions, lots=LOTS.empty(), day=eve, time_zone=trial.time_zone)
    waiting = [check for check in gate.blockers if check.holds_from is None or check.holds_from > day]
    found = [breach("gate", Sentence("Dosing gate: {rule}", rule=check.rule), check.evidence, HAPPENED) for check in waiting]
    if gate.dose_level is not None and gate.dose_level != level:
        what = Sentence("the next subject gets dose level {level}, not {other}", level=gate.dose_level, other=level or "-")
        found.append(breach("gate", Sentence("Dosing gate: {rule}", rule=Sentence("dose level")), what, HAPPENED))
    return found


def check_subject_for_dose(subject: Row, cohort: Row | None, day: date) -> list[Breach]:
    """Return what keeps this subject from being dosed in this cohort on ``day``."""
    found = []
    if subject["status"] not in MAY_BE_DOSED:
        what = Sentence("has status {status}; only an enrolled subject may be dosed", status=Sentence(subject["status"]))
        found.append(breach("subject", Sentence("Subject"), what, HAPPENED))
    if subject["enrolled_on"] and subject["enrolled_on"] > day:
        what = Sentence("was enrolled on {day}, after the dose", day=subject["enrolled_on"])
        found.append(breach("subject", Sentence("Subject"), what, HAPPENED))
    return found + (check_cohort_open(cohort, day) if cohort else [])


def check_cohort_open(cohort: Row, day: date) -> list[Breach]:
    """Return what keeps a cohort from taking a subject on ``day``."""
    if cohort["opened_on"] and day < cohort["opened_on"]:
        return [breach("cohort", Sentence("Cohort"), Sentence("opens on {day}", day=cohort["opened_on"]), HAPPENED)]
    if cohort["closed_on"] and day > cohort["closed_on"]:
        return [breach("cohort", Sentence("Cohort"), Sentence("was closed on {day}", day=cohort["closed_on"]), HAPPENED)]
    return []


def check_lot(lot: Row | None, day: date, *, needed: bool) -> list[Breach]:
    """Return what keeps a lot from being given on ``day``; ``needed`` where the trial records lots."""
    where: Any = Sentence("Lot")
    if lot is None:
        return [breach("lot", where, Sentence("is missing"), HAPPENED)] if needed else []
    if lot["expires_on"] and day > lot["expires_on"]:
        return [breach("lot", where, Sentence("expired on {day}", day=lot["expires_on"]), HAPPENED)]
    if lot["released_on"] is None or day < lot["released_on"]:
        return [breach("lot", where, Sentence("was not released yet on {day}", day=day), HAPPENED)]
    return []
