"""From the incision on: when subjects had their first event of a kind, and how many had a complication that surgery answers for."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Subquery, and_, case, false, func, literal, null, or_, select, true
from sqlmodel import Session

from db.history import known
from db.models import Subject
from db.queries.conditions import Condition, count_where, exits, surely
from db.queries.placing import Among, Placing, find_end, place_events
from db.queries.spans import count_seconds
from db.queries.spelling import spell, term_spellings
from trial.asof import AsOf
from trial.clocks.perioperative import SECONDS_A_DAY, SECONDS_AN_HOUR
from trial.protocol import BackgroundPart
from trial.tables.surgery import COUNTED_COMPLICATIONS, SURGICAL_COUNTS, SURGICAL_COURSES, SURGICAL_FIRSTS
from trial.terms import HEADS, SEVERITIES

SEVERE_GRADE = 3
HALF_A_DAY, A_DAY = 12, 24
"""Hours: an onset known by its day only stands at the middle of it."""

KINDS = ("any", "severe", "serious", *(f"related_{head}" for head in HEADS))
"""What a curve from the incision on can count."""
FACTS = ("place", "days_after", "hours_after_start", "grade", "rank", "is_serious", *(f"by_{head}" for head in HEADS))


def surgical_courses(session: Session, as_of: AsOf, study_id: int, *, complication: str = "any", cohort: int | None = None) -> pd.DataFrame:
    """Return SURGICAL_COURSES of events of a kind (one of KINDS), each subject from its first procedure on.

    Events after the next procedure belong to that one, so observation ends with it.
    """
    placing = place_events(as_of, study_id, (), Among(cohort), FACTS)
    first, found = placing.timed, _first_hours(placing, complication)
    subject, left = known(Subject, as_of, study_id), exits(as_of, study_id)
    start = _start(placing)
    cut = literal(find_end(as_of))
    gone = case((first.c.gone < cut, first.c.gone), else_=cut)
    following = func.coalesce(first.c.next_begun, count_seconds(first.c.next_day))
    end = case((following < gone, following), else_=gone)
    died = and_(subject.c.died_on == left.c.left_on, first.c.gone <= cut, or_(following.is_(None), following >= first.c.gone))
    place = func.dense_rank().over(order_by=first.c.subject_id)
    hours = case((end > start, (end - start) * 1.0 / SECONDS_AN_HOUR), else_=0.0)
    statement = (
        select(
            place, hours, func.coalesce(died, false()), found.c.first_hours, found.c.by_day, func.coalesce(found.c.undated, 0)
        )
        .select_from(first)
        .join(subject, subject.c.id == first.c.subject_id)
        .join(left, left.c.subject_id == first.c.subject_id, isouter=True)
        .join(found, found.c.subject_id == first.c.subject_id, isouter=True)
        .where(first.c.place == 1)
        .order_by(place)
    )  # fmt: skip
    rows = session.connection().execute(statement).all()
    return SURGICAL_COURSES.frame((*row[:2], bool(row[2]), row[3], bool(row[4]), row[5]) for row in rows)


def surgical_firsts(session: Session, as_of: AsOf, study_id: int, *, complication: str = "any", cohort: int | None = None) -> pd.DataFrame:
    """Return SURGICAL_FIRSTS: whose first event of a kind each rise of the curve is."""
    found = _first_hours(place_events(as_of, study_id, (), Among(cohort), FACTS), complication)
    subject = known(Subject, as_of, study_id)
    severity = case((found.c.grade.is_(None), case(dict(enumerate(SEVERITIES, start=1)), value=found.c.rank)), else_=null())
    statement = (
        select(subject.c.code, found.c.first_hours, found.c.grade, severity)
        .join(found, found.c.subject_id == subject.c.id)
        .where(found.c.first_hours.is_not(None))
        .order_by(found.c.first_hours, subject.c.code)
    )
    return SURGICAL_FIRSTS.frame(session.connection().execute(statement).all())


def _start(placing: Placing) -> ColumnElement[Any]:
    """The incision in seconds; noon of the day where neither incision nor closure has a time."""
    return func.coalesce(placing.timed.c.start, count_seconds(placing.timed.c.day) + HALF_A_DAY * SECONDS_AN_HOUR)


def _first_hours(placing: Placing, complication: str) -> Subquery:
    """Per subject the hours from the first incision to the first event of a kind, whether by its day only, and its worst."""
    event = placing.placed
    by_clock, by_day = event.c.hours_after_start, event.c.days_after * float(A_DAY) + HALF_A_DAY
    hours = case((by_clock >= 0, by_clock), (and_(by_clock.is_(None), event.c.days_after >= 0), by_day))
    exact = func.min(case((by_clock >= 0, by_clock)))
    first = func.min(hours)
    kept = and_(event.c.place == 1, _is_of_kind(event, complication), or_(hours.is_not(None), event.c.days_after.is_(None)))
    return (
        select(
            event.c.subject_id,
            first.label("first_hours"),
            case((and_(first.is_not(None), or_(exact.is_(None), exact > first)), 1), else_=0).label("by_day"),
            count_where(and_(by_clock.is_(None), event.c.days_after.is_(None))).label("undated"),
            func.max(event.c.grade).label("grade"),
            func.max(event.c.rank).label("rank"),
        )
        .where(kept)
        .group_by(event.c.subject_id)
        .subquery("first_events")
    )


def _is_of_kind(event: Subquery, complication: str) -> Condition:
    """Whether a placed event is of one of KINDS; raises KeyError for another word."""
    if complication == "severe":
        return or_(surely(event.c.grade >= SEVERE_GRADE), and_(event.c.grade.is_(None), surely(event.c.rank == len(SEVERITIES))))
    flags = {"any": None, "serious": "is_serious", **{f"related_{head}": f"by_{head}" for head in HEADS}}
    flag = flags[complication]
    return true() if flag is None else event.c[flag] == 1


def surgical_counts(session: Session, as_of: AsOf, study_id: int, *, rates: Sequence[BackgroundPart]) -> pd.DataFrame:
    """Return SURGICAL_COUNTS of the background rates that name days after surgery, in their order.

    An event counts within so many calendar days of the nearest procedure before it; a subject is complete when it was observed for all
    of them after one procedure.
    """
    surgical = [rate for rate in rates if rate.after_surgery_days is not None]
    if not surgical:
        return SURGICAL_COUNTS.empty()
    terms = _spell_terms(session, as_of, study_id, surgical)
    placing = place_events(as_of, study_id, (), Among(terms=sorted({*chain(*terms)})), ("term", "days_after"))
    event, timed = placing.placed, placing.timed
    numbers = [
        count_where(and_(event.c.term.in_(names), event.c.days_after.between(0, rate.after_surgery_days)))
        for rate, names in zip(surgical, terms, strict=True)
    ]
    found = select(event.c.subject_id, *(number.label(f"n{place}") for place, number in enumerate(numbers))).group_by(event.c.subject_id)
    per_subject = found.subquery("per_subject")
    cut = literal(find_end(as_of))
    observed = func.max(case((timed.c.gone < cut, timed.c.gone), else_=cut) - timed.c.anchor).label("observed")
    people = select(timed.c.subject_id, observed).group_by(timed.c.subject_id).subquery("people")
    columns: list[ColumnElement[Any]] = []
    for place, rate in enumerate(surgical):
        number = func.coalesce(per_subject.c[f"n{place}"], 0)
        complete = people.c.observed >= (rate.after_surgery_days or 0) * SECONDS_A_DAY
        columns += [
            count_where(complete),
            count_where(or_(complete, number > 0)),
            count_where(number > 0),
            func.coalesce(func.sum(number), 0),
        ]
    joined = (
        select(func.count(), *columns).select_from(people).join(per_subject, per_subject.c.subject_id == people.c.subject_id, isouter=True)
    )
    operated, *values = session.connection().execute(joined).one()
    return SURGICAL_COUNTS.frame((rate.code, operated, *values[4 * place : 4 * place + 4]) for place, rate in enumerate(surgical))


def counted_complications(session: Session, as_of: AsOf, study_id: int, *, rates: Sequence[BackgroundPart]) -> pd.DataFrame:
    """Return COUNTED_COMPLICATIONS: whose events `surgical_counts` counts, by background rate, subject and time after the procedure."""
    surgical = [rate for rate in rates if rate.after_surgery_days is not None]
    if not surgical:
        return COUNTED_COMPLICATIONS.empty()
    terms = _spell_terms(session, as_of, study_id, surgical)
    among = Among(terms=sorted({*chain(*terms)}))
    event = place_events(as_of, study_id, (), among, ("subject", "event", "term", "days_after")).placed
    statement = (
        select(event.c.term, event.c.subject, event.c.event, event.c.days_after)
        .where(event.c.days_after >= 0)
        .order_by(event.c.subject, event.c.days_after, event.c.event)
    )
    rows = session.connection().execute(statement).all()
    return COUNTED_COMPLICATIONS.frame(
        (rate.code, *row[1:])
        for rate, names in zip(surgical, terms, strict=True)
        for row in rows
        if row[0] in names and row[3] <= (rate.after_surgery_days or 0)
    )


def _spell_terms(session: Session, as_of: AsOf, study_id: int, rates: Sequence[BackgroundPart]) -> list[list[str]]:
    """The terms of each rate as declared, and as the record writes them."""
    spellings = term_spellings(session, as_of, study_id)
    return [[*rate.terms, *spell(rate.terms, spellings)] for rate in rates]
