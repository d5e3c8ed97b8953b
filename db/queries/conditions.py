"""What counts as what, as SQL conditions over the rows that `known` returns: dosed, treatment-emergent, related, severe, serious, fatal.

Every condition is true or false for every row, never missing, so that it may be negated, counted and combined. The words
behind them stand in trial.terms. Treatment-emergent follows ADaM practice without an upper window, counted from the start of the
procedure by which the first dose was given: see `treatment_emergent`.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, FromClause, Subquery, and_, case, false, func, or_, select, union_all

from db.history import CUT_OFFS_KEPT, known
from db.models import Administration, Disposition, Procedure, Site, Subject
from db.queries.spans import find_local_day
from trial.asof import AsOf
from trial.protocol import AesiPart
from trial.terms import HEADS, JUDGES, RELATED, SERIOUSNESS

Condition = ColumnElement[bool]

PRECISE = ("minute", "day")
"""Precisions of a date that name one calendar day."""

DATED = ("subject_id", "onset_date", "onset_latest", "onset_at", "end_precision", "end_date")
"""The columns of an event that tell whose it is, and whether it is treatment-emergent."""


def first_doses(as_of: AsOf, study_id: int) -> Subquery:
    """Return one row per dosed subject: subject_id, first_dose_on, first_cell_at, last_dose_on, administrations."""
    given = known(Administration, as_of, study_id)
    return (
        select(
            given.c.subject_id,
            func.min(given.c.first_on).label("first_dose_on"),
            func.min(given.c.started_at).label("first_cell_at"),
            func.max(func.coalesce(given.c.last_on, given.c.first_on)).label("last_dose_on"),
            func.count().label("administrations"),
        )
        .where(given.c.first_on.is_not(None))
        .group_by(given.c.subject_id)
        .subquery("first_doses")
    )


@lru_cache(maxsize=CUT_OFFS_KEPT)
def treatment_starts(as_of: AsOf, study_id: int) -> CTE:
    """Return `first_doses` with the start of treatment beside: begun_on, begun_at, and first_cell_at of the first day alone.

    Treatment starts with the procedure of the first administration: its anaesthesia, else its incision or needle; without a
    procedure with the dose. The instants are missing where one administration of the first day has none, and begun_at where the hour
    of the procedure is not known: nobody can tell then what came first on that day. Study days keep the day of the first dose.
    """
    dose = first_doses(as_of, study_id)
    row = _first_day(as_of, study_id, dose)
    whole, cell = func.count(), func.count(row.c.cell_at)
    found = (
        select(
            dose.c.subject_id,
            dose.c.first_dose_on,
            case((whole == cell, func.min(row.c.cell_at))).label("first_cell_at"),
            dose.c.last_dose_on,
            dose.c.administrations,
            func.min(row.c.begun_on).label("begun_on"),
            case((whole == func.count(row.c.begun_at), func.min(row.c.begun_at))).label("begun_at"),
        )
        .join(row, row.c.subject_id == dose.c.subject_id)
        .group_by(dose.c.subject_id, dose.c.first_dose_on, dose.c.last_dose_on, dose.c.administrations)
        .cte("treatment_starts")
        .prefix_with("MATERIALIZED")
    )
    _ = found.c  # built here, since threads share it
    return found


def _first_day(as_of: AsOf, study_id: int, dose: Subquery) -> Subquery:
    """Each administration of the first day with its procedure: the one it names, else one of that day or one it was given during."""
    given, operation = known(Administration, as_of, study_id), known(Procedure, as_of, study_id)
    subject, site = known(Subject, as_of, study_id), known(Site, as_of, study_id)
    start = func.coalesce(operation.c.anaesthesia_started_at, operation.c.incision_at)
    during = and_(start <= given.c.started_at, given.c.started_at <= operation.c.closure_at)
    unnamed = and_(given.c.procedure_id.is_(None), or_(operation.c.performed_on == dose.c.first_dose_on, during))
    local = find_local_day(start, func.coalesce(site.c.time_zone, as_of.time_zone))
    performed = case((operation.c.performed_on < dose.c.first_dose_on, operation.c.performed_on), else_=dose.c.first_dose_on)
    alone = or_(operation.c.id.is_(None), given.c.started_at < start)
    return (
        select(
            given.c.subject_id,
            given.c.started_at.label("cell_at"),
            case((local < performed, local), else_=performed).label("begun_on"),
            case((alone, given.c.started_at), else_=start).label("begun_at"),
        )
        .join(dose, and_(dose.c.subject_id == given.c.subject_id, dose.c.first_dose_on == given.c.first_on))
        .join(subject, subject.c.id == given.c.subject_id)
        .join(site, site.c.id == subject.c.site_id, isouter=True)
        .join(
            operation,
            and_(operation.c.subject_id == given.c.subject_id, or_(operation.c.id == given.c.procedure_id, unnamed)),
            isouter=True,
        )
        .subquery("first_day")
    )


def exits(as_of: AsOf, study_id: int) -> Subquery:
    """Return one row per subject who died or left the study: subject_id, left_on (the earliest such day)."""
    subject, disposition = known(Subject, as_of, study_id), known(Disposition, as_of, study_id)
    days = union_all(
        select(subject.c.id.label("subject_id"), subject.c.died_on.label("day")).where(subject.c.died_on.is_not(None)),
        select(subject.c.id, subject.c.discontinued_on).where(subject.c.discontinued_on.is_not(None)),
        select(disposition.c.subject_id, disposition.c.occurred_on).where(
            disposition.c.kind == "end of study", disposition.c.occurred_on.is_not(None)
        ),
    ).subquery("exit_days")
    return select(days.c.subject_id, func.min(days.c.day).label("left_on")).group_by(days.c.subject_id).subquery("exits")


def treatment_emergent(event: FromClause, start: FromClause) -> Condition:
    """Whether an event began on or after the start of treatment (of `treatment_starts`), or may have.

    By the clock where the hours of both are known: what began before the anaesthesia on that day is not emergent. Else by the day.
    Not emergent then: the subject was never dosed; the event ended on a known day before that of the start; or the last day on which
    it can have begun lies before it. A partial onset that could include that day counts, a missing one too.
    """
    ended_before = and_(surely(event.c.end_precision.in_(PRECISE)), surely(event.c.end_date < start.c.begun_on))
    by_clock = and_(event.c.onset_at.is_not(None), start.c.begun_at.is_not(None))
    by_day = or_(event.c.onset_latest.is_(None), surely(event.c.onset_latest >= start.c.begun_on))
    return and_(
        start.c.begun_on.is_not(None),
        ~ended_before,
        or_(and_(by_clock, surely(event.c.onset_at >= start.c.begun_at)), and_(~by_clock, by_day)),
    )


def find_shown_day(event: FromClause, start: FromClause) -> ColumnElement[Any]:
    """Return the day of onset for what counts from the day of the first dose, which a treatment-emergent event never lies before."""
    early = and_(treatment_emergent(event, start), event.c.onset_date < start.c.first_dose_on)
    return case((early, start.c.first_dose_on), else_=event.c.onset_date)


def related(event: FromClause, heads: Sequence[str] = ("product", "procedure")) -> Condition:
    """Whether investigator or sponsor sees a reasonable possibility that one of ``heads`` caused the event."""
    columns = [event.c[f"{judge}_{head}"] for judge in JUDGES for head in heads if head in HEADS]
    return or_(false(), *(surely(column.in_(RELATED)) for column in columns))


def severe(event: FromClause) -> Condition:
    """Whether the event is of grade 3 or above, or of severity severe where no grade was given."""
    return or_(surely(event.c.severity == "severe"), at_least_grade(event, 3))


def at_least_grade(event: FromClause, grade: int) -> Condition:
    """Whether the event has a grade, and one of at least ``grade`` (1 to 5)."""
    return surely(event.c.grade >= grade)


def serious(event: FromClause) -> Condition:
    """Whether the event was reported as serious."""
    return event.c.serious.is_(True)


def serious_any_criterion(event: FromClause) -> Condition:
    """Whether the event was reported as serious or meets one of the six criteria (ICH E2A), whatever was reported."""
    return or_(serious(event), *(event.c[criterion].is_(True) for criterion in SERIOUSNESS))


def fatal(event: FromClause) -> Condition:
    """Whether the event is of grade 5, its outcome fatal, or death its result: one of the three suffices, whatever the others say."""
    return or_(at_least_grade(event, 5), ended_in_death(event))


def ended_in_death(event: FromClause) -> Condition:
    """Whether the event's outcome is fatal or death its result, whatever its grade."""
    return or_(surely(event.c.outcome == "fatal"), event.c.results_in_death.is_(True))


def limiting(event: FromClause) -> Condition:
    """Whether the event is assessed as dose-limiting."""
    return surely(event.c.dlt == "yes")


def of_terms(event: FromClause, terms: Sequence[str]) -> Condition:
    """Whether the event's term is one of ``terms``, written just so; db.queries.spelling finds the ways it may be written."""
    return event.c.term_used.in_(list(terms))


def of_special_interest(event: FromClause, lists: Sequence[AesiPart]) -> Condition:
    """Whether the event was marked with one of the special-interest ``lists``, or its term stands on one."""
    terms = [term for part in lists for term in part.terms]
    return or_(surely(event.c.aesi.in_([part.code for part in lists])), of_terms(event, terms))


def count_where(condition: Condition) -> ColumnElement[int]:
    """Return the number of rows for which ``condition`` is true."""
    return func.count(case((condition, 1)))


def ends_surely_before_onset(event: FromClause) -> Condition:
    """Whether the end lies before the onset whatever their missing parts are: whole days, or the parts of ISO 8601 that both have."""
    ends, begins = event.c.end_precision, event.c.onset_precision
    whole = and_(ends.in_(PRECISE), begins.in_(PRECISE), event.c.end_date < event.c.onset_date)
    shared = case((or_(ends == "year", begins == "year"), len("2026")), (or_(ends == "month", begins == "month"), len("2026-02")))
    end, onset = (func.substr(text, 1, shared) for text in (event.c.end_text, event.c.onset_text))
    known_year = and_(ends != "unknown", begins != "unknown")
    return surely(or_(whole, and_(known_year, end < onset)))


def surely(condition: ColumnElement[Any]) -> Condition:
    """Return the condition, false where a missing value would leave it open."""
    return func.coalesce(condition, false())
