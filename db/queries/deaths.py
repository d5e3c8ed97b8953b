"""Deaths of dosed subjects that no fatal event accounts for: they are counted with the fatal events, and named.

A death is known from the subject's record, often days before the form of the event; it must not wait for that form.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import CTE, ColumnElement, Date, Subquery, and_, case, func, literal, null, or_, select, true, type_coerce, union_all
from sqlmodel import Session

from db.history import known
from db.models import AdverseEvent, Cohort, Subject
from db.queries.conditions import DATED, Condition, fatal, surely, treatment_emergent, treatment_starts
from db.queries.spans import count_days
from trial.asof import AsOf
from trial.tables.deaths import UNREPORTED_DEATHS


def unreported_deaths(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return UNREPORTED_DEATHS, the latest first, deaths without a day before all."""
    death, cohort = select_unreported(as_of, study_id), known(Cohort, as_of, study_id)
    statement = (
        select(death.c.code, cohort.c.number, death.c.died_on, death.c.first_dose_on, death.c.on_record)
        .join(cohort, cohort.c.id == death.c.actual_cohort_id, isouter=True)
        .order_by(death.c.died_on.is_not(None), death.c.died_on.desc(), death.c.code)
    )
    rows = session.connection().execute(statement).all()
    return UNREPORTED_DEATHS.frame((*row[:4], bool(row[4])) for row in rows)


def select_unreported(as_of: AsOf, study_id: int) -> Subquery:
    """Return one row per dosed subject who died on or after the day of the first dose and has no fatal treatment-emergent event.

    Columns: subject_id, code, actual_cohort_id, died_on (missing where only the status says that the subject died), first_dose_on,
    and on_record: 1 where there is a fatal event that is not treatment-emergent, else 0.
    """
    subject, dose = known(Subject, as_of, study_id), treatment_starts(as_of, study_id)
    event = _fatal_events(as_of, study_id)
    held = (
        select(event.c.subject_id, func.max(case((treatment_emergent(event, dose), 1), else_=0)).label("emergent"))
        .join(dose, dose.c.subject_id == event.c.subject_id)
        .group_by(event.c.subject_id)
        .subquery("held")
    )
    died = or_(surely(subject.c.died_on >= dose.c.first_dose_on), and_(subject.c.died_on.is_(None), subject.c.status == "died"))
    return (
        select(
            subject.c.id.label("subject_id"), subject.c.code, subject.c.actual_cohort_id,
            type_coerce(subject.c.died_on, Date).label("died_on"), dose.c.first_dose_on,
            case((held.c.emergent.is_(None), 0), else_=1).label("on_record"),
        )
        .join(dose, dose.c.subject_id == subject.c.id)
        .join(held, held.c.subject_id == subject.c.id, isouter=True)
        .where(died, func.coalesce(held.c.emergent, 0) == 0)
        .subquery("unreported")
    )  # fmt: skip


def died_within(death: Subquery, days: int | None) -> Condition:
    """Return whether there is a death in `select_unreported`, at most ``days`` after the first dose where they are given, or on no day."""
    near = true() if days is None else or_(death.c.died_on.is_(None), count_days(death.c.first_dose_on, death.c.died_on) <= days)
    return and_(death.c.subject_id.is_not(None), near)


def add_deaths(event: CTE, as_of: AsOf, study_id: int, facts: Mapping[str, int]) -> CTE:
    """Return the events of ``event`` (the columns DATED and others) and, as one more each, the deaths without one.

    Such a death begins on its day; of the other columns it has what ``facts`` gives, and nothing where that gives nothing.
    """
    death = select_unreported(as_of, study_id)
    dates = {"subject_id": death.c.subject_id, "onset_date": death.c.died_on, "onset_latest": death.c.died_on}
    given: dict[str, ColumnElement[Any]] = {**dates, **{name: literal(value) for name, value in facts.items()}}
    columns = [given[column.name] if column.name in given else type_coerce(null(), column.type) for column in event.c]
    return union_all(select(event), select(*columns)).cte("events_and_deaths")


def _fatal_events(as_of: AsOf, study_id: int) -> CTE:
    """The few fatal events, read once."""
    event = known(AdverseEvent, as_of, study_id)
    columns: list[Any] = [event.c[name] for name in DATED]
    return select(*columns).where(fatal(event)).cte("fatal_events").prefix_with("MATERIALIZED")
