"""One subject's story: who it is, what was given, what happened, and what was known when."""

import pandas as pd
from sqlalchemy import Subquery, func, select
from sqlmodel import Session

from db.history import known, versions
from db.models import Administration, AdverseEvent, Cohort, DoseLevel, Procedure, ProductLot, Site, Subject
from db.queries.conditions import exits, first_doses, serious, treatment_emergent, treatment_starts
from trial.asof import AsOf
from trial.tables.story import (
    EVENT_VERSIONS,
    JUDGEMENTS,
    SUBJECT_CHOICES,
    SUBJECT_DOSES,
    SUBJECT_EVENTS,
    SUBJECT_FACTS,
    SUBJECT_PROCEDURES,
)
from trial.terms import SERIOUSNESS

JUDGEMENT_NAMES = tuple(column.name for column in JUDGEMENTS)


def subject_choices(session: Session, as_of: AsOf, study_id: int, *, limit: int) -> pd.DataFrame:
    """Return SUBJECT_CHOICES: the ``limit`` subjects dosed most recently, then the others, the newest screening first."""
    subject, cohort, dose = known(Subject, as_of, study_id), known(Cohort, as_of, study_id), first_doses(as_of, study_id)
    statement = (
        select(subject.c.code, subject.c.status, cohort.c.label, dose.c.first_dose_on)
        .join(dose, dose.c.subject_id == subject.c.id, isouter=True)
        .join(cohort, cohort.c.id == func.coalesce(subject.c.actual_cohort_id, subject.c.planned_cohort_id), isouter=True)
        .order_by(
            dose.c.first_dose_on.is_(None),
            dose.c.first_dose_on.desc(),
            subject.c.screened_on.is_(None),
            subject.c.screened_on.desc(),
            subject.c.code,
        )
        .limit(limit)
    )
    return SUBJECT_CHOICES.frame(session.connection().execute(statement).all())


def subject_facts(session: Session, as_of: AsOf, study_id: int, *, subject: str) -> pd.DataFrame:
    """Return SUBJECT_FACTS of one subject code; no row when nobody has it."""
    key, person, site = key_of(session, as_of, study_id, subject), known(Subject, as_of, study_id), known(Site, as_of, study_id)
    planned, actual = known(Cohort, as_of, study_id).alias("planned"), known(Cohort, as_of, study_id).alias("actual")
    level, dose, left = known(DoseLevel, as_of, study_id), first_doses(as_of, study_id), exits(as_of, study_id)
    own = ("age_years", "sex", "injury_level", "ais", "injury_mechanism", "injured_on", "screened_on", "consented_on", "consent_version")
    statement = (
        select(
            person.c.code,
            site.c.code,
            site.c.name,
            planned.c.label,
            actual.c.label,
            level.c.label,
            person.c.status,
            *(person.c[name] for name in own),
            person.c.ineligible_reason,
            person.c.enrolled_on,
            dose.c.first_dose_on,
            dose.c.last_dose_on,
            left.c.left_on,
            person.c.discontinuation_reason,
            person.c.died_on,
        )
        .join(site, site.c.id == person.c.site_id, isouter=True)
        .join(planned, planned.c.id == person.c.planned_cohort_id, isouter=True)
        .join(actual, actual.c.id == person.c.actual_cohort_id, isouter=True)
        .join(level, level.c.id == actual.c.dose_level_id, isouter=True)
        .join(dose, dose.c.subject_id == key, isouter=True)
        .join(left, left.c.subject_id == key, isouter=True)
        .where(person.c.id == key)
    )
    return SUBJECT_FACTS.frame(session.connection().execute(statement).all())


def subject_events(session: Session, as_of: AsOf, study_id: int, *, subject: str) -> pd.DataFrame:
    """Return SUBJECT_EVENTS by onset, those without an onset day last."""
    key, event = key_of(session, as_of, study_id, subject), known(AdverseEvent, as_of, study_id)
    dose, history = treatment_starts(as_of, study_id), _event_history(as_of, study_id, key)
    columns = event.c
    statement = (
        select(
            columns.code,
            columns.term_used,
            columns.verbatim,
            columns.category,
            columns.grade,
            columns.severity,
            columns.onset_text,
            columns.onset_date,
            columns.onset_imputed,
            columns.end_text,
            columns.end_date,
            columns.end_imputed,
            columns.ongoing,
            treatment_emergent(event, dose),
            serious(event),
            *(columns[name] for name in SERIOUSNESS),
            *(columns[name] for name in ("dlt", "dlt_reason", "aesi", "expectedness", "outcome", "action")),
            *(columns[name] for name in JUDGEMENT_NAMES),
            history.c.first_known,
            columns.known_from,
            history.c.versions,
        )
        .join(history, history.c.id == columns.id)
        .join(dose, dose.c.subject_id == key, isouter=True)
        .where(columns.subject_id == key)
        .order_by(columns.onset_date.is_(None), columns.onset_date, columns.code)
    )
    rows = session.connection().execute(statement).all()
    first, after = 15, 15 + len(SERIOUSNESS)
    return SUBJECT_EVENTS.frame(
        [(*row[:13], bool(row[13]), bool(row[14]), _criteria(tuple(row[first:after])), *row[after:]) for row in rows]
    )


def event_versions(session: Session, as_of: AsOf, study_id: int, *, subject: str) -> pd.DataFrame:
    """Return EVENT_VERSIONS of the corrected events of one subject, each event's oldest version first."""
    version = versions(AdverseEvent, as_of, study_id)
    names = ("grade", "severity", "serious", "dlt", "onset_text", "end_text", "ongoing", "outcome", *JUDGEMENT_NAMES)
    columns = (version.c.code, version.c.term_used, version.c.known_from, version.c.replaced_at, *(version.c[name] for name in names))
    counted = (
        select(*columns, func.count().over(partition_by=version.c.id).label("versions"))
        .where(version.c.subject_id == key_of(session, as_of, study_id, subject))
        .subquery()
    )
    statement = (
        select(*list(counted.c)[:-1])
        .where(counted.c.versions > 1)
        .order_by(counted.c.code, counted.c.known_from, counted.c.replaced_at.is_(None))
    )
    return EVENT_VERSIONS.frame(session.connection().execute(statement).all())


def subject_doses(session: Session, as_of: AsOf, study_id: int, *, subject: str) -> pd.DataFrame:
    """Return SUBJECT_DOSES in the order they were given."""
    key, dose = key_of(session, as_of, study_id, subject), known(Administration, as_of, study_id)
    level, lot = known(DoseLevel, as_of, study_id), known(ProductLot, as_of, study_id)
    before = ("number", "product", "route", "location")
    after = ("planned_amount", "delivered_amount", "amount_unit", "planned_vector", "delivered_vector", "viability_percent")
    when = ("start_text", "first_on", "last_on", "started_at", "ended_at", "deviation")
    statement = (
        select(*(dose.c[name] for name in before), level.c.label, lot.c.code, *(dose.c[name] for name in (*after, *when)))
        .join(level, level.c.id == dose.c.dose_level_id, isouter=True)
        .join(lot, lot.c.id == dose.c.lot_id, isouter=True)
        .where(dose.c.subject_id == key)
        .order_by(dose.c.first_on.is_(None), dose.c.first_on, dose.c.number)
    )
    return SUBJECT_DOSES.frame(session.connection().execute(statement).all())


def subject_procedures(session: Session, as_of: AsOf, study_id: int, *, subject: str) -> pd.DataFrame:
    """Return SUBJECT_PROCEDURES in the order of their days."""
    key, procedure = key_of(session, as_of, study_id, subject), known(Procedure, as_of, study_id)
    statement = (
        select(*(procedure.c[name] for name in SUBJECT_PROCEDURES.names))
        .where(procedure.c.subject_id == key)
        .order_by(procedure.c.performed_on.is_(None), procedure.c.performed_on, procedure.c.code)
    )
    return SUBJECT_PROCEDURES.frame(session.connection().execute(statement).all())


def key_of(session: Session, as_of: AsOf, study_id: int, subject: str) -> int:
    """Return the key of the subject with this code, -1 when nobody has it.

    Listings filter by the key, not by a join, so that the database can use it inside unions and groups.
    """
    person = known(Subject, as_of, study_id)
    found = session.connection().execute(select(person.c.id).where(person.c.code == subject)).scalar()
    return -1 if found is None else int(found)


def _event_history(as_of: AsOf, study_id: int, key: int) -> Subquery:
    """Per event of the subject: when it first became known, and how many versions were known by the cut-off."""
    version = versions(AdverseEvent, as_of, study_id)
    return (
        select(version.c.id, func.min(version.c.known_from).label("first_known"), func.count().label("versions"))
        .where(version.c.subject_id == key)
        .group_by(version.c.id)
        .subquery("history")
    )


def _criteria(flags: tuple[bool | None, ...]) -> str | None:
    """The criteria of seriousness that hold, as one text."""
    return ", ".join(name for name, holds in zip(SERIOUSNESS, flags, strict=True) if holds) or None
