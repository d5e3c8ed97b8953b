"""One subject's story in days since its first dose (day 0); since screening for a subject who was not dosed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from trial.clocks.calendar import compute_days_between
from trial.dose_vector import describe_amount
from trial.tables.story import STORY_EVENTS, STORY_MEDICATIONS, STORY_MOMENTS, STORY_SERIES

EARLIEST_DAY = -60
"""How far before the anchor the axis reaches back: screening belongs to the story, a drug begun years ago does not stretch it."""
MILESTONES = {"consented_on": "consented", "screened_on": "screened", "enrolled_on": "enrolled"}


@dataclass(frozen=True)
class Axis:
    """The time axis of one subject: the day that is day 0, whether it is a dose, the cut-off, and the last day of follow-up."""

    anchor: date
    dosed: bool
    cut_off: date
    followed_until: date

    def day_of(self, day: Any) -> int | None:
        """Return the days from the anchor to ``day`` (a date or timestamp); None when it is missing."""
        if day is None or pd.isna(day):
            return None
        return compute_days_between(self.anchor, pd.Timestamp(day).date())

    @property
    def last_day(self) -> int:
        """Follow-up since the anchor, in days."""
        return compute_days_between(self.anchor, self.followed_until)


def compute_axis(facts: pd.DataFrame, events: pd.DataFrame, cut_off: date) -> Axis:
    """Return the axis from SUBJECT_FACTS (one row) and SUBJECT_EVENTS at the end of the day ``cut_off``."""
    person = facts.iloc[0]
    dosed = not pd.isna(person["first_dose_on"])
    starts = [person[name] for name in ("first_dose_on", "screened_on", "consented_on", "enrolled_on")]
    starts += [events["onset_on"].min() if len(events) else None]
    known = [pd.Timestamp(day).date() for day in starts if not pd.isna(day)]
    ended = person["ended_on"]
    until = cut_off if pd.isna(ended) else min(pd.Timestamp(ended).date(), cut_off)
    return Axis(known[0] if known else cut_off, dosed, cut_off, until)


def compute_story_events(events: pd.DataFrame, axis: Axis) -> pd.DataFrame:
    """Return STORY_EVENTS from SUBJECT_EVENTS, by onset; events without an onset day are left out."""
    return STORY_EVENTS.frame([_place_event(event, axis) for event in events.itertuples(index=False) if not pd.isna(event.onset_on)])


def _place_event(event: Any, axis: Axis) -> tuple[Any, ...]:
    start, end = axis.day_of(event.onset_on), axis.day_of(event.end_on)
    goes_on = end is None and not pd.isna(event.ongoing) and bool(event.ongoing)
    stop = max(axis.last_day, start or 0) if goes_on else end
    onset = event.onset_text if not pd.isna(event.onset_text) else str(event.onset_on.date())
    imputed = not (pd.isna(event.onset_imputed) and pd.isna(event.end_imputed))
    facts = (event.code, event.term, event.grade, event.severity, event.serious, event.dlt, event.outcome)
    return (*facts, start, stop, goes_on, onset, event.end_text, imputed)


def compute_story_medications(medications: pd.DataFrame, axis: Axis) -> pd.DataFrame:
    """Return STORY_MEDICATIONS from SUBJECT_MEDICATIONS; those that ended before the axis begins or have no date are left out."""
    rows = []
    for drug in medications.itertuples(index=False):
        start, end = axis.day_of(drug.first_on), axis.day_of(drug.last_on)
        goes_on = end is None and not pd.isna(drug.ongoing) and bool(drug.ongoing)
        stop = axis.last_day if goes_on else end
        if (start is None and stop is None) or (stop is not None and stop < EARLIEST_DAY):
            continue
        details = " · ".join(str(part) for part in (drug.dose_text, drug.route, drug.indication) if not pd.isna(part))
        rows.append((drug.name, drug.required, start, stop, goes_on, details or None))
    return STORY_MEDICATIONS.frame(rows)


def compute_story_moments(
    facts: pd.DataFrame, doses: pd.DataFrame, procedures: pd.DataFrame, visits: pd.DataFrame, axis: Axis
) -> pd.DataFrame:
    """Return STORY_MOMENTS from SUBJECT_FACTS, SUBJECT_DOSES, SUBJECT_PROCEDURES and SUBJECT_VISITS; what has no day is left out."""
    found = [*_milestones(facts), *_visits(visits), *_procedures(procedures), *_doses(doses)]
    rows = []
    for kind, label, first, last, details in found:
        start = axis.day_of(first)
        if start is not None and start >= EARLIEST_DAY:
            stop = axis.day_of(last)
            rows.append((kind, label, start, start if stop is None else max(stop, start), details))
    return STORY_MOMENTS.frame(rows)


Moment = tuple[str, str, Any, Any, str | None]
"""Kind, label, first and last day, details."""


def _milestones(facts: pd.DataFrame) -> Iterator[Moment]:
    person = facts.iloc[0]
    for name, label in MILESTONES.items():
        yield "milestone", label, person[name], person[name], None
    yield "milestone", str(person["status"]), person["ended_on"], person["ended_on"], None


def _visits(visits: pd.DataFrame) -> Iterator[Moment]:
    for visit in visits.itertuples(index=False):
        yield "visit", visit.label, visit.occurred_on, visit.ended_on, visit.code


def _procedures(procedures: pd.DataFrame) -> Iterator[Moment]:
    for procedure in procedures.itertuples(index=False):
        yield "procedure", procedure.type, procedure.performed_on, procedure.performed_on, None


def _doses(doses: pd.DataFrame) -> Iterator[Moment]:
    for dose in doses.itertuples(index=False):
        unit = None if pd.isna(dose.amount_unit) else dose.amount_unit
        amount = None if pd.isna(dose.delivered_amount) else describe_amount(dose.delivered_amount, unit)
        yield "administration", dose.product, dose.first_on, dose.last_on, amount


def compute_story_series(series: pd.DataFrame, axis: Axis) -> pd.DataFrame:
    """Return STORY_SERIES from SUBJECT_MEASUREMENTS that are numbers with a day."""
    rows = []
    for result in series.itertuples(index=False):
        outside = "low" if result.value < result.low else "high" if result.value > result.high else None
        rows.append(
            (result.test, result.label, result.unit, axis.day_of(result.measured_on), result.value, result.low, result.high, outside)
        )
    return STORY_SERIES.frame(rows)
