"""Events from the incision on: who judged their causes and where judges differ, on which surgical scales, one by one and counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd
from sqlalchemy import ColumnElement, Select, Subquery, and_, case, false, func, literal, or_, select, union_all
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Procedure, Subject
from db.queries.conditions import Condition, count_where, surely
from db.queries.placing import Among, given_during, place_events
from trial.asof import AsOf
from trial.grading.surgical import CLASSINTRA_NAME, CLAVIEN_NAME
from trial.protocol import PhasePart
from trial.tables.surgery import AMBIGUOUS_ONSETS, JUDGEMENT_COUNTS, SURGICAL_EVENTS, SURGICAL_GRADES, SURGICAL_TALLY
from trial.terms import HEADS, JUDGES, RELATED

Narrowed = TypeVar("Narrowed", bound=Select[Any])
SCALES = ("classintra", "clavien_dindo", "clavien_disability")
AGREEMENTS = ("both", "investigator_only", "sponsor_only", "neither", "one_judge", "unjudged")
"""How investigator and sponsor can stand to a cause, in the order of JUDGEMENT_COUNTS."""
JUDGED = tuple(f"{judge}_{head}" for head in HEADS for judge in JUDGES)


@dataclass(frozen=True)
class JudgedCell:
    """The events on whose cause ``head`` the two judges stand as ``agreement`` (one of AGREEMENTS) says."""

    head: str
    agreement: str

    def __str__(self) -> str:
        """The cell in words, for the head of a download."""
        return f"{self.head} {self.agreement}"


@dataclass(frozen=True)
class ScaledCell:
    """The events of one row of SURGICAL_GRADES; ``grade`` None are those without a CTCAE grade."""

    scale: str
    code: str
    disability: bool
    grade: int | None

    def __str__(self) -> str:
        """The cell in words, for the head of a download."""
        return f"{self.scale} {self.code}{'-d' if self.disability else ''} CTCAE {self.grade or '-'}"


Cell = JudgedCell | ScaledCell


def judgement_counts(
    session: Session, as_of: AsOf, study_id: int, *, phases: Sequence[PhasePart], cohort: int | None = None
) -> pd.DataFrame:
    """Return JUDGEMENT_COUNTS, a row for each of the four causes."""
    event = _from_incision(as_of, study_id, phases, cohort, JUDGED)
    columns = [count_where(_judge(event, head)[agreement]) for head in HEADS for agreement in AGREEMENTS]
    events, *values = session.connection().execute(select(func.count(), *columns).select_from(event)).one()
    return JUDGEMENT_COUNTS.frame((head, events, *values[6 * place : 6 * place + 6]) for place, head in enumerate(HEADS))


def surgical_grades(
    session: Session, as_of: AsOf, study_id: int, *, phases: Sequence[PhasePart], cohort: int | None = None
) -> pd.DataFrame:
    """Return SURGICAL_GRADES: each scale in the order of its grades, the CTCAE grades within, ungraded ones last."""
    event = _from_incision(as_of, study_id, phases, cohort, ("grade", *SCALES))
    counts = (func.count(event.c.subject_id.distinct()).label("subjects"), func.count().label("events"))
    suffix = case((event.c.clavien_disability.is_(True), 1), else_=0)
    during = select(
        literal(CLASSINTRA_NAME).label("scale"), event.c.classintra.label("code"), literal(0).label("disability"), event.c.grade, *counts
    )
    after = select(literal(CLAVIEN_NAME), event.c.clavien_dindo, suffix, event.c.grade, *counts)
    counted = union_all(
        during.where(event.c.classintra.is_not(None)).group_by(event.c.classintra, event.c.grade),
        after.where(event.c.clavien_dindo.is_not(None)).group_by(event.c.clavien_dindo, suffix, event.c.grade),
    ).subquery("counted")
    order = (counted.c.scale, counted.c.code, counted.c.disability, counted.c.grade.is_(None), counted.c.grade)
    rows = session.connection().execute(select(counted).order_by(*order)).all()
    return SURGICAL_GRADES.frame((*row[:2], bool(row[2]), *row[3:]) for row in rows)


def surgical_tally(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    phases: Sequence[PhasePart],
    cohort: int | None = None,
    differing: bool = False,
    scaled: bool = False,
    cell: Cell | None = None,
) -> pd.DataFrame:
    """Return SURGICAL_TALLY of the events that `surgical_events` lists under the same filters."""
    event = _from_incision(as_of, study_id, phases, cohort, ("grade", *SCALES, *JUDGED))
    kept = select(event.c.subject_id).select_from(event)
    found = _narrow(kept, event, differing, scaled, cell).subquery("found")
    counted = select(func.count(), func.count(found.c.subject_id.distinct())).select_from(found)
    return SURGICAL_TALLY.frame(session.connection().execute(counted).all())


def surgical_events(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    phases: Sequence[PhasePart],
    cohort: int | None = None,
    differing: bool = False,
    scaled: bool = False,
    cell: Cell | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> pd.DataFrame:
    """Return SURGICAL_EVENTS; only those where investigator and sponsor differ, that have a surgical grade, or of a cell, where asked."""
    facts = [name for name in SURGICAL_EVENTS.names if name != "phase"]
    event = _from_incision(as_of, study_id, phases, cohort, facts)
    statement = select(*(event.c[name] for name in SURGICAL_EVENTS.names)).select_from(event)
    order = (event.c.subject, event.c.days_after.is_(None), event.c.days_after, event.c.event)
    statement = _narrow(statement, event, differing, scaled, cell).order_by(*order).offset(offset).limit(limit)
    return SURGICAL_EVENTS.frame(session.connection().execute(statement).all())


def _from_incision(as_of: AsOf, study_id: int, phases: Sequence[PhasePart], cohort: int | None, facts: Sequence[str]) -> Subquery:
    """Events of subjects with a procedure that no phase before it holds, with ``facts``, subject_id and phase."""
    placing = place_events(as_of, study_id, phases, Among(cohort), facts)
    before = [edge.code for edge in placing.edges if edge.side == "before"]
    return select(placing.placed).where(placing.placed.c.phase.not_in(before)).subquery("from_incision")


def _narrow(statement: Narrowed, event: Subquery, differing: bool, scaled: bool, cell: Cell | None) -> Narrowed:
    if cell is not None:
        statement = statement.where(_belongs(event, cell))
    if differing:
        statement = statement.where(_differ(event))
    return statement.where(or_(event.c.classintra.is_not(None), event.c.clavien_dindo.is_not(None))) if scaled else statement


def _judge(event: Subquery, head: str) -> dict[str, Condition]:
    """For each of AGREEMENTS whether the two judges of an event stand so to a cause."""
    one, other = _related(event, "investigator", head), _related(event, "sponsor", head)
    conditions = (
        and_(one == 1, other == 1),
        and_(one == 1, other == 0),
        and_(one == 0, other == 1),
        and_(one == 0, other == 0),
        one.is_(None) != other.is_(None),
        and_(one.is_(None), other.is_(None)),
    )
    return dict(zip(AGREEMENTS, conditions, strict=True))


def _belongs(event: Subquery, cell: Cell) -> Condition:
    """Whether an event is one of a cell's; raises KeyError for an agreement that is none of AGREEMENTS."""
    if isinstance(cell, JudgedCell):
        return _judge(event, cell.head)[cell.agreement]
    graded = event.c.grade.is_(None) if cell.grade is None else event.c.grade == cell.grade
    if cell.scale == CLASSINTRA_NAME:
        return and_(event.c.classintra == cell.code, graded)
    suffix = event.c.clavien_disability.is_(True)
    return and_(event.c.clavien_dindo == cell.code, suffix if cell.disability else ~suffix, graded)


def _related(event: Subquery, judge: str, head: str) -> ColumnElement[Any]:
    """1 where a judge sees a reasonable possibility, 0 where not, missing where not judged."""
    column = event.c[f"{judge}_{head}"]
    return case((column.in_(RELATED), 1), (column.is_not(None), 0))


def _differ(event: Subquery) -> Condition:
    """Whether investigator and sponsor have both judged some cause, and only one of them sees a possibility."""
    return or_(false(), *(surely(_related(event, "investigator", head) != _related(event, "sponsor", head)) for head in HEADS))


def ambiguous_onsets(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return AMBIGUOUS_ONSETS: nobody can say to which procedure of that day such an event belongs."""
    procedure, given = known(Procedure, as_of, study_id), given_during(as_of, study_id)
    event, subject = known(AdverseEvent, as_of, study_id), known(Subject, as_of, study_id)
    day = func.coalesce(procedure.c.performed_on, given.c.first_on)
    busy = (
        select(procedure.c.subject_id, day.label("day"), func.count().label("procedures"))
        .join(given, given.c.procedure_id == procedure.c.id, isouter=True)
        .where(day.is_not(None))
        .group_by(procedure.c.subject_id, day)
        .having(func.count() > 1)
        .subquery("busy")
    )
    statement = (
        select(subject.c.code, event.c.code, event.c.term_used, event.c.onset_text, busy.c.procedures)
        .select_from(busy)
        .join(event, and_(event.c.subject_id == busy.c.subject_id, event.c.onset_date == busy.c.day))
        .join(subject, subject.c.id == busy.c.subject_id)
        .where(event.c.onset_precision == "day")
        .order_by(subject.c.code, event.c.code)
    )
    return AMBIGUOUS_ONSETS.frame(session.connection().execute(statement).all())
