"""Results of dosed subjects before and after the first dose, and the baseline of each series: trial.clocks.pre_dose in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, or_, select

from db.history import known
from db.models import Administration, Measurement
from db.queries.conditions import Condition, surely
from db.queries.spans import count_days
from trial.asof import AsOf
from trial.clocks.pre_dose import AFTER, BEFORE, OPEN

KEPT = (
    "id",
    "subject_id",
    "kind",
    "test",
    "label",
    "unit",
    "value",
    "low",
    "high",
    "result_text",
    "measured_on",
    "measured_at",
    "known_from",
)
"""The columns of a measurement that its readers need."""


def first_cells(as_of: AsOf, study_id: int) -> Subquery:
    """Return one row per dosed subject: subject_id, first_dose_on, and first_cell_at, when the first administration of that day began.

    The instant is missing where an administration of that day has none: what is not timed may have been the first.
    """
    given = known(Administration, as_of, study_id)
    first = func.min(given.c.first_on).over(partition_by=given.c.subject_id).label("first_dose_on")
    day = select(given.c.subject_id, given.c.first_on, given.c.started_at, first).where(given.c.first_on.is_not(None)).subquery("given")
    timed = case((func.count(day.c.started_at) == func.count(), func.min(day.c.started_at)))
    return (
        select(day.c.subject_id, day.c.first_dose_on, timed.label("first_cell_at"))
        .where(day.c.first_on == day.c.first_dose_on)
        .group_by(day.c.subject_id, day.c.first_dose_on)
        .subquery("first_cells")
    )


def dated_results(as_of: AsOf, study_id: int, *, kinds: Sequence[str] = (), tests: Sequence[str] = ()) -> Subquery:
    """Return the results with a day of dosed subjects, of ``kinds`` and ``tests`` (codes in capitals; all by default).

    Beside each ``day``, the days since the first dose, and its ``standing``.
    """
    result, dose = known(Measurement, as_of, study_id), first_cells(as_of, study_id)
    day = count_days(dose.c.first_dose_on, result.c.measured_on)
    asked: list[Condition] = [result.c.measured_on.is_not(None)]
    asked += [result.c.kind.in_(list(kinds))] if kinds else []
    asked += [func.upper(result.c.test).in_(list(tests))] if tests else []
    standing = case(
        (day < 0, BEFORE), (day > 0, AFTER),
        (result.c.measured_at < dose.c.first_cell_at, BEFORE), (result.c.measured_at > dose.c.first_cell_at, AFTER),
        (result.c.baseline.is_(True), BEFORE),
        else_=OPEN,
    )  # fmt: skip
    return (
        select(*(result.c[name] for name in KEPT), day.label("day"), standing.label("standing"))
        .join(dose, dose.c.subject_id == result.c.subject_id)
        .where(*asked)
        .subquery("dated")
    )


def settled_results(rows: Subquery, tells: ColumnElement[Any]) -> Subquery:
    """Return the dated ``rows``, each with ``after`` (whether it is follow-up) and ``baseline``, the number before the first dose.

    A series is a subject's results of one kind, test and unit. Its baseline is the last result before the dose that ``tells`` something,
    one that is only open where there is no other; ``tells`` is a condition on a row.
    """
    series = (rows.c.subject_id, rows.c.kind, func.upper(rows.c.test), func.coalesce(rows.c.unit, ""))
    early = and_(tells, rows.c.standing != AFTER)
    order = (rows.c.standing == OPEN, rows.c.day.desc(), rows.c.measured_at.desc().nulls_last(), rows.c.known_from.desc(), rows.c.id.desc())
    place = func.row_number().over(partition_by=(*series, early), order_by=order)
    names = [column.label(f"series_{number}") for number, column in enumerate(series)]
    placed = select(rows, *names, case((early, place)).label("place")).subquery("placed")
    partition = [placed.c[name.name] for name in names]
    surest, baseline = (
        func.max(case((placed.c.place == 1, column))).over(partition_by=partition) for column in (placed.c.standing, placed.c.value)
    )
    after = or_(placed.c.standing == AFTER, surely(and_(placed.c.standing == OPEN, surest == BEFORE)))
    return select(placed, after.label("after"), baseline.label("baseline")).subquery("settled")
