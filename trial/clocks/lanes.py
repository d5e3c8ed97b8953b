"""Lanes of a swimmer plot: follow-up, windows, doses and events in days since the first dose, which is day 0."""

from datetime import date
from typing import Any

import pandas as pd

from trial.clocks.calendar import compute_days_between
from trial.protocol import DltPart
from trial.tables.lanes import LANE_BARS, LANE_MARKS, LANE_SPANS

ENDED = ("died", "discontinued", "completed")


def compute_spans(lanes: pd.DataFrame, rule: DltPart | None, day: date) -> pd.DataFrame:
    """Return LANE_SPANS from LANES: follow-up runs to the end of the study or to the cut-off ``day``, whichever comes first.

    An ended subject without a known end is followed to the last administration, since nothing later is certain.
    """
    return LANE_SPANS.frame([(*row, *_span(row, rule, day)) for row in lanes.itertuples(index=False)])


def _span(lane: Any, rule: DltPart | None, day: date) -> tuple[int, int, str | None, int | None, int | None]:
    """Last dose, end of follow-up, why it ended, and the DLT window of one lane, in days since its first dose."""
    first, last = lane.first_dose_on.date(), lane.last_dose_on.date()
    ended_on = None if pd.isna(lane.ended_on) else lane.ended_on.date()
    over = ended_on <= day if ended_on else lane.status in ENDED
    until = (ended_on or last) if over else day
    end = (lane.status if lane.status in ENDED else "discontinued") if over else None
    last_day = compute_days_between(first, last)
    start = None if rule is None else last_day if rule.counted_from == "last dose" else 0
    stop = None if rule is None or start is None else start + rule.window_days
    return last_day, max(compute_days_between(first, until), 0), end, start, stop


def compute_marks(lanes: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Return LANE_MARKS from LANES and LANE_EVENTS; days before the first dose are left out."""
    first = _first_doses(lanes)
    days = [compute_days_between(first[event.subject], event.onset_on.date()) for event in events.itertuples()]
    rows = zip(events.itertuples(index=False), days, strict=True)
    return LANE_MARKS.frame([(*event, day) for event, day in rows if day >= 0])


def compute_bars(lanes: pd.DataFrame, doses: pd.DataFrame) -> pd.DataFrame:
    """Return LANE_BARS from LANES and LANE_DOSES."""
    first = _first_doses(lanes)
    return LANE_BARS.frame(
        [
            (*dose, *(compute_days_between(first[dose.subject], day.date()) for day in (dose.first_on, dose.last_on)))
            for dose in doses.itertuples(index=False)
        ]
    )


def _first_doses(lanes: pd.DataFrame) -> dict[str, date]:
    return {lane.subject: lane.first_dose_on.date() for lane in lanes.itertuples()}
