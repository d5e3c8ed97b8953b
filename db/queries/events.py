"""Adverse events of dosed subjects, counted in SQL by measure, cohort and term."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd
from sqlalchemy import CTE, ColumnElement, Date, FromClause, Select, Subquery, and_, case, func, literal, null, or_, select, true, union_all
from sqlmodel import Session

from db.history import known, known_facts
from db.models import AdverseEvent, Cohort, Subject
from db.queries.conditions import (
    DATED,
    Condition,
    count_where,
    exits,
    fatal,
    limiting,
    of_special_interest,
    related,
    serious,
    serious_any_criterion,
    severe,
    treatment_emergent,
    treatment_starts,
)
from db.queries.deaths import select_unreported
from db.queries.meddra import NOT_MAPPED, mapped_terms, name_table
from db.queries.spans import count_days
from db.queries.spelling import spell_lists, term_spellings
from trial.asof import AsOf
from trial.protocol import AesiPart, Head
from trial.tables import EVENT_OVERVIEW, EVENT_TERMS, TERM_SUBJECTS
from trial.terms import GRADES, HEADS, SEVERITIES

Names = Mapping[str, tuple[str, str]]
"""Preferred term and system organ class of a term."""
Arms = Literal["actual", "planned"]
"""Which cohort a subject counts in: the one it was treated in, or the one it was meant for."""

MEASURES = (
    "any",
    "emergent",
    "related",
    *(f"related_{head}" for head in HEADS),
    "severe",
    "serious",
    "criterion",
    "limiting",
    "special",
    "fatal",
)
"""What the overview counts: every event of dosed subjects, the treatment-emergent ones, and kinds of these; ``related`` is to
the product or the procedure, ``criterion`` meets a criterion of seriousness, whether or not it was reported as serious."""


TIMED = ("emergent", "related", "severe", "serious")
"""Measures whose first event of a subject is dated, for rates by time at risk."""


def event_overview(session: Session, as_of: AsOf, study_id: int, *, arms: Arms = "actual", aesi: Sequence[AesiPart] = ()) -> pd.DataFrame:
    """Return EVENT_OVERVIEW: for each cohort of dosed subjects every measure, with denominators and days at risk.

    A death without a fatal event on record counts as one under "fatal", and nowhere else.
    """
    dose, cohort, left = treatment_starts(as_of, study_id), known(Cohort, as_of, study_id), exits(as_of, study_id)
    lists = spell_lists(aesi, term_spellings(session, as_of, study_id)) if aesi else []
    subject, event = known(Subject, as_of, study_id), _event_kinds(as_of, study_id, lists)
    whole, found, death = _any_events(event), _emergent_events(event, dose), select_unreported(as_of, study_id)
    end = case((left.c.left_on < as_of.day, left.c.left_on), else_=literal(as_of.day, Date))
    days = _at_least_one(count_days(dose.c.first_dose_on, end))
    counts: list[ColumnElement[Any]] = []
    for name in MEASURES:
        number: ColumnElement[Any] = whole.c.events if name == "any" else found.c[f"n_{name}"]
        if name == "fatal":
            number = func.coalesce(number, 0) + case((death.c.subject_id.is_not(None), 1), else_=0)
        counts += [count_where(number > 0), func.coalesce(func.sum(number), 0)]
        counts.append(func.sum(_until_first(found, name, dose, days)) if name in TIMED else null())
    statement = (
        select(cohort.c.number, cohort.c.label, func.count(), func.sum(days), *counts)
        .select_from(dose)
        .join(subject, subject.c.id == dose.c.subject_id)
        .join(cohort, cohort.c.id == subject.c[f"{arms}_cohort_id"], isouter=True)
        .join(left, left.c.subject_id == dose.c.subject_id, isouter=True)
        .join(whole, whole.c.subject_id == dose.c.subject_id, isouter=True)
        .join(found, found.c.subject_id == dose.c.subject_id, isouter=True)
        .join(death, death.c.subject_id == dose.c.subject_id, isouter=True)
        .group_by(cohort.c.number, cohort.c.label)
        .order_by(cohort.c.number.is_(None), cohort.c.number)
    )
    return EVENT_OVERVIEW.frame(
        (name, number, label, dosed, *values[3 * place : 3 * place + 2], total, values[3 * place + 2])
        for number, label, dosed, total, *values in session.connection().execute(statement).all()
        for place, name in enumerate(MEASURES)
    )


def _until_first(found: Subquery, name: str, dose: FromClause, days: ColumnElement[int]) -> ColumnElement[int]:
    """A subject's days at risk, ended by its first event of a measure where that is dated."""
    until = _at_least_one(count_days(dose.c.first_dose_on, found.c[f"on_{name}"]))
    return case((and_(found.c[f"n_{name}"] > 0, until < days), until), else_=days)


def _at_least_one(days: ColumnElement[int]) -> ColumnElement[int]:
    """Days from a first to a last day, both counted; one at least."""
    return case((days < 0, 1), else_=days + 1)


def list_kinds(event: FromClause, aesi: Sequence[AesiPart]) -> dict[str, Condition]:
    """Return the condition of each measure but ``any`` on an event that is treatment-emergent."""
    kinds: dict[str, Condition] = {"related": related(event), "severe": severe(event), "serious": serious(event)}
    kinds |= {f"related_{head}": related(event, (head,)) for head in HEADS}
    kinds |= {"criterion": serious_any_criterion(event), "limiting": limiting(event), "fatal": fatal(event)}
    return kinds | {"emergent": true(), "special": or_(event.c.aesi.is_not(None), of_special_interest(event, aesi))}


def _event_kinds(as_of: AsOf, study_id: int, aesi: Sequence[AesiPart]) -> CTE:
    """Every event with its subject and days, and 1 or 0 for each kind that the overview counts."""

    def pick(event: FromClause) -> list[ColumnElement[Any]]:
        """The dates of an event, and a flag for each measure that it counts in."""
        kinds = list_kinds(event, aesi)
        return [*(event.c[name] for name in DATED), *(case((kinds[name], 1), else_=0).label(name) for name in MEASURES if name in kinds)]

    return known_facts(AdverseEvent, as_of, study_id, pick)


def _any_events(event: CTE) -> Subquery:
    """Per subject how many events, treatment-emergent or not."""
    return select(event.c.subject_id, func.count().label("events")).group_by(event.c.subject_id).subquery("any_events")


def _emergent_events(event: CTE, dose: FromClause) -> Subquery:
    """Per dosed subject how many treatment-emergent events of each kind (n_), and the first day of the TIMED ones (on_)."""
    columns: list[ColumnElement[Any]] = [func.sum(event.c[name]).label(f"n_{name}") for name in MEASURES if name in event.c]
    columns += [func.min(case((event.c[name] == 1, event.c.onset_date))).label(f"on_{name}") for name in TIMED]
    return (
        select(event.c.subject_id, *columns)
        .join(dose, dose.c.subject_id == event.c.subject_id)
        .where(treatment_emergent(event, dose))
        .group_by(event.c.subject_id)
        .subquery("emergent_events")
    )


def event_terms(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    arms: Arms = "actual",
    emergent: bool = True,
    head: Head | None = None,
    meddra: str | None = None,
) -> pd.DataFrame:
    """Return EVENT_TERMS of dosed subjects: whole categories first, then their terms; subjects by their worst grade.

    With a version of ``meddra`` they are system organ classes and preferred terms, by the mapping that was loaded.
    """
    names = mapped_terms(session, as_of, study_id, meddra) if meddra else None
    by_term = _worst_by_term(as_of, study_id, emergent=emergent, head=head, names=names)
    keys = (by_term.c.subject_id, by_term.c.category)
    by_category = select(
        *keys,
        null().label("term"),
        func.sum(by_term.c.events).label("events"),
        *(func.max(by_term.c[name]).label(name) for name in ("serious", "grade", "rank")),
    ).group_by(*keys)
    parts = (by_category.subquery("by_category"), by_term)
    counted = union_all(*(_count_worst(part, as_of, study_id, arms=arms) for part in parts)).subquery("counted")
    first, second, third, *_ = counted.c
    statement = select(counted).order_by(second.is_not(None), first, second, third)
    return EVENT_TERMS.frame(session.connection().execute(statement).all())


def _count_worst(worst: FromClause, as_of: AsOf, study_id: int, *, arms: Arms) -> Select[Any]:
    """Per category, term and cohort: subjects, events, subjects with a serious one, subjects by their worst grade or severity."""
    ungraded = worst.c.grade.is_(None)
    subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    return (
        select(
            worst.c.category,
            worst.c.term,
            cohort.c.number,
            func.count().label("subjects"),
            func.sum(worst.c.events).label("events"),
            func.sum(worst.c.serious).label("serious"),
            *(count_where(worst.c.grade == grade).label(f"grade_{grade}") for grade in GRADES),
            *(count_where(and_(ungraded, worst.c.rank == rank)).label(name) for rank, name in enumerate(SEVERITIES, start=1)),
            count_where(and_(ungraded, worst.c.rank.is_(None))).label("unstated"),
        )
        .select_from(worst)
        .join(subject, subject.c.id == worst.c.subject_id)
        .join(cohort, cohort.c.id == subject.c[f"{arms}_cohort_id"], isouter=True)
        .group_by(worst.c.category, worst.c.term, cohort.c.number)
    )


def _worst_by_term(as_of: AsOf, study_id: int, *, emergent: bool, head: Head | None, names: Names | None = None) -> CTE:
    """Per dosed subject, category and term: events, whether one is serious, worst grade, worst severity as a rank."""
    event, dose = _termed_events(as_of, study_id, head=head), treatment_starts(as_of, study_id)
    joined: FromClause = event.join(dose, dose.c.subject_id == event.c.subject_id)
    keys: tuple[ColumnElement[str], ColumnElement[str]] = (event.c.category, event.c.term_used)
    if names is not None:
        keys = (literal(NOT_MAPPED), event.c.term_used)
    if names:
        named = name_table(names)
        joined = joined.join(named, named.c.term == event.c.term_used, isouter=True)
        keys = (func.coalesce(named.c.organ_class, NOT_MAPPED), func.coalesce(named.c.preferred_term, event.c.term_used))
    found = select(event, keys[0].label("group"), keys[1].label("name")).select_from(joined)
    if emergent:
        found = found.where(treatment_emergent(event, dose))
    one = found.subquery("one_event")
    return (
        select(
            one.c.subject_id,
            one.c.group.label("category"),
            one.c.name.label("term"),
            func.count().label("events"),
            *(func.max(one.c[name]).label(name) for name in ("serious", "grade", "rank")),
        )
        .group_by(one.c.subject_id, one.c.group, one.c.name)
        .cte("worst")
        .prefix_with("MATERIALIZED")
    )


def _termed_events(as_of: AsOf, study_id: int, *, head: Head | None) -> CTE:
    """Events (related to ``head`` where it is given) with days, category, term, grade, 1 or 0 for serious, and severity as a rank."""
    places = {name: place for place, name in enumerate(SEVERITIES, start=1)}

    def pick(event: FromClause) -> list[ColumnElement[Any]]:
        """The dates of an event, its category, term and grade, whether it is serious, and the rank of its severity."""
        columns = [event.c[name] for name in (*DATED, "category", "term_used", "grade")]
        return [*columns, case((serious(event), 1), else_=0).label("serious"), case(places, value=event.c.severity).label("rank")]

    return known_facts(AdverseEvent, as_of, study_id, pick, kept=lambda event: [related(event, (head,))] if head else [])


def term_subjects(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    terms: tuple[str, ...],
    arms: Arms = "actual",
    emergent: bool = True,
    head: Head | None = None,
    meddra: str | None = None,
) -> pd.DataFrame:
    """Return TERM_SUBJECTS for some ``terms`` (preferred terms with a version of ``meddra``): who had them and how bad, worst first."""
    names = mapped_terms(session, as_of, study_id, meddra) if meddra else None
    worst = _worst_by_term(as_of, study_id, emergent=emergent, head=head, names=names)
    subject, cohort = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    severity = case(
        *((and_(worst.c.grade.is_(None), worst.c.rank == place), name) for place, name in enumerate(SEVERITIES, start=1)), else_=null()
    )
    statement = (
        select(
            worst.c.term,
            subject.c.code,
            func.max(cohort.c.number),
            func.max(worst.c.grade),
            func.max(severity),
            func.sum(worst.c.events),
            func.max(worst.c.serious),
        )
        .select_from(worst)
        .join(subject, subject.c.id == worst.c.subject_id)
        .join(cohort, cohort.c.id == subject.c[f"{arms}_cohort_id"], isouter=True)
        .where(worst.c.term.in_(terms))
        .group_by(worst.c.term, subject.c.code)
        .order_by(worst.c.term, func.max(worst.c.grade).desc(), func.max(worst.c.rank).desc(), subject.c.code)
    )
    rows = session.connection().execute(statement).all()
    return TERM_SUBJECTS.frame([(*row[:6], bool(row[6])) for row in rows])
