"""Adverse events of dosed subjects, counted in SQL by measure, cohort and term."""

from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd
from sqlalchemy import CTE, ColumnElement, Date, Subquery, and_, case, func, literal, null, or_, select
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Cohort, Subject
from db.queries.conditions import (
    Condition,
    count_where,
    exits,
    fatal,
    first_doses,
    limiting,
    of_special_interest,
    related,
    serious,
    severe,
    treatment_emergent,
)
from db.queries.event_listing import EventFilter, keep
from db.queries.spans import count_days
from db.queries.spelling import spell_lists, term_spellings
from trial.asof import AsOf
from trial.protocol import AesiPart, Head
from trial.tables import EVENT_OVERVIEW, EVENT_TERMS, TERM_SUBJECTS
from trial.terms import GRADES, HEADS, SEVERITIES

Arms = Literal["actual", "planned"]
"""Which cohort a subject counts in: the one it was treated in, or the one it was meant for."""

MEASURES = ("any", "emergent", "related", *(f"related_{head}" for head in HEADS), "severe", "serious", "limiting", "special", "fatal")
"""What the overview counts: every event of dosed subjects, the treatment-emergent ones, and kinds of these; ``related`` is to
the product or the procedure."""


def event_overview(session: Session, as_of: AsOf, study_id: int, *, arms: Arms = "actual", aesi: Sequence[AesiPart] = ()) -> pd.DataFrame:
    """Return EVENT_OVERVIEW: for each cohort of dosed subjects every measure, with denominators and days at risk."""
    dose, cohort, left = first_doses(as_of, study_id), known(Cohort, as_of, study_id), exits(as_of, study_id)
    lists = spell_lists(aesi, term_spellings(session, as_of, study_id)) if aesi else []
    subject, found = known(Subject, as_of, study_id), _per_subject(as_of, study_id, lists)
    end = case((left.c.left_on < as_of.day, left.c.left_on), else_=literal(as_of.day, Date))
    days = _at_least_one(count_days(dose.c.first_dose_on, end))
    counts: list[ColumnElement[Any]] = []
    for name in MEASURES:
        number, onset = found.c[f"n_{name}"], found.c[f"on_{name}"]
        until = _at_least_one(count_days(dose.c.first_dose_on, onset))
        first = case((and_(number > 0, until < days), until), else_=days)
        counts += [count_where(number > 0), func.coalesce(func.sum(number), 0), func.sum(first)]
    statement = (
        select(cohort.c.number, cohort.c.label, func.count(), func.sum(days), *counts)
        .select_from(dose)
        .join(subject, subject.c.id == dose.c.subject_id)
        .join(cohort, cohort.c.id == subject.c[f"{arms}_cohort_id"], isouter=True)
        .join(left, left.c.subject_id == dose.c.subject_id, isouter=True)
        .join(found, found.c.subject_id == dose.c.subject_id, isouter=True)
        .group_by(cohort.c.number, cohort.c.label)
        .order_by(cohort.c.number.is_(None), cohort.c.number)
    )
    rows = session.connection().execute(statement).all()
    return EVENT_OVERVIEW.frame(
        (name, number, label, dosed, *counts[3 * place : 3 * place + 2], days, counts[3 * place + 2])
        for number, label, dosed, days, *counts in rows
        for place, name in enumerate(MEASURES)
    )


def _at_least_one(days: ColumnElement[int]) -> ColumnElement[int]:
    """Days from a first to a last day, both counted; one at least."""
    return case((days < 0, 1), else_=days + 1)


def _per_subject(as_of: AsOf, study_id: int, aesi: Sequence[AesiPart]) -> Subquery:
    """Per dosed subject with events: for each measure how many (n_) and the first day of onset (on_)."""
    judged = _judged_events(as_of, study_id, aesi)
    columns: list[ColumnElement[Any]] = [func.count().label("n_any"), func.min(judged.c.onset_date).label("on_any")]
    for name in MEASURES[1:]:
        holds = judged.c.emergent if name == "emergent" else judged.c.emergent * judged.c[name]
        columns += [func.sum(holds).label(f"n_{name}"), func.min(case((holds == 1, judged.c.onset_date))).label(f"on_{name}")]
    return select(judged.c.subject_id, *columns).group_by(judged.c.subject_id).subquery("per_subject")


def _judged_events(as_of: AsOf, study_id: int, aesi: Sequence[AesiPart]) -> CTE:
    """Each event of a dosed subject with 1 or 0 for whether it is emergent and for each kind, worked out once before counting."""
    event, dose = known(AdverseEvent, as_of, study_id), first_doses(as_of, study_id)
    kinds: dict[str, Condition] = {f"related_{head}": related(event, (head,)) for head in HEADS}
    kinds |= {"emergent": treatment_emergent(event, dose.c.first_dose_on), "related": related(event), "severe": severe(event)}
    kinds |= {"serious": serious(event), "limiting": limiting(event), "fatal": fatal(event)}
    kinds["special"] = or_(event.c.aesi.is_not(None), of_special_interest(event, aesi))
    flags = [case((condition, 1), else_=0).label(name) for name, condition in kinds.items()]
    joined = select(event.c.subject_id, event.c.onset_date, *flags).join(dose, dose.c.subject_id == event.c.subject_id)
    return joined.cte("judged").prefix_with("MATERIALIZED")


def event_terms(
    session: Session, as_of: AsOf, study_id: int, *, arms: Arms = "actual", emergent: bool = True, head: Head | None = None
) -> pd.DataFrame:
    """Return EVENT_TERMS of dosed subjects: whole categories first, then their terms; subjects by their worst grade."""
    rows: list[Any] = []
    for by_term in (False, True):
        worst = _worst_by_subject(as_of, study_id, by_term=by_term, emergent=emergent, head=head)
        subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
        statement = (
            select(
                worst.c.category,
                worst.c.term,
                cohort.c.number,
                func.count(),
                func.sum(worst.c.events),
                func.sum(worst.c.serious),
                *(count_where(worst.c.grade == grade) for grade in GRADES),
                *(count_where(and_(worst.c.grade.is_(None), worst.c.rank == rank)) for rank in range(1, len(SEVERITIES) + 1)),
                count_where(and_(worst.c.grade.is_(None), worst.c.rank.is_(None))),
            )
            .select_from(worst)
            .join(subject, subject.c.id == worst.c.subject_id)
            .join(cohort, cohort.c.id == subject.c[f"{arms}_cohort_id"], isouter=True)
            .group_by(worst.c.category, worst.c.term, cohort.c.number)
            .order_by(worst.c.category, worst.c.term, cohort.c.number)
        )
        rows += session.connection().execute(statement).all()
    return EVENT_TERMS.frame(rows)


def _worst_by_subject(as_of: AsOf, study_id: int, *, by_term: bool, emergent: bool, head: Head | None) -> Subquery:
    """Per dosed subject and category (and term): events, whether one is serious, worst grade, worst severity as a rank."""
    event, dose = known(AdverseEvent, as_of, study_id), first_doses(as_of, study_id)
    term: ColumnElement[Any] = event.c.term_used if by_term else null()
    rank = case({name: place for place, name in enumerate(SEVERITIES, start=1)}, value=event.c.severity)
    statement = (
        select(
            event.c.subject_id,
            event.c.category,
            term.label("term"),
            func.count().label("events"),
            func.max(case((serious(event), 1), else_=0)).label("serious"),
            func.max(event.c.grade).label("grade"),
            func.max(rank).label("rank"),
        )
        .join(dose, dose.c.subject_id == event.c.subject_id)
        .where(*keep(event, dose, EventFilter(emergent=emergent, head=head)))
    )
    keys = [event.c.category, event.c.term_used] if by_term else [event.c.category]
    return statement.group_by(event.c.subject_id, *keys).subquery("worst")


def term_subjects(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    terms: tuple[str, ...],
    arms: Arms = "actual",
    emergent: bool = True,
    head: Head | None = None,
) -> pd.DataFrame:
    """Return TERM_SUBJECTS for some ``terms``: who had them and how bad, worst first."""
    worst = _worst_by_subject(as_of, study_id, by_term=True, emergent=emergent, head=head)
    subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    severity = case(
        *((and_(worst.c.grade.is_(None), worst.c.rank == place), name) for place, name in enumerate(SEVERITIES, start=1)), else_=null()
    )
    statement = (
        select(
            worst.c.term,
            subject.c.code,
            func.max(cohort.c.number),
            func.max(worst.c.grade),
            func.max(severity),
            func.sum(worst.c.events),
            func.max(worst.c.serious),
        )
        .select_from(worst)
        .join(subject, subject.c.id == worst.c.subject_id)
        .join(cohort, cohort.c.id == subject.c[f"{arms}_cohort_id"], isouter=True)
        .where(worst.c.term.in_(terms))
        .group_by(worst.c.term, subject.c.code)
        .order_by(worst.c.term, func.max(worst.c.grade).desc(), func.max(worst.c.rank).desc(), subject.c.code)
    )
    rows = session.connection().execute(statement).all()
    return TERM_SUBJECTS.frame([(*row[:6], bool(row[6])) for row in rows])
