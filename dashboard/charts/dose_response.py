"""A strip of small pictures, one a measure: the share of subjects at each dose level with its interval, and the trend in words."""

from collections.abc import Mapping
from math import isinf
from textwrap import wrap
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.memory import drawn_once
from dashboard.numbers import decimal
from dashboard.style import Palette, new_figure, plain
from dashboard.text import say, translate
from trial.signals.intervals import describe_percent, describe_rate

PANELS_A_ROW = 3
ROW_PIXELS = 274
HEAD_PIXELS = 78
GAP = 0.045
LINE_SIGNS = 30
"""A measure's name is broken into at most two lines of about this many signs."""


@drawn_once
def draw_dose_strip(shares: pd.DataFrame, trends: pd.DataFrame, names: Mapping[str, str], *, colours: Palette) -> go.Figure:
    """Return DOSE_SHARES, a panel for each measure of ``names``, under its DOSE_TRENDS; points carry measure and level for a click."""
    shown = [measure for measure in names if measure in set(shares["measure"])]
    lines = -(-len(shown) // PANELS_A_ROW) or 1
    figure = new_figure(colours, height=ROW_PIXELS * lines, top=HEAD_PIXELS, bottom=40)
    rows = trends.set_index("measure")
    for place, measure in enumerate(shown):
        _add_panel(figure, shares[shares["measure"] == measure], (place, lines), colours)
        name = [f"<b>{plain(line, longest=LINE_SIGNS + 4)}</b>" for line in wrap(names[measure], LINE_SIGNS)[:2]]
        _add_head(figure, [*name, *describe_trend(rows.loc[measure])], place, colours)
    return figure


def _axes(place: int) -> tuple[str, str]:
    """The names of a panel's axes as plotly counts them."""
    number = "" if place == 0 else str(place + 1)
    return f"x{number}", f"y{number}"


def _domains(place: int, lines: int) -> tuple[list[float], list[float]]:
    """Where a panel stands, in parts of the whole."""
    column, line = place % PANELS_A_ROW, place // PANELS_A_ROW
    width = (1 - GAP * (PANELS_A_ROW - 1)) / PANELS_A_ROW
    left = column * (width + GAP)
    inner = ROW_PIXELS * lines - HEAD_PIXELS - 40
    height, pitch = (ROW_PIXELS - HEAD_PIXELS - 40) / inner, ROW_PIXELS / inner
    top = 1 - line * pitch
    return [left, left + width], [max(top - height, 0.0), top]


def _add_panel(figure: go.Figure, rows: pd.DataFrame, place: tuple[int, int], colours: Palette) -> None:
    """Points, intervals and the monotone estimate of one measure."""
    x_axis, y_axis = _axes(place[0])
    across, upright = _domains(*place)
    levels = list(range(len(rows)))
    seen = [one.subjects / one.dosed for one in rows.itertuples()]
    line = {"color": colours.accent, "width": 2, "shape": "hvh"}
    figure.add_scatter(
        x=levels, y=rows["monotone"].tolist(), xaxis=x_axis, yaxis=y_axis, mode="lines", line=line, hoverinfo="skip"
    )  # fmt: skip
    reach = {"type": "data", "symmetric": False, "thickness": 2, "width": 0, "color": colours.lane}
    figure.add_scatter(
        x=levels,
        y=seen,
        xaxis=x_axis,
        yaxis=y_axis,
        error_y={**reach, "array": (rows["upper"] - seen).tolist(), "arrayminus": (seen - rows["lower"]).tolist()},
        mode="markers",
        cliponaxis=False,
        marker={"symbol": "circle", "size": 10, "color": colours.ink},
        customdata=[[f"{one.measure}|level {one.level}", _point_words(one)] for one in rows.itertuples()],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )
    labels = [f"{plain(one.dose, longest=14)}<br>{one.subjects} / {one.dosed}" for one in rows.itertuples()]
    look = {"gridcolor": colours.rule, "zeroline": False, "showline": False, "tickfont": {"color": colours.ink, "size": 11}}
    ends = {"range": [-0.5, len(rows) - 0.5], "tickvals": levels, "ticktext": labels, "showgrid": False}
    figure.update_layout(
        {
            f"xaxis{x_axis[1:]}": {**look, **ends, "domain": across, "anchor": y_axis},
            f"yaxis{y_axis[1:]}": {
                **look,
                "range": [0, 1],
                "domain": upright,
                "anchor": x_axis,
                "tickformat": ".0%",
                "tickvals": [0, 0.5, 1],
            },
        }
    )


def _add_head(figure: go.Figure, lines: list[str], place: int, colours: Palette) -> None:
    """Above a panel its name and its trend."""
    x_axis, y_axis = _axes(place)
    spot = {"x": 0, "xref": f"{x_axis} domain", "y": 1, "yref": f"{y_axis} domain", "yshift": 6, "xanchor": "left", "yanchor": "bottom"}
    figure.add_annotation(
        {**spot, "showarrow": False, "align": "left", "font": {"color": colours.ink, "size": 11}}, text="<br>".join(lines)
    )  # fmt: skip


def describe_trend(trend: Any) -> list[str]:
    """Return a row of DOSE_TRENDS in words: the odds ratio with its interval, and the chance where it may stand; else why there is none."""
    if pd.isna(trend["odds_ratio"]):
        return [translate(trend["reading"])]
    ratio, lower, upper = (_write(trend[name]) for name in ("odds_ratio", "lower", "upper"))
    words = say("odds × {ratio} per level ({lower} to {upper})", ratio=ratio, lower=lower, upper=upper)
    if pd.isna(trend["chance"]):
        return [words, say("too few for a p-value")]
    return [words, say("exact one-sided p {chance}", chance=write_chance(float(trend["chance"])))]


def _write(number: float) -> str:
    return "∞" if isinf(number) else decimal(number)


def write_chance(chance: float) -> str:
    """Return what stands after the p: equal to a value with two figures that matter, or below the least that is told."""
    if chance < 0.001:
        return "< 0.001"
    return f"= {chance:.3f}" if chance < 0.1 else f"= {chance:.2f}"


def _point_words(one: Any) -> str:
    """What the hover of a point explains."""
    monotone = say("monotone estimate {share}", share=describe_percent(float(one.monotone)))
    return f"<b>{plain(one.dose)}</b><br>{translate(describe_rate(int(one.subjects), int(one.dosed)))}<br>{monotone}"
