"""The share of dosed subjects with each kind of event, by cohort, each with its exact interval."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.memory import drawn_once
from dashboard.style import Palette, new_figure, plain
from dashboard.text import say, translate
from trial.signals.intervals import describe_rate

LINE_PIXELS = 14
ROW_GAP_PIXELS = 12
HEADROOM = 1.1
LABELS = {"showline": False, "ticks": "outside", "ticklen": 9, "tickcolor": "rgba(0,0,0,0)"}
"""Row labels stand clear of the marks at the left edge."""
MOST_COHORTS = 4
"""With more cohorts than this they are not drawn one by one but by dose level, or all together; the table shows each."""

MOST_LEVELS = 8
"""Up to this many dose levels are drawn one by one."""


@drawn_once
def draw_incidence(incidence: pd.DataFrame, names: Mapping[str, str], *, levels: bool = False, colours: Palette) -> go.Figure:
    """Return INCIDENCE as points with intervals, one row for each measure in ``names`` (measure to our own label).

    Each point carries its `group_key` as first custom datum. With ``levels`` the groups are dose levels (`pool_levels`).
    """
    series = list_series(incidence, most=MOST_LEVELS if levels else MOST_COHORTS)
    step = 1 / (len(series) + ROW_GAP_PIXELS / LINE_PIXELS)
    height = round(len(names) * LINE_PIXELS / step) + 50
    figure = new_figure(colours, height=height, top=4, bottom=42)
    ground = {"type": "rect", "x0": 0, "x1": 1, "xref": "paper", "fillcolor": colours.panel, "line": {"width": 0}, "layer": "below"}
    figure.update_layout(shapes=[{**ground, "y0": row - 0.5, "y1": row + 0.5} for row in range(0, len(names), 2)])
    for place, rows in enumerate(series):
        offset = (place - (len(series) - 1) / 2) * step
        _add_series(figure, rows[rows["measure"].isin(list(names))], list(names), offset, colours, by_level=levels)
    figure.update_layout(showlegend=True, legend={"x": 1.01, "y": 1, "xanchor": "left", "yanchor": "top"})
    end = min(1.0, float(incidence.loc[incidence["measure"].isin(list(names)), "upper"].max()) * HEADROOM)
    figure.update_xaxes(range=[-0.012 * end, 1.012 * end], tickformat=".0%", title_text=say("share of dosed subjects, exact 95% interval"))
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=list(names.values()), range=[len(names) - 0.5, -0.5], **LABELS)
    return figure


def list_series(incidence: pd.DataFrame, most: int = MOST_COHORTS) -> list[pd.DataFrame]:
    """Return the rows of each cohort, then those of all together; of all together only where there is one cohort or more than ``most``."""
    total = incidence[incidence["total"]]
    cohorts = [rows for _, rows in incidence[~incidence["total"]].groupby("cohort", sort=False, dropna=False)]
    return [*cohorts, total] if 1 < len(cohorts) <= most else [total]


def _add_series(figure: go.Figure, rows: pd.DataFrame, order: list[str], offset: float, colours: Palette, *, by_level: bool) -> None:
    """The intervals and points of one cohort, or of all."""
    first = rows.iloc[0]
    total = bool(first["total"])
    number = "" if total or pd.isna(first["cohort"]) else str(first["cohort"])
    name = say("all, n = {n}", n=f"{first['dosed']:,}") if total else f"{number} · {cohort_name(first)}, n = {first['dosed']:,}"
    heights = [order.index(measure) + offset for measure in rows["measure"]]
    ends: list[float | None] = []
    levels: list[float | None] = []
    for row, height in zip(rows.itertuples(), heights, strict=True):
        ends += [row.lower, row.upper, None]
        levels += [height, height, None]
    line = {"color": colours.accent if total else colours.lane, "width": 3 if total else 2}
    figure.add_scatter(x=ends, y=levels, mode="lines", line=line, hoverinfo="skip", showlegend=False)
    marker: dict[str, Any] = {"symbol": "diamond", "size": 11, "color": colours.accent}
    if not total:
        marker = {"symbol": "circle", "size": 15, "color": colours.paper, "line": {"color": colours.ink, "width": 1.2}}
    figure.add_scatter(
        x=[row.subjects / row.dosed if row.dosed else 0 for row in rows.itertuples()],
        y=heights,
        mode="markers+text",
        cliponaxis=False,
        marker=marker,
        text=[number] * len(rows),
        textfont={"size": 9, "color": colours.ink},
        name=name,
        customdata=[[group_key(row, levels=by_level), _words(row)] for row in rows.itertuples()],
        hovertemplate="<b>" + name + "</b><br>%{customdata[1]}<extra></extra>",
    )


def group_key(row: Any, *, levels: bool = False) -> str:
    """Return what a mark carries so that a click can name its subjects: the measure, and the cohort's number, "all" or "none".

    With ``levels`` the number is that of a dose level, which is said.
    """
    group = "all" if row.total else "none" if pd.isna(row.cohort) else f"{'level ' if levels else ''}{int(row.cohort)}"
    return f"{row.measure}|{group}"


def cohort_name(row: Any, longest: int = 32) -> str:
    """Return the label of a cohort, inert and no longer than ``longest``; of subjects without one, that they have none."""
    return say("no cohort on record") if pd.isna(row["label"]) else plain(row["label"], longest=longest)


def _words(row: Any) -> str:
    rate = translate(describe_rate(int(row.subjects), int(row.dosed)))
    return f"{rate}<br>{count_events(int(row.events))}"


def count_events(events: int) -> str:
    """Return a number of events in words."""
    return say("1 event") if events == 1 else say("{n} events", n=f"{events:,}")
