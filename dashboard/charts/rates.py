"""Events by time at risk: first events and all events side by side, never mixed, by cohort, each with its exact interval."""

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.incidence import HEADROOM, LABELS, LINE_PIXELS, ROW_GAP_PIXELS, cohort_name, group_key, list_series
from dashboard.charts.memory import drawn_once
from dashboard.numbers import decimal
from dashboard.style import Palette, new_figure, plain
from dashboard.text import say

HALVES = (("first_", "subjects", "first_years"), ("", "events", "years"))
"""The two panels: prefix of rate and limits in RATES, what is counted, and over which subject-years."""
GAP = 0.04
LINE_SIGNS = 28
"""A measure's name is broken into at most two lines of about this many signs."""


@drawn_once
def draw_rates(rates: pd.DataFrame, names: Mapping[str, str], *, colours: Palette) -> go.Figure:
    """Return RATES as points with Garwood intervals: a row for each measure in ``names``, first events on the left, all on the right."""
    series, order = list_series(rates), list(names)
    step = 1 / (len(series) + ROW_GAP_PIXELS / LINE_PIXELS)
    figure = new_figure(colours, height=round(len(order) * LINE_PIXELS / step) + 118, top=28, bottom=86)
    for half in range(len(HALVES)):
        for place, rows in enumerate(series):
            offset = (place - (len(series) - 1) / 2) * step
            _add_series(figure, rows[rows["measure"].isin(order)], order, (half, offset), colours)
    titles = (say("First events"), say("all events"))
    for half, (prefix, _, _) in enumerate(HALVES):
        shown = rates[rates["measure"].isin(order)]
        uppers, rates_shown = shown[f"{prefix}upper"], shown[f"{prefix}rate"]
        end = max(min(float(uppers.max()), 2 * float(rates_shown.max())), float(uppers[shown["total"]].max()), 0.1) * HEADROOM
        domain = [half * (0.5 + GAP), half * (0.5 + GAP) + 0.5 - GAP]
        axis = figure.layout.xaxis.to_plotly_json() | {"range": [-0.03 * end, end], "domain": domain}
        figure.update_layout({"xaxis2" if half else "xaxis": axis})
        figure.add_annotation(
            {"x": domain[0], "xref": "paper", "y": 1, "yref": "paper", "yshift": 16, "xanchor": "left", "showarrow": False},
            text=f"<b>{titles[half]}</b>",
        )
    ground = {"type": "rect", "x0": 0, "x1": 1, "xref": "paper", "fillcolor": colours.panel, "line": {"width": 0}, "layer": "below"}
    figure.update_layout(shapes=[{**ground, "y0": row - 0.5, "y1": row + 0.5} for row in range(0, len(order), 2)])
    below = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0, "yshift": -34, "showarrow": False, "font": {"color": colours.muted}}
    figure.add_annotation(below, text=say("per subject-year, exact 95% interval"))
    figure.update_layout(showlegend=True, legend={"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom"})
    labels = ["<br>".join(plain(line) for line in wrap(name, LINE_SIGNS)[:2]) for name in names.values()]
    figure.update_yaxes(tickvals=list(range(len(order))), ticktext=labels, range=[len(order) - 0.5, -0.5], **LABELS)
    return figure


def _add_series(figure: go.Figure, rows: pd.DataFrame, order: list[str], place: tuple[int, float], colours: Palette) -> None:
    """Points and intervals of one cohort, or of all, in one panel (its number and the offset within a row)."""
    half, offset = place
    prefix, axis = HALVES[half][0], "x2" if half else "x"
    first = rows.iloc[0]
    total = bool(first["total"])
    number = "" if total or pd.isna(first["cohort"]) else str(first["cohort"])
    known = rows[rows[f"{prefix}rate"].notna()]
    heights = [order.index(measure) + offset for measure in known["measure"]]
    ends = [end for low, high in zip(known[f"{prefix}lower"], known[f"{prefix}upper"], strict=True) for end in (low, high, None)]
    levels = [level for height in heights for level in (height, height, None)]
    line = {"color": colours.accent if total else colours.lane, "width": 3 if total else 2}
    figure.add_scatter(x=ends, y=levels, xaxis=axis, mode="lines", line=line, hoverinfo="skip", showlegend=False)
    marker: dict[str, Any] = {"symbol": "diamond", "size": 11, "color": colours.accent}
    if not total:
        marker = {"symbol": "circle", "size": 15, "color": colours.paper, "line": {"color": colours.ink, "width": 1.2}}
    name = say("all, n = {n}", n=f"{first['dosed']:,}") if total else f"{number} · {cohort_name(first)}, n = {first['dosed']:,}"
    figure.add_scatter(
        x=known[f"{prefix}rate"].tolist(),
        y=heights,
        xaxis=axis,
        mode="markers+text",
        marker=marker,
        text=[number] * len(known),
        textfont={"size": 9, "color": colours.ink},
        name=name,
        showlegend=half == 0,
        customdata=[[group_key(row), f"<b>{name}</b><br>{describe_years(row, half)}"] for row in known.itertuples()],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )


def describe_years(row: Any, half: int) -> str:
    """Return in words one half of a row of RATES (0 for first events, 1 for all): rate, interval, count and subject-years."""
    prefix, count, years = HALVES[half]
    if pd.isna(getattr(row, f"{prefix}rate")):
        return say("no time at risk")
    values = {name: decimal(getattr(row, f"{prefix}{name}")) for name in ("rate", "lower", "upper")}
    return say(
        "{rate} ({lower} to {upper}): {n} in {years} subject-years", n=getattr(row, count), years=decimal(getattr(row, years)), **values
    )
