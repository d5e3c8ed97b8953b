"""Several panels above each other on one shared time axis, each with its own height in pixels and its lanes or its scale."""

from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go

from dashboard.style import Palette, new_figure

TITLE_PIXELS = 30
TOP, BOTTOM = 64, 46
FIRST_TITLE_SHIFT = 24  # above the tick labels that the axis repeats at the top


@dataclass(frozen=True)
class Panel:
    """One panel: its title and height; ``lanes`` are the labels of its rows, top down (none: it has a numeric scale)."""

    title: str
    height: int
    lanes: tuple[str, ...] = ()


@dataclass
class Stack:
    """Panels that share the x axis, gathered first and made into one figure by `finish`, which is much faster than piece by piece."""

    panels: list[Panel]
    colours: Palette
    traces: list[Any] = field(default_factory=list)
    shapes: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)

    def add(self, number: int, trace: dict[str, Any]) -> None:
        """Place a trace in the panel of that number, from 0."""
        self.traces.append({**trace, "xaxis": "x", "yaxis": _axis(number)})

    def finish(self, first: float, last: float, title: str) -> go.Figure:
        """Return the figure with its shared axis from day ``first`` to ``last``, labelled at the bottom and again at the top."""
        layout = new_figure(self.colours, height=self._inner + TOP + BOTTOM, top=TOP, bottom=BOTTOM, right=12).layout.to_plotly_json()
        below, beside = layout["xaxis"], layout["yaxis"]
        spikes = {"showspikes": True, "spikemode": "across", "spikethickness": 1, "spikedash": "dot", "spikesnap": "cursor"}
        shared = {**below, **spikes, "spikecolor": self.colours.muted, "range": [first, last], "anchor": _axis(len(self.panels) - 1)}
        layout["xaxis"] = {**shared, "title": {**below.get("title", {}), "text": title}}
        layout["xaxis2"] = {**below, "matches": "x", "side": "top", "anchor": "y", "showgrid": False}
        for number, (panel, domain) in enumerate(zip(self.panels, self._domains(), strict=True)):
            layout[_axis(number).replace("y", "yaxis")] = {**beside, **_scale(panel), "domain": domain, "anchor": "x"}
            self.notes.append(self._title(panel, domain[1], FIRST_TITLE_SHIFT if number == 0 else 4))
        ghost = {"type": "scatter", "x": [first], "y": [None], "xaxis": "x2", "yaxis": "y", "hoverinfo": "skip"}
        layout |= {"shapes": self.shapes, "annotations": self.notes, "barmode": "overlay"}
        return go.Figure({"data": [*self.traces, ghost], "layout": layout})

    @property
    def _inner(self) -> int:
        return max(sum(panel.height + TITLE_PIXELS for panel in self.panels) - TITLE_PIXELS, 1)

    def _domains(self) -> list[list[float]]:
        """Bottom and top of each panel, as shares of the height."""
        top, found = 1.0, []
        for panel in self.panels:
            bottom = max(top - panel.height / self._inner, 0.0)
            found.append([bottom, top])
            top = bottom - TITLE_PIXELS / self._inner
        return found

    def _title(self, panel: Panel, top: float, shift: int) -> dict[str, Any]:
        place = {"x": 0, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": shift}
        return {**place, "text": f"<b>{panel.title}</b>", "showarrow": False, "font": {"color": self.colours.muted, "size": 12}}


def _axis(number: int) -> str:
    return "y" if number == 0 else f"y{number + 1}"


def _scale(panel: Panel) -> dict[str, Any]:
    if not panel.lanes:
        return {"nticks": 4, "showgrid": True}
    rows = list(range(len(panel.lanes)))
    return {"range": [len(rows) - 0.4, -0.6], "tickmode": "array", "tickvals": rows, "ticktext": list(panel.lanes), "showgrid": False}
