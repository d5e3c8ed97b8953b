"""Events placed around procedures, in SQL: to which procedure each belongs, in which phase it began, and who reached which phase.

The rule stands in trial.clocks.perioperative; here it is said again in SQL so that any number of events can be counted, and a
test holds both to the same answers.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Subquery, and_, case, false, func, literal, or_, select

from db.history import known
from db.models import Administration, AdverseEvent, Cohort, Procedure, Subject
from db.queries.conditions import PRECISE, Condition, exits, related, serious
from db.queries.spans import count_days, count_seconds
from trial.asof import AsOf
from trial.clocks.perioperative import DAY_ZERO, SECONDS_A_DAY, SECONDS_AN_HOUR, UNPLACED, PhaseEdge, Side, lasts_beyond_a_day
from trial.terms import HEADS, SEVERITIES


def given_during(as_of: AsOf, study_id: int) -> Subquery:
    """Return what was given during each procedure: procedure_id, first_on, started_at, ended_at, amount, unit, deviation."""
    dose = known(Administration, as_of, study_id)
    return (
        select(
            dose.c.procedure_id,
            func.min(dose.c.first_on).label("first_on"),
            func.min(dose.c.started_at).label("started_at"),
            func.max(dose.c.ended_at).label("ended_at"),
            func.sum(dose.c.delivered_amount).label("amount"),
            func.max(dose.c.amount_unit).label("unit"),
            func.max(dose.c.deviation).label("deviation"),
        )
        .where(dose.c.procedure_id.is_not(None))
        .group_by(dose.c.procedure_id)
        .subquery("given_during")
    )


def timed_procedures(as_of: AsOf, study_id: int, cohort: int | None) -> Subquery:
    """Return procedures with a known day in their order per subject, each with its times in seconds and those of the next one."""
    procedure, given = known(Procedure, as_of, study_id), given_during(as_of, study_id)
    subject, group = known(Subject, as_of, study_id), known(Cohort, as_of, study_id)
    day = func.coalesce(procedure.c.performed_on, given.c.first_on)
    start = count_seconds(func.coalesce(procedure.c.incision_at, procedure.c.closure_at))
    window: dict[str, Any] = {"partition_by": procedure.c.subject_id, "order_by": (day, start, procedure.c.code)}
    statement = (
        select(
            procedure.c.subject_id,
            subject.c.code.label("subject"),
            procedure.c.code.label("procedure"),
            day.label("day"),
            start.label("start"),
            count_seconds(procedure.c.closure_at).label("closure"),
            count_seconds(given.c.started_at).label("first_cell"),
            func.row_number().over(**window).label("place"),
            func.lead(day).over(**window).label("next_day"),
            func.lead(start).over(**window).label("next_start"),
        )
        .select_from(procedure)
        .join(subject, subject.c.id == procedure.c.subject_id)
        .join(group, group.c.id == subject.c.actual_cohort_id, isouter=True)
        .join(given, given.c.procedure_id == procedure.c.id, isouter=True)
        .where(day.is_not(None))
    )
    return statement.where(group.c.number == cohort).subquery("timed") if cohort is not None else statement.subquery("timed")


def placed_events(as_of: AsOf, study_id: int, edges: Sequence[PhaseEdge], cohort: int | None) -> Subquery:
    """Return one row per event of a subject with a procedure: its phase, hours and days after, severity and causes."""
    event, timed = known(AdverseEvent, as_of, study_id), timed_procedures(as_of, study_id, cohort)
    onset = case((and_(event.c.onset_precision == "minute", event.c.onset_at.is_not(None)), count_seconds(event.c.onset_at)))
    day = case((event.c.onset_precision.in_(PRECISE), event.c.onset_date))
    belongs = and_(
        event.c.subject_id == timed.c.subject_id,
        or_(timed.c.place == 1, _has_begun(timed.c.start, timed.c.day, onset, day)),
        or_(timed.c.next_day.is_(None), ~_has_begun(timed.c.next_start, timed.c.next_day, onset, day)),
    )
    rank = case({name: place for place, name in enumerate(SEVERITIES, start=1)}, value=event.c.severity)
    return (
        select(
            event.c.subject_id,
            timed.c.subject,
            timed.c.procedure,
            event.c.code.label("event"),
            event.c.term_used.label("term"),
            event.c.grade,
            event.c.severity,
            rank.label("rank"),
            case((serious(event), 1), else_=0).label("is_serious"),
            event.c.onset_text.label("onset"),
            _phase(edges, timed, onset, day).label("phase"),
            count_days(timed.c.day, day).label("days_after"),
            _hours(timed.c.closure, onset).label("hours_after_closure"),
            _hours(timed.c.first_cell, onset).label("hours_after_first_cell"),
            *(case((related(event, (head,)), 1), else_=0).label(f"by_{head}") for head in HEADS),
        )
        .select_from(event)
        .join(timed, belongs)
        .subquery("placed")
    )


def _has_begun(start: ColumnElement[Any], first_day: ColumnElement[Any], onset: ColumnElement[Any], day: ColumnElement[Any]) -> Condition:
    """Whether a procedure began before an onset: by the instant where both are known, else by the day."""
    by_clock = and_(onset.is_not(None), start.is_not(None))
    return func.coalesce(case((by_clock, start <= onset), else_=first_day <= day), false())


def _hours(start: ColumnElement[Any], onset: ColumnElement[Any]) -> ColumnElement[Any]:
    return (onset - start) * 1.0 / SECONDS_AN_HOUR


def _phase(edges: Sequence[PhaseEdge], timed: FromClause, onset: ColumnElement[Any], day: ColumnElement[Any]) -> ColumnElement[Any]:
    """The code of the phase, as trial.clocks.perioperative.classify_onset gives it."""
    before, during = (_first(edges, side) for side in ("before", "during"))
    after = [edge for edge in edges if edge.side == "after"]
    elapsed, days = onset - timed.c.closure, count_days(timed.c.day, day)
    by_clock = case(
        (onset < timed.c.start, before or UNPLACED),
        (onset <= timed.c.closure, during or before or UNPLACED),
        *((elapsed <= edge.until, edge.code) for edge in after if edge.until is not None),
        else_=_open(after),
    )
    by_day = case(
        (days < 0, before or UNPLACED),
        (days == 0, DAY_ZERO),
        *((days * SECONDS_A_DAY <= edge.until, edge.code) for edge in after if edge.until is not None and lasts_beyond_a_day(edge)),
        else_=_open(after),
    )
    return case((and_(onset.is_not(None), timed.c.closure.is_not(None)), by_clock), (day.is_not(None), by_day), else_=UNPLACED)


def _first(edges: Sequence[PhaseEdge], side: Side | str) -> str | None:
    return next((edge.code for edge in edges if edge.side == side), None)


def _open(after: Sequence[PhaseEdge]) -> str:
    """The code of the phase without an end; UNPLACED where the last declared phase has one."""
    return next((edge.code for edge in after if edge.until is None), UNPLACED)


def reached_phases(as_of: AsOf, study_id: int, edges: Sequence[PhaseEdge], cohort: int | None) -> Subquery:
    """Return one row per subject with a procedure: for the phase at each place of ``edges`` 1 or 0 in ``reached_<place>``.

    Reached means observed to the end of the phase, to the cut-off or the end of the day of exit; into it, for one without an end.
    With several procedures one of them suffices.
    """
    timed, left = timed_procedures(as_of, study_id, cohort), exits(as_of, study_id)
    cut, gone = int(as_of.moment.timestamp()), count_seconds(left.c.left_on) + SECONDS_A_DAY
    end = case((gone < cut, gone), else_=literal(cut))
    anchor = func.coalesce(timed.c.closure, count_seconds(timed.c.day) + SECONDS_A_DAY)
    flags = [func.max(case((_reaches(edge, end - anchor), 1), else_=0)).label(f"reached_{place}") for place, edge in enumerate(edges)]
    joined = select(timed.c.subject_id, *flags).join(left, left.c.subject_id == timed.c.subject_id, isouter=True)
    return joined.group_by(timed.c.subject_id).subquery("reached")


def _reaches(edge: PhaseEdge, observed: ColumnElement[Any]) -> ColumnElement[Any]:
    """Whether ``observed`` seconds after closure reach the end of a phase."""
    if edge.side != "after":
        return literal(True)
    return observed >= edge.until if edge.until is not None else observed > (edge.above or 0)


def reached_own(placed: Subquery, reached: Subquery, edges: Sequence[PhaseEdge]) -> ColumnElement[Any]:
    """Return 1 where the subject of a placed event reached the end of the event's phase, 0 where not; 1 for unplaced ones."""
    return case(*((placed.c.phase == edge.code, reached.c[f"reached_{place}"]) for place, edge in enumerate(edges)), else_=literal(1))
