"""What sites were asked for by name after surgery: how far each count rests on prompted answers, and where answers and events differ."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, or_, select
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, ComplicationCheck, Procedure, Subject
from db.queries.conditions import count_where
from db.queries.placing import Among, place_events
from db.queries.spans import count_days
from db.queries.spelling import spell, term_spellings
from db.queries.subject_story import key_of
from trial.asof import AsOf
from trial.prompted_list import DENIED, OCCURRED, PERIOD_DAYS, Onset, find_contradiction, lies_within, list_complications
from trial.protocol import BackgroundPart
from trial.tables import DATA_FAULT_LISTING
from trial.tables.entry import ENTRY_LISTS
from trial.tables.surgery import COMPLICATION_CHECKS

WITHOUT_EVENT, DESPITE_EVENT = "complication without event", "event despite denial"
PLACED = ("procedure", "event", "term", "onset", "days_after", "hours_after_start", "hours_after_closure")
Placed = Mapping[tuple[str, str], Sequence[tuple[Any, Onset]]]
"""Events by the code of their procedure and the code of the complication that they are, each with its onset."""


def complication_checks(session: Session, as_of: AsOf, study_id: int, *, rates: Sequence[BackgroundPart]) -> pd.DataFrame:
    """Return COMPLICATION_CHECKS of the background rates that name days after surgery, in their order.

    Several lists of a procedure count as one: what occurred in any period occurred.
    """
    asked = list_complications(rates)
    if not asked:
        return COMPLICATION_CHECKS.empty()
    connection, procedure = session.connection(), known(Procedure, as_of, study_id)
    procedures = connection.execute(select(func.count()).select_from(procedure)).scalar_one()
    found = {row[0]: row[1:] for row in connection.execute(_count_answers(as_of, study_id, asked))}
    wrong = [check.complication for _, check, _ in _find_contradictions(session, as_of, study_id, asked)] if found else []

    def row(code: str) -> tuple[Any, ...]:
        """One complication as a row of COMPLICATION_CHECKS."""
        named, occurred, denied, to_end = found.get(code, (0, 0, 0, 0))
        answered = occurred + denied
        return (code, procedures, answered, to_end, occurred, denied, named - answered, procedures - named, wrong.count(code))

    return COMPLICATION_CHECKS.frame(row(rate.code) for rate in asked)


def _count_answers(as_of: AsOf, study_id: int, asked: Sequence[BackgroundPart]) -> Select[Any]:
    """By complication: procedures whose lists name it, where it occurred, where not, and where it was asked for to the end."""
    check, procedure = known(ComplicationCheck, as_of, study_id), known(Procedure, as_of, study_id)
    reach = case(dict(PERIOD_DAYS), value=check.c.period, else_=0)
    per_procedure = (
        select(
            check.c.complication,
            func.max(case((check.c.answer == OCCURRED, 1), else_=0)).label("occurred"),
            func.max(case((check.c.answer == DENIED, 1), else_=0)).label("denied"),
            func.max(case((check.c.answer == DENIED, reach), else_=-1)).label("reach"),
        )
        .join(procedure, procedure.c.id == check.c.procedure_id)
        .where(check.c.complication.in_([rate.code for rate in asked]))
        .group_by(check.c.procedure_id, check.c.complication)
        .subquery("per_procedure")
    )
    one = per_procedure.c
    whole = case({rate.code: rate.after_surgery_days for rate in asked}, value=one.complication)
    return select(
        one.complication,
        func.count(),
        count_where(one.occurred == 1),
        count_where(and_(one.occurred == 0, one.denied == 1)),
        count_where(or_(one.occurred == 1, one.reach >= whole)),
    ).group_by(one.complication)


def complication_faults(session: Session, as_of: AsOf, study_id: int, *, rates: Sequence[BackgroundPart]) -> pd.DataFrame:
    """Return DATA_FAULT_LISTING of answers that contradict the events, by subject and procedure.

    An answer without its event stands with the code of its procedure and the day of the answer; an event despite the answer with its own.
    """
    asked = list_complications(rates)
    labels = {rate.code: rate.label for rate in asked}
    return DATA_FAULT_LISTING.frame(
        (WITHOUT_EVENT, check.subject, check.procedure, labels[check.complication], str(check.checked_on), None)
        if event is None
        else (DESPITE_EVENT, check.subject, event.event, f"{labels[check.complication]}: {event.term}", event.onset, None)
        for _, check, event in _find_contradictions(session, as_of, study_id, asked)
    )


def _find_contradictions(session: Session, as_of: AsOf, study_id: int, asked: Sequence[BackgroundPart]) -> Iterator[tuple[str, Any, Any]]:
    """Each answer that contradicts the events: its rule, the answer, and the event that was denied (the first one)."""
    checks = session.connection().execute(_answers(as_of, study_id, asked)).all() if asked else []
    if not checks:
        return
    terms = _terms_of(session, as_of, study_id, asked)
    wanted = sorted(frozenset().union(*terms.values()))
    placed, named_terms = _place(session, as_of, study_id, terms, wanted), _name(session, as_of, study_id, wanted)
    for check in checks:
        events = placed.get((check.procedure, check.complication), ())
        within = [lies_within(onset, check.period, check.answered_after) for _, onset in events]
        named = [None] if named_terms.get(check.event_id) in terms[check.complication] else []
        if not find_contradiction(check.answer, [*within, *named]):
            continue
        if check.answer == OCCURRED:
            yield WITHOUT_EVENT, check, None
        else:
            yield DESPITE_EVENT, check, next(event for (event, _), place in zip(events, within, strict=True) if place)


def _answers(as_of: AsOf, study_id: int, asked: Sequence[BackgroundPart]) -> Select[Any]:
    """What occurred or did not, with the key of the event that the site named."""
    check, procedure = known(ComplicationCheck, as_of, study_id), known(Procedure, as_of, study_id)
    subject = known(Subject, as_of, study_id)
    return (
        select(
            subject.c.code.label("subject"),
            procedure.c.code.label("procedure"),
            *(check.c[name] for name in ("complication", "period", "answer", "checked_on", "event_id")),
            count_days(procedure.c.performed_on, check.c.checked_on).label("answered_after"),
        )
        .select_from(check)
        .join(procedure, procedure.c.id == check.c.procedure_id)
        .join(subject, subject.c.id == check.c.subject_id)
        .where(check.c.complication.in_([rate.code for rate in asked]), _answered(check))
        .order_by(subject.c.code, procedure.c.code, check.c.complication, check.c.code)
    )


def _answered(check: FromClause) -> ColumnElement[bool]:
    return check.c.answer.in_((OCCURRED, DENIED))


def _terms_of(session: Session, as_of: AsOf, study_id: int, asked: Sequence[BackgroundPart]) -> dict[str, frozenset[str]]:
    """The terms of each complication, in all the ways the record writes them."""
    spellings = term_spellings(session, as_of, study_id)
    return {rate.code: frozenset((*rate.terms, *spell(rate.terms, spellings))) for rate in asked}


def _name(session: Session, as_of: AsOf, study_id: int, wanted: Sequence[str]) -> Mapping[int, str]:
    """The term of each event of these terms by its key: far fewer than all events, each of which a join would look up."""
    event = known(AdverseEvent, as_of, study_id)
    found = session.connection().execute(select(event.c.id, event.c.term_used).where(event.c.term_used.in_(wanted)))
    return {int(key): str(term) for key, term in found}


def _place(session: Session, as_of: AsOf, study_id: int, terms: Mapping[str, frozenset[str]], wanted: Sequence[str]) -> Placed:
    """The events of all these terms (``wanted``), placed after their procedures."""
    event = place_events(as_of, study_id, (), Among(terms=wanted), PLACED).placed
    statement = select(*(event.c[name] for name in PLACED)).order_by(event.c.event)
    placed: dict[tuple[str, str], list[tuple[Any, Onset]]] = {}
    for row in session.connection().execute(statement):
        onset = Onset(row.days_after, row.hours_after_start, row.hours_after_closure)
        for code in (code for code, names in terms.items() if row.term in names):
            placed.setdefault((row.procedure, code), []).append((row, onset))
    return placed


def entry_lists(session: Session, as_of: AsOf, study_id: int, *, subject: str) -> pd.DataFrame:
    """Return ENTRY_LISTS of a subject: what the prompted lists of its procedures have answered."""
    check, procedure = known(ComplicationCheck, as_of, study_id), known(Procedure, as_of, study_id)
    event = known(AdverseEvent, as_of, study_id)
    names = [check.c[name] for name in ("period", "complication", "answer", "checked_on")]
    statement = (
        select(procedure.c.code, *names, event.c.code, event.c.term_used)
        .select_from(check)
        .join(procedure, procedure.c.id == check.c.procedure_id)
        .join(event, event.c.id == check.c.event_id, isouter=True)
        .where(check.c.subject_id == key_of(session, as_of, study_id, subject))
        .order_by(procedure.c.code, check.c.checked_on, check.c.code)
    )
    return ENTRY_LISTS.frame(session.connection().execute(statement).all())
