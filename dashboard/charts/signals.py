"""Figures of the safety monitors: each rate against its target, the boundary, the belief about a rate, observed against expected."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.incidence import LABELS
from dashboard.charts.memory import drawn_once
from dashboard.numbers import decimal
from dashboard.style import Palette, new_figure, plain
from dashboard.text import say, translate
from trial.signals.intervals import describe_percent, describe_rate
from trial.signals.monitor import PAUSE, QUIET, WATCH

ROW_PIXELS = 40
"""Two lines of words beside a row, and room between them and the next."""
LEAST_PIXELS = 70
"""Room for the legend beside a single row."""
STATE_MARKS = {PAUSE: "square", WATCH: "diamond", QUIET: "circle"}
"""A state has a shape of its own besides its word."""
HEADROOM = 1.15
BELOW = {"x": 0, "y": -0.24, "xanchor": "left", "yanchor": "top"}
"""A legend under its picture, where no mark can lie behind it."""


@drawn_once
def draw_monitors(states: pd.DataFrame, *, colours: Palette) -> go.Figure:
    """Return the rate of each monitor in MONITOR_STATES with its exact interval, its target, and its state in words.

    Each mark carries the code of its monitor as its first custom datum.
    """
    figure = new_figure(colours, height=ROW_PIXELS * len(states) + 56, top=4, bottom=44)
    grounds = {PAUSE: colours.stop, WATCH: colours.caution}
    end = _reach([*states["upper"], *states["target"].dropna()])
    rows = list(enumerate(states.itertuples()))
    figure.add_scatter(
        x=[end for _, one in rows if one.at_risk for end in (one.lower, one.upper, None)],
        y=[level for row, one in rows if one.at_risk for level in (row, row, None)],
        mode="lines",
        line={"color": colours.lane, "width": 7},
        hoverinfo="skip",
        showlegend=False,
    )
    words = {row: f"<b>{say(one.state)}</b><br>{_rate_words(one.subjects, one.at_risk)}" for row, one in rows}
    shapes = [_ground(row, grounds[one.state]) for row, one in rows if one.state in grounds]
    shapes += [_tick(row, one.target, colours) for row, one in rows if not pd.isna(one.target)]
    figure.update_layout(shapes=shapes, annotations=_side_words(words, colours))
    figure.add_scatter(
        x=[one.subjects / one.at_risk if one.at_risk else None for one in states.itertuples()],
        y=list(range(len(states))),
        mode="markers",
        cliponaxis=False,
        marker={"symbol": [STATE_MARKS[state] for state in states["state"]], "size": 12, "color": colours.ink},
        customdata=[[one.monitor, _monitor_words(one)] for one in states.itertuples()],
        hovertemplate="%{customdata[1]}<extra></extra>",
        showlegend=False,
    )
    _add_key(figure, say("tolerated rate (target)"), colours)
    figure.update_xaxes(
        range=[-0.012 * end, end], domain=[0, 0.78], tickformat=".0%", title_text=say("share of subjects at risk, exact 95% interval")
    )
    labels = [plain(label, longest=48) for label in states["label"]]
    figure.update_yaxes(tickvals=list(range(len(states))), ticktext=labels, range=[len(states) - 0.5, -0.5], **LABELS)
    return figure


def _reach(shares: list[float]) -> float:
    """The end of an axis that holds all ``shares``, at most a little over 1."""
    return min(max([*shares, 0.05]) * HEADROOM, 1.012)


def _ground(row: int, colour: str) -> dict[str, Any]:
    """The shape behind a whole row."""
    place = {"x0": 0, "x1": 1, "xref": "x domain", "y0": row - 0.46, "y1": row + 0.46}
    return {"type": "rect", **place, "fillcolor": colour, "line": {"width": 0}, "layer": "below"}


def _tick(row: int, rate: float, colours: Palette) -> dict[str, Any]:
    """The shape of an upright stroke at a rate."""
    return {"type": "line", "x0": rate, "x1": rate, "y0": row - 0.34, "y1": row + 0.34, "line": {"color": colours.ink, "width": 2.5}}


def _side_words(words: dict[int, str], colours: Palette) -> list[dict[str, Any]]:
    """Notes beside the rows; plotly checks all of them again for each that is added, so they are given at once."""
    place = {"x": 0.795, "xref": "paper", "xanchor": "left", "yanchor": "middle", "align": "left", "showarrow": False}
    return [{**place, "y": row, "text": text, "font": {"color": colours.ink}} for row, text in words.items()]


def _rate_words(subjects: int, at_risk: int) -> str:
    """Count, denominator and exact interval; of none among some, up to what a rate is still possible."""
    return translate(describe_rate(int(subjects), int(at_risk)))


def _add_key(figure: go.Figure, name: str, colours: Palette) -> None:
    """A legend entry for the upright strokes, which are shapes."""
    marker = {"symbol": "line-ns", "size": 13, "line": {"color": colours.ink, "width": 2.5}}
    figure.add_scatter(x=[None], y=[None], mode="markers", marker=marker, name=name, hoverinfo="skip", showlegend=True)
    figure.update_layout(showlegend=True, legend={"x": 0.795, "y": -0.02, "xanchor": "left", "yanchor": "top"})


def _monitor_words(one: Any) -> str:
    """What the hover of a monitor explains."""
    lines = [f"<b>{plain(one.label)}</b>", _rate_words(one.subjects, one.at_risk), say(one.state)]
    if not pd.isna(one.target):
        lines.append(say("Pr(rate > {target}) = {chance}", target=describe_percent(one.target), chance=describe_percent(one.chance_above)))
    if one.pending:
        lines.append(say("{n} pending: {best} to {worst}", n=one.pending, best=say(one.if_pending_clear), worst=say(one.if_pending_all)))
    lines.append(say("click: this monitor below"))
    return "<br>".join(lines)


@drawn_once
def draw_density(density: pd.DataFrame, *, target: float, colours: Palette) -> go.Figure:
    """Return DENSITY with the part of the belief that lies above ``target`` filled."""
    figure = new_figure(colours, height=360, top=24, bottom=124)
    above = density[density["rate"] >= target]
    top = float(density["posterior"][density["rate"] > density["rate"].max() / 100].max()) * HEADROOM
    figure.add_scatter(
        x=[target, *above["rate"], above["rate"].max() if len(above) else target],
        y=[0, *above["posterior"], 0],
        mode="none",
        fill="toself",
        fillcolor=colours.stop,
        hoverinfo="skip",
        name=say("above the target"),
    )
    figure.add_scatter(
        x=density["rate"].tolist(),
        y=density["prior"].tolist(),
        mode="lines",
        line={"color": colours.muted, "width": 1.5, "dash": "dot"},
        name=say("before the data"),
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=density["rate"].tolist(),
        y=density["posterior"].tolist(),
        mode="lines",
        line={"color": colours.accent, "width": 2.5},
        name=say("after the data"),
        hovertemplate="%{x:.1%}<extra></extra>",
    )
    figure.add_shape(type="line", x0=target, x1=target, y0=0, y1=1, yref="y domain", line={"color": colours.ink, "width": 2})
    words = say("target {rate}", rate=describe_percent(target))
    figure.add_annotation(x=target, y=1, yref="y domain", yanchor="bottom", text=words, showarrow=False)
    figure.update_layout(showlegend=True, legend=BELOW)
    figure.update_xaxes(title_text=say("true rate"), tickformat=".0%", range=[0, float(density["rate"].max())])
    figure.update_yaxes(visible=False, range=[0, top])
    return figure


@drawn_once
def draw_background(table: pd.DataFrame, *, operated: bool = False, colours: Palette) -> go.Figure:
    """Return OBSERVED_EXPECTED: each background rate's range with its central value, and the observed share of the subjects at risk
    after surgery (``operated``), else of the dosed, with its interval. Bars and marks carry the code of the rate for a click.
    """
    figure = new_figure(colours, height=max(ROW_PIXELS * len(table), LEAST_PIXELS) + 56, top=4, bottom=44)
    rows, words = list(range(len(table))), [[one.background, _background_words(one)] for one in table.itertuples()]
    hover = {"customdata": words, "hovertemplate": "%{customdata[1]}<extra></extra>"}
    lengths = (table["high"] - table["low"]).tolist()
    figure.add_bar(
        y=rows,
        base=table["low"].tolist(),
        x=lengths,
        orientation="h",
        width=0.62,
        marker={"color": colours.band, "line": {"color": colours.accent, "width": 0.6}},
        name=say("background, low to high"),
        **hover,
    )
    figure.update_layout(
        shapes=[_tick(row, rate, colours) for row, rate in enumerate(table["central"])],
        annotations=_side_words({row: _expected_words(one) for row, one in enumerate(table.itertuples())}, colours),
    )
    ends: list[float | None] = [end for one in table.itertuples() for end in (one.lower, one.upper, None)]
    levels: list[int | None] = [level for row in rows for level in (row, row, None)]
    figure.add_scatter(x=ends, y=levels, mode="lines", line={"color": colours.lane, "width": 3}, hoverinfo="skip", showlegend=False)
    figure.add_scatter(
        x=[one.subjects / one.dosed if one.dosed else 0 for one in table.itertuples()],
        y=rows,
        mode="markers",
        cliponaxis=False,
        marker={"symbol": "diamond", "size": 11, "color": colours.ink},
        name=say("observed"),
        **hover,
    )
    _add_key(figure, say("background, central"), colours)
    end = _reach([*table["upper"], *table["high"]])
    figure.update_xaxes(range=[-0.012 * end, end], domain=[0, 0.78], tickformat=".0%", title_text=_of_whom(operated))
    labels = [plain(label, longest=40) for label in table["label"]]
    figure.update_yaxes(tickvals=rows, ticktext=labels, range=[len(table) - 0.5, -0.5], **LABELS)
    return figure


def _of_whom(operated: bool) -> str:
    return say("share of subjects at risk after surgery") if operated else say("share of dosed subjects")


def _expected_words(one: Any) -> str:
    """Beside a row: what was observed with its interval, and the range of what was to be expected."""
    low, high = decimal(one.expected_low), decimal(one.expected_high)
    return f"{_rate_words(one.subjects, one.dosed)}<br>{say('expected {low} to {high}', low=low, high=high)}"


def _background_words(one: Any) -> str:
    """What the hover of a background rate explains."""
    rates = say(
        "background {low} to {high}, central {central}",
        low=describe_percent(one.low),
        high=describe_percent(one.high),
        central=describe_percent(one.central),
    )
    lines = [f"<b>{plain(one.label)}</b>", _rate_words(one.subjects, one.dosed), rates, translate(str(one.reading))]
    if one.subjects and not pd.isna(one.ratio):
        lines.append(
            say(
                "at the central rate: observed / expected {ratio} ({lower} to {upper}), as many by chance {chance}",
                ratio=decimal(one.ratio), lower=decimal(one.ratio_lower), upper=decimal(one.ratio_upper),
                chance=describe_percent(one.chance),
            )
        )  # fmt: skip
    return "<br>".join([*lines, plain(one.source, longest=90)])
