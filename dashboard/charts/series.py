"""A small panel for one test: its values over time, its reference range, and marks where it left the range."""

from typing import Any

import pandas as pd

from dashboard.charts.panels import Stack
from dashboard.style import plain
from dashboard.text import say

OUTSIDE = {"low": "triangle-down", "high": "triangle-up"}


def series_title(rows: pd.DataFrame) -> str:
    """Return the name of the test in STORY_SERIES, its unit and its reference range where there is one."""
    newest = rows.iloc[-1]
    name = plain(newest["label"], longest=44)
    unit = "" if pd.isna(newest["unit"]) else f", {plain(newest['unit'], longest=20)}"
    if pd.isna(newest["low"]) and pd.isna(newest["high"]):
        return f"{name}{unit}"
    return f"{name}{unit} · {say('range {low} to {high}', low=_limit(newest['low']), high=_limit(newest['high']))}"


def add_series(stack: Stack, rows: pd.DataFrame, days: tuple[float, float]) -> None:
    """Draw one test of STORY_SERIES in the newest panel; ``days`` are the ends of the axis."""
    colours, number = stack.colours, len(stack.panels) - 1
    _add_range(stack, number, rows, days)
    x, y = [int(day) for day in rows["day"]], [float(value) for value in rows["value"]]
    outside = [None if pd.isna(side) else str(side) for side in rows["outside"]]
    words = [
        "<br>".join([f"<b>{value:g}</b>", say("day {day}", day=day), *([_outside(side)] if side else [])])
        for value, day, side in zip(y, x, outside, strict=True)
    ]
    marker = {
        "symbol": [OUTSIDE.get(side or "", "circle") for side in outside],
        "size": [10 if side else 6 for side in outside],
        "color": [colours.ink if side else colours.accent for side in outside],
    }
    look = {"mode": "lines+markers", "line": {"color": colours.accent, "width": 1.5}, "marker": marker}
    stack.add(number, {"type": "scatter", "x": x, "y": y, **look, "text": words, "hovertemplate": "%{text}<extra></extra>"})


def _add_range(stack: Stack, number: int, rows: pd.DataFrame, days: tuple[float, float]) -> None:
    """The reference range as a band: across the axis where it never changes, else from result to result."""
    known = rows.dropna(subset=["low", "high"])
    if known.empty:
        return
    constant = known["low"].nunique() == 1 and known["high"].nunique() == 1
    x = list(days) if constant else [int(day) for day in known["day"]]
    low = [float(known["low"].iloc[0])] * 2 if constant else [float(value) for value in known["low"]]
    high = [float(known["high"].iloc[0])] * 2 if constant else [float(value) for value in known["high"]]
    look: dict[str, Any] = {"mode": "lines", "fill": "toself", "hoverinfo": "skip", "line": {"width": 0}, "fillcolor": stack.colours.calm}
    stack.add(number, {"type": "scatter", "x": [*x, *reversed(x)], "y": [*low, *reversed(high)], **look})


def _outside(side: str) -> str:
    return say("below the reference range") if side == "low" else say("above the reference range")


def _limit(value: float) -> str:
    return "…" if pd.isna(value) else f"{value:g}"
