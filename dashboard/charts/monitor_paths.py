"""The way of a monitor so far against its boundary: over subjects, as a CUSUM, or over the days at risk of all together."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.memory import drawn_once
from dashboard.charts.signals import BELOW, STATE_MARKS
from dashboard.style import Palette, new_figure, plain
from dashboard.text import say, translate
from trial.signals.intervals import describe_rate

NAMED = 8
"""Up to so many events the subjects' codes stand beside them; beyond, in the hover."""
STOP_LINE = "#C0452B"
WATCH_LINE = "#C79A1B"


@drawn_once
def draw_boundary(boundary: pd.DataFrame, standing: pd.DataFrame, path: pd.DataFrame | None = None, *, colours: Palette) -> go.Figure:
    """Return BOUNDARY as steps, with where its monitor stands (one row of MONITOR_STATES) and where its pending subjects can take it.

    With ``path`` (MONITOR_PATH with the ``subject`` of each step) the way so far, subject by subject in order of dosing.
    """
    state = next(standing.itertuples())
    figure = new_figure(colours, height=360, top=24, bottom=124)
    last = int(boundary["at_risk"].max())
    top = max(int(boundary["pause"].max()) if boundary["pause"].notna().any() else 1, int(state.subjects) + int(state.pending)) + 1.5
    for column, name, line, ground in (
        ("watch", say("watch from here"), {"color": WATCH_LINE, "dash": "dot"}, colours.caution),
        ("pause", say("pause for review from here"), {"color": STOP_LINE, "dash": "solid"}, colours.stop),
    ):
        steps = boundary.dropna(subset=[column])
        if not steps.empty:
            _add_steps(figure, steps, column, top, name=name, line=line, ground=ground)
    if path is None:
        _add_standing(figure, state, colours)
    else:
        _add_path(figure, path, int(state.pending), colours)
    figure.update_layout(showlegend=True, legend=BELOW)
    order = say("subjects at risk") if path is None else say("subjects in order of dosing")
    figure.update_xaxes(title_text=order, range=[0.4, last + 0.6], tickformat=",d", rangemode="tozero")
    figure.update_yaxes(title_text=say("subjects with an event"), range=[-0.6, top], tickformat=",d", dtick=1 if top < 12 else None)
    return figure


def _add_steps(figure: go.Figure, steps: pd.DataFrame, column: str, top: float, *, name: str, line: dict[str, str], ground: str) -> None:
    """One limit as a stepped line between the numbers that stay below it and those that reach it, and the ground above."""
    edges: list[float] = []
    levels: list[float] = []
    for n, limit in zip(steps["at_risk"], steps[column], strict=True):
        edges += [float(n) - 0.5, float(n) + 0.5]
        levels += [float(limit) - 0.5] * 2
    figure.add_scatter(
        x=[*edges, edges[-1], edges[0]],
        y=[*levels, top, top],
        mode="none",
        fill="toself",
        fillcolor=ground,
        hoverinfo="skip",
        showlegend=False,
    )
    figure.add_scatter(x=edges, y=levels, mode="lines", line={**line, "width": 2}, name=name, hoverinfo="skip")


def _add_standing(figure: go.Figure, state: Any, colours: Palette) -> None:
    """Today's point, and the range that pending subjects leave open."""
    now, count, pending = int(state.at_risk), int(state.subjects), int(state.pending)
    if pending:
        figure.add_scatter(
            x=[now, now + pending, now + pending, now],
            y=[count, count, count + pending, count],
            mode="lines",
            fill="toself",
            fillcolor=colours.band,
            line={"color": colours.accent, "width": 1, "dash": "dot"},
            name=say("where {n} pending subjects can take it", n=pending),
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=[now],
        y=[count],
        mode="markers",
        marker={"symbol": STATE_MARKS[state.state], "size": 13, "color": colours.accent, "line": {"color": colours.ink, "width": 1}},
        name=say("now: {rate}, {state}", rate=describe_rate(count, now), state=say(state.state)),
        hovertemplate=translate(describe_rate(count, now)) + "<extra></extra>",
    )


def _add_path(figure: go.Figure, path: pd.DataFrame, pending: int, colours: Palette, *, shape: str = "hv") -> None:
    """The known course, the band up to what pending subjects can make of it, and a mark with its code for each subject with an event."""
    line = {"color": colours.accent, "width": 1, "dash": "dot", "shape": shape}
    around = {"x": [0.0, *path["place"]], "mode": "lines", "hoverinfo": "skip"}
    known, worst = [0.0, *path["known"]], [0.0, *path["worst"]]
    if pending:
        figure.add_scatter(**around, y=worst, line=line, name=say("if all {n} pending had an event", n=pending))
        filled = {"fill": "tonexty", "fillcolor": colours.band, "showlegend": False}
        figure.add_scatter(**around, y=known, line={"width": 0, "shape": shape}, **filled)
    figure.add_scatter(**around, y=known, line={"color": colours.accent, "width": 2.5, "shape": shape}, name=say("known so far"))
    _add_hits(figure, path, colours)


def _add_hits(figure: go.Figure, path: pd.DataFrame, colours: Palette) -> None:
    """A mark for each step upwards, with the subject's code."""
    hits = path[(path["known"].diff().fillna(path["known"]) > 0) & path["dosed"].notna()]
    if hits.empty:
        return
    codes = [plain(code) if isinstance(code, str) else "" for code in hits["subject"]]
    figure.add_scatter(
        x=hits["place"],
        y=hits["known"],
        mode="markers+text" if len(hits) <= NAMED else "markers",
        text=codes,
        textposition="bottom right",
        cliponaxis=False,
        marker={"symbol": "diamond", "size": 9, "color": colours.accent, "line": {"color": colours.ink, "width": 1}},
        name=say("subject with an event"),
        customdata=[[code, _hit_words(code)] if isinstance(code, str) else ["", ""] for code in hits["subject"]],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )


def _hit_words(code: str) -> str:
    """What the hover of a subject's mark explains."""
    return f"<b>{plain(code)}</b><br>{say('click: the whole story')}"


@drawn_once
def draw_drift(path: pd.DataFrame, standing: pd.DataFrame, *, height: float, planned: int, colours: Palette) -> go.Figure:
    """Return the CUSUM of MONITOR_PATH (with ``subject``) against its ``height``, for one row of MONITOR_STATES."""
    figure = new_figure(colours, height=360, top=24, bottom=124)
    top = 1.2 * max(height, float(path["worst"].max()) if len(path) else 0.0)
    _add_limit(figure, [0, planned + 0.6], [height, height], top, colours)
    _add_path(figure, path, int(standing["pending"].iloc[0]), colours, shape="linear")
    figure.update_layout(showlegend=True, legend=BELOW)
    figure.update_xaxes(title_text=say("subjects in order of dosing"), range=[0, planned + 0.6], tickformat=",d")
    figure.update_yaxes(title_text=say("CUSUM (log-likelihood ratio)"), range=[-0.05 * top, top])
    return figure


@drawn_once
def draw_days(steps: pd.DataFrame, path: pd.DataFrame, standing: pd.DataFrame, *, colours: Palette) -> go.Figure:
    """Return BOUNDARY over days at risk as steps with MONITOR_PATH (with ``subject``), for one row of MONITOR_STATES."""
    figure = new_figure(colours, height=360, top=24, bottom=124)
    top = max(float(steps["pause"].max()), float(path["worst"].max()) if len(path) else 0.0) + 1.5
    edges, levels = [0.0], [float(steps["pause"].min()) - 0.5]
    for days, events in zip(steps["at_risk"], steps["pause"], strict=True):
        edges += [float(days), float(days)]
        levels += [float(events) - 0.5, float(events) + 0.5]
    _add_limit(figure, edges[:-1], levels[:-1], top, colours)
    _add_path(figure, path, int(standing["pending"].iloc[0]), colours)
    figure.update_layout(showlegend=True, legend=BELOW)
    figure.update_xaxes(title_text=say("days at risk of all subjects together"), range=[0, 1.02 * edges[-1]], tickformat=",d")
    figure.update_yaxes(title_text=say("subjects with an event"), range=[-0.6, top], tickformat=",d", dtick=1 if top < 12 else None)
    return figure


def _add_limit(figure: go.Figure, edges: list[float], levels: list[float], top: float, colours: Palette) -> None:
    """The line from which a monitor pauses, and the ground above it."""
    shared = {"hoverinfo": "skip"}
    figure.add_scatter(
        x=[*edges, edges[-1], edges[0]],
        y=[*levels, top, top],
        mode="none",
        fill="toself",
        fillcolor=colours.stop,
        showlegend=False,
        **shared,
    )
    line = {"color": STOP_LINE, "width": 2}
    figure.add_scatter(x=edges, y=levels, mode="lines", line=line, name=say("pause for review from here"), **shared)
