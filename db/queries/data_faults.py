"""What breaks which rule of the register of data faults: those of events in one pass, others beside."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, FromClause, Subquery, and_, func, or_, select
from sqlmodel import Session

from db.queries.complications import complication_faults
from db.queries.conditions import PRECISE, Condition, ended_in_death, ends_surely_before_onset, related, serious, surely
from db.queries.death_faults import death_faults
from db.queries.fault_facts import fault_facts
from db.queries.spans import count_days
from db.queries.worksheet_faults import worksheet_faults
from trial.asof import AsOf
from trial.data_faults import DATA_FAULTS
from trial.protocol import BackgroundPart, DltPart
from trial.tables import DATA_FAULT_COUNTS, DATA_FAULT_LISTING
from trial.terms import HEADS, SERIOUSNESS

MOST_LISTED = 500
RECOVERED = ("recovered", "recovered with sequelae")


def data_fault_counts(
    session: Session, as_of: AsOf, study_id: int, *, dlt: DltPart | None = None, rates: Sequence[BackgroundPart] = ()
) -> pd.DataFrame:
    """Return DATA_FAULT_COUNTS, in the order of the register; rules that nothing breaks have no row."""
    facts, rules = _rules(as_of, study_id, dlt)
    counts = [count for rule in rules.values() for count in _counts(facts, rule)]
    row = session.connection().execute(select(*counts).select_from(facts)).one()
    found = {code: broken for code, *broken in zip(rules, row[::2], row[1::2], strict=True) if broken[0]}
    for code, rows in _faults_beside(session, as_of, study_id, rates).groupby("rule"):
        found[str(code)] = [len(rows), rows["subject"].nunique()]
    return DATA_FAULT_COUNTS.frame((fault.code, *found[fault.code]) for fault in DATA_FAULTS if fault.code in found)


def data_fault_listing(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    dlt: DltPart | None = None,
    rates: Sequence[BackgroundPart] = (),
    broken: str | None = None,
    limit: int = MOST_LISTED,
) -> pd.DataFrame:
    """Return DATA_FAULT_LISTING, by rule, subject and event; of one rule (``broken``) only where it is named.

    At most ``limit`` events, and after them at most as many deaths, worksheets and answers on the complications of ``rates``.
    """
    facts, rules = _rules(as_of, study_id, dlt)
    chosen = {code: condition for code, condition in rules.items() if broken in (None, code)}
    rows: Sequence[Any] = ()
    if chosen:
        columns = (facts.c.subject_code, facts.c.code, facts.c.term_used, facts.c.onset_text, facts.c.end_text)
        statement = select(*columns, *chosen.values()).where(or_(*chosen.values()))
        rows = session.connection().execute(statement.order_by(facts.c.subject_code, facts.c.code).limit(limit)).all()
    listed = [(code, *row[:5]) for place, code in enumerate(chosen) for row in rows if row[5 + place]]
    beside = _faults_beside(session, as_of, study_id, rates)
    wanted = beside if broken is None else beside[beside["rule"] == broken]
    return DATA_FAULT_LISTING.frame([*listed, *wanted.head(MOST_LISTED if limit is None else limit).itertuples(index=False)])


def _faults_beside(session: Session, as_of: AsOf, study_id: int, rates: Sequence[BackgroundPart]) -> pd.DataFrame:
    """The faults of deaths, of worksheets, and of answers on complications."""
    asked = complication_faults(session, as_of, study_id, rates=rates)
    return pd.concat([death_faults(session, as_of, study_id), worksheet_faults(session, as_of, study_id), asked], ignore_index=True)


def _counts(facts: Subquery, rule: Condition) -> tuple[ColumnElement[int], ColumnElement[int]]:
    broken = facts.c.subject_id
    return func.count().filter(rule), func.count(broken.distinct()).filter(rule)


def _rules(as_of: AsOf, study_id: int, dlt: DltPart | None) -> tuple[Subquery, Mapping[str, Condition]]:
    """The events with what the rules look at, and the condition of each rule by its code."""
    facts = fault_facts(as_of, study_id)
    conditions = {**_dates(facts), **_gravity(facts), **_order(facts), **(_limiting(facts, dlt) if dlt else {})}
    return facts, {fault.code: conditions[fault.code] for fault in DATA_FAULTS if fault.code in conditions}


def _dates(e: FromClause) -> Mapping[str, Condition]:
    """Rules about onset, end, consent and awareness."""
    ended = e.c.end_text.is_not(None)
    return {
        "ends before onset": or_(ends_surely_before_onset(e), surely(e.c.end_at < e.c.onset_at)),
        "before consent": surely(e.c.onset_latest < e.c.consented_on),
        "recovered without end": and_(surely(e.c.outcome.in_(RECOVERED)), ~ended),
        "ongoing with end": and_(e.c.ongoing.is_(True), ended),
        "after death": surely(e.c.onset_date > e.c.died_on),
        "split by grade": surely(e.c.went_on),
        "aware before onset": surely(e.c.aware_at < e.c.onset_at),
        "recorded twice": and_(e.c.alike > 1, e.c.onset_text.is_not(None)),
    }


def _gravity(e: FromClause) -> Mapping[str, Condition]:
    """Rules about grade, death and seriousness; what was not collected contradicts nothing, but a fatal event has its outcome and result.

    Grade 5 of an event that still goes on has neither yet: an import keeps the grade in what was known before the end.
    """
    death, worst, over = e.c.results_in_death, surely(e.c.grade == 5), e.c.ongoing.is_not(True)
    says = or_(worst, ended_in_death(e))
    denies = or_(surely(e.c.grade < 5), death.is_(False), surely(e.c.outcome != "fatal"))
    lacks = and_(or_(ended_in_death(e), over), or_(death.is_(None), e.c.outcome.is_(None)))
    deadly = or_(ended_in_death(e), and_(worst, over, ~denies))
    whole = surely(e.c.end_precision.in_(PRECISE))
    criteria: Sequence[ColumnElement[Any]] = [e.c[criterion] for criterion in SERIOUSNESS]
    return {
        "fatal in part": and_(says, or_(denies, lacks)),
        "fatal without death": and_(deadly, e.c.died_on.is_(None)),
        "fatal ends another day": and_(deadly, or_(surely(e.c.end_date < e.c.died_on), and_(whole, surely(e.c.end_date > e.c.died_on)))),
        "serious without cause": and_(
            serious(e), *(e.c[f"investigator_{head}"].is_(None) for head in HEADS), e.c.source_causality.is_(None)
        ),
        "expectedness missing": and_(serious(e), related(e), e.c.expectedness.is_(None)),
        "serious without criterion": and_(serious(e), *(criterion.is_(False) for criterion in criteria)),
        "grade not offered": and_(e.c.grade.is_not(None), surely(e.c.grade_not_offered)),
        "no grade": and_(e.c.grade.is_(None), e.c.severity.is_(None)),
        "term not offered": surely(e.c.term_not_offered),
        "other CTCAE version": surely(e.c.ctcae_version != e.c.pinned_version),
        "criterion without serious": and_(e.c.serious.is_not(True), or_(deadly, *(criterion.is_(True) for criterion in criteria))),
    }


def _order(e: FromClause) -> Mapping[str, Condition]:
    """Rules about cause before effect: by the hour where both hours are known, else by the day on which the event began at the latest."""
    before_cell = or_(e.c.first_dose_on.is_(None), surely(e.c.onset_at < e.c.first_cell_at), surely(e.c.onset_latest < e.c.first_dose_on))
    by_clock = and_(e.c.onset_at.is_not(None), e.c.operated_at.is_not(None))
    by_day = and_(surely(e.c.onset_latest < e.c.operated_on), ~surely(e.c.onset_latest >= e.c.begun_on))
    before_anaesthesia = or_(e.c.procedures.is_(None), and_(by_clock, surely(e.c.onset_at < e.c.operated_at)), and_(~by_clock, by_day))
    return {
        "product before first cell": and_(related(e, ("product",)), before_cell),
        "procedure before anaesthesia": and_(related(e, ("procedure",)), before_anaesthesia),
        "surgical grade without surgery": and_(or_(e.c.classintra.is_not(None), e.c.clavien_dindo.is_not(None)), before_anaesthesia),
    }


def _limiting(e: FromClause, dlt: DltPart) -> Mapping[str, Condition]:
    """Rules about what counts as dose-limiting; the window runs from the dose that the protocol counts from."""
    start = e.c.first_dose_on if dlt.counted_from == "first dose" else e.c.last_dose_on
    day = count_days(start, e.c.onset_date)
    outside = or_(e.c.first_dose_on.is_(None), surely(e.c.onset_latest < e.c.begun_on), surely(day > dlt.window_days))
    counted = surely(e.c.dlt == "yes")
    return {
        "DLT without onset": and_(counted, e.c.onset_date.is_(None)),
        "DLT without reason": and_(counted, e.c.dlt_reason.is_(None)),
        "DLT outside window": and_(counted, outside),
        "DLT without cause": and_(counted, ~related(e, dlt.attributed_to)),
    }
