"""Events that could be dose-limiting: what was judged, by whom and when, and what still waits."""

from typing import Any

import pandas as pd
from sqlalchemy import and_, func, or_, select
from sqlmodel import Session

from db.history import known, table_of, versions
from db.models import AdverseEvent, AuditEntry, Subject
from db.queries.conditions import Condition, at_least_grade, first_doses, related, surely
from trial.asof import AsOf
from trial.clocks.calendar import compute_day_after
from trial.protocol import DltPart
from trial.tables.conduct import DLT_CANDIDATES
from trial.terms import HEADS, JUDGES

NOBODY = (None, None)


def dlt_candidates(session: Session, as_of: AsOf, study_id: int, *, rule: DltPart) -> pd.DataFrame:
    """Return DLT_CANDIDATES of dosed subjects, in order of onset.

    An event that nobody has judged is one when its grade reaches ``rule`` or is unknown, and a cause that the rule counts is possible or
    not judged yet. Whether it began inside the window is for the ledger to say.
    """
    event, subject, dose = known(AdverseEvent, as_of, study_id), known(Subject, as_of, study_id), first_doses(as_of, study_id)
    enough, attributed, cause_open = _enough(event, rule), related(event, rule.attributed_to), _unjudged(event)
    early_enough = or_(event.c.onset_latest.is_(None), surely(event.c.onset_latest >= dose.c.first_dose_on))
    statement = (
        select(
            event.c.id, subject.c.code, event.c.code, event.c.term_used, event.c.grade, event.c.severity, event.c.onset_date,
            enough, attributed, cause_open, event.c.dlt, event.c.dlt_reason,
        )
        .join(subject, subject.c.id == event.c.subject_id)
        .join(dose, dose.c.subject_id == event.c.subject_id)
        .where(or_(event.c.dlt.is_not(None), and_(enough, or_(attributed, cause_open), early_enough, _before_the_end(event, as_of))))
        .order_by(event.c.onset_date, subject.c.code, event.c.code)
    )  # fmt: skip
    rows = session.connection().execute(statement).all()
    judged = _judgements(session, as_of, study_id, [row[0] for row in rows if row[10] in ("yes", "no")])
    return DLT_CANDIDATES.frame((*row[1:], *judged.get(row[0], NOBODY)) for row in rows)


def _enough(event: Any, rule: DltPart) -> Condition:
    """Whether the grade reaches the rule's, or neither grade nor severity is known; severity severe stands for grade 3."""
    ungraded = event.c.grade.is_(None)
    by_severity = and_(ungraded, surely(event.c.severity == "severe")) if rule.minimum_grade <= 3 else and_(ungraded, ungraded.is_(None))
    return or_(at_least_grade(event, rule.minimum_grade), by_severity, and_(ungraded, event.c.severity.is_(None)))


def _unjudged(event: Any) -> Condition:
    """Whether neither investigator nor sponsor has said anything about any cause."""
    return and_(*(event.c[f"{judge}_{head}"].is_(None) for judge in JUDGES for head in HEADS), event.c.source_causality.is_(None))


def _before_the_end(event: Any, as_of: AsOf) -> Condition:
    """An onset without a day, or one that is not in the future."""
    return or_(event.c.onset_date.is_(None), event.c.onset_date < compute_day_after(as_of.day, 1))


def _judgements(session: Session, as_of: AsOf, study_id: int, events: list[int]) -> dict[int, tuple[Any, Any]]:
    """Per event (by key) when its present judgement became known, and who entered it."""
    if not events:
        return {}
    version, now, entry = versions(AdverseEvent, as_of, study_id), known(AdverseEvent, as_of, study_id), table_of(AuditEntry)
    since = (
        select(version.c.id, func.min(version.c.known_from).label("moment"))
        .join(now, and_(now.c.id == version.c.id, now.c.dlt == version.c.dlt))
        .where(version.c.id.in_(events))
        .group_by(version.c.id)
        .subquery("judged_since")
    )
    statement = (
        select(since.c.id, since.c.moment, entry.c.actor)
        .join(
            entry,
            and_(entry.c.table_name == "adverse_event", entry.c.row_key == since.c.id, entry.c.known_from == since.c.moment),
            isouter=True,
        )
        .order_by(entry.c.sequence)
    )
    return {row[0]: (row[1], row[2]) for row in session.connection().execute(statement)}
