"""What the rules of an event need to know of its subject, read inside the writing transaction; and what follows from a dose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from db.audit import Actor
from db.commands.current import Row, Trial, change_row, zone_of
from db.history import table_of
from db.models import Administration, AdverseEvent, Subject
from trial.entry.event import EventFacts, derive_onset


@dataclass(frozen=True)
class Doses:
    """The administrations of a subject that count: how many, the first day, the last day, and the highest number."""

    count: int
    first_on: date | None
    last_on: date | None
    highest: int


def find_doses(session: Session, subject: Row) -> Doses:
    """Return the doses of a subject as they stand now."""
    given = table_of(Administration)
    last = func.max(func.coalesce(given.c.last_on, given.c.first_on))
    statement = select(func.count(given.c.first_on), func.min(given.c.first_on), last, func.max(given.c.number))
    row = session.connection().execute(statement.where(given.c.study_id == subject["study_id"], given.c.subject_id == subject["id"])).one()
    return Doses(int(row[0]), row[1], row[2], int(row[3] or 0))


def find_event_facts(session: Session, actor: Actor, trial: Trial, subject: Row, *, coded_term: Any = None) -> EventFacts:
    """Return what the rules of an event of ``subject`` rest on; ``coded_term`` is looked up among the terms of the record."""
    doses = find_doses(session, subject)
    return EventFacts(
        entered_at=actor.at,
        time_zone=zone_of(session, trial, subject),
        protocol=trial.protocol,
        ctcae_version=trial.ctcae_version,
        first_dose_on=doses.first_on,
        last_dose_on=doses.last_on,
        died_on=subject["died_on"],
        terms=_find_coding(session, trial, coded_term),
    )


def _find_coding(session: Session, trial: Trial, coded_term: Any) -> dict[str, tuple[str, str]]:
    """Category and dictionary with which the record has coded a term before."""
    if not isinstance(coded_term, str) or not coded_term.strip():
        return {}
    event, term = table_of(AdverseEvent), coded_term.strip()
    coded = select(event.c.category, event.c.dictionary).where(
        event.c.study_id == trial.id, event.c.term_used == term, event.c.coded_term == term
    )
    row = session.connection().execute(coded.order_by(event.c.id).limit(1)).first()
    return {term: (row.category, row.dictionary)} if row else {}


def align_subject(
    session: Session, actor: Actor, trial: Trial, subject: Row, *, before: Doses, also: Mapping[str, Any] | None = None
) -> Row:
    """Bring what rests on the first dose up to date after a dose was given, corrected or voided; return the subject.

    Reference start and status of the subject follow, and the analysis dates of events whose onset was collected in part;
    ``also`` are further changes of the subject.
    """
    after = find_doses(session, subject)
    changes: dict[str, Any] = dict(also or {})
    if subject["reference_start_on"] in (None, before.first_on):
        changes["reference_start_on"] = after.first_on
    if after.count == 0 and subject["status"] == "on study":
        changes |= {"status": "enrolled" if subject["enrolled_on"] else "eligible", "actual_cohort_id": None}
    if after.first_on != before.first_on:
        _align_events(session, actor, trial, subject)
    return change_row(session, actor, Subject, subject, changes)


def _align_events(session: Session, actor: Actor, trial: Trial, subject: Row) -> None:
    """Make the analysis dates of partial onsets anew: they look at the first dose."""
    event = table_of(AdverseEvent)
    partial = select(event).where(event.c.study_id == trial.id, event.c.subject_id == subject["id"], event.c.onset_imputed.is_not(None))
    facts = find_event_facts(session, actor, trial, subject)
    for row in session.connection().execute(partial).mappings().all():
        change_row(session, actor, AdverseEvent, dict(row), derive_onset(row["onset_text"], facts))
