"""Figures of the Signals page: every monitor's rate against its target, one monitor's boundary and belief, observed and expected."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.style import Palette, new_figure, plain
from dashboard.text import say, translate
from trial.signals.intervals import describe_percent, describe_rate

ROW_PIXELS = 46
STATE_SIGNS = {"pause for review": "■", "watch": "▲", "quiet": "○"}
"""A sign beside each state's word, so that nothing rests on colour."""


def draw_monitors(states: pd.DataFrame, *, colours: Palette) -> go.Figure:
    """Return MONITOR_STATES as shares with exact 95% intervals, worst on top, each with its target as a bar of its own."""
    rows = states.iloc[::-1]
    names = [_monitor_words(row) for row in rows.itertuples(index=False)]
    figure = new_figure(colours, height=ROW_PIXELS * len(rows) + 70, right=20, top=6)
    seen = [int(row.at_risk) > 0 for row in rows.itertuples(index=False)]
    known = rows[seen]
    figure.add_trace(_shares(known, [name for name, at in zip(names, seen, strict=True) if at], colours))
    targets = rows["target"].notna()
    with_target = [name for name, has in zip(names, targets, strict=True) if has]
    figure.add_trace(_upright(rows["target"][targets] * 100, with_target, say("tolerated rate {rate}%", rate="%{x:.3g}"), colours))
    figure.update_xaxes(
        title_text=say("subjects with an event, exact 95% interval (%); upright bar: tolerated rate"), range=[-1, 101], dtick=20
    )
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=names, range=[-0.6, len(names) - 0.4])
    return figure


def _upright(x: pd.Series, names: list[str], words: str, colours: Palette) -> go.Scatter:
    """An upright bar on each row: the rate that the row is held against."""
    marker = {"symbol": "line-ns", "size": 20, "line": {"color": colours.accent, "width": 3}}
    return go.Scatter(x=x, y=names, mode="markers", marker=marker, hovertemplate=f"{words}<extra></extra>")


def _monitor_words(row: Any) -> str:
    """A monitor by its label, with state and counts below."""
    counts = say("{subjects} of {at_risk}", subjects=row.subjects, at_risk=row.at_risk)
    return f"{plain(row.label, longest=52)}<br>{STATE_SIGNS[row.state]} {say(row.state)} · {counts}"


def _shares(rows: pd.DataFrame, names: list[str], colours: Palette) -> go.Scatter:
    share = 100 * rows["subjects"].astype("float64") / rows["at_risk"].astype("float64")
    low, high = 100 * rows["lower"], 100 * rows["upper"]
    words = [translate(describe_rate(row.subjects, row.at_risk)) for row in rows.itertuples(index=False)]
    return go.Scatter(
        x=share,
        y=names,
        mode="markers",
        marker={"size": 11, "color": colours.ink},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": high - share,
            "arrayminus": share - low,
            "color": colours.lane,
            "thickness": 5,
            "width": 0,
        },
        customdata=words,
        hovertemplate="%{customdata}<extra></extra>",
    )


def draw_boundary(boundary: pd.DataFrame, *, subjects: int, at_risk: int, pending: int, colours: Palette) -> go.Figure:
    """Return BOUNDARY as steps with today's point, and the reach of the pending subjects (none to all with an event)."""
    figure = new_figure(colours, height=300, top=10)
    top = int(max(boundary["pause"].max() if boundary["pause"].notna().any() else 0, subjects + pending, 3)) + 1
    for name, colour, word in (("watch", colours.caution, say("watch")), ("pause", colours.stop, say("pause for review"))):
        known = boundary[boundary[name].notna()]
        figure.add_trace(
            go.Bar(
                x=known["at_risk"],
                y=top - known[name] + 0.5,
                base=known[name] - 0.5,
                width=1,
                marker={"color": colour, "line": {"width": 0}},
                customdata=known[name],
                hovertemplate=say("{state} from {events} of {n}", state=word, events="%{customdata}", n="%{x}") + "<extra></extra>",
            )
        )
    if pending:
        figure.add_trace(_reach(subjects, at_risk, pending, colours))
    figure.add_trace(
        go.Scatter(
            x=[at_risk],
            y=[subjects],
            mode="markers+text",
            text=[say("today")],
            textposition="bottom center",
            marker={"size": 13, "color": colours.ink, "symbol": "circle"},
            hovertemplate=say("today: {events} of {n}", events="%{y}", n="%{x}") + "<extra></extra>",
        )
    )
    _name_regions(figure, boundary, top, colours)
    figure.update_layout(barmode="overlay", bargap=0)
    figure.update_xaxes(
        title_text=say("subjects at risk"), range=[-0.5, int(boundary["at_risk"].max()) + 0.5], dtick=_step(int(boundary["at_risk"].max()))
    )
    figure.update_yaxes(title_text=say("of these, with an event"), range=[-0.9, top], dtick=_step(top), showgrid=True)
    return figure


def _name_regions(figure: go.Figure, boundary: pd.DataFrame, top: int, colours: Palette) -> None:
    """The words of the two regions, written into them at the right edge."""
    last = boundary.iloc[-1]
    heights = {"pause for review": (last["pause"], top), "watch": (last["watch"], last["pause"])}
    for word, (low, high) in heights.items():
        if pd.notna(low) and pd.notna(high):
            y = (float(low) - 0.5 + float(high) - 0.5) / 2
            figure.add_annotation(x=int(last["at_risk"]), xanchor="right", y=y, text=say(word), showarrow=False, font_color=colours.ink)


def _reach(subjects: int, at_risk: int, pending: int, colours: Palette) -> go.Scatter:
    """The triangle from today to the best and to the worst that the pending subjects can bring."""
    return go.Scatter(
        x=[at_risk, at_risk + pending, at_risk + pending, at_risk],
        y=[subjects, subjects, subjects + pending, subjects],
        mode="lines",
        line={"color": colours.muted, "width": 1.5, "dash": "dot"},
        hovertemplate=say("reach of {n} pending subjects", n=pending) + "<extra></extra>",
    )


def _step(most: int) -> int:
    return next((step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if most / step <= 12), 1000)


def draw_belief(density: pd.DataFrame, *, target: float, chance: float, colours: Palette) -> go.Figure:
    """Return DENSITY before and after the data, the part above the ``target`` (0-1) shaded, its ``chance`` in words."""
    figure = new_figure(colours, height=300, top=26)
    above = density[density["rate"] >= target]
    x = density["rate"] * 100
    figure.add_trace(_line(x, density["prior"], colours.muted, "dot", say("before the data")))
    figure.add_trace(_line(x, density["posterior"], colours.ink, "solid", say("after the data")))
    figure.add_trace(
        go.Scatter(x=above["rate"] * 100, y=above["posterior"], mode="none", fill="tozeroy", fillcolor=colours.stop, hoverinfo="skip")
    )
    figure.add_vline(x=target * 100, line={"color": colours.accent, "width": 2})
    figure.add_annotation(
        x=target * 100,
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="left",
        text=say("above {target}: {chance}", target=describe_percent(target), chance=describe_percent(chance)),
        showarrow=False,
        font_color=colours.accent,
    )
    highest = float(density["posterior"][density["rate"] > 0.01].max())
    figure.update_xaxes(title_text=say("true rate (%); dotted: before the data"), range=[0, min(100, max(40, target * 500))])
    figure.update_yaxes(title_text=say("belief"), showticklabels=False, range=[0, 1.1 * highest])
    return figure


def _line(x: pd.Series, y: pd.Series, colour: str, dash: str, name: str) -> go.Scatter:
    return go.Scatter(x=x, y=y, mode="lines", line={"color": colour, "width": 2, "dash": dash}, hovertemplate=name + "<extra></extra>")


def draw_expected(rows: pd.DataFrame, *, colours: Palette) -> go.Figure:
    """Return OBSERVED_EXPECTED: the observed share with its interval over the background's low-to-high range, central rate marked."""
    ordered = rows.iloc[::-1]
    names = [f"{plain(row.label, longest=36)}<br>{_counts(row)}" for row in ordered.itertuples(index=False)]
    figure = new_figure(colours, height=ROW_PIXELS * len(ordered) + 70, right=20, top=6)
    figure.add_trace(_background(ordered, names, colours))
    figure.add_trace(_upright(100 * ordered["central"], names, say("central background {rate}%", rate="%{x:.3g}"), colours))
    share = 100 * ordered["subjects"].astype("float64") / ordered["dosed"].astype("float64").clip(lower=1)
    figure.add_trace(
        go.Scatter(
            x=share,
            y=names,
            mode="markers",
            marker={"size": 10, "color": colours.ink},
            error_x={
                "type": "data", "symmetric": False, "array": 100 * ordered["upper"] - share, "arrayminus": share - 100 * ordered["lower"],
                "color": colours.lane, "thickness": 2, "width": 5,
            },
            customdata=[_counts(row) for row in ordered.itertuples(index=False)],
            hovertemplate=say("observed {counts}", counts="%{customdata}") + "<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(
        title_text=say("subjects with the event (%); band: background low to high, bar: central"), range=[-1, 101], dtick=20
    )
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=names, range=[-0.6, len(names) - 0.4])
    return figure


def _counts(row: Any) -> str:
    return say("{subjects} of {dosed}, {expected} expected", subjects=row.subjects, dosed=row.dosed, expected=f"{row.expected:.2g}")


def _background(rows: pd.DataFrame, names: list[str], colours: Palette) -> go.Bar:
    words = [
        say(
            "background {low} to {high}, central {central}",
            low=describe_percent(r.low),
            high=describe_percent(r.high),
            central=describe_percent(r.central),
        )
        for r in rows.itertuples(index=False)
    ]
    return go.Bar(
        x=100 * (rows["high"] - rows["low"]),
        base=100 * rows["low"],
        y=names,
        orientation="h",
        width=0.62,
        marker={"color": colours.band, "line": {"width": 0}},
        customdata=words,
        hovertemplate="%{customdata}<extra></extra>",
    )
