"""Surgical complications in two pictures: how investigator and sponsor judged each cause, and the surgical scales against CTCAE."""

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.incidence import LABELS, count_events
from dashboard.charts.memory import drawn_once
from dashboard.style import GRADE_SIGNS, Palette, new_figure, plain
from dashboard.text import say, translate
from trial.grading.surgical import CLAVIEN_NAME, ClavienDindo, rank_classintra
from trial.sentence import Sentence
from trial.terms import GRADES

CELL_PIXELS = 30
REACH_PIXELS = 100
"""A click this far from the middle of a cell still means it."""
NOBODY = ""
APART = ("investigator_only", "sponsor_only")
"""The columns of events on which the judges differ: a cell with any is marked, however few they are beside the others."""


@drawn_once
def draw_judges(counts: pd.DataFrame, causes: Mapping[str, str], *, colours: Palette) -> go.Figure:
    """Return JUDGEMENT_COUNTS as a grid: a row for each cause of ``causes`` (head to its label), the judges' agreement across.

    Each cell that counts events carries its `judged_key` for a click.
    """
    shown = counts[counts["head"].isin(list(causes))]
    names = name_agreements()
    columns = [name for name in names if name not in ("one_judge", "unjudged") or shown[name].any()]
    cells = [[int(n) for n in row] for row in shown[columns].itertuples(index=False)]
    figure = new_figure(colours, height=CELL_PIXELS * len(shown) + 66, top=44, bottom=8)
    labels = [plain(causes[head], longest=34) for head in shown["head"]]
    shares = [[n / max(int(events), 1) for n in row] for row, events in zip(cells, shown["events"], strict=True)]
    words = [
        [f"<b>{label}</b><br>{names[name]}: {translate(describe_share(n, int(events)))}" for name, n in zip(columns, row, strict=True)]
        for label, row, events in zip(labels, cells, shown["events"], strict=True)
    ]
    text = [[_cell(name, n) for name, n in zip(columns, row, strict=True)] for row in cells]
    keys = [
        [judged_key(str(head), name) if n else NOBODY for name, n in zip(columns, row, strict=True)]
        for head, row in zip(shown["head"], cells, strict=True)
    ]
    _add_grid(figure, shares, text, colours)
    _add_targets(figure, keys, words, colours)
    marked = [(row, column) for row, line in enumerate(cells) for column, n in enumerate(line) if n and columns[column] in APART]
    edge = {"type": "rect", "line": {"color": colours.ink, "width": 1.6}}
    shapes = [{**edge, "x0": column - 0.49, "x1": column + 0.49, "y0": row - 0.46, "y1": row + 0.46} for row, column in marked]
    heads = ["<br>".join(wrap(names[name], 16)) for name in columns]
    figure.update_layout(shapes=shapes)
    figure.update_xaxes(tickvals=list(range(len(columns))), ticktext=heads, side="top", showgrid=False, showline=False)
    figure.update_yaxes(tickvals=list(range(len(shown))), ticktext=labels, range=[len(shown) - 0.5, -0.5], **LABELS)
    return figure


def name_agreements() -> dict[str, str]:
    """Return how investigator and sponsor can stand to a cause, by the columns of JUDGEMENT_COUNTS, in words."""
    return {
        "both": say("both see a possibility"),
        "investigator_only": say("investigator only"),
        "sponsor_only": say("sponsor only"),
        "neither": say("neither"),
        "one_judge": say("one has judged"),
        "unjudged": say("nobody has judged"),
    }


def judged_key(head: str, agreement: str) -> str:
    """Return what the cell of a cause and an agreement carries for a click."""
    return f"{head}|{agreement}"


def scaled_key(row: Any) -> str:
    """Return what the cell of a row of SURGICAL_GRADES carries for a click."""
    return f"{row.scale}|{row.code}|{bool(row.disability)}|{'' if pd.isna(row.grade) else int(row.grade)}"


def _cell(name: str, events: int) -> str:
    return f"<b>{events:,} ≠</b>" if name in APART and events else f"{events:,}"


def describe_share(part: int, events: int) -> Sentence:
    """Return how many of the events a cell counts; a share of events has no interval, since one subject has many."""
    return Sentence("{n} of {all} events", n=f"{part:,}", all=f"{events:,}")


def _add_grid(figure: go.Figure, shades: list[list[float]], text: list[list[str]], colours: Palette) -> None:
    """Cells with their numbers, the darker the larger."""
    figure.add_heatmap(
        z=shades,
        x=list(range(len(shades[0]) if shades else 0)),
        y=list(range(len(shades))),
        zmin=0,
        colorscale=[[0, colours.panel], [1, colours.lane]],
        showscale=False,
        xgap=3,
        ygap=3,
        text=text,
        texttemplate="%{text}",
        textfont={"color": colours.ink, "size": 12},
        hoverinfo="skip",
    )


def _add_targets(figure: go.Figure, keys: list[list[str]], words: list[list[str]], colours: Palette) -> None:
    """Over each cell a mark that only a click makes visible, since the cells of a heat map cannot be chosen."""
    places = [(row, column) for row, line in enumerate(keys) for column in range(len(line))]
    figure.add_scatter(
        x=[column for _, column in places],
        y=[row for row, _ in places],
        mode="markers",
        marker={"symbol": "square-open", "size": CELL_PIXELS - 4, "color": colours.accent, "opacity": 0, "line": {"width": 2}},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0}},
        customdata=[[keys[row][column], words[row][column]] for row, column in places],
        hovertemplate="%{customdata[1]}<extra></extra>",
        showlegend=False,
    )
    figure.update_layout(hoverdistance=REACH_PIXELS)


@drawn_once
def draw_scales(grades: pd.DataFrame, *, colours: Palette) -> go.Figure:
    """Return SURGICAL_GRADES as a grid: a row for each grade of ClassIntra and of Clavien-Dindo, the CTCAE grades across.

    Each cell that counts events carries its `scaled_key` for a click.
    """
    rows = sorted({(str(one.scale), str(one.code), bool(one.disability)) for one in grades.itertuples()}, key=_rank)
    columns: list[int | None] = [*GRADES, *([None] if grades["grade"].isna().any() else [])]
    figure = new_figure(colours, height=CELL_PIXELS * len(rows) + 78, top=34, bottom=8)
    counts: list[list[int]] = [[0] * len(columns) for _ in rows]
    words = [[count_events(0)] * len(columns) for _ in rows]
    keys = [[NOBODY] * len(columns) for _ in rows]
    for one in grades.itertuples():
        row = rows.index((str(one.scale), str(one.code), bool(one.disability)))
        column = columns.index(None if pd.isna(one.grade) else int(one.grade))
        counts[row][column] = int(one.events)
        keys[row][column] = scaled_key(one)
        words[row][column] = say("{events} in {n} subjects", events=count_events(int(one.events)), n=one.subjects)
    _add_grid(figure, [[float(n) for n in line] for line in counts], [[f"{n:,}" if n else "" for n in line] for line in counts], colours)
    _add_targets(figure, keys, words, colours)
    heads = [say("not graded") if grade is None else f"CTCAE {grade} {GRADE_SIGNS[grade]}" for grade in columns]
    figure.update_xaxes(tickvals=list(range(len(columns))), ticktext=heads, side="top", showgrid=False, showline=False)
    labels = [name_grade(scale, code, disability) for scale, code, disability in rows]
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=labels, range=[len(rows) - 0.5, -0.5], **LABELS)
    return figure


def _rank(row: tuple[str, str, bool]) -> tuple[bool, int, bool]:
    """ClassIntra before Clavien-Dindo, each in the order of its grades."""
    scale, code, disability = row
    after = scale == CLAVIEN_NAME
    return after, ClavienDindo(code).rank if after else rank_classintra(code), disability


def name_grade(scale: str, code: str, disability: bool) -> str:
    """Return a grade of a surgical scale as it is written, with the name of its scale."""
    return f"{scale} {ClavienDindo(code, disability) if scale == CLAVIEN_NAME else code}"


def describe_scales(one: Any) -> tuple[str, str]:
    """Return the ClassIntra and the Clavien-Dindo grade of a row of SURGICAL_EVENTS as they are written, each empty where there is none."""
    clavien = (
        ""
        if pd.isna(one.clavien_dindo)
        else str(ClavienDindo(one.clavien_dindo, not pd.isna(one.clavien_disability) and bool(one.clavien_disability)))
    )
    return "" if pd.isna(one.classintra) else str(one.classintra), clavien
