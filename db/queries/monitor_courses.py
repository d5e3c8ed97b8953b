"""Each dosed subject under each declared monitor, in order of dosing: what sequential rules are judged on."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import ColumnElement, Date, Subquery, case, func, literal, select
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Subject
from db.queries.conditions import Condition, count_where, exits, treatment_emergent, treatment_starts
from db.queries.deaths import died_within, select_unreported
from db.queries.findings import result_hits
from db.queries.measured import Hit
from db.queries.monitor_conditions import counted, spelt_terms
from db.queries.spans import count_days
from trial.asof import AsOf
from trial.grading.laboratory import Version
from trial.protocol import AesiPart, CountsPart, MonitorPart
from trial.protocol_neurology import NeurologyPart
from trial.signals.monitor import EVENT, LEFT, NONE, PENDING
from trial.tables import MONITOR_COURSES, MONITOR_HITS


def monitor_courses(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    monitors: Sequence[MonitorPart],
    aesi: Sequence[AesiPart] = (),
    version: Version = "5.0",
    neurology: NeurologyPart | None = None,
) -> pd.DataFrame:
    """Return MONITOR_COURSES, by monitor and in order of dosing (same day: by subject code)."""
    counts = {monitor.code: monitor.counts for monitor in monitors}
    found = list_courses(counts, aesi, session, as_of, study_id, version=version, neurology=neurology)
    return MONITOR_COURSES.frame((line.monitor, line.place, line.standing, line.started, line.days) for line in found)


def monitor_hits(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    monitors: Sequence[MonitorPart],
    aesi: Sequence[AesiPart] = (),
    version: Version = "5.0",
    neurology: NeurologyPart | None = None,
) -> pd.DataFrame:
    """Return MONITOR_HITS, by monitor and in order of dosing."""
    counts = {monitor.code: monitor.counts for monitor in monitors}
    found = list_courses(counts, aesi, session, as_of, study_id, version=version, neurology=neurology)
    return MONITOR_HITS.frame((line.monitor, line.subject, line.place) for line in found if line.standing == EVENT)


class Line(NamedTuple):
    """One dosed subject under one monitor: ``days`` are those observed within the window, up to the first event."""

    monitor: str
    place: int
    subject: str
    standing: str
    started: date
    days: int
    events: int


def list_courses(
    counts: Mapping[str, CountsPart],
    aesi: Sequence[AesiPart],
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    version: Version,
    neurology: NeurologyPart | None = None,
) -> list[Line]:
    """Return how each dosed subject stands under each of ``counts``, by code and in order of dosing."""
    if not counts:
        return []
    rows = _read(session, as_of, study_id, counts, aesi)
    lines: list[Line] = []
    for position, (code, part) in enumerate(counts.items()):
        measured = result_hits(part, session, as_of, study_id, version=version, neurology=neurology) if part.counts_results else {}
        lines += _lines(code, part, rows, position, measured)
    return lines


def _lines(
    code: str, part: CountsPart, rows: Sequence[tuple[Any, ...]], position: int, measured: Mapping[int, Sequence[Hit]]
) -> Iterator[Line]:
    """The lines of one monitor."""
    for place, row in enumerate(rows, start=1):
        identity, subject, started, observed, gone = row[:5]
        hits = measured.get(identity, ())
        events, first = row[5 + 2 * position] + len(hits), row[6 + 2 * position]
        days = [hit.day for hit in hits] + ([(first - started).days] if first else [])
        window = observed if part.within_days is None else min(observed, part.within_days)
        if events:
            standing, window = EVENT, min([window, *days]) if days else 0  # an event of unknown day counts from the start
        else:
            standing = NONE if observed >= (part.within_days or 0) else LEFT if gone else PENDING
        yield Line(code, place, subject, standing, started, max(0, window), events)


def _read(
    session: Session, as_of: AsOf, study_id: int, counts: Mapping[str, CountsPart], aesi: Sequence[AesiPart]
) -> Sequence[tuple[Any, ...]]:
    """One row per dosed subject: id, code, first dose, days observed, gone, then number and first onset of each monitor's events."""
    spelt = spelt_terms(counts.values(), aesi, session, as_of, study_id)
    event, dose = known(AdverseEvent, as_of, study_id), treatment_starts(as_of, study_id)
    subject, left = known(Subject, as_of, study_id), exits(as_of, study_id)
    numbers: list[ColumnElement[Any]] = []
    for place, part in enumerate(counts.values()):
        condition: Condition = counted(event, dose, spelt.of(part), spelt.aesi)
        numbers += [count_where(condition).label(f"n{place}"), func.min(case((condition, event.c.onset_date))).label(f"d{place}")]
    per_subject = (
        select(event.c.subject_id, *numbers)
        .join(dose, dose.c.subject_id == event.c.subject_id)
        .where(treatment_emergent(event, dose))
        .group_by(event.c.subject_id)
        .subquery("per_subject")
    )
    end = case((left.c.left_on < as_of.day, left.c.left_on), else_=literal(as_of.day, Date))
    death = select_unreported(as_of, study_id)
    observed, columns = count_days(dose.c.first_dose_on, end), _numbers(per_subject, death, counts.values())
    statement = (
        select(dose.c.subject_id, subject.c.code, dose.c.first_dose_on, observed, left.c.left_on, *columns)
        .select_from(dose)
        .join(subject, subject.c.id == dose.c.subject_id)
        .join(left, left.c.subject_id == dose.c.subject_id, isouter=True)
        .join(per_subject, per_subject.c.subject_id == dose.c.subject_id, isouter=True)
        .join(death, death.c.subject_id == dose.c.subject_id, isouter=True)
        .order_by(dose.c.first_dose_on, subject.c.code)
    )
    return [tuple(row) for row in session.connection().execute(statement).all()]


def _numbers(events: Subquery, death: Subquery, counts: Iterable[CountsPart]) -> list[ColumnElement[Any]]:
    """For each of ``counts`` the number of events, a death without one among them, and the first day."""
    columns: list[ColumnElement[Any]] = []
    for place, part in enumerate(counts):
        number: ColumnElement[Any] = func.coalesce(events.c[f"n{place}"], 0)
        first: ColumnElement[Any] = events.c[f"d{place}"]
        if part.counts_deaths:
            died = died_within(death, part.within_days)
            number, first = number + case((died, 1), else_=0), func.coalesce(first, case((died, death.c.died_on)))
        columns += [number, first]
    return columns
