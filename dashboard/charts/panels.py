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
    """A figure of panels that share the x axis; ``add`` places a trace in the panel of that number, from 0."""

    panels: list[Panel]
    colours: Palette
    figure: go.Figure = field(init=False)

    def __post_init__(self) -> None:
        self.figure = new_figure(self.colours, height=self.height, top=TOP, bottom=BOTTOM, right=12)
        top = 1.0
        for number, panel in enumerate(self.panels):
            top -= TITLE_PIXELS / self._inner if number else 0
            bottom = max(top - panel.height / self._inner, 0.0)
            self._add_axis(number, panel, (bottom, top))
            self.figure.add_annotation(
                text=f"<b>{panel.title}</b>",
                x=0,
                y=top,
                xref="paper",
                yref="paper",
                xanchor="left",
                yanchor="bottom",
                yshift=4 if number else FIRST_TITLE_SHIFT,
                showarrow=False,
                font={"color": self.colours.muted, "size": 12},
            )
            top = bottom

    @property
    def height(self) -> int:
        """Height of the figure in pixels."""
        return self._inner + TOP + BOTTOM

    @property
    def _inner(self) -> int:
        return max(sum(panel.height + TITLE_PIXELS for panel in self.panels) - TITLE_PIXELS, 1)

    def add(self, number: int, trace: Any) -> None:
        """Place a trace in a panel."""
        trace.update(yaxis="y" if number == 0 else f"y{number + 1}", xaxis="x")
        self.figure.add_trace(trace)

    def set_days(self, first: float, last: float, title: str) -> None:
        """Set the shared axis: its range and title, labelled at the bottom and again at the top."""
        style = self.figure.layout.xaxis.to_plotly_json()
        below = "y" if len(self.panels) == 1 else f"y{len(self.panels)}"
        shared = {"range": [first, last], "showspikes": True, "spikemode": "across", "spikethickness": 1, "spikedash": "dot"}
        shared |= {"spikecolor": self.colours.muted, "spikesnap": "cursor"}
        self.figure.update_xaxes(**shared, anchor=below, title_text=title)
        above = {**style, "matches": "x", "side": "top", "anchor": "y", "showgrid": False, "title": None}
        self.figure.update_layout(xaxis2=above)
        self.figure.add_scatter(x=[first], y=[None], xaxis="x2", yaxis="y", hoverinfo="skip", showlegend=False)

    def _add_axis(self, number: int, panel: Panel, domain: tuple[float, float]) -> None:
        axis = self.figure.layout.yaxis.to_plotly_json() if number == 0 else {**self.figure.layout.yaxis.to_plotly_json(), "title": None}
        axis |= {"domain": list(domain), "anchor": "x"}
        if panel.lanes:
            rows = list(range(len(panel.lanes)))
            axis |= {
                "range": [len(rows) - 0.4, -0.6],
                "tickmode": "array",
                "tickvals": rows,
                "ticktext": list(panel.lanes),
                "showgrid": False,
            }
        else:
            axis |= {"nticks": 4, "showgrid": True, "range": None, "tickmode": None, "tickvals": None, "ticktext": None}
        self.figure.update_layout({"yaxis" if number == 0 else f"yaxis{number + 1}": axis})
