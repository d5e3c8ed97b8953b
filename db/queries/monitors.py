"""What the declared monitors and background rates count, all in one pass over the events.

A monitor's ``counts`` becomes one SQL condition; whoever declares another monitor in the protocol file needs no code.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Date, FromClause, Subquery, and_, case, func, literal, or_, select, true
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Cohort, Subject
from db.queries.conditions import (
    Condition,
    at_least_grade,
    count_where,
    exits,
    fatal,
    first_doses,
    limiting,
    of_special_interest,
    of_terms,
    related,
    serious,
    treatment_emergent,
)
from db.queries.spans import count_days
from db.queries.spelling import spell, spell_lists, term_spellings
from trial.asof import AsOf
from trial.clocks.calendar import compute_study_day
from trial.protocol import AesiPart, BackgroundPart, CountsPart, MonitorPart
from trial.tables import BACKGROUND_COUNTS, MONITOR_COUNTS, MONITOR_EVENTS


def monitor_counts(
    session: Session, as_of: AsOf, study_id: int, *, monitors: Sequence[MonitorPart], aesi: Sequence[AesiPart] = ()
) -> pd.DataFrame:
    """Return MONITOR_COUNTS, in the order of ``monitors``; only treatment-emergent events of dosed subjects count."""
    rows = _count(session, as_of, study_id, counts={monitor.code: monitor.counts for monitor in monitors}, aesi=aesi)
    return MONITOR_COUNTS.frame((code, *counts) for code, counts in rows.items())


def background_counts(session: Session, as_of: AsOf, study_id: int, *, rates: Sequence[BackgroundPart]) -> pd.DataFrame:
    """Return BACKGROUND_COUNTS, in the order of ``rates``; only treatment-emergent events of dosed subjects count."""
    rows = _count(session, as_of, study_id, counts={rate.code: CountsPart(terms=rate.terms) for rate in rates})
    return BACKGROUND_COUNTS.frame((code, subjects, events, dosed) for code, (subjects, events, _, _, dosed) in rows.items())


def monitor_events(
    session: Session, as_of: AsOf, study_id: int, *, monitor: MonitorPart, aesi: Sequence[AesiPart] = (), limit: int | None = None
) -> pd.DataFrame:
    """Return MONITOR_EVENTS: what one monitor counts, newest onset first."""
    every, dose = known(AdverseEvent, as_of, study_id), first_doses(as_of, study_id)
    spelt = _spelt(session, as_of, study_id, [monitor.counts], aesi)
    found = (
        select(every, dose.c.first_dose_on)
        .join(dose, dose.c.subject_id == every.c.subject_id)
        .where(_emergent(every, dose), _counted(every, dose, spelt.of(monitor.counts), spelt.aesi))
        .order_by(every.c.onset_date.desc().nulls_last(), every.c.code.desc())
        .limit(limit)
    )
    event, subject, cohort = found.subquery("found"), known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    columns = (event.c.code, event.c.term_used, event.c.grade, event.c.severity, event.c.serious, event.c.onset_text)
    statement = (
        select(subject.c.code, cohort.c.number, *columns, event.c.onset_date, event.c.first_dose_on, event.c.outcome)
        .select_from(event)
        .join(subject, subject.c.id == event.c.subject_id)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .order_by(event.c.onset_date.desc().nulls_last(), event.c.code.desc())
    )
    rows = session.connection().execute(statement).all()
    days = (compute_study_day(row[8], row[9]) if row[8] else None for row in rows)
    return MONITOR_EVENTS.frame([(*row[:8], study_day, row[10]) for row, study_day in zip(rows, days, strict=True)])


@dataclass(frozen=True)
class _Spelt:
    """How the record writes the declared terms."""

    spellings: Mapping[str, tuple[str, ...]]
    aesi: Sequence[AesiPart]

    def of(self, counts: CountsPart) -> CountsPart:
        """``counts`` with its terms as the record writes them, besides as they were declared."""
        return counts.model_copy(update={"terms": (*counts.terms, *spell(counts.terms, self.spellings))})


def _spelt(session: Session, as_of: AsOf, study_id: int, counts: Iterable[CountsPart], aesi: Sequence[AesiPart]) -> _Spelt:
    named = any(part.terms or part.aesi for part in counts)
    spellings = term_spellings(session, as_of, study_id) if named else {}
    return _Spelt(spellings, spell_lists(aesi, spellings))


def _counted(event: FromClause, dose: Subquery, counts: CountsPart, aesi: Sequence[AesiPart]) -> Condition:
    """The condition that ``counts`` states: everything that is given must hold."""
    lists = [part for part in aesi if part.code in counts.aesi]
    asked: tuple[tuple[bool, Condition], ...] = (
        (bool(counts.terms), of_terms(event, counts.terms)),
        (bool(counts.aesi), of_special_interest(event, lists)),
        (counts.minimum_grade is not None, at_least_grade(event, counts.minimum_grade or 1)),
        (counts.serious is not None, _as_asked(serious(event), counts.serious)),
        (counts.fatal is not None, _as_asked(fatal(event), counts.fatal)),
        (counts.dlt is not None, _as_asked(limiting(event), counts.dlt)),
        (bool(counts.attributed_to), related(event, counts.attributed_to)),
        (counts.within_days is not None, _within(event, dose, counts.within_days or 0)),
    )
    return and_(true(), *(condition for given, condition in asked if given))


def _as_asked(condition: Condition, wanted: bool | None) -> Condition:
    return condition if wanted else ~condition


def _within(event: FromClause, dose: Subquery, days: int) -> Condition:
    """Whether the event began at most ``days`` after the first dose, or may have (onset unknown)."""
    return or_(event.c.onset_date.is_(None), count_days(dose.c.first_dose_on, event.c.onset_date) <= days)


def _emergent(event: FromClause, dose: Subquery) -> Condition:
    return treatment_emergent(event, dose.c.first_dose_on)


def _count(
    session: Session, as_of: AsOf, study_id: int, *, counts: Mapping[str, CountsPart], aesi: Sequence[AesiPart] = ()
) -> dict[str, tuple[int, int, int, int, int]]:
    """For each of ``counts``: subjects, events, at risk, pending, dosed."""
    if not counts:
        return {}
    spelt = _spelt(session, as_of, study_id, counts.values(), aesi)
    event, dose = known(AdverseEvent, as_of, study_id), first_doses(as_of, study_id)
    conditions = [_counted(event, dose, spelt.of(part), spelt.aesi) for part in counts.values()]
    numbers = [count_where(condition).label(f"n{place}") for place, condition in enumerate(conditions)]
    joined = select(event.c.subject_id, *numbers).join(dose, dose.c.subject_id == event.c.subject_id).where(_emergent(event, dose))
    per_subject, left = joined.group_by(event.c.subject_id).subquery("per_subject"), exits(as_of, study_id)
    end = case((left.c.left_on < as_of.day, left.c.left_on), else_=literal(as_of.day, Date))
    observed, present = count_days(dose.c.first_dose_on, end), left.c.left_on.is_(None)
    columns: list[ColumnElement[Any]] = []
    for place, part in enumerate(counts.values()):
        number, complete = func.coalesce(per_subject.c[f"n{place}"], 0), observed >= (part.within_days or 0)
        columns += [count_where(number > 0), func.coalesce(func.sum(number), 0), count_where(or_(number > 0, complete))]
        columns.append(count_where(and_(number == 0, ~complete, present)))
    statement = (
        select(func.count(), *columns)
        .select_from(dose)
        .join(left, left.c.subject_id == dose.c.subject_id, isouter=True)
        .join(per_subject, per_subject.c.subject_id == dose.c.subject_id, isouter=True)
    )
    dosed, *values = session.connection().execute(statement).one()
    return {code: (*values[4 * place : 4 * place + 4], dosed) for place, code in enumerate(counts)}
