"""Laboratory results of all dosed subjects: courses over the days since the first dose, and the peaks of the liver tests."""

from collections.abc import Mapping
from math import log10
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.memory import drawn_once
from dashboard.charts.panels import Panel, Stack
from dashboard.style import GRADE_MARKS, Palette, new_figure, plain
from dashboard.text import say
from trial.signals.liver import BILIRUBIN_TIMES_ULN, QUADRANTS, TRANSAMINASE_TIMES_ULN

PANEL_PIXELS = 170
HOVER = "%{hovertext}<extra></extra>"
SMALLEST = 0.1
"""The left and lower end of the axes of the liver plot, in multiples of the upper limit; smaller peaks are drawn there."""


@drawn_once
def draw_courses(
    series: pd.DataFrame,
    labels: Mapping[str, str],
    *,
    colours: Palette,
    period: tuple[int, int, str] | None = None,
    named: tuple[str, ...] = (),
) -> go.Figure:
    """Return LAB_SERIES, a panel for each test in ``labels`` and unit, a line for each subject; ``period`` (from, to, label) as a band.

    Results outside their range carry a mark, hollow where only a limit of the method is known; a mark's customdata is the subject's code.
    Subjects in ``named`` carry their code at the result furthest out.
    """
    stack = Stack([], colours)
    days = (float(series["day"].min()) - 2, float(series["day"].max()) + 2) if len(series) else (0.0, 1.0)
    for test, label in labels.items():
        # one panel for each unit: 5 mmol/L and 90 mg/dL of glucose are the same and must not share a scale
        for _, rows in series[series["test"] == test].groupby(series["unit"].fillna(""), sort=False):
            stack.panels.append(Panel(_title(rows, label), PANEL_PIXELS))
            number = len(stack.panels) - 1
            _add_range(stack, number, rows, days)
            _add_lines(stack, number, rows, named)
    if not stack.panels:
        stack.panels.append(Panel(say("No result yet."), 40, ("",)))
    _add_bands(stack, period)
    return stack.finish(*days, say("days since the first dose"))


def _title(rows: pd.DataFrame, label: str) -> str:
    units = rows["unit"].dropna().unique()
    unit = f", {plain(units[0], longest=20)}" if len(units) else ""
    title = say("{label}{unit}, n = {n} subjects", label=plain(label, longest=44), unit=unit, n=f"{rows['subject'].nunique():,}")
    ranges = len(rows[["low", "high"]].drop_duplicates())
    if ranges > 1:
        return f"{title} · {say('ranges differ, none drawn')}"
    return f"{title} · {say('no reference range')}" if rows[["low", "high"]].isna().all(axis=None) else title


def _add_range(stack: Stack, number: int, rows: pd.DataFrame, days: tuple[float, float]) -> None:
    """The reference range as a band, where all results share one; a range with one limit only as a line."""
    limits = rows[["low", "high"]].drop_duplicates()
    if len(limits) != 1:
        return
    low, high = (None if pd.isna(value) else float(value) for value in limits.iloc[0])
    if low is None or high is None:
        line = {"color": stack.colours.muted, "width": 1, "dash": "dash"}
        for limit in (one for one in (low, high) if one is not None):
            look = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "line": line}
            stack.add(number, {"x": list(days), "y": [limit, limit], **look})
        return
    x = [days[0], days[1], days[1], days[0]]
    band: dict[str, Any] = {"mode": "lines", "fill": "toself", "hoverinfo": "skip", "line": {"width": 0}}
    stack.add(number, {"type": "scatter", "x": x, "y": [low, low, high, high], "fillcolor": stack.colours.calm, **band})


def _add_lines(stack: Stack, number: int, rows: pd.DataFrame, named: tuple[str, ...]) -> None:
    """One thin line a subject, broken between subjects, and the marks of all in one trace."""
    x: list[float | None] = []
    y: list[float | None] = []
    for _, one in rows.groupby("subject", sort=False):
        x += [*(float(day) for day in one["day"]), None]
        y += [*(float(value) for value in one["value"]), None]
    line = {"color": stack.colours.lane, "width": 1}
    stack.add(number, {"type": "scatter", "x": x, "y": y, "mode": "lines", "line": line, "hoverinfo": "skip"})
    outside = [_side(row) for row in rows.itertuples()]
    shape = {"": "circle", "high": "triangle-up", "low": "triangle-down"}
    stack.add(
        number,
        {
            "type": "scatter",
            "mode": "markers+text",
            "text": _list_names(rows, named),
            "textposition": "middle right",
            "textfont": {"color": stack.colours.ink, "size": 11},
            "x": rows["day"].astype(int).tolist(),
            "y": rows["value"].tolist(),
            "marker": {
                "symbol": [shape[side] + ("" if pd.isna(bound) else "-open") for side, bound in zip(outside, rows["bound"], strict=True)],
                "size": [9 if side else 5 for side in outside],
                "color": [stack.colours.ink if side else stack.colours.accent for side in outside],
            },
            "customdata": rows["subject"].tolist(),
            "hovertext": [_words(row, side) for row, side in zip(rows.itertuples(), outside, strict=True)],
            "hovertemplate": HOVER,
        },
    )


def _list_names(rows: pd.DataFrame, named: tuple[str, ...]) -> list[str]:
    """For each result the code of its subject where it is the one furthest beyond the range of a named subject, else nothing."""
    out = pd.concat([rows["value"] / rows["high"], rows["low"] / rows["value"]], axis=1).max(axis=1)
    furthest = out[rows["subject"].isin(named) & (out > 1)].groupby(rows["subject"]).idxmax()
    places = set(furthest.tolist())
    return [plain(subject) if place in places else "" for place, subject in rows["subject"].items()]


def _side(row: Any) -> str:
    if not pd.isna(row.high) and row.value > row.high:
        return "high"
    return "low" if not pd.isna(row.low) and row.value < row.low else ""


def _words(row: Any, side: str) -> str:
    lines = [
        f"<b>{plain(row.subject)}</b>",
        f"{'' if pd.isna(row.bound) else plain(row.bound)}{row.value:g} {'' if pd.isna(row.unit) else plain(row.unit)}",
        say("day {day}", day=row.day),
    ]
    lines += [{"high": say("above the reference range"), "low": say("below the reference range")}[side]] if side else []
    lines += [] if pd.isna(row.baseline) else [say("baseline {value}", value=f"{row.baseline:g}")]
    return "<br>".join(lines)


def _add_bands(stack: Stack, period: tuple[int, int, str] | None) -> None:
    """The day of the first dose as a line, and the period, each with its name."""
    line = {"color": stack.colours.muted, "width": 1, "dash": "dot"}
    stack.shapes.append({"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "yref": "paper", "line": line})
    if period is None:
        return
    first, last, label = period
    band = {"type": "rect", "x0": first, "x1": last, "y0": 0, "y1": 1, "yref": "paper", "line": {"width": 0}, "layer": "below"}
    stack.shapes.append({**band, "fillcolor": stack.colours.band, "opacity": 0.5})
    font = {"color": stack.colours.muted, "size": 11}
    place = {"x": last, "y": 1, "yref": "paper", "xanchor": "left", "xshift": 4, "yanchor": "top", "showarrow": False, "font": font}
    stack.notes.append({**place, "text": say("{label} until day {day}", label=plain(label, longest=30), day=last)})


@drawn_once
def draw_liver(peaks: pd.DataFrame, *, colours: Palette) -> go.Figure:
    """Return LIVER_PEAKS by the highest transaminase and the highest bilirubin, both in multiples of their upper limits, on log axes.

    customdata is the subject's code; a subject that meets Hy's law carries another shape and its code.
    """
    figure = new_figure(colours, height=430, left=16, right=16, top=16, bottom=56)
    shown = peaks[peaks["quadrant"].notna()]
    x = [max(row.alt if not pd.isna(row.alt) else 0.0, row.ast if not pd.isna(row.ast) else 0.0, SMALLEST) for row in shown.itertuples()]
    y = [max(float(value), SMALLEST) for value in shown["bilirubin"]]
    worst = (shown["hys_law"] | shown["phosphatase_missing"]).tolist()
    figure.add_scatter(
        x=x,
        y=y,
        mode="markers+text",
        marker={
            "symbol": [GRADE_MARKS[5] if bad else "circle" for bad in worst],
            "size": [14 if bad else 10 for bad in worst],
            "color": [colours.grade(4) if bad else colours.accent for bad in worst],
            "line": {"color": colours.ink, "width": 1},
        },
        text=[plain(code) if bad else "" for code, bad in zip(shown["subject"], worst, strict=True)],
        textposition="top center",
        customdata=shown["subject"].tolist(),
        hovertext=[_liver_words(row) for row in shown.itertuples()],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    _add_quadrants(figure, max([10.0, *x]), max([10.0, *y]), colours)
    return figure


def _add_quadrants(figure: go.Figure, right: float, top: float, colours: Palette) -> None:
    """The limits of the quadrants and their names."""
    line = {"color": colours.muted, "width": 1, "dash": "dash"}
    across = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": BILIRUBIN_TIMES_ULN, "y1": BILIRUBIN_TIMES_ULN, "line": line}
    along = {"type": "line", "y0": 0, "y1": 1, "yref": "paper", "x0": TRANSAMINASE_TIMES_ULN, "x1": TRANSAMINASE_TIMES_ULN, "line": line}
    places = ((0.01, 0.01, "left", "bottom"), (0.01, 0.99, "left", "top"), (0.99, 0.01, "right", "bottom"), (0.99, 0.99, "right", "top"))
    notes = [
        {"x": x, "y": y, "xref": "paper", "yref": "paper", "xanchor": side, "yanchor": end, "showarrow": False, "text": say(name)}
        for name, (x, y, side, end) in zip(QUADRANTS, places, strict=True)
    ]
    figure.update_layout(
        shapes=[across, along],
        annotations=[{**note, "font": {"color": colours.muted, "size": 12}, "bgcolor": colours.paper} for note in notes],
    )
    ticks = [0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50, 100]
    log: dict[str, Any] = {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}
    figure.update_xaxes(**log, title_text=say("highest ALT or AST, times the upper limit"), range=_span(right))
    figure.update_yaxes(**log, title_text=say("highest bilirubin, times the upper limit"), range=_span(top), showgrid=True)


def _span(end: float) -> list[float]:
    """The axis from SMALLEST to a little beyond its end, in powers of ten as plotly wants it."""
    return [log10(SMALLEST * 0.9), log10(end * 1.3)]


def _liver_words(row: Any) -> str:
    times = {"ALT": row.alt, "AST": row.ast, say("bilirubin"): row.bilirubin, say("alkaline phosphatase"): row.alp}
    lines = [f"<b>{plain(row.subject)}</b>", *(f"{name} {value:.1f} × ULN" for name, value in times.items() if not pd.isna(value))]
    if not pd.isna(row.days):
        lines.append(say("bilirubin {days} days after the transaminase", days=row.days))
    if row.phosphatase_missing:
        lines.append(say("alkaline phosphatase not measured"))
    return "<br>".join([*lines, say(row.quadrant)])
