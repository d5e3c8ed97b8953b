"""Events placed around procedures, in SQL: to which procedure each belongs, in which phase it began, and who reached which phase.

The rule stands in trial.clocks.perioperative; here it is said again in SQL so that any number of events can be counted, and a
test holds both to the same answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Subquery, and_, case, false, func, literal, or_, select

from db.history import known, known_facts
from db.models import Administration, AdverseEvent, Cohort, Procedure, Subject
from db.queries.conditions import PRECISE, Condition, exits, related, serious
from db.queries.spans import count_days, count_seconds
from trial.asof import AsOf
from trial.clocks.perioperative import DAY_ZERO, SECONDS_A_DAY, SECONDS_AN_HOUR, UNPLACED, PhaseEdge, Side, lasts_beyond_a_day, list_edges
from trial.protocol import PhasePart
from trial.terms import HEADS, JUDGES, SEVERITIES


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


AS_RECORDED = (
    "category", "ctcae_version", "classintra", "clavien_dindo", "clavien_disability",
    *(f"{judge}_{head}" for head in HEADS for judge in JUDGES),
)  # fmt: skip
"""Facts of an event that are told as they were recorded."""

ONSETS = ("onset_seconds", "onset_day")
"""Facts of an event by which it is placed: the instant in seconds where the hour is known, and the day where it is known."""


@dataclass(frozen=True)
class Placing:
    """Events of subjects with a procedure, placed in the phases ``edges``; ``timed`` are these procedures.

    ``timed`` holds for the phase at each place of ``edges`` in ``reached_<place>`` 1 or 0: whether its subject was observed to the
    end of the phase (into it, for one without an end), up to the cut-off or the end of the day of exit. With several procedures
    one of them suffices. ``placed.c.complete`` is that flag for the event's own phase, 1 for an event that cannot be placed.
    """

    edges: tuple[PhaseEdge, ...]
    timed: CTE
    placed: Subquery


@dataclass(frozen=True)
class Among:
    """Whose events are placed: everybody's, those of a cohort, or of some subjects by code; and which: all, or those of some terms.

    Terms leave the others out before any event is held against procedures: where an event belongs does not depend on other events.
    """

    cohort: int | None = None
    subjects: Sequence[str] | None = None
    terms: Sequence[str] | None = None


def place_events(as_of: AsOf, study_id: int, phases: Sequence[PhasePart], among: Among, facts: Sequence[str]) -> Placing:
    """Return the events of subjects with a procedure, placed in ``phases``, with those ``facts`` of an event that are asked for."""
    edges = list_edges(phases)
    timed = _timed_procedures(as_of, study_id, edges, among)
    event = _timed_events(as_of, study_id, facts, among.terms)
    return Placing(edges, timed, _placed_events(_pairs(event, timed, facts), edges, facts))


def _timed_procedures(as_of: AsOf, study_id: int, edges: Sequence[PhaseEdge], among: Among) -> CTE:
    """Procedures in their order per subject, with their times in seconds, those of the next one, and the phases reached."""
    known_day = _dated_procedures(as_of, study_id, among)
    within: dict[str, Any] = {"partition_by": known_day.c.subject_id}
    ordered: dict[str, Any] = {**within, "order_by": (known_day.c.day, known_day.c.begun, known_day.c.procedure)}
    cut = find_end(as_of)
    observed = case((known_day.c.gone < cut, known_day.c.gone), else_=literal(cut)) - known_day.c.anchor
    flags = [case((_reaches(edge, observed), 1), else_=0) for edge in edges]
    return (
        select(
            known_day,
            func.row_number().over(**ordered).label("place"),
            func.lead(known_day.c.day).over(**ordered).label("next_day"),
            func.lead(known_day.c.begun).over(**ordered).label("next_begun"),
            *(func.max(flag).over(**within).label(f"reached_{place}") for place, flag in enumerate(flags)),
        )
        .cte("timed")
        .prefix_with("MATERIALIZED")
    )


def find_end(as_of: AsOf) -> int:
    """Return the end of the day of the cut-off in seconds: until when anybody was observed, however late the record is asked."""
    return int(AsOf(as_of.day, as_of.time_zone).moment.timestamp())


def _dated_procedures(as_of: AsOf, study_id: int, among: Among) -> Subquery:
    """Procedures whose day is known, with their times, and the end of the day of their subject's exit, in seconds."""
    procedure, given = known(Procedure, as_of, study_id), given_during(as_of, study_id)
    subject, group, left = known(Subject, as_of, study_id), known(Cohort, as_of, study_id), exits(as_of, study_id)
    day = func.coalesce(procedure.c.performed_on, given.c.first_on)
    start, closure = func.coalesce(procedure.c.incision_at, procedure.c.closure_at), count_seconds(procedure.c.closure_at)
    statement = (
        select(
            procedure.c.subject_id,
            subject.c.code.label("subject"),
            procedure.c.code.label("procedure"),
            day.label("day"),
            count_seconds(func.coalesce(procedure.c.anaesthesia_started_at, start)).label("begun"),
            count_seconds(start).label("start"),
            closure.label("closure"),
            func.coalesce(closure, count_seconds(day) + SECONDS_A_DAY).label("anchor"),
            count_seconds(given.c.started_at).label("first_cell"),
            (count_seconds(left.c.left_on) + SECONDS_A_DAY).label("gone"),
        )
        .select_from(procedure)
        .join(subject, subject.c.id == procedure.c.subject_id)
        .join(group, group.c.id == subject.c.actual_cohort_id, isouter=True)
        .join(given, given.c.procedure_id == procedure.c.id, isouter=True)
        .join(left, left.c.subject_id == procedure.c.subject_id, isouter=True)
        .where(day.is_not(None))
    )
    if among.cohort is not None:
        statement = statement.where(group.c.number == among.cohort)
    if among.subjects is not None:
        statement = statement.where(subject.c.code.in_(among.subjects))
    return statement.subquery("dated")


def _reaches(edge: PhaseEdge, observed: ColumnElement[Any]) -> ColumnElement[Any]:
    """Whether ``observed`` seconds after closure reach the end of a phase."""
    if edge.side != "after":
        return literal(True)
    return observed >= edge.until if edge.until is not None else observed > (edge.above or 0)


def _placed_events(pair: CTE, edges: Sequence[PhaseEdge], facts: Sequence[str]) -> Subquery:
    """One row per event, with its phase after its nearest preceding procedure, and the asked facts."""
    onset, day = pair.c.onset_seconds, pair.c.onset_day
    belongs = and_(
        or_(pair.c.rank_of_procedure == 1, _has_begun(pair.c.begun, pair.c.day, onset, day)),
        or_(pair.c.next_day.is_(None), ~_has_begun(pair.c.next_begun, pair.c.next_day, onset, day)),
    )
    reached = [pair.c[f"reached_{place}"] for place in range(len(edges))]
    found = select(pair.c.subject_id, *(pair.c[name] for name in facts), *reached, _phase(edges, pair).label("phase"))
    kept = found.where(belongs).cte("found").prefix_with("MATERIALIZED")
    own = [(kept.c.phase == edge.code, kept.c[f"reached_{place}"]) for place, edge in enumerate(edges)]
    complete = case(*own, else_=literal(1)) if own else literal(1)
    return select(kept, complete.label("complete")).subquery("placed")


def _pairs(event: CTE, timed: CTE, facts: Sequence[str]) -> CTE:
    """Each event with each procedure of its subject, with the asked facts; onsets in seconds and as a day, as far as known."""
    seconds, days_after = event.c.onset_seconds, count_days(timed.c.day, event.c.onset_day)
    offered: dict[str, ColumnElement[Any]] = {
        "subject": timed.c.subject,
        "procedure": timed.c.procedure,
        "days_after": days_after,
        "place": timed.c.place,
        "hours_after_start": _hours(timed.c.start, seconds),
        "hours_after_closure": _hours(timed.c.closure, seconds),
        "hours_after_first_cell": _hours(timed.c.first_cell, seconds),
    }
    return (
        select(
            *(timed.c[name] for name in ("subject_id", "day", "begun", "start", "closure", "next_day", "next_begun")),
            timed.c.place.label("rank_of_procedure"),
            *(column for column in timed.c if column.name.startswith("reached_")),
            seconds,
            event.c.onset_day,
            case((or_(seconds.is_(None), timed.c.closure.is_(None)), days_after)).label("days_by_date"),
            *(offered[name].label(name) if name in offered else event.c[name] for name in facts if name not in ONSETS),
        )
        .select_from(event)
        .join(timed, event.c.subject_id == timed.c.subject_id)
        .cte("pairs")
        .prefix_with("MATERIALIZED")
    )


def _timed_events(as_of: AsOf, study_id: int, facts: Sequence[str], terms: Sequence[str] | None) -> CTE:
    """Each event (of these terms) with its subject, its onset in seconds and as a day, and those of the ``facts`` that are its own."""

    def pick(event: FromClause) -> list[ColumnElement[Any]]:
        """What places an event by the clock or by the day, and the facts that were asked for."""
        by_clock = and_(event.c.onset_precision == "minute", event.c.onset_at.is_not(None))
        offered: dict[str, ColumnElement[Any]] = {
            "event": event.c.code,
            "term": event.c.term_used,
            "grade": event.c.grade,
            "severity": event.c.severity,
            "rank": case({name: place for place, name in enumerate(SEVERITIES, start=1)}, value=event.c.severity),
            "is_serious": case((serious(event), 1), else_=0),
            "onset": event.c.onset_text,
            **{name: event.c[name] for name in AS_RECORDED},
            **{f"by_{head}": case((related(event, (head,)), 1), else_=0) for head in HEADS},
        }
        return [
            event.c.subject_id,
            case((by_clock, count_seconds(event.c.onset_at))).label("onset_seconds"),
            case((event.c.onset_precision.in_(PRECISE), event.c.onset_date)).label("onset_day"),
            *(offered[name].label(name) for name in facts if name in offered),
        ]

    kept = None if terms is None else lambda event: [event.c.term_used.in_(terms)]
    return known_facts(AdverseEvent, as_of, study_id, pick, kept=kept)


def _has_begun(start: ColumnElement[Any], first_day: ColumnElement[Any], onset: ColumnElement[Any], day: ColumnElement[Any]) -> Condition:
    """Whether a procedure began before an onset: by the instant where both are known, else by the day."""
    by_clock = and_(onset.is_not(None), start.is_not(None))
    return func.coalesce(case((by_clock, start <= onset), else_=first_day <= day), false())


def _hours(start: ColumnElement[Any], onset: ColumnElement[Any]) -> ColumnElement[Any]:
    return (onset - start) * 1.0 / SECONDS_AN_HOUR


def _phase(edges: Sequence[PhaseEdge], pair: CTE) -> ColumnElement[Any]:
    """The code of the phase, as trial.clocks.perioperative.classify_onset gives it."""
    onset = pair.c.onset_seconds
    before, during = (_first(edges, side) for side in ("before", "during"))
    after = [edge for edge in edges if edge.side == "after"]
    elapsed, days = onset - pair.c.closure, pair.c.days_by_date
    by_clock = case(
        (onset < pair.c.start, before or UNPLACED),
        (onset <= pair.c.closure, during or before or UNPLACED),
        *((elapsed <= edge.until, edge.code) for edge in after if edge.until is not None),
        else_=_open(after),
    )
    by_day = case(
        (days < 0, before or UNPLACED),
        (days == 0, DAY_ZERO),
        *((days * SECONDS_A_DAY <= edge.until, edge.code) for edge in after if edge.until is not None and lasts_beyond_a_day(edge)),
        else_=_open(after),
    )
    return case((and_(onset.is_not(None), pair.c.closure.is_not(None)), by_clock), (days.is_not(None), by_day), else_=UNPLACED)


def _first(edges: Sequence[PhaseEdge], side: Side | str) -> str | None:
    return next((edge.code for edge in edges if edge.side == side), None)


def _open(after: Sequence[PhaseEdge]) -> str:
    """The code of the phase without an end; UNPLACED where the last declared phase has one."""
    return next((edge.code for edge in after if edge.until is None), UNPLACED)
