"""Figures of the Escalation page: the rule's table with the way taken, and the DLT rate of each dose."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.memory import drawn_once
from dashboard.style import Palette, new_figure, plain
from dashboard.text import say
from trial.signals.intervals import describe_percent, describe_rate

CELL_PIXELS = 46
WIDE = 7
"""Columns from which the cells carry letters instead of words."""


@drawn_once
def draw_decision_table(
    table: pd.DataFrame,
    path: list[tuple[int, int]],
    *,
    colours: Palette,
    dose: str,
    earlier: Mapping[str, list[tuple[int, int]]] | None = None,
) -> go.Figure:
    """Return DECISION_TABLE as a grid (subjects across, DLTs up), the way taken at ``dose`` drawn in, today's cell framed.

    ``path`` holds (evaluable subjects, DLTs) after each subject became known, today's counts last; ``earlier`` the same of the other
    doses, by their number and name.
    """
    most = int(table["n"].max())
    others = earlier or {}
    shown = min(int(table["dlt"].max()), max(_highest_row(table, one) for one in (path, *others.values())))
    cells = table[table["dlt"] <= shown]
    figure = new_figure(colours, height=CELL_PIXELS * (shown + 1) + 70, left=40)
    figure.add_trace(_cells(cells, colours))
    _add_earlier(figure, others, colours)
    _add_way(figure, path, colours, dose)
    figure.update_xaxes(
        title_text=say("Evaluable subjects at {dose}", dose=plain(dose)), range=[0.45, most + 0.55], dtick=1, showgrid=False
    )
    figure.update_yaxes(title_text=say("of these, with a DLT"), range=[-0.55, shown + 0.55], dtick=1)
    return figure


def _highest_row(table: pd.DataFrame, path: list[tuple[int, int]]) -> int:
    """Rows worth showing: up to two above the lowest that always leaves the dose, and the way taken."""
    up = table[table["action"].isin(["escalate", "stay"])]["dlt"].max()
    taken = max((dlt for _, dlt in path), default=0)
    return max(int(up) + 2 if pd.notna(up) else 2, taken)


def _cells(rows: pd.DataFrame, colours: Palette) -> go.Heatmap:
    """The cells with the word in each, so that nothing rests on colour."""
    grounds = {"escalate": colours.good, "stay": colours.calm, "de-escalate": colours.stop, "eliminate": colours.stop}
    place = {action: number for number, action in enumerate(grounds)}
    wide = int(rows["n"].max()) > WIDE
    words = [_short(action) if wide else say(action).replace("-", "-<br>") for action in rows["action"]]
    grid = rows.assign(place=rows["action"].map(place), words=words, said=[say(action) for action in rows["action"]])
    colour, text, said = (grid.pivot_table(index="dlt", columns="n", values=name, aggfunc="first") for name in ("place", "words", "said"))
    steps = [(number + end) / len(grounds) for number in range(len(grounds)) for end in (0, 1)]
    return go.Heatmap(
        x=colour.columns.to_list(),
        y=colour.index.to_list(),
        z=colour.to_numpy(dtype="float64", na_value=float("nan")),
        zmin=-0.5,
        zmax=len(grounds) - 0.5,
        colorscale=[[step, ground] for step, ground in zip(steps, [g for g in grounds.values() for _ in (0, 1)], strict=True)],
        showscale=False,
        xgap=4,
        ygap=4,
        text=text.fillna("").to_numpy(),
        texttemplate="%{text}",
        textfont={"color": colours.ink, "size": 11 if wide else 12},
        customdata=said.fillna("").to_numpy(),
        hoverongaps=False,
        hovertemplate=say("{dlt} DLT in {n} subjects: {action}", dlt="%{y}", n="%{x}", action="%{customdata}") + "<extra></extra>",
    )


def _short(action: str) -> str:
    """The letter of an action, as BOIN's own tables write it."""
    return {"escalate": "E", "stay": "S", "de-escalate": "D", "eliminate": "DU"}[action]


def _add_way(figure: go.Figure, path: list[tuple[int, int]], colours: Palette, dose: str) -> None:
    if not path:
        return
    n, dlt = path[-1]
    figure.add_shape(type="rect", x0=n - 0.47, x1=n + 0.47, y0=dlt - 0.45, y1=dlt + 0.45, line={"color": colours.accent, "width": 3})
    figure.add_trace(
        go.Scatter(
            x=[point[0] for point in path],
            y=[point[1] - 0.28 for point in path],
            mode="lines+markers",
            line={"color": colours.accent, "width": 2, "dash": "dot"},
            marker={"color": colours.accent, "size": 7},
            hovertemplate=say("the way taken at {dose}", dose=plain(dose)) + "<extra></extra>",
        )
    )


def _add_earlier(figure: go.Figure, ways: Mapping[str, list[tuple[int, int]]], colours: Palette) -> None:
    """Where the other doses stand: their numbers, together where they stand in the same cell."""
    if not ways:
        return
    cells: dict[tuple[int, int], list[str]] = {}
    for name, path in ways.items():
        cells.setdefault(path[-1], []).append(name)
    hover = [
        "<br>".join(say("dose level {dose}: {dlt} of {n} with a DLT", dose=plain(name), dlt=dlt, n=n) for name in names)
        for (n, dlt), names in cells.items()
    ]
    figure.add_trace(
        go.Scatter(
            x=[n + 0.46 for n, _ in cells],
            y=[dlt + 0.3 for _, dlt in cells],
            mode="text",
            text=["<b>" + ",".join(f"({name.partition(' ')[0]})" for name in names) + "</b>" for names in cells.values()],
            textposition="middle left",
            textfont={"color": colours.accent, "size": 11},
            customdata=[[text] for text in hover],
            hovertemplate="%{customdata[0]}<extra></extra>",
        )
    )


@drawn_once
def draw_dose_rates(estimates: pd.DataFrame, labels: dict[int, str], *, colours: Palette, target: float) -> go.Figure:
    """Return DOSE_ESTIMATES as dots with exact 95% intervals, counts beside each; ``target`` as a line (0-1)."""
    rows = estimates.sort_values("dose_level")
    names = [_dose_words(row, labels) for row in rows.itertuples(index=False)]
    figure = new_figure(colours, height=max(200, 76 * len(rows) + 90), right=24, top=26)
    known = rows[rows["n"] > 0]
    known_names = [name for name, n in zip(names, rows["n"], strict=True) if n > 0]
    figure.add_trace(_intervals(known, known_names, colours))
    fitted = [(name, rate * 100) for name, rate in zip(names, rows["fitted"], strict=True) if pd.notna(rate)]
    if fitted:
        figure.add_trace(_fitted(fitted, colours))
    figure.add_vline(x=target * 100, line={"color": colours.accent, "width": 1.5, "dash": "dash"})
    figure.add_annotation(
        x=target * 100,
        y=1,
        yref="paper",
        yanchor="bottom",
        text=say("target {rate}%", rate=f"{target * 100:.0f}"),
        showarrow=False,
        font_color=colours.accent,
    )
    figure.update_xaxes(title_text=say("DLT rate, exact 95% interval (%)"), range=[0, 100], dtick=25)
    figure.update_yaxes(type="category", categoryorder="array", categoryarray=names, range=[-0.6, len(names) - 0.4])
    return figure


def _dose_words(row: Any, labels: dict[int, str]) -> str:
    """A dose by its label, with the counts that its interval rests on."""
    waiting = say("{n} pending", n=row.pending) if row.pending else ""
    counts = say("{dlt} of {n} with a DLT", dlt=row.dlt, n=row.n)
    if row.n and not row.dlt:
        counts = say("{rate} with a DLT", rate=describe_rate(0, int(row.n)))
    above = say("above target {share}", share=describe_percent(row.above_target)) if row.n else ""
    return "<br>".join(
        part for part in (plain(labels.get(int(row.dose_level), str(row.dose_level)), longest=24), counts, waiting, above) if part
    )


def _fitted(points: list[tuple[str, float]], colours: Palette) -> go.Scatter:
    """The design's own estimates."""
    return go.Scatter(
        x=[rate for _, rate in points],
        y=[name for name, _ in points],
        mode="markers",
        marker={"symbol": "diamond-open", "color": colours.accent, "size": 13, "line": {"width": 2}},
        hovertemplate=say("the design's estimate: {rate}%", rate="%{x:.0f}") + "<extra></extra>",
    )


def _intervals(known: pd.DataFrame, names: list[str], colours: Palette) -> go.Scatter:
    rate, low, high = known["rate"] * 100, known["low"] * 100, known["high"] * 100
    return go.Scatter(
        x=rate,
        y=names,
        mode="markers",
        marker={"color": colours.ink, "size": 11},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": high - rate,
            "arrayminus": rate - low,
            "color": colours.lane,
            "thickness": 5,
            "width": 0,
        },
        customdata=list(zip(known["dlt"], known["n"], low, high, known["above_target"] * 100, strict=True)),
        hovertemplate=say(
            "{dlt} of {n} with a DLT<br>exact 95%: {low}-{high}%<br>Pr(rate above target) {above}%",
            dlt="%{customdata[0]}",
            n="%{customdata[1]}",
            low="%{customdata[2]:.0f}",
            high="%{customdata[3]:.0f}",
            above="%{customdata[4]:.0f}",
        )
        + "<extra></extra>",
    )
