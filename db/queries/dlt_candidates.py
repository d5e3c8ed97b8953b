"""Events that could be dose-limiting: what was judged, by whom and when, and what still waits."""

from typing import Any

import pandas as pd
from sqlalchemy import FromClause, and_, func, or_, select
from sqlmodel import Session

from db.history import known, table_of, versions
from db.marks import ENTRIES_OF
from db.models import AdverseEvent, AuditEntry, Subject
from db.queries.conditions import Condition, at_least_grade, find_shown_day, related, surely, treatment_emergent, treatment_starts
from trial.asof import AsOf
from trial.clocks.calendar import compute_day_after
from trial.clocks.dlt_rule import list_severities
from trial.protocol import DltPart
from trial.tables.conduct import DLT_CANDIDATES
from trial.terms import JUDGES

NOBODY = (None, None)


def dlt_candidates(session: Session, as_of: AsOf, study_id: int, *, rule: DltPart) -> pd.DataFrame:
    """Return DLT_CANDIDATES of dosed subjects, in order of onset.

    An event that nobody has judged is one when it is treatment-emergent, and grave and attributable as trial.clocks.dlt_rule defines
    both. Whether it began inside the window is for the ledger to say.
    """
    event, subject, start = known(AdverseEvent, as_of, study_id), known(Subject, as_of, study_id), treatment_starts(as_of, study_id)
    severe_enough, attributed, open_cause = grave(event, rule), related(event, rule.attributed_to), cause_open(event, rule)
    possible = and_(severe_enough, or_(attributed, open_cause), treatment_emergent(event, start), _before_the_end(event, as_of))
    statement = (
        select(
            event.c.id, subject.c.code, event.c.code, event.c.term_used, event.c.grade, event.c.severity, find_shown_day(event, start),
            severe_enough, attributed, open_cause, event.c.dlt, event.c.dlt_reason,
        )
        .join(subject, subject.c.id == event.c.subject_id)
        .join(start, start.c.subject_id == event.c.subject_id)
        .where(or_(event.c.dlt.is_not(None), possible))
        .order_by(event.c.onset_date, subject.c.code, event.c.code)
    )  # fmt: skip
    rows = session.connection().execute(statement).all()
    judged = _judgements(session, as_of, study_id, [row[0] for row in rows if row[10] in ("yes", "no")])
    return DLT_CANDIDATES.frame((*row[1:], *judged.get(row[0], NOBODY)) for row in rows)


def grave(event: FromClause, rule: DltPart) -> Condition:
    """Return ``trial.clocks.dlt_rule.is_grave`` as a condition."""
    severity = or_(event.c.severity.is_(None), surely(event.c.severity.in_(list_severities(rule.minimum_grade))))
    return or_(at_least_grade(event, rule.minimum_grade), and_(event.c.grade.is_(None), severity))


def cause_open(event: FromClause, rule: DltPart) -> Condition:
    """Return whether a cause that the rule counts was not judged: what ``trial.clocks.dlt_rule.is_attributable`` adds to related."""
    unjudged = (and_(*(event.c[f"{judge}_{head}"].is_(None) for judge in JUDGES)) for head in rule.attributed_to)
    single_answer = and_(event.c.source_causality.is_not(None), event.c.investigator_product.is_not(None))
    return and_(or_(*unjudged), ~single_answer)


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
        .execution_options(**{ENTRIES_OF: ("adverse_event",)})
    )
    return {row[0]: (row[1], row[2]) for row in session.connection().execute(statement)}
