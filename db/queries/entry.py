"""What the entry forms need: what waits, what can be chosen, and rows with their versions. Read at a cut-off that leaves nothing out."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import FromClause, String, and_, cast, func, literal, null, select
from sqlmodel import Session

from db.history import known
from db.models import (
    Administration,
    AdverseEvent,
    Cohort,
    Comment,
    CommitteeDecision,
    ComplicationCheck,
    DoseLevel,
    Procedure,
    Review,
    Site,
    Subject,
)
from db.queries.conditions import count_where, serious
from db.queries.subject_story import key_of
from trial.asof import AsOf
from trial.tables.entry import (
    ENTRY_COHORTS,
    ENTRY_JUDGEMENTS,
    ENTRY_ROWS,
    ENTRY_SITES,
    ENTRY_SUBJECTS,
    ENTRY_TERMS,
    ENTRY_VALUES,
    ENTRY_WAITING,
)

STANDING: Mapping[str, tuple[Callable[[AsOf, int], FromClause], str, str]] = {
    "adverse_event": (lambda as_of, study_id: known(AdverseEvent, as_of, study_id), "term_used", "onset_text"),
    "administration": (lambda as_of, study_id: known(Administration, as_of, study_id), "product", "start_text"),
    "procedure": (lambda as_of, study_id: known(Procedure, as_of, study_id), "type", "performed_on"),
    "comment": (lambda as_of, study_id: known(Comment, as_of, study_id), "text", "known_from"),
    "review": (lambda as_of, study_id: known(Review, as_of, study_id), "note", "event_known_from"),
    "committee_decision": (lambda as_of, study_id: known(CommitteeDecision, as_of, study_id), "decision", "decided_at"),
    "subject": (lambda as_of, study_id: known(Subject, as_of, study_id), "status", "screened_on"),
    "complication_check": (lambda as_of, study_id: known(ComplicationCheck, as_of, study_id), "answer", "checked_on"),
}
"""Tables whose rows a form may open: the table as it is known, and the columns that say what a row is and when it was."""

POINTED: Mapping[str, tuple[Callable[[AsOf, int], FromClause], str]] = {
    "dose_level": (lambda as_of, study_id: known(DoseLevel, as_of, study_id), "label"),
    "next_level": (lambda as_of, study_id: known(DoseLevel, as_of, study_id), "label"),
    "event": (lambda as_of, study_id: known(AdverseEvent, as_of, study_id), "term_used"),
}
"""What a row says of the rows that its keys point to, by the name of the key without its ``_id``."""


def entry_waiting(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return ENTRY_WAITING, one row."""
    subject, event, review = known(Subject, as_of, study_id), known(AdverseEvent, as_of, study_id), known(Review, as_of, study_id)
    connection = session.connection()
    stations = [count_where(subject.c.status == status) for status in ("screening", "eligible", "enrolled")]
    waiting = connection.execute(select(*stations).select_from(subject)).one()
    pending = select(func.count()).select_from(event).where(event.c.dlt == "pending")
    seen = and_(review.c.event_id == event.c.id, review.c.event_known_from == event.c.known_from)
    unseen = select(func.count()).select_from(event).where(serious(event), ~select(review.c.id).where(seen).exists())
    return ENTRY_WAITING.frame([(*waiting, connection.execute(pending).scalar_one(), connection.execute(unseen).scalar_one())])


def entry_subjects(session: Session, as_of: AsOf, study_id: int, *, limit: int) -> pd.DataFrame:
    """Return ENTRY_SUBJECTS: the ``limit`` newest."""
    subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    statement = (
        select(subject.c.code, subject.c.status, cohort.c.code)
        .join(cohort, cohort.c.id == func.coalesce(subject.c.actual_cohort_id, subject.c.planned_cohort_id), isouter=True)
        .order_by(subject.c.screened_on.is_(None), subject.c.screened_on.desc(), subject.c.code)
        .limit(limit)
    )
    return ENTRY_SUBJECTS.frame(session.connection().execute(statement).all())


def entry_sites(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return ENTRY_SITES by code: those at which the reader may act, each with the code that follows the site's highest."""
    site, subject = known(Site, as_of, study_id), known(Subject, as_of, study_id)
    last = func.max(subject.c.code).label("last")
    statement = (
        select(site.c.code, site.c.name, site.c.time_zone, last)
        .join(subject, subject.c.site_id == site.c.id, isouter=True)
        .where(site.c.id.is_not(None) if as_of.sites is None else site.c.id.in_(as_of.sites))
        .group_by(site.c.id, site.c.code, site.c.name, site.c.time_zone)
        .order_by(site.c.code)
    )
    rows = session.connection().execute(statement).all()
    return ENTRY_SITES.frame((row.code, row.name, row.time_zone, suggest_code(row.code, row.last)) for row in rows)


def suggest_code(site: str, last: str | None) -> str:
    """Return the subject code after ``last`` in the form in which it is written; site and a number for the first one."""
    found = re.fullmatch(r"(.*?)(\d{1,12})", last or "", re.DOTALL)
    if not found:
        return f"{site}-001"
    return f"{found[1]}{int(found[2]) + 1:0{len(found[2])}d}"


def entry_cohorts(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return ENTRY_COHORTS by number."""
    cohort, level = known(Cohort, as_of, study_id), known(DoseLevel, as_of, study_id)
    statement = (
        select(cohort.c.code, cohort.c.label, level.c.number, level.c.label, level.c.unit)
        .join(level, level.c.id == cohort.c.dose_level_id, isouter=True)
        .where(cohort.c.closed_on.is_(None))
        .order_by(cohort.c.number)
    )
    return ENTRY_COHORTS.frame(session.connection().execute(statement).all())


def entry_terms(session: Session, as_of: AsOf, study_id: int, *, limit: int) -> pd.DataFrame:
    """Return ENTRY_TERMS by term, at most ``limit``."""
    event = known(AdverseEvent, as_of, study_id)
    statement = select(event.c.coded_term, func.min(event.c.category)).where(event.c.coded_term.is_not(None)).group_by(event.c.coded_term)
    return ENTRY_TERMS.frame(session.connection().execute(statement.order_by(event.c.coded_term).limit(limit)).all())


def entry_rows(session: Session, as_of: AsOf, study_id: int, *, table: str, subject: str) -> pd.DataFrame:
    """Return ENTRY_ROWS of one table: those of a subject, the newest first; no row for an unknown table.

    Decisions of the committee belong to no subject, and come whole.
    """
    if table not in STANDING:
        return ENTRY_ROWS.empty()
    find, words, began = STANDING[table]
    row, key = find(as_of, study_id), key_of(session, as_of, study_id, subject)
    columns = [
        literal(table),
        row.c.id,
        row.c.code if "code" in row.c else cast(null(), String),
        row.c[words],
        row.c.grade if "grade" in row.c else null(),
        row.c.dlt if "dlt" in row.c else null(),
        row.c[began],
        row.c.known_from,
    ]
    statement = select(*columns).where(_of_subject(row, as_of, study_id, table, key)).order_by(row.c.known_from.desc(), row.c.id.desc())
    found = session.connection().execute(statement).all()
    return ENTRY_ROWS.frame((*one[:6], _text(one[6]), one[7]) for one in found)


def _of_subject(row: FromClause, as_of: AsOf, study_id: int, table: str, key: int) -> Any:
    """The condition that a row belongs to the subject with this key."""
    if table == "committee_decision":
        return row.c.id.is_not(None)
    if table == "subject":
        return row.c.id == key
    if table == "review":
        event = known(AdverseEvent, as_of, study_id)
        return row.c.event_id.in_(select(event.c.id).where(event.c.subject_id == key))
    return row.c.subject_id == key


def entry_judgements(session: Session, as_of: AsOf, study_id: int, *, limit: int) -> pd.DataFrame:
    """Return ENTRY_JUDGEMENTS: events that await their DLT judgement, then those judged, the newest first; at most ``limit``."""
    event, subject = known(AdverseEvent, as_of, study_id), known(Subject, as_of, study_id)
    names = ("id", "code", "term_used", "grade", "dlt", "dlt_reason", "onset_text", "known_from")
    statement = (
        select(subject.c.code, *(event.c[name] for name in names))
        .join(subject, subject.c.id == event.c.subject_id)
        .where(event.c.dlt.is_not(None))
        .order_by(event.c.dlt != "pending", event.c.known_from.desc(), event.c.id.desc())
        .limit(limit)
    )
    return ENTRY_JUDGEMENTS.frame(session.connection().execute(statement).all())


def entry_values(session: Session, as_of: AsOf, study_id: int, *, table: str, row: int) -> pd.DataFrame:
    """Return ENTRY_VALUES of one row as it stands; empty when there is none. What its keys point to is said in words."""
    if table not in STANDING:
        return ENTRY_VALUES.empty()
    standing = STANDING[table][0](as_of, study_id)
    statement = select(*(column for column in standing.c if not is_key(column.name)))
    for name, (find, word) in POINTED.items():
        if f"{name}_id" in standing.c:
            pointed = find(as_of, study_id)
            words = select(pointed.c[word]).where(pointed.c.id == standing.c[f"{name}_id"]).scalar_subquery()
            statement = statement.add_columns(words.label(name))
    found = session.connection().execute(statement.where(standing.c.id == row)).mappings().first()
    return ENTRY_VALUES.frame((name, _text(value)) for name, value in (found or {}).items())


def is_key(column: str) -> bool:
    """Return whether a column holds a key of the database, which says nothing to a person."""
    return column == "id" or column.endswith("_id")


def _text(value: Any) -> str | None:
    """A value as text: dates and instants in ISO form, yes and no as true and false."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date | datetime) else repr(value)
