"""What counts as what, as SQL conditions over the rows that `known` returns: dosed, treatment-emergent, related, severe, serious, fatal.

Every condition is true or false for every row, never missing, so that it may be negated, counted and combined. The words
behind them stand in trial.terms. Treatment-emergent follows ADaM practice without an upper window: see `treatment_emergent`.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Subquery, and_, case, false, func, or_, select, union_all

from db.history import known
from db.models import Administration, Disposition, Subject
from trial.asof import AsOf
from trial.protocol import AesiPart
from trial.terms import HEADS, JUDGES, RELATED, SERIOUSNESS

Condition = ColumnElement[bool]

PRECISE = ("minute", "day")
"""Precisions of a date that name one calendar day."""

DATED = ("subject_id", "onset_date", "onset_latest", "end_precision", "end_date")
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


def treatment_emergent(event: FromClause, first_dose_on: ColumnElement[Any]) -> Condition:
    """Whether an event began on or after the first dose, or may have.

    Not emergent: the subject was never dosed; the event ended on a known day before the first dose; or the last day on which
    it can have begun lies before the first dose. A partial onset that could include the first dose counts, a missing one too.
    """
    ended_before = and_(surely(event.c.end_precision.in_(PRECISE)), surely(event.c.end_date < first_dose_on))
    return and_(
        first_dose_on.is_not(None),
        ~ended_before,
        or_(event.c.onset_latest.is_(None), surely(event.c.onset_latest >= first_dose_on)),
    )


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
