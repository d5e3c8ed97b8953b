"""Every adverse event with what the rules of data review look at beside it: subject, term and grades, earlier events."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Subquery, and_, case, func, literal, or_, select

from db.history import known, table_of
from db.models import AdverseEvent, CtcaeTerm, Procedure, Study, Subject
from db.queries.conditions import PRECISE, Condition, surely, treatment_starts
from db.queries.placing import given_during
from db.queries.spans import count_days
from trial.asof import AsOf
from trial.grading.sponsor_terms import DICTIONARY, sponsor_terms
from trial.terms import GRADES

CTCAE = "CTCAE"
"""How an event names CTCAE as its dictionary."""
FIRST = date(1900, 1, 1)
"""The day from which days are counted here."""
NOT_YET = 1_000_000
"""The day on which an event ends that goes on: later than any other."""
SPAN = {"month": 30, "year": 365}
"""A partial end may lie as many days before its last possible day as this."""


def fault_facts(as_of: AsOf, study_id: int) -> Subquery:
    """Return every event with its subject's consent, death, first dose and first procedure, and what is to be said of its term and grade.

    An event that names no version of CTCAE is held against the one that the study is pinned to; the record stays as it is.
    """
    event, subject, dose = known(AdverseEvent, as_of, study_id), known(Subject, as_of, study_id), treatment_starts(as_of, study_id)
    begun, ctcae, study = _begun(as_of, study_id), _ctcae_terms(), table_of(Study)
    pinned = select(study.c.ctcae_version).where(study.c.id == study_id).scalar_subquery()
    version = func.coalesce(event.c.ctcae_version, case((event.c.dictionary != DICTIONARY, pinned)))
    offered = case(*((event.c.grade == grade, ctcae.c[f"grade_{grade}"].is_not(None)) for grade in GRADES))
    alike = func.count().over(partition_by=(event.c.subject_id, func.lower(event.c.term_used), event.c.onset_text))
    return (
        select(
            *event.c,
            subject.c.code.label("subject_code"),
            subject.c.consented_on,
            subject.c.died_on,
            *(dose.c[name] for name in ("first_dose_on", "first_cell_at", "last_dose_on", "begun_on")),
            *(begun.c[name] for name in ("procedures", "operated_on", "operated_at")),
            alike.label("alike"),
            _went_on(event).label("went_on"),
            or_(_not_in_ctcae(event, ctcae, version), _not_on_sponsor_list(event)).label("term_not_offered"),
            pinned.label("pinned_version"),
            or_(and_(ctcae.c.id.is_not(None), ~surely(offered)), _beyond_sponsor_list(event)).label("grade_not_offered"),
        )
        .join(subject, subject.c.id == event.c.subject_id)
        .join(dose, dose.c.subject_id == event.c.subject_id, isouter=True)
        .join(begun, begun.c.subject_id == event.c.subject_id, isouter=True)
        .join(ctcae, and_(ctcae.c.version == version, ctcae.c.folded == func.lower(event.c.term_used)), isouter=True)
        .subquery("facts")
    )


def _begun(as_of: AsOf, study_id: int) -> Subquery:
    """Per subject how many procedures, the first day of one, and the start of the first: its anaesthesia, else its incision or needle.

    A procedure without a day has that of what was given during it. The day is missing where one of them still has none, the start where
    one that may be the first has no hour: nothing can be said to have come before it then.
    """
    operation, given = known(Procedure, as_of, study_id), given_during(as_of, study_id)
    day = func.coalesce(operation.c.performed_on, given.c.first_on)
    start = func.coalesce(operation.c.anaesthesia_started_at, operation.c.incision_at)
    earliest = func.min(day).over(partition_by=operation.c.subject_id)
    one = (
        select(operation.c.subject_id, day.label("day"), start.label("start"), earliest.label("earliest"))
        .join(given, given.c.procedure_id == operation.c.id, isouter=True)
        .subquery("one_procedure")
    )
    first = or_(one.c.day.is_(None), one.c.day == one.c.earliest)
    timed = case((first, one.c.start))
    return (
        select(
            one.c.subject_id,
            func.count().label("procedures"),
            case((func.count() == func.count(one.c.day), func.min(one.c.day))).label("operated_on"),
            case((func.count(case((first, 1))) == func.count(timed), func.min(timed))).label("operated_at"),
        )
        .group_by(one.c.subject_id)
        .subquery("begun")
    )


def _ctcae_terms() -> Subquery:
    """The loaded terms with their name in small letters: sites write HEADACHE."""
    table = table_of(CtcaeTerm)
    grades = [table.c[f"grade_{grade}"] for grade in GRADES]
    return select(table.c.id, table.c.version, func.lower(table.c.term).label("folded"), *grades).distinct().subquery("ctcae")


def _went_on(event: FromClause) -> Condition:
    """Whether an earlier event of the same term has another grade, and no whole day without it before the onset of this one.

    An earlier event is one that surely began before; an end that is not a whole date counts as the first day that it can mean.
    """
    ends = count_days(literal(FIRST), event.c.end_date) - case(SPAN, value=event.c.end_precision, else_=0)
    until = case((event.c.onset_latest.is_(None), None), (event.c.ongoing.is_(True), NOT_YET), (event.c.end_precision != "unknown", ends))
    before: dict[str, Any] = {
        "partition_by": (event.c.subject_id, func.lower(event.c.term_used)),
        "order_by": event.c.onset_latest,
        "groups": (None, -1),
    }
    eve = count_days(literal(FIRST), event.c.onset_date) - 1
    others = (and_(event.c.grade != grade, func.max(case((event.c.grade == grade, until))).over(**before) >= eve) for grade in GRADES)
    return and_(event.c.onset_precision.in_(PRECISE), surely(or_(*others)))


def _not_in_ctcae(event: FromClause, ctcae: FromClause, version: ColumnElement[Any]) -> Condition:
    """Whether the event is coded by CTCAE with a term that its version, where that is loaded, does not have."""
    by_ctcae = or_(event.c.ctcae_version.is_not(None), event.c.dictionary == CTCAE)
    loaded = surely(version.in_(select(table_of(CtcaeTerm).c.version)))
    return and_(loaded, by_ctcae, event.c.coded_term.is_not(None), ctcae.c.id.is_(None))


def _not_on_sponsor_list(event: FromClause) -> Condition:
    """Whether the event is coded by the supplementary list with a term that is not on it."""
    listed = func.lower(event.c.term_used).in_([term.term.lower() for term in sponsor_terms()])
    return and_(surely(event.c.dictionary == DICTIONARY), event.c.coded_term.is_not(None), ~listed)


def _beyond_sponsor_list(event: FromClause) -> Condition:
    """Whether the event is coded by the supplementary list with a grade that its term there does not offer."""
    wrong = [
        and_(func.lower(event.c.term_used) == term.term.lower(), event.c.grade.not_in(term.grades))
        for term in sponsor_terms()
        if len(term.grades) < len(GRADES)
    ]
    return and_(surely(event.c.dictionary == DICTIONARY), surely(or_(*wrong)))
