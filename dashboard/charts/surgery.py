"""Surgical complications in two pictures: how investigator and sponsor judged each cause, and the surgical scales against CTCAE."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.incidence import LABELS, count_events
from dashboard.charts.memory import drawn_once
from dashboard.style import GRADE_SIGNS, Palette, new_figure, plain
from dashboard.text import say
from trial.grading.surgical import CLAVIEN_NAME, ClavienDindo, rank_classintra
from trial.terms import GRADES

BAR_PIXELS = 34
CELL_PIXELS = 30
LEAST_LABELLED = 0.03
"""A segment shorter than this part of the bar carries no number; its hover does."""


@drawn_once
def draw_judges(counts: pd.DataFrame, causes: Mapping[str, str], *, colours: Palette) -> go.Figure:
    """Return JUDGEMENT_COUNTS: a bar for each cause of ``causes`` (head to its label), split by who sees a reasonable possibility."""
    shown = counts[counts["head"].isin(list(causes))]
    figure = new_figure(colours, height=BAR_PIXELS * len(shown) + 96, top=4, bottom=40)
    looks = {
        "both": (say("both see a possibility"), colours.accent, ""),
        "investigator_only": (say("investigator only"), colours.caution, "/"),
        "sponsor_only": (say("sponsor only"), colours.stop, "\\"),
        "neither": (say("neither"), colours.rule, ""),
        "one_judge": (say("one has judged"), colours.panel, "."),
        "unjudged": (say("nobody has judged"), colours.paper, ""),
    }
    total = max(int(shown["events"].max()), 1)
    for column, (name, colour, pattern) in looks.items():
        if not shown[column].any():
            continue
        values = [int(n) for n in shown[column]]
        figure.add_bar(
            y=list(range(len(shown))),
            x=values,
            orientation="h",
            width=0.66,
            name=name,
            marker={"color": colour, "line": {"color": colours.muted, "width": 0.8}, "pattern": {"shape": pattern, "solidity": 0.25}},
            text=[f"{n:,}" if n / total > LEAST_LABELLED or (n and column.endswith("_only")) else "" for n in values],
            textposition="inside",
            textangle=0,
            constraintext="none",
            textfont={"color": colours.paper if column == "both" else colours.ink, "size": 11},
            hovertemplate="%{y}: %{x}<extra>" + name + "</extra>",
        )
    labels = [plain(causes[head], longest=34) for head in shown["head"]]
    figure.update_layout(
        barmode="stack", showlegend=True, legend={"orientation": "h", "x": 0, "y": -0.28, "yanchor": "top", "traceorder": "normal"}
    )
    figure.update_xaxes(title_text=say("events from the incision on"), rangemode="tozero", title_standoff=2)
    figure.update_yaxes(tickvals=list(range(len(shown))), ticktext=labels, range=[len(shown) - 0.5, -0.5], **LABELS)
    return figure


@drawn_once
def draw_scales(grades: pd.DataFrame, *, colours: Palette) -> go.Figure:
    """Return SURGICAL_GRADES as a grid: a row for each grade of ClassIntra and of Clavien-Dindo, the CTCAE grades across."""
    rows = sorted({(str(one.scale), str(one.code), bool(one.disability)) for one in grades.itertuples()}, key=_rank)
    columns: list[int | None] = [*GRADES, *([None] if grades["grade"].isna().any() else [])]
    figure = new_figure(colours, height=CELL_PIXELS * len(rows) + 78, top=34, bottom=8)
    counts: list[list[int]] = [[0] * len(columns) for _ in rows]
    words = [[""] * len(columns) for _ in rows]
    for one in grades.itertuples():
        row = rows.index((str(one.scale), str(one.code), bool(one.disability)))
        column = columns.index(None if pd.isna(one.grade) else int(one.grade))
        counts[row][column] = int(one.events)
        words[row][column] = say("{events} in {n} subjects", events=count_events(int(one.events)), n=one.subjects)
    figure.add_heatmap(
        z=counts,
        x=list(range(len(columns))),
        y=list(range(len(rows))),
        zmin=0,
        colorscale=[[0, colours.panel], [1, colours.lane]],
        showscale=False,
        xgap=3,
        ygap=3,
        text=[[f"{n:,}" if n else "" for n in line] for line in counts],
        texttemplate="%{text}",
        textfont={"color": colours.ink, "size": 12},
        customdata=words,
        hovertemplate="%{customdata}<extra></extra>",
    )
    heads = [say("not graded") if grade is None else f"CTCAE {grade} {GRADE_SIGNS[grade]}" for grade in columns]
    figure.update_xaxes(tickvals=list(range(len(columns))), ticktext=heads, side="top", showgrid=False, showline=False)
    labels = [_row_name(scale, code, disability) for scale, code, disability in rows]
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=labels, range=[len(rows) - 0.5, -0.5], **LABELS)
    return figure


def _rank(row: tuple[str, str, bool]) -> tuple[bool, int, bool]:
    """ClassIntra before Clavien-Dindo, each in the order of its grades."""
    scale, code, disability = row
    after = scale == CLAVIEN_NAME
    return after, ClavienDindo(code).rank if after else rank_classintra(code), disability


def _row_name(scale: str, code: str, disability: bool) -> str:
    return f"{scale} {ClavienDindo(code, disability) if scale == CLAVIEN_NAME else code}"


def describe_scales(one: Any) -> tuple[str, str]:
    """Return the ClassIntra and the Clavien-Dindo grade of a row of SURGICAL_EVENTS as they are written, each empty where there is none."""
    clavien = (
        ""
        if pd.isna(one.clavien_dindo)
        else str(ClavienDindo(one.clavien_dindo, not pd.isna(one.clavien_disability) and bool(one.clavien_disability)))
    )
    return "" if pd.isna(one.classintra) else str(one.classintra), clavien
