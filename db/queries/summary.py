"""The summary of a study in numbers: subjects, treatment-emergent events by planned cohort, dispositions."""

import pandas as pd
from sqlalchemy import Subquery, case, func, or_, select
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Cohort, Disposition, Subject
from db.queries.conditions import (
    count_where,
    fatal,
    first_doses,
    related,
    serious,
    serious_any_criterion,
    severe,
    treatment_emergent,
    treatment_starts,
)
from trial.asof import AsOf
from trial.tables.summary import COHORT_COUNTS, DISPOSITION_COUNTS, STUDY_COUNTS, TERM_COUNTS


def study_counts(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return STUDY_COUNTS: one row for the whole study."""
    subject, event = known(Subject, as_of, study_id), known(AdverseEvent, as_of, study_id)
    first, disposition = treatment_starts(as_of, study_id), known(Disposition, as_of, study_id)
    people = select(
        func.count(),
        count_where(subject.c.status == "screen failure"),
        count_where(or_(subject.c.status == "died", subject.c.died_on.is_not(None))),
    )
    completed = select(func.count(disposition.c.subject_id.distinct())).where(
        disposition.c.kind == "end of study", func.upper(disposition.c.reason) == "COMPLETED"
    )
    events = select(func.count(), count_where(treatment_emergent(event, first))).select_from(
        event.outerjoin(first, first.c.subject_id == event.c.subject_id)
    )
    connection = session.connection()
    subjects, failures, deaths = connection.execute(people).one()
    treated = connection.execute(select(func.count()).select_from(first)).scalar_one()
    ended = connection.execute(completed).scalar_one()
    return STUDY_COUNTS.frame([(subjects, failures, treated, ended, deaths, *connection.execute(events).one())])


def cohort_counts(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return COHORT_COUNTS in the order of the cohorts; subjects are counted in their planned cohort."""
    cohort, subject = known(Cohort, as_of, study_id), known(Subject, as_of, study_id)
    first = first_doses(as_of, study_id)
    treated = select(subject).join(first, first.c.subject_id == subject.c.id).subquery("treated")
    emergent = _emergent_by_subject(as_of, study_id)
    planned = (
        select(
            treated.c.planned_cohort_id.label("cohort_id"),
            func.count().label("n"),
            *(func.sum(emergent.c[sort]).label(sort) for sort in _SORTS),
        )
        .join_from(treated, emergent, emergent.c.subject_id == treated.c.id, isouter=True)
        .group_by(treated.c.planned_cohort_id)
        .subquery("planned")
    )
    actual = (
        select(treated.c.actual_cohort_id.label("cohort_id"), func.count().label("n"))
        .group_by(treated.c.actual_cohort_id)
        .subquery("actual")
    )
    statement = (
        select(
            cohort.c.label,
            func.coalesce(planned.c.n, 0),
            func.coalesce(actual.c.n, 0),
            *(func.coalesce(planned.c[sort], 0) for sort in _SORTS),
        )
        .join(planned, planned.c.cohort_id == cohort.c.id, isouter=True)
        .join(actual, actual.c.cohort_id == cohort.c.id, isouter=True)
        .order_by(cohort.c.number)
    )
    return COHORT_COUNTS.frame(session.connection().execute(statement).all())


_SORTS = ("any_teae", "serious", "serious_any_criterion", "related", "severe", "fatal")


def _emergent_by_subject(as_of: AsOf, study_id: int) -> Subquery:
    """One row per subject with treatment-emergent events: for each sort 1 when any is of that sort, else 0."""
    event, first = known(AdverseEvent, as_of, study_id), treatment_starts(as_of, study_id)
    conditions = (event.c.id.is_not(None), serious(event), serious_any_criterion(event), related(event), severe(event), fatal(event))
    return (
        select(
            event.c.subject_id,
            *(func.max(case((condition, 1), else_=0)).label(sort) for sort, condition in zip(_SORTS, conditions, strict=True)),
        )
        .join(first, first.c.subject_id == event.c.subject_id)
        .where(treatment_emergent(event, first))
        .group_by(event.c.subject_id)
        .subquery("emergent")
    )


def term_counts(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return TERM_COUNTS, by term and cohort; a term does not stand in a cohort in which nobody had it."""
    event, first = known(AdverseEvent, as_of, study_id), treatment_starts(as_of, study_id)
    subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    statement = (
        select(event.c.term_used, cohort.c.label, func.count(event.c.subject_id.distinct()))
        .join(first, first.c.subject_id == event.c.subject_id)
        .join(subject, subject.c.id == event.c.subject_id)
        .join(cohort, cohort.c.id == subject.c.planned_cohort_id)
        .where(treatment_emergent(event, first))
        .group_by(event.c.term_used, cohort.c.number, cohort.c.label)
        .order_by(event.c.term_used, cohort.c.number)
    )
    return TERM_COUNTS.frame(session.connection().execute(statement).all())


def disposition_counts(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return DISPOSITION_COUNTS, most frequent first: the end of study, else of treatment where that is all a subject has."""
    disposition = known(Disposition, as_of, study_id)
    study_end = select(disposition.c.subject_id).where(disposition.c.kind == "end of study")
    subjects = func.count(disposition.c.subject_id.distinct())
    statement = (
        select(disposition.c.reason, subjects)
        .where(
            or_(
                disposition.c.kind == "end of study",
                (disposition.c.kind == "end of treatment") & disposition.c.subject_id.not_in(study_end),
            )
        )
        .group_by(disposition.c.reason)
        .order_by(subjects.desc(), disposition.c.reason)
    )
    return DISPOSITION_COUNTS.frame(session.connection().execute(statement).all())
