"""Procedures, and the events in the phases around them: by phase, by term, and one by one."""

from collections.abc import Sequence

import pandas as pd
from sqlalchemy import FromClause, and_, func, or_, select
from sqlmodel import Session

from db.history import known
from db.models import Cohort, Procedure, Site, Subject
from db.queries.conditions import Condition, count_where, surely, treatment_starts
from db.queries.placing import ONSETS, Among, Placing, given_during, place_events
from db.queries.spans import count_seconds
from trial.asof import AsOf
from trial.clocks.perioperative import DAY_ZERO, UNPLACED
from trial.protocol import PhasePart
from trial.tables import PHASE_EVENTS, PHASE_TERMS, PHASE_TOTALS, PROCEDURES
from trial.terms import HEADS, SEVERITIES


def procedures(session: Session, as_of: AsOf, study_id: int, *, cohort: int | None = None) -> pd.DataFrame:
    """Return PROCEDURES, newest first."""
    procedure, subject = known(Procedure, as_of, study_id), known(Subject, as_of, study_id)
    group, site, given = known(Cohort, as_of, study_id), known(Site, as_of, study_id), given_during(as_of, study_id)
    performed = func.coalesce(procedure.c.performed_on, given.c.first_on)
    statement = (
        select(
            subject.c.code, group.c.number, site.c.code, site.c.time_zone, procedure.c.code, procedure.c.type, performed,
            procedure.c.anaesthesia, procedure.c.anaesthesia_started_at, procedure.c.incision_at, given.c.started_at,
            given.c.ended_at, procedure.c.closure_at, procedure.c.blood_loss_ml, procedure.c.neuromonitoring,
            procedure.c.neuromonitoring_alert, given.c.amount, given.c.unit, given.c.deviation,
        )
        .select_from(procedure)
        .join(subject, subject.c.id == procedure.c.subject_id)
        .join(group, group.c.id == subject.c.actual_cohort_id, isouter=True)
        .join(site, site.c.id == subject.c.site_id, isouter=True)
        .join(given, given.c.procedure_id == procedure.c.id, isouter=True)
        .order_by(performed.desc().nulls_last(), procedure.c.code.desc())
    )  # fmt: skip
    if cohort is not None:
        statement = statement.where(group.c.number == cohort)
    return PROCEDURES.frame(session.connection().execute(statement).all())


def phase_totals(session: Session, as_of: AsOf, study_id: int, *, phases: Sequence[PhasePart], cohort: int | None = None) -> pd.DataFrame:
    """Return PHASE_TOTALS in order of time; onsets that cannot be placed come last, where there are any."""
    placing = place_events(as_of, study_id, phases, Among(cohort), [f"by_{head}" for head in HEADS])
    placed = placing.placed
    per_subject = (
        select(
            placed.c.phase,
            placed.c.subject_id,
            func.max(placed.c.complete).label("complete"),
            func.count().label("events"),
            *(func.max(placed.c[f"by_{head}"]).label(f"by_{head}") for head in HEADS),
        )
        .group_by(placed.c.phase, placed.c.subject_id)
        .subquery("per_subject")
    )
    heads = [per_subject.c[f"by_{head}"] for head in HEADS]
    statement = select(
        per_subject.c.phase,
        count_where(per_subject.c.complete == 0),
        func.count(),
        func.sum(per_subject.c.events),
        *(func.sum(head) for head in heads),
        count_where(and_(*(head == 0 for head in heads))),
    ).group_by(per_subject.c.phase)
    found = {row[0]: row[1:] for row in session.connection().execute(statement)}
    operated, sizes = _count_reached(session, placing)
    sizes |= {code: operated for code in (DAY_ZERO, UNPLACED) if code in found}
    rows = ((code, size, found.get(code, (0,) * 8)) for code, size in sizes.items())
    return PHASE_TOTALS.frame((code, operated, size, size + more, *rest) for code, size, (more, *rest) in rows)


def phase_terms(session: Session, as_of: AsOf, study_id: int, *, phases: Sequence[PhasePart], cohort: int | None = None) -> pd.DataFrame:
    """Return PHASE_TERMS, the terms that most subjects had first."""
    placing = place_events(as_of, study_id, phases, Among(cohort), ["term", "grade", "rank", "is_serious"])
    placed = placing.placed
    per_subject = (
        select(
            placed.c.term,
            placed.c.phase,
            func.max(placed.c.complete).label("complete"),
            func.count().label("events"),
            func.max(placed.c.grade).label("grade"),
            func.max(placed.c.rank).label("rank"),
            func.max(placed.c.is_serious).label("serious"),
        )
        .group_by(placed.c.term, placed.c.phase, placed.c.subject_id)
        .subquery("per_subject")
    )
    statement = select(
        per_subject.c.term,
        per_subject.c.phase,
        func.count().label("subjects"),
        func.sum(per_subject.c.events),
        count_where(per_subject.c.complete == 0),
        func.max(per_subject.c.grade),
        func.max(per_subject.c.rank),
        func.sum(per_subject.c.serious),
    ).group_by(per_subject.c.term, per_subject.c.phase)
    cells = statement.subquery("cells")
    total = func.sum(cells.c.subjects).over(partition_by=cells.c.term)
    rows = session.connection().execute(select(cells).order_by(total.desc(), cells.c.term, cells.c.phase)).all()
    operated, sizes = _count_reached(session, placing)
    return PHASE_TERMS.frame(
        (term, phase, subjects, events, sizes.get(phase, operated) + more, grade, _severity(grade, rank), serious)
        for term, phase, subjects, events, more, grade, rank, serious in rows
    )


def phase_events(
    session: Session,
    as_of: AsOf,
    study_id: int,
    *,
    phases: Sequence[PhasePart],
    cohort: int | None = None,
    subjects: Sequence[str] | None = None,
    term: str | None = None,
    early: bool = False,
) -> pd.DataFrame:
    """Return PHASE_EVENTS of all subjects with a procedure, or of some, in the order of time after it; of one ``term`` where it is given.

    ``early`` asks only for events whose possible cause came later: the product is one, but they began before the first cell of the
    first dose; the procedure is one, but they began on a day before the first procedure.
    """
    facts = ["subject", "procedure", "event", "term", "grade", "severity", "is_serious", "onset"]
    times, causes = PHASE_EVENTS.names[9:12], [f"by_{head}" for head in HEADS]
    own = [*facts, *times, *causes, *(ONSETS if early else ())]
    placed = place_events(as_of, study_id, phases, Among(cohort, subjects, None if term is None else [term]), own).placed
    columns = (*facts, "phase", *times, *causes)
    statement = select(*(placed.c[name] for name in columns)).order_by(placed.c.subject, placed.c.days_after, placed.c.event)
    if early:
        start = treatment_starts(as_of, study_id)
        statement = statement.join(start, start.c.subject_id == placed.c.subject_id, isouter=True).where(_cause_came_later(placed, start))
    rows = session.connection().execute(statement).all()
    return PHASE_EVENTS.frame([(*row[:6], bool(row[6]), *row[7:12], *(bool(flag) for flag in row[12:])) for row in rows])


def _cause_came_later(placed: FromClause, start: FromClause) -> Condition:
    """Whether an event began before all that its possible cause could be: before any product was given, or before any procedure."""
    before_cell = placed.c.onset_seconds < count_seconds(start.c.first_cell_at)
    undosed = and_(start.c.subject_id.is_(None), placed.c.days_after < 0)
    before_dose = or_(surely(before_cell), surely(placed.c.onset_day < start.c.first_dose_on), surely(undosed))
    before_procedure = and_(placed.c.by_procedure == 1, surely(placed.c.days_after < 0))
    return or_(and_(placed.c.by_product == 1, before_dose), before_procedure)


def _count_reached(session: Session, placing: Placing) -> tuple[int, dict[str, int]]:
    """How many subjects have a procedure, and how many reached each phase, by its code."""
    one = placing.timed.c.place == 1
    sums = [func.coalesce(func.sum(placing.timed.c[f"reached_{place}"]), 0) for place in range(len(placing.edges))]
    operated, *sizes = session.connection().execute(select(func.count(), *sums).select_from(placing.timed).where(one)).one()
    return int(operated), dict(zip([edge.code for edge in placing.edges], sizes, strict=True))


def _severity(grade: int | None, rank: int | None) -> str | None:
    """The worst severity, where no grade was given."""
    return SEVERITIES[rank - 1] if rank and grade is None else None
