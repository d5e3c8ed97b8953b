"""The swimmer plot of some subjects, as the Today and Cohorts pages show it."""

import pandas as pd

from dashboard.charts.lanes import draw_lanes
from dashboard.kept import kept
from dashboard.parts.figure import show_figure
from dashboard.text import say
from dashboard.view import View
from db.queries.lanes import lane_doses, lane_events, lanes
from trial.clocks.lanes import compute_bars, compute_marks, compute_spans


def show_lanes(view: View, codes: tuple[str, ...], *, key: str, until: int | None = None) -> None:
    """Show a lane for each of the subjects ``codes``, to day ``until`` (all follow-up by default); a mark opens its subject."""
    spans, marks, bars = _read_lanes(view, codes)
    visits = tuple(visit.day for visit in view.protocol.visits if visit.day > 0)
    figure = draw_lanes(spans, marks, bars, colours=view.colours, visits=visits, until=until)
    alt = say("A lane per dosed subject with administrations, DLT window and events by grade")
    show_figure(figure, key=key, alt=alt, clickable=True)


@kept
def _read_lanes(view: View, codes: tuple[str, ...]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Spans, marks and bars of the lanes."""
    found = view.read(lanes, subjects=codes)
    marks, bars = compute_marks(found, view.read(lane_events, subjects=codes)), compute_bars(found, view.read(lane_doses, subjects=codes))
    return compute_spans(found, view.protocol.dlt, view.as_of.day), marks, bars
