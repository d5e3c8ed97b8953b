"""Figures of the Simulation page: what each design recommends, and whom it treats, under each true curve."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.memory import drawn_once
from dashboard.style import Palette, new_figure, plain
from dashboard.text import say

PANEL_PIXELS = 150
TITLE_PIXELS = 34
TICK_PIXELS = 42
MOST_ACROSS = 4
HEADROOM = 1.22
"""Height of a panel over its highest bar: the word above the right dose stands there, and no line of the grid crosses it."""
ERRORS = 1.96
"""Standard errors that a whisker spans on either side: 95% of Monte-Carlo runs."""


@dataclass(frozen=True)
class _Quantity:
    """What the bars show: a column of STUDY_DOSES with its error, times a factor, the words of the hover, and the unit of the axis."""

    column: str
    factor: float
    words: str
    unit: str = ""


@dataclass(frozen=True)
class _Grid:
    """Panels of equal size: their names by the number of the curve, the right level of each, and how many stand beside each other."""

    names: Mapping[int, str]
    right: Mapping[int, int]
    across: int

    @property
    def rows(self) -> int:
        """Rows of panels."""
        return -(-len(self.names) // self.across)

    @property
    def height(self) -> int:
        """Height of all panels, in pixels."""
        return self.rows * (PANEL_PIXELS + TITLE_PIXELS + TICK_PIXELS)

    def place(self, place: int) -> tuple[list[float], list[float]]:
        """Return the share of the width and of the height that a panel takes."""
        column, row = place % self.across, place // self.across
        gap = 0.05 if self.across > 1 else 0.0
        width = (1 - gap * (self.across - 1)) / self.across
        top = 1 - row / max(self.rows, 1) - TITLE_PIXELS / self.height
        return [column * (width + gap), column * (width + gap) + width], [max(top - PANEL_PIXELS / self.height, 0.0), top]


@drawn_once
def draw_selection(doses: pd.DataFrame, right: Mapping[int, int], names: Mapping[int, str], *, colours: Palette, across: int) -> go.Figure:
    """Return STUDY_DOSES as a panel per true curve: the share of trials that recommend each dose, with Monte-Carlo error.

    ``right`` is the right level per curve (0 none) and ``names`` its name; ``across`` panels stand beside each other.
    """
    words = say("recommended in {share}% of trials (±{error})", share="%{y:.1f}", error="%{customdata[1]:.1f}")
    return _draw(doses, _grid(names, right, across), colours, _Quantity("selected", 100.0, words, "%"))


@drawn_once
def draw_subjects(doses: pd.DataFrame, right: Mapping[int, int], names: Mapping[int, str], *, colours: Palette, across: int) -> go.Figure:
    """Return STUDY_DOSES as a panel per true curve: the mean number of subjects treated at each dose."""
    treated = doses[doses["dose_level"] > 0]
    words = say("{mean} subjects on average (±{error})", mean="%{y:.1f}", error="%{customdata[1]:.2f}")
    return _draw(treated, _grid(names, right, across), colours, _Quantity("subjects", 1.0, words))


def _grid(names: Mapping[int, str], right: Mapping[int, int], across: int) -> _Grid:
    return _Grid(names, right, max(min(across, MOST_ACROSS, len(names)), 1))


def _draw(doses: pd.DataFrame, grid: _Grid, colours: Palette, quantity: _Quantity) -> go.Figure:
    layout = new_figure(colours, height=grid.height + 26, top=0, bottom=26, left=40).layout.to_plotly_json()
    base = {axis: layout.pop(axis) for axis in ("xaxis", "yaxis")}
    highest = max(float(doses[quantity.column].max() * quantity.factor) if len(doses) else 1.0, 1.0)
    designs = list(dict.fromkeys(doses["design"]))
    traces, notes, shapes = [], [], []
    for place, number in enumerate(sorted(grid.names)):
        across, up = grid.place(place)
        mine, suffix = doses[doses["scenario"] == number], "" if place == 0 else str(place + 1)
        ticks = _ticks(mine)
        span = [min(ticks, default=0) - 0.6, max(ticks, default=1) + 0.6]
        marks = {"tickvals": list(ticks), "ticktext": list(ticks.values()), "showgrid": False, "range": span, "tickangle": 0}
        layout[f"xaxis{suffix}"] = base["xaxis"] | marks | {"domain": across, "anchor": f"y{suffix}"}
        scale = {"range": [0, highest * HEADROOM], "showgrid": True, "tickvals": _lines(highest), "ticksuffix": quantity.unit}
        layout[f"yaxis{suffix}"] = base["yaxis"] | scale | {"domain": up, "anchor": f"x{suffix}"}
        bars = [_bars(mine[mine["design"] == design], order, colours, quantity) for order, design in enumerate(designs)]
        traces += [bar | {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"} for bar in bars]
        notes.append(_title(grid.names[number], (across[0], up[1]), colours))
        if grid.right[number] in ticks:
            shapes.append(_band(grid.right[number], suffix, colours))
    layout |= {"annotations": notes, "shapes": shapes, "barmode": "group", "bargap": 0.25, "bargroupgap": 0.08}
    return go.Figure({"data": traces, "layout": layout})


def _lines(highest: float) -> list[float]:
    """Return where the lines of the grid stand: two to five round figures from zero, none above the highest bar."""
    unit = 10.0 ** math.floor(math.log10(highest))
    step = next(unit * share for share in (0.2, 0.5, 1.0, 2.0, 5.0) if highest / (unit * share) < 5)
    return [step * place for place in range(int(highest / step) + 1)]


def _ticks(rows: pd.DataFrame) -> dict[int, str]:
    """Level 0 is no dose; each dose has its true DLT rate below it."""
    levels = rows.drop_duplicates("dose_level")
    return {
        int(row.dose_level): say("none") if not row.dose_level else f"{row.dose_level}<br>{row.truth * 100:.0f}%"
        for row in levels.itertuples(index=False)
    }


def _bars(rows: pd.DataFrame, order: int, colours: Palette, quantity: _Quantity) -> dict[str, Any]:
    """The bars of one design; the second is hatched, so that nothing rests on colour."""
    errors = [float(share) * quantity.factor * ERRORS for share in rows[f"{quantity.column}_error"]]
    hatch = {"shape": "/" if order else "", "bgcolor": colours.lane, "fgcolor": colours.ink, "size": 5, "solidity": 0.2}
    return {
        "type": "bar",
        "x": [int(level) for level in rows["dose_level"]],
        "y": [float(share) * quantity.factor for share in rows[quantity.column]],
        "marker": {"color": colours.lane if order else colours.accent, "pattern": hatch},
        "error_y": {"type": "data", "array": errors, "color": colours.ink, "thickness": 1, "width": 2},
        "customdata": [[plain(design), error] for design, error in zip(rows["design"], errors, strict=True)],
        "hovertemplate": "%{customdata[0]}<br>" + quantity.words + "<extra></extra>",
    }


def _title(name: str, corner: tuple[float, float], colours: Palette) -> dict[str, Any]:
    place = {"x": corner[0], "y": corner[1], "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 4}
    return {**place, "text": f"<b>{plain(name, longest=34)}</b>", "showarrow": False, "font": {"color": colours.muted, "size": 12}}


def _band(level: int, suffix: str, colours: Palette) -> dict[str, Any]:
    """The right answer, as a band behind the bars."""
    span = {"x0": level - 0.5, "x1": level + 0.5, "y0": 0, "y1": 1, "xref": f"x{suffix}", "yref": f"y{suffix} domain"}
    words = {"text": say("right"), "textposition": "top center", "font": {"color": colours.muted, "size": 11}}
    return {"type": "rect", "layer": "below", "fillcolor": colours.good, "line": {"width": 0}, **span, "label": words}
