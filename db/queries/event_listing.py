"""The listing of adverse events: which pass the filters, how many they are, and a page of them."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import pandas as pd
from sqlalchemy import ColumnElement, FromClause, Select, Subquery, and_, case, exists, func, or_, select, union_all
from sqlmodel import Session

from db.history import known, known_halves
from db.models import AdverseEvent, Cohort, Comment, Review, Site, Subject
from db.queries.conditions import Condition, at_least_grade, related, treatment_emergent, treatment_starts
from db.queries.events import list_kinds
from db.queries.spelling import spell_lists, term_spellings
from trial.asof import AsOf
from trial.clocks.calendar import compute_study_day
from trial.protocol import AesiPart, Head
from trial.tables import EVENT_LISTING, EVENT_TALLY
from trial.terms import HEADS, JUDGES, SEVERITIES

Minimum = Literal["", "2", "3", "4", "5", "moderate", "severe"]
KINDS = ("serious", "fatal", "limiting", "special")
"""Fields of a filter that ask for a kind of event of the overview."""


@dataclass(frozen=True)
class EventFilter:
    """What the listing is narrowed to; a field left at its default does not narrow.

    ``search`` is looked for in term, verbatim and category; ``minimum`` is a CTCAE grade, or a severity where events have one;
    ``first_on`` and ``last_on`` bound the day of onset; ``head`` asks for a reasonable possibility of that cause; ``serious``,
    ``fatal``, ``limiting`` (DLT) and ``special`` (of special interest, marked or by the lists ``aesi``) count as in the overview;
    ``unreviewed`` for events that nobody has reviewed as they stand, whatever was said of an earlier version.
    """

    cohort: int | None = None
    search: str = ""
    category: str | None = None
    term: str | None = None
    minimum: Minimum = ""
    serious: bool = False
    fatal: bool = False
    limiting: bool = False
    special: bool = False
    emergent: bool = False
    unreviewed: bool = False
    head: Head | None = None
    first_on: date | None = None
    last_on: date | None = None
    aesi: tuple[AesiPart, ...] = ()


def event_tally(session: Session, as_of: AsOf, study_id: int, *, filters: EventFilter = EventFilter()) -> pd.DataFrame:
    """Return EVENT_TALLY: how many events pass the filters, and of how many subjects; dosed or not."""
    filters = _spell(session, as_of, study_id, filters)
    halves = known_halves(AdverseEvent, as_of, study_id)
    kept = union_all(*(_narrow(select(half.c.subject_id), half, as_of, study_id, filters=filters) for half in halves)).subquery("kept")
    statement = select(func.count(), func.count(kept.c.subject_id.distinct()))
    return EVENT_TALLY.frame(session.connection().execute(statement).all())


def event_listing(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    filters: EventFilter = EventFilter(),
    offset: int = 0,
    limit: int | None = None,
) -> pd.DataFrame:
    """Return EVENT_LISTING: the events that pass the filters, newest onset first, undated ones last; a page when limited."""
    filters = _spell(session, as_of, study_id, filters)
    event, dose = _page(as_of, study_id, filters, offset, limit), treatment_starts(as_of, study_id)
    subject = known(Subject, as_of, study_id)
    cohort, site = known(Cohort, as_of, study_id), known(Site, as_of, study_id)
    review, remark = _reviews(as_of, study_id), _comments(as_of, study_id)
    statement = (
        select(
            subject.c.code, cohort.c.number, site.c.code, event.c.code, event.c.term_used, event.c.verbatim, event.c.category,
            event.c.grade, event.c.severity, event.c.serious,
            case((treatment_emergent(event, dose), 1), else_=0),
            event.c.onset_text, event.c.onset_date, dose.c.first_dose_on, event.c.end_text, event.c.ongoing, event.c.outcome,
            event.c.dlt, event.c.aesi, event.c.expectedness, event.c.action,
            *(event.c[f"{judge}_{head}"] for judge in JUDGES for head in HEADS), event.c.known_from,
            func.coalesce(review.c.reviews, 0), func.coalesce(remark.c.comments, 0),
        )
        .select_from(event)
        .join(subject, subject.c.id == event.c.subject_id)
        .join(dose, dose.c.subject_id == event.c.subject_id, isouter=True)
        .join(cohort, cohort.c.id == subject.c.actual_cohort_id, isouter=True)
        .join(site, site.c.id == subject.c.site_id, isouter=True)
        .join(review, and_(review.c.event_id == event.c.id, review.c.event_known_from == event.c.known_from), isouter=True)
        .join(remark, remark.c.event_id == event.c.id, isouter=True)
        .order_by(*_newest(event))
    )  # fmt: skip
    rows = session.connection().execute(statement).all()
    return EVENT_LISTING.frame([(*row[:10], bool(row[10]), *row[11:13], _study_day(row[12], row[13]), *row[14:]) for row in rows])


def _spell(session: Session, as_of: AsOf, study_id: int, filters: EventFilter) -> EventFilter:
    """The filters with the terms of special interest as the record writes them."""
    if not (filters.special and filters.aesi):
        return filters
    return replace(filters, aesi=tuple(spell_lists(filters.aesi, term_spellings(session, as_of, study_id))))


def _reviews(as_of: AsOf, study_id: int) -> Subquery:
    """How often each version of an event was reviewed."""
    review = known(Review, as_of, study_id)
    version = (review.c.event_id, review.c.event_known_from)
    return select(*version, func.count().label("reviews")).group_by(*version).subquery("reviews")


def _comments(as_of: AsOf, study_id: int) -> Subquery:
    """How many comments each event has."""
    remark = known(Comment, as_of, study_id)
    return (
        select(remark.c.event_id, func.count().label("comments"))
        .where(remark.c.event_id.is_not(None))
        .group_by(remark.c.event_id)
        .subquery("comments")
    )


def _page(as_of: AsOf, study_id: int, filters: EventFilter, offset: int, limit: int | None) -> Subquery:
    """The events of one page: from the newest rows and from the earlier versions as many as it could need, each in order."""
    most = None if limit is None else offset + limit
    halves = known_halves(AdverseEvent, as_of, study_id)
    heads = [
        _narrow(select(half), half, as_of, study_id, filters=filters).order_by(*_newest(half)).limit(most).subquery() for half in halves
    ]
    both = union_all(*(select(head) for head in heads)).subquery("both")
    return select(both).order_by(*_newest(both)).limit(limit).offset(offset).subquery("page")


def _newest(event: FromClause) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """The order of the listing: newest onset first, undated ones last."""
    return event.c.onset_date.desc().nulls_last(), event.c.code.desc()


def _narrow(
    statement: Select[*tuple[Any, ...]], event: FromClause, as_of: AsOf, study_id: int, *, filters: EventFilter
) -> Select[*tuple[Any, ...]]:
    """``statement`` over events, narrowed to what the filters keep; joined with nothing that no filter needs."""
    dose, narrowed = treatment_starts(as_of, study_id), statement.select_from(event)
    if filters.emergent:
        narrowed = narrowed.join(dose, dose.c.subject_id == event.c.subject_id)
    if filters.cohort is not None:
        subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
        members = select(subject.c.id).join(cohort, cohort.c.id == subject.c.actual_cohort_id).where(cohort.c.number == filters.cohort)
        narrowed = narrowed.where(event.c.subject_id.in_(members))
    if filters.unreviewed:
        review = known(Review, as_of, study_id)
        this = and_(review.c.event_id == event.c.id, review.c.event_known_from == event.c.known_from)
        narrowed = narrowed.where(~exists().where(this))
    return narrowed.where(*keep(event, dose, filters))


def keep(event: FromClause, dose: FromClause, filters: EventFilter) -> list[Condition]:
    """Return the conditions that an event must meet to pass the filters (the cohort's and the review's apart)."""
    kept = _named(event, filters)
    if filters.emergent:
        kept.append(treatment_emergent(event, dose))
    kinds = list_kinds(event, filters.aesi)
    kept += [kinds[name] for name in KINDS if getattr(filters, name)]
    if filters.minimum:
        kept.append(_at_least(event, filters.minimum))
    if filters.head:
        kept.append(related(event, (filters.head,)))
    return kept


def _named(event: FromClause, filters: EventFilter) -> list[Condition]:
    """The conditions on what an event is called and when it began."""
    named: list[Condition] = []
    if filters.search:
        texts = (event.c.term_used, event.c.verbatim, event.c.category)
        named.append(or_(*(text.icontains(filters.search, autoescape=True) for text in texts)))
    if filters.category is not None:
        named.append(event.c.category == filters.category)
    if filters.term is not None:
        named.append(event.c.term_used == filters.term)
    if filters.first_on:
        named.append(event.c.onset_date >= filters.first_on)
    if filters.last_on:
        named.append(event.c.onset_date <= filters.last_on)
    return named


def _at_least(event: FromClause, minimum: Minimum) -> Condition:
    """Whether an event is at least as bad as ``minimum`` on the scale that it names."""
    if minimum in SEVERITIES:
        return event.c.severity.in_(SEVERITIES[SEVERITIES.index(minimum) :])
    return at_least_grade(event, int(minimum or 1))


def _study_day(onset: date | None, first_dose_on: date | None) -> int | None:
    return compute_study_day(onset, first_dose_on) if onset and first_dose_on else None
