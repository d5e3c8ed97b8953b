"""The tree of what could come next: a box per result of a coming cohort, with the decision on it and its probability."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.memory import drawn_once
from dashboard.style import Palette, new_figure, plain
from dashboard.text import say, translate
from trial.signals.intervals import describe_percent

LEAF_PIXELS = 50
LONGEST_DOSE = 16


@drawn_once
def draw_tree(tree: pd.DataFrame, labels: Mapping[int, str], *, colours: Palette, today: str) -> go.Figure:
    """Return OUTCOME_TREE from left to right, ``today`` (the rule's answer now, in words) at its root."""
    heights = _place_rows(tree)
    depth = int(tree["depth"].max()) if len(tree) else 0
    leaves = max(int(tree["leaf"].sum()), 1)
    figure = new_figure(colours, height=LEAF_PIXELS * leaves + 24, left=0, right=0, top=4, bottom=4)
    root = sum(heights[node] for node in tree.loc[tree["parent"].isna(), "node"]) / max(int(tree["parent"].isna().sum()), 1)
    figure.add_trace(_edges(tree, heights, root, colours))
    notes = [_box(0, root, f"<b>{say('Today')}</b><br>{plain(today, longest=34)}", colours.panel, colours)]
    rows = tree.itertuples(index=False)
    notes += [_box(row.depth, heights[row.node], _say_box(row, labels), _ground(row, colours), colours) for row in rows]
    figure.add_trace(_hover(tree, heights, colours))
    figure.update_layout(annotations=notes)
    figure.update_xaxes(range=[-0.06, depth + 0.94], visible=False)
    figure.update_yaxes(range=[leaves - 0.5, -0.5], visible=False)
    return figure


def _place_rows(tree: pd.DataFrame) -> dict[int, float]:
    """The height of each branch: leaves one below the other, a branch in the middle of its children."""
    heights: dict[int, float] = {}
    for place, node in enumerate(tree.loc[tree["leaf"], "node"]):
        heights[int(node)] = float(place)
    for row in tree[~tree["leaf"]][::-1].itertuples(index=False):
        below = [heights[int(node)] for node in tree.loc[tree["parent"] == row.node, "node"]]
        heights[int(row.node)] = (min(below) + max(below)) / 2
    return heights


def _edges(tree: pd.DataFrame, heights: Mapping[int, float], root: float, colours: Palette) -> go.Scatter:
    """From each branch to the one before it, with a bend between the two columns."""
    x: list[float | None] = []
    y: list[float | None] = []
    for row in tree.itertuples(index=False):
        start = root if pd.isna(row.parent) else heights[int(row.parent)]
        bend = row.depth - 0.06
        x += [row.depth - 1 + 0.02, bend, bend, row.depth + 0.02, None]
        y += [start, start, heights[row.node], heights[row.node], None]
    return go.Scatter(x=x, y=y, mode="lines", line={"color": colours.lane, "width": 1.2}, hoverinfo="skip")


def _box(depth: int, height: float, words: str, ground: str, colours: Palette) -> dict[str, Any]:
    look = {"bgcolor": ground, "bordercolor": colours.rule, "borderwidth": 1, "borderpad": 4, "align": "left", "showarrow": False}
    return {"x": depth, "y": height, "xanchor": "left", "yanchor": "middle", "text": words, "font": {"size": 12}, **look}


def _say_box(row: Any, labels: Mapping[int, str]) -> str:
    """The result and how likely it is; below it what the rule then says."""
    dose = plain(labels.get(int(row.dose_level), str(row.dose_level)), longest=LONGEST_DOSE)
    result = say_result(row.low, row.high, row.size)
    head = f"<b>{result}</b> {describe_percent(row.probability)} · {dose}"
    return f"{head}<br>{say('not followed') if pd.isna(row.action) else say_step(row.action, row.next_level, labels)}"


def say_result(low: int, high: int, size: int) -> str:
    """Return how many of a cohort have a DLT, in words."""
    if high == 0:
        return say("no DLT in {n}", n=size)
    return say("{dlt} DLT in {n}", dlt=low if low == high else f"{low}-{high}", n=size)


def say_step(action: str, level: Any, labels: Mapping[int, str]) -> str:
    """Return a decision in two or three words, the dose by its label."""
    dose = say("none") if pd.isna(level) else plain(labels.get(int(level), str(level)), longest=LONGEST_DOSE)
    words = {
        "escalate": say("up to {dose}", dose=dose),
        "stay": say("stay at {dose}", dose=dose),
        "wait": say("wait at {dose}", dose=dose),
        "de-escalate": say("down to {dose}", dose=dose),
        "eliminate": say("down to {dose}, never back", dose=dose),
        "stop": say("stop, recommend {dose}", dose=dose),
    }
    return words[action]


def _ground(row: Any, colours: Palette) -> str:
    if pd.isna(row.action):
        return colours.paper
    if row.action == "stop":
        return colours.stop if pd.isna(row.next_level) else colours.band
    return {"escalate": colours.good, "stay": colours.calm, "wait": colours.calm}.get(row.action, colours.stop)


def _hover(tree: pd.DataFrame, heights: Mapping[int, float], colours: Palette) -> go.Scatter:
    """A mark at the edge of each box that explains it."""
    words = [plain(translate(text), longest=400) for text in tree["because"]]
    return go.Scatter(
        x=[depth - 0.01 for depth in tree["depth"]],
        y=[heights[node] for node in tree["node"]],
        mode="markers",
        marker={"color": colours.lane, "size": 7},
        customdata=[[_wrap(text)] for text in words],
        hovertemplate="%{customdata[0]}<extra></extra>",
    )


def _wrap(text: str, width: int = 70) -> str:
    """Text in lines that a hover label can hold."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "<br>".join([*lines, line])
