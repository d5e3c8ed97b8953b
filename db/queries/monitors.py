"""What the declared monitors and background rates count, all in one pass over the events.

A monitor's ``counts`` becomes one SQL condition; whoever declares another monitor in the protocol file needs no code.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import CTE, ColumnElement, Date, FromClause, and_, case, func, literal, or_, select
from sqlmodel import Session

from db.history import known, known_facts
from db.models import AdverseEvent, Cohort, Subject
from db.queries.conditions import DATED, Condition, count_where, exits, treatment_emergent, treatment_starts
from db.queries.deaths import add_deaths, unreported_deaths
from db.queries.findings import result_hits
from db.queries.measured import Hit
from db.queries.monitor_conditions import counted, of_kind, spelt_terms, within
from db.queries.monitor_courses import Line, list_courses
from db.queries.spans import count_days
from trial.asof import AsOf
from trial.clocks.calendar import compute_days_between, compute_study_day
from trial.grading.laboratory import Version
from trial.protocol import AesiPart, BackgroundPart, CountsPart, MonitorPart
from trial.protocol_neurology import NeurologyPart
from trial.signals.deaths import DEATH, describe_death
from trial.signals.monitor import EVENT, NONE, PENDING
from trial.tables import BACKGROUND_COUNTS, MONITOR_COUNTS, MONITOR_EVENTS


def monitor_counts(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    monitors: Sequence[MonitorPart],
    aesi: Sequence[AesiPart] = (),
    version: Version = "5.0",
    neurology: NeurologyPart | None = None,
) -> pd.DataFrame:
    """Return MONITOR_COUNTS, in the order of ``monitors``; only treatment-emergent events of dosed subjects count.

    A death without a fatal event counts as one where ``counts_deaths`` says so. Monitors of events are counted by the database; those
    of laboratory results and findings subject by subject, with grades of CTCAE ``version`` and by the limits ``neurology`` (else the
    proposed ones).
    """
    declared = {monitor.code: monitor.counts for monitor in monitors}
    events = {code: part for code, part in declared.items() if not part.counts_results}
    rows = _count(session, as_of, study_id, counts=events, aesi=aesi)
    measured = {code: part for code, part in declared.items() if part.counts_results}
    lines = list_courses(measured, aesi, session, as_of, study_id, version=version, neurology=neurology)
    rows |= {code: _sum_up([line for line in lines if line.monitor == code]) for code in measured}
    return MONITOR_COUNTS.frame((code, *rows[code]) for code in declared)


def _sum_up(lines: Sequence[Line]) -> tuple[int, int, int, int, int]:
    """Subjects, events, at risk, pending and dosed of one monitor's lines."""
    standing = [line.standing for line in lines]
    subjects, pending = standing.count(EVENT), standing.count(PENDING)
    return subjects, sum(line.events for line in lines), subjects + standing.count(NONE), pending, len(lines)


def background_counts(session: Session, as_of: AsOf, study_id: int, *, rates: Sequence[BackgroundPart]) -> pd.DataFrame:
    """Return BACKGROUND_COUNTS, in the order of ``rates``; only treatment-emergent events of dosed subjects count."""
    rows = _count(session, as_of, study_id, counts={rate.code: CountsPart(terms=rate.terms) for rate in rates})
    return BACKGROUND_COUNTS.frame((code, subjects, events, dosed) for code, (subjects, events, _, _, dosed) in rows.items())


def monitor_events(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    monitor: MonitorPart,
    aesi: Sequence[AesiPart] = (),
    limit: int | None = None,
    version: Version = "5.0",
    neurology: NeurologyPart | None = None,
) -> pd.DataFrame:
    """Return MONITOR_EVENTS: what one monitor counts: deaths without an event, events, then results and findings, each newest first."""
    rows = _events(session, as_of, study_id, counts=monitor.counts, aesi=aesi, limit=limit)
    if monitor.counts.counts_results:
        hits = result_hits(monitor.counts, session, as_of, study_id, version=version, neurology=neurology)
        rows += _results(hits.values())
    if monitor.counts.counts_deaths:
        rows = [*_deaths(unreported_deaths(session, as_of, study_id), monitor.counts.within_days), *rows]
    return MONITOR_EVENTS.frame(rows[:limit])


def _results(found: Iterable[Sequence[Hit]]) -> list[tuple[Any, ...]]:
    """The rows of MONITOR_EVENTS that are laboratory results and findings."""
    hits = sorted((hit for hits in found for hit in hits), key=lambda hit: (-hit.day, hit.subject, hit.test))
    return [
        (hit.subject, hit.cohort, hit.test, hit.words, hit.grade, None, None, None, hit.day + (1 if hit.day >= 0 else 0), None)
        for hit in hits
    ]


def _deaths(found: pd.DataFrame, within_days: int | None) -> Iterator[tuple[Any, ...]]:
    """The rows of MONITOR_EVENTS that are deaths without an event."""
    for one in found.itertuples(index=False):
        died_on, dosed_on = None if pd.isna(one.died_on) else one.died_on.date(), one.first_dose_on.date()
        if died_on is None or within_days is None or compute_days_between(dosed_on, died_on) <= within_days:
            cohort, words = None if pd.isna(one.cohort) else one.cohort, describe_death(died_on, on_record=bool(one.on_record))
            onset, study_day = (str(died_on), compute_study_day(died_on, dosed_on)) if died_on else (None, None)
            yield (one.subject, cohort, DEATH, words, None, None, None, onset, study_day, None)


def _events(
    session: Session, as_of: AsOf, study_id: int, *, counts: CountsPart, aesi: Sequence[AesiPart], limit: int | None
) -> list[tuple[Any, ...]]:
    """The rows of MONITOR_EVENTS that are adverse events."""
    every, dose = known(AdverseEvent, as_of, study_id), treatment_starts(as_of, study_id)
    spelt = spelt_terms([counts], aesi, session, as_of, study_id)
    found = (
        select(every, dose.c.first_dose_on)
        .join(dose, dose.c.subject_id == every.c.subject_id)
        .where(_emergent(every, dose), counted(every, dose, spelt.of(counts), spelt.aesi))
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
    return [(*row[:8], study_day, row[10]) for row, study_day in zip(rows, days, strict=True)]


def _emergent(event: FromClause, dose: FromClause) -> Condition:
    return treatment_emergent(event, dose)


def _event_kinds(as_of: AsOf, study_id: int, counts: Sequence[CountsPart], aesi: Sequence[AesiPart]) -> CTE:
    """Every event, and death without one, with its subject and days; in ``k<place>`` 1 or 0: whether ``counts`` at this place counts it."""

    def pick(event: FromClause) -> list[ColumnElement[Any]]:
        """The dates of an event, and a flag for each monitor that counts it."""
        flags = [case((of_kind(event, part, aesi), 1), else_=0).label(f"k{place}") for place, part in enumerate(counts)]
        return [*(event.c[name] for name in DATED), *flags]

    events = known_facts(AdverseEvent, as_of, study_id, pick)
    if not any(part.counts_deaths for part in counts):
        return events
    return add_deaths(events, as_of, study_id, {f"k{place}": int(part.counts_deaths) for place, part in enumerate(counts)})


def _count(
    session: Session, as_of: AsOf, study_id: int, *, counts: Mapping[str, CountsPart], aesi: Sequence[AesiPart] = ()
) -> dict[str, tuple[int, int, int, int, int]]:
    """For each of ``counts``: subjects, events, at risk, pending, dosed."""
    if not counts:
        return {}
    spelt = spelt_terms(counts.values(), aesi, session, as_of, study_id)
    event, dose = _event_kinds(as_of, study_id, [spelt.of(part) for part in counts.values()], spelt.aesi), treatment_starts(as_of, study_id)
    conditions = [and_(event.c[f"k{n}"] == 1, within(event, dose, part.within_days)) for n, part in enumerate(counts.values())]
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
