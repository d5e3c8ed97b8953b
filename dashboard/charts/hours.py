"""The hours around each procedure, a lane per subject: anaesthesia, operation, injection, closure and events, on one axis."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import copysign, log10
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.incidence import LABELS
from dashboard.charts.marks import event_mark, mark_key
from dashboard.charts.memory import drawn_once
from dashboard.charts.perioperative import event_words
from dashboard.style import Palette, new_figure, plain
from dashboard.text import say

LANE_PIXELS = 30
TICKS = {
    -24: "-24 h",
    -6: "-6 h",
    -3: "",
    -1: "-1 h",
    0: "0",
    1: "1 h",
    3: "3 h",
    6: "6 h",
    24: "24 h",
    72: "3 d",
    168: "7 d",
    720: "30 d",
    2160: "90 d",
}
FIRST_HOUR, LAST_HOUR = -48.0, 2160.0
NOON = 12.0
HOURS_AFTER = {"closure_at": "hours_after_closure", "first_cell_at": "hours_after_first_cell"}
"""The instants that the axis can be anchored at, each with the column of PHASE_EVENTS that counts from it."""


@dataclass(frozen=True)
class Lane:
    """One procedure: its row, and its times in hours from the anchor, each None where it is not known."""

    row: int
    subject: str
    procedure: str
    name: str
    times: dict[str, float | None]
    clock: float


@drawn_once
def draw_hours(procedures: pd.DataFrame, events: pd.DataFrame, *, anchor: str, edges: Mapping[float, str], colours: Palette) -> go.Figure:
    """Return PROCEDURES as lanes with their PHASE_EVENTS, in hours from ``anchor`` (closure_at or first_cell_at).

    ``edges`` are the ends of the protocol's phases in hours after closure with their labels. The axis is drawn out near 0 and
    compressed far from it (sign of h times log(1 + |h|)).
    """
    lanes = [_lane(row, one, anchor) for row, one in enumerate(procedures.itertuples())]
    figure = new_figure(colours, height=LANE_PIXELS * max(len(lanes), 6) + 84, top=24, bottom=44)
    _add_edges(figure, edges, colours)
    for span in (
        _Span("anaesthesia_at", "closure_at", say("Anaesthesia to closure"), 0.14, colours.rule, colours.rule),
        _Span("incision_at", "closure_at", say("Operation"), 0.5, colours.calm, colours.lane),
        _Span("first_cell_at", "last_cell_at", say("First to last cell"), 0.5, colours.accent, colours.accent),
    ):
        _add_span(figure, lanes, span)
    _add_closures(figure, lanes, colours)
    _add_events(figure, _spots(lanes, events, anchor), colours)
    figure.update_layout(barmode="overlay", showlegend=True, legend={"x": 1.01, "y": 1, "xanchor": "left", "yanchor": "top"})
    zero = say("hours from closure") if anchor == "closure_at" else say("hours from the first cell")
    figure.update_xaxes(
        title_text=zero,
        tickvals=[squeeze(hour) for hour in TICKS],
        ticktext=list(TICKS.values()),
        range=[squeeze(FIRST_HOUR), squeeze(LAST_HOUR) + 0.05],
    )
    figure.update_yaxes(
        tickvals=[lane.row for lane in lanes],
        ticktext=[lane.name for lane in lanes],
        range=[max(len(lanes), 6) - 0.4, -0.6],
        **LABELS,
    )
    return figure


def squeeze(hour: float) -> float:
    """Return the place of an hour on the axis, within its ends."""
    held = min(max(hour, FIRST_HOUR), LAST_HOUR)
    return copysign(log10(1 + abs(held)), held)


def _lane(row: int, one: Any, anchor: str) -> Lane:
    """A procedure's times from the anchor; without one its local noon stands in, and the lane says so."""
    zero = getattr(one, anchor)
    names = ("anaesthesia_at", "incision_at", "first_cell_at", "last_cell_at", "closure_at")
    times = {
        name: None if pd.isna(zero) or pd.isna(getattr(one, name)) else (getattr(one, name) - zero).total_seconds() / 3600 for name in names
    }
    name = plain(one.subject, longest=22) + (" *" if pd.isna(zero) else "")
    return Lane(row, one.subject, one.procedure, name, times, NOON if pd.isna(zero) else _local_hour(zero, one.time_zone))


def _local_hour(moment: pd.Timestamp, zone: Any) -> float:
    local = moment.tz_convert("UTC" if pd.isna(zone) else zone)
    return float(local.hour + local.minute / 60)


def _add_edges(figure: go.Figure, edges: Mapping[float, str], colours: Palette) -> None:
    """An upright rule where each phase ends, with the name of the phase that it closes."""
    line = {"type": "line", "y0": 0, "y1": 1, "yref": "paper", "line": {"color": colours.lane, "width": 1, "dash": "dot"}}
    place = {"y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "right", "xshift": -3, "showarrow": False}
    font = {"color": colours.muted, "size": 11}
    figure.update_layout(
        shapes=[{**line, "x0": squeeze(hour), "x1": squeeze(hour)} for hour in edges],
        annotations=[{**place, "font": font, "x": squeeze(hour), "text": plain(label, longest=20)} for hour, label in edges.items()],
    )


@dataclass(frozen=True)
class _Span:
    """A kind of bar: between which instants, its name, how wide it is and its colours."""

    start: str
    end: str
    name: str
    width: float
    colour: str
    outline: str


def _add_span(figure: go.Figure, lanes: list[Lane], span: _Span) -> None:
    """One bar a lane, where both its instants are known."""
    found = [(lane, lane.times[span.start], lane.times[span.end]) for lane in lanes]
    known = [(lane, first, last) for lane, first, last in found if first is not None and last is not None]
    if not known:
        return
    figure.add_bar(
        y=[lane.row for lane, _, _ in known],
        base=[squeeze(first) for _, first, _ in known],
        x=[max(squeeze(last) - squeeze(first), 0.004) for _, first, last in known],
        orientation="h",
        width=span.width,
        marker={"color": span.colour, "line": {"color": span.outline, "width": 1}},
        name=span.name,
        customdata=[[lane.subject, _span_words(lane, span, b - a)] for lane, a, b in known],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )


def _span_words(lane: Lane, span: _Span, hours: float) -> str:
    """What the hover of a bar explains."""
    return f"<b>{lane.name}</b><br>{span.name}: {say('{n} min', n=f'{round(hours * 60):,}')}<br>{say('click: the whole story')}"


def _add_closures(figure: go.Figure, lanes: list[Lane], colours: Palette) -> None:
    closed = [(lane, hour) for lane in lanes if (hour := lane.times["closure_at"]) is not None]
    figure.add_scatter(
        x=[squeeze(hour) for _, hour in closed],
        y=[lane.row for lane, _ in closed],
        mode="markers",
        marker={"symbol": "line-ns", "size": 20, "line": {"width": 2, "color": colours.ink}},
        name=say("Closure"),
        hoverinfo="skip",
    )


@dataclass(frozen=True)
class _Spot:
    """One event on a lane: hours from the anchor, and how far either way they may be off."""

    event: Any
    row: int
    hour: float
    slack: float

    @property
    def look(self) -> tuple[int, str]:
        """The key of its mark."""
        return mark_key(self.event.grade, self.event.severity)


def _spots(lanes: list[Lane], events: pd.DataFrame, anchor: str) -> list[_Spot]:
    """The events that lie on the axis; half a day of slack where only the day is known."""
    by_procedure = {lane.procedure: lane for lane in lanes}
    spots = []
    for one in events.itertuples():
        lane, hours = by_procedure.get(one.procedure), getattr(one, HOURS_AFTER[anchor])
        if lane is None or (pd.isna(hours) and pd.isna(one.days_after)):
            continue
        spot = (
            _Spot(one, lane.row, 24.0 * int(one.days_after) - lane.clock + NOON, NOON) if pd.isna(hours) else _Spot(one, lane.row, hours, 0)
        )
        if FIRST_HOUR <= spot.hour <= LAST_HOUR:
            spots.append(spot)
    return spots


def _add_events(figure: go.Figure, spots: list[_Spot], colours: Palette) -> None:
    """The events by grade; a whisker spans the day of one whose time is unknown."""
    for key in sorted({spot.look for spot in spots}, reverse=True):
        shown, look = [spot for spot in spots if spot.look == key], event_mark(key[0] or None, key[1] or None, colours)
        whiskers = {
            "type": "data",
            "symmetric": False,
            "array": [squeeze(spot.hour + spot.slack) - squeeze(spot.hour) for spot in shown],
            "arrayminus": [squeeze(spot.hour) - squeeze(spot.hour - spot.slack) for spot in shown],
            "color": colours.muted,
            "thickness": 1,
            "width": 0,
        }
        rims = [2.6 if spot.event.serious else 1 for spot in shown]
        figure.add_scatter(
            x=[squeeze(spot.hour) for spot in shown],
            y=[spot.row for spot in shown],
            error_x=whiskers,
            mode="markers",
            marker={"symbol": look.symbol, "size": look.size, "color": look.fill, "line": {"color": colours.ink, "width": rims}},
            name=look.name,
            customdata=[[spot.event.subject, event_words(spot.event)] for spot in shown],
            hovertemplate="%{customdata[1]}<extra></extra>",
        )
