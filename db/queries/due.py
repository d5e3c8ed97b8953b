"""What is not there although it should be: visits that did not take place, events that lack a judgement."""

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, union_all
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Site, Subject, Visit
from db.queries.conditions import first_doses
from trial.asof import AsOf
from trial.clocks.calendar import compute_day_after
from trial.tables import MISSING_VISITS, OPEN_QUESTIONS
from trial.terms import HEADS

LONGEST = 500
"""Rows read at most; a longer list is no list of things to do."""


def missing_visits(session: Session, as_of: AsOf, study_id: int, *, schedule: tuple[tuple[str, int], ...], ahead_days: int) -> pd.DataFrame:
    """Return MISSING_VISITS due at the latest ``ahead_days`` after the cut-off, oldest dosing first.

    ``schedule`` holds (visit code, day after the first dose). A subject who has left or died is expected no more.
    """
    if not schedule:
        return MISSING_VISITS.empty()
    parts = [_missing(as_of, study_id, code, day, ahead_days) for code, day in schedule]
    found = union_all(*parts).subquery()
    statement = select(found).order_by(found.c.first_dose_on, found.c.subject, found.c.visit).limit(LONGEST)
    return MISSING_VISITS.frame(session.connection().execute(statement).all())


def _missing(as_of: AsOf, study_id: int, code: str, day: int, ahead_days: int) -> Select[tuple[str, str, str, object]]:
    """Subjects dosed long enough ago for one visit, who did not come to it and have not left before it."""
    subject, site = known(Subject, as_of, study_id), known(Site, as_of, study_id)
    first, visit = first_doses(as_of, study_id), known(Visit, as_of, study_id)
    latest = compute_day_after(as_of.day, ahead_days - day)
    came = exists().where(visit.c.subject_id == subject.c.id, visit.c.code == code)
    return (
        select(
            subject.c.code.label("subject"),
            func.coalesce(site.c.code, "").label("site"),
            literal(code).label("visit"),
            first.c.first_dose_on,
        )
        .join(first, first.c.subject_id == subject.c.id)
        .join(site, site.c.id == subject.c.site_id, isouter=True)
        .where(first.c.first_dose_on <= latest, subject.c.status.in_(("enrolled", "on study")), ~came)
    )


def open_questions(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return OPEN_QUESTIONS, oldest first: events that await a DLT judgement, serious ones without grade or causality."""
    event, subject, site = known(AdverseEvent, as_of, study_id), known(Subject, as_of, study_id), known(Site, as_of, study_id)
    ungraded = and_(event.c.serious.is_(True), event.c.grade.is_(None), event.c.severity.is_(None))
    unjudged: ColumnElement[bool] = and_(event.c.serious.is_(True), *(event.c[f"investigator_{head}"].is_(None) for head in HEADS))
    kinds = {"DLT judgement": event.c.dlt == "pending", "grade": ungraded, "causality": unjudged}
    parts = [
        select(event.c.code, event.c.subject_id, event.c.term_used, literal(name).label("lacks"), event.c.known_from).where(or_(condition))
        for name, condition in kinds.items()
    ]
    found = union_all(*parts).subquery()
    statement = (
        select(found.c.code, subject.c.code, func.coalesce(site.c.code, ""), found.c.term_used, found.c.lacks, found.c.known_from)
        .join(subject, subject.c.id == found.c.subject_id)
        .join(site, site.c.id == subject.c.site_id, isouter=True)
        .order_by(found.c.known_from, found.c.code, found.c.lacks)
        .limit(LONGEST)
    )
    rows = session.connection().execute(statement).all()
    return OPEN_QUESTIONS.frame([(*row[:5], row[5].date()) for row in rows])
