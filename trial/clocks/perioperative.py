"""In which phase around a procedure an event began: by the hour where a time was collected, else by the day.

The protocol declares the phases in hours after skin closure, closed on the right. A phase without limits is the operation itself,
incision to closure, both included; the phase that ends at 0 lies before it. An onset without a time is placed by calendar days from
the day of the procedure, in phases that last beyond the first 24 hours; on the day itself nobody can tell, and it is said so.
An event belongs to the nearest procedure begun before it; one before the first procedure belongs to the first. A procedure begins with
its anaesthesia, so an event between anaesthesia and incision lies before the operation, but belongs to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd

from trial.clocks.calendar import compute_days_between
from trial.protocol import PhasePart
from trial.tables.perioperative import PROCEDURE_FACTS

DAY_ZERO = "day of procedure, time unknown"
"""Stands for a phase code: the onset is on the day of the procedure and has no time."""
UNPLACED = "date incomplete"
"""Stands for a phase code: the onset date is not known to the day."""
SECONDS_AN_HOUR = 3600
SECONDS_A_DAY = 24 * SECONDS_AN_HOUR

Side = Literal["before", "during", "after"]


@dataclass(frozen=True)
class PhaseEdge:
    """One phase as seconds after closure: later than ``above``, at most ``until``; None is open."""

    code: str
    side: Side
    above: int | None
    until: int | None


@dataclass(frozen=True)
class ProcedureTimes:
    """When a procedure was: its local day, and incision, closure and start of anaesthesia where these instants are known."""

    day: date
    incision_at: datetime | None = None
    closure_at: datetime | None = None
    anaesthesia_at: datetime | None = None


def list_edges(phases: Sequence[PhasePart]) -> tuple[PhaseEdge, ...]:
    """Return the declared ``phases`` in seconds, in order of time; raise ValueError when phases after closure overlap."""
    edges = sorted((_edge(phase) for phase in phases), key=lambda edge: (_ORDER[edge.side], edge.above or 0))
    after = [edge for edge in edges if edge.side == "after"]
    if any(one.until is None or (other.above or 0) < one.until for one, other in pairwise(after)):
        raise ValueError("perioperative phases overlap")
    return tuple(edges)


_ORDER: dict[Side, int] = {"before": 0, "during": 1, "after": 2}


def _edge(phase: PhasePart) -> PhaseEdge:
    above, until = (None if hours is None else round(hours * SECONDS_AN_HOUR) for hours in (phase.from_hours, phase.to_hours))
    if above is None and until is None:
        return PhaseEdge(phase.code, "during", None, None)
    if above is None and until is not None and until <= 0:
        return PhaseEdge(phase.code, "before", None, until)
    return PhaseEdge(phase.code, "after", above or 0, until)


def classify_onset(edges: Sequence[PhaseEdge], procedure: ProcedureTimes, onset: datetime | date | None) -> str:
    """Return the code of the phase in which an event began, DAY_ZERO, or UNPLACED.

    ``onset`` is an aware instant, a day, or None when the day is not known. An instant is placed by the day when the closure was
    not recorded, its calendar day then being taken in its own zone. Where no phase is declared for the operation itself, the phase
    before it reaches to the closure.
    """
    if onset is None:
        return UNPLACED
    if not isinstance(onset, datetime):
        return _by_day(edges, compute_days_between(procedure.day, onset))
    if procedure.closure_at is None:
        return _by_day(edges, compute_days_between(procedure.day, onset.date()))
    incision, closure, begun = (_elapsed(one) for one in (procedure.incision_at or procedure.closure_at, procedure.closure_at, onset))
    if begun < incision:
        return _first(edges, "before")
    if begun <= closure:
        return _first(edges, "during" if any(edge.side == "during" for edge in edges) else "before")
    return _after(edges, (begun - closure).total_seconds())


def _elapsed(moment: datetime) -> datetime:
    """The instant in UTC: between two instants of one zone Python counts by its clock on the wall, which a clock change shifts."""
    return moment.astimezone(UTC)


def _first(edges: Sequence[PhaseEdge], side: Side) -> str:
    return next((edge.code for edge in edges if edge.side == side), UNPLACED)


def _after(edges: Sequence[PhaseEdge], seconds: float) -> str:
    return next(
        (edge.code for edge in edges if edge.side == "after" and (edge.until is None or seconds <= edge.until)),
        UNPLACED,
    )


def _by_day(edges: Sequence[PhaseEdge], days: int) -> str:
    """The phase of an onset ``days`` after the procedure's day, the hour being unknown."""
    if days < 0:
        return _first(edges, "before")
    if days == 0:
        return DAY_ZERO
    return _after([edge for edge in edges if lasts_beyond_a_day(edge)], days * SECONDS_A_DAY)


def lasts_beyond_a_day(edge: PhaseEdge) -> bool:
    """Return whether an onset known by its day only can be placed in this phase after closure."""
    return edge.side == "after" and (edge.until is None or edge.until > SECONDS_A_DAY)


def find_preceding(procedures: Sequence[ProcedureTimes], onset: datetime | date) -> ProcedureTimes:
    """Return the last of ``procedures`` (in order of time, at least one) that began before ``onset``, else the first."""
    begun = [procedure for procedure in procedures if _has_begun(procedure, onset)]
    return begun[-1] if begun else procedures[0]


def _has_begun(procedure: ProcedureTimes, onset: datetime | date) -> bool:
    """Whether a procedure began before an onset: by the instant where both are known, else by the day."""
    start = procedure.anaesthesia_at or procedure.incision_at or procedure.closure_at
    if isinstance(onset, datetime):
        return _elapsed(start) <= _elapsed(onset) if start else procedure.day <= onset.date()
    return procedure.day <= onset


def compute_procedure_facts(procedures: pd.DataFrame) -> pd.DataFrame:
    """Return PROCEDURE_FACTS from PROCEDURES: durations in minutes, and incision and closure on the site's own clock."""
    facts = procedures.copy()
    for name, start, end in (
        ("anaesthesia_minutes", "anaesthesia_at", "closure_at"),
        ("operation_minutes", "incision_at", "closure_at"),
        ("before_cells_minutes", "incision_at", "first_cell_at"),
        ("injection_minutes", "first_cell_at", "last_cell_at"),
    ):
        facts[name] = (facts[end] - facts[start]).dt.total_seconds() / 60
    facts["incision"] = _local_clock(facts["incision_at"], facts["time_zone"])
    facts["closure"] = _local_clock(facts["closure_at"], facts["time_zone"])
    return facts[PROCEDURE_FACTS.names]


@dataclass(frozen=True)
class Spread:
    """How a measured duration or amount spreads over procedures: how many have it, median, least and most."""

    count: int
    median: float
    least: float
    most: float


def compute_spread(values: pd.Series) -> Spread | None:
    """Return the spread of ``values``, missing ones left out; None when all are missing."""
    known = values.dropna()
    if known.empty:
        return None
    return Spread(len(known), float(known.median()), float(known.min()), float(known.max()))


def _local_clock(moments: pd.Series, zones: pd.Series) -> pd.Series:
    """Each instant as HH:MM in its zone; in UTC where the zone is unknown."""
    clock = pd.Series([None] * len(moments), index=moments.index, dtype="str")
    for zone in zones.fillna("UTC").unique():
        here = (zones.fillna("UTC") == zone) & moments.notna()
        clock[here] = moments[here].dt.tz_convert(ZoneInfo(zone)).dt.strftime("%H:%M")
    return clock
