"""The phases around a procedure: who had what in which, under the subjects at risk; causes in the colours of attribution."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.incidence import LABELS, count_events
from dashboard.charts.marks import event_mark, grade_words, mark_key
from dashboard.charts.memory import drawn_once
from dashboard.style import GRADE_SIGNS, Palette, new_figure, plain
from dashboard.text import say, translate
from trial.signals.intervals import describe_rate

ROW_PIXELS = 27
HEAD_PIXELS = 54
HEADING_SIGNS = 11
"""A phase's name is broken into lines of about this many signs."""
MOST_MARKS = 5
"""A cell with more subjects than this shows their number instead of a mark each."""
CAUSES = ("product", "procedure", "concomitant", "underlying")
HALF = 0.46
NOBODY = ""
"""Stands first in the custom data of what is no single subject's, so that a click on it leads nowhere."""
BAR = 0.62
"""Length of a cause's bar when every subject at risk had such an event; the number stands beside it."""


@dataclass(frozen=True)
class Grid:
    """Where columns (phases by code) and rows of the picture stand: denominators, causes, and below a gap the terms."""

    columns: dict[str, int]
    risks: dict[str, int]
    causes: dict[str, int]
    rows: dict[str, int]

    @property
    def first(self) -> int:
        """The row of the first term."""
        return len(self.risks) + len(self.causes) + 1

    @property
    def height(self) -> int:
        """Rows in all."""
        return self.first + len(self.rows)


@drawn_once
def draw_phases(
    totals: pd.DataFrame,
    terms: pd.DataFrame,
    events: pd.DataFrame | None,
    *,
    phases: Mapping[str, str],
    causes: Mapping[str, str],
    order: Sequence[str],
    colours: Palette,
) -> go.Figure:
    """Return PHASE_TERMS as a grid of terms by phases, under PHASE_TOTALS; ``events`` (PHASE_EVENTS) give each subject a mark.

    Without ``events`` every cell shows its number. ``phases`` are the labels of the phases by code, in order of time, ``causes``
    those of the attributions; ``order`` the terms.
    """
    grid = _place(totals, phases, causes, order)
    figure = new_figure(colours, height=ROW_PIXELS * grid.height + HEAD_PIXELS + 16, top=HEAD_PIXELS, bottom=8)
    _add_headings(figure, totals, phases, grid, colours)
    _add_causes(figure, totals, causes, grid, colours)
    shown = terms[terms["term"].isin(list(order)) & terms["phase"].isin(list(phases))]
    most = 0 if events is None else MOST_MARKS
    _add_cells(figure, shown, phases, grid, colours)
    _add_numbers(figure, shown[shown["subjects"] > most], phases, grid, colours)
    if events is not None:
        _add_subjects(figure, shown[shown["subjects"] <= most], events, grid, colours)
    names = {"at_risk": say("subjects at risk"), "complete": say("followed to the end of the phase")}
    labels = [*(names[risk] for risk in grid.risks), *(_cause_name(head, causes) for head in grid.causes)]
    labels += [plain(term, longest=38) for term in order]
    figure.update_xaxes(visible=False, range=[-0.5, len(phases) - 0.5])
    ticks = [*grid.risks.values(), *grid.causes.values(), *grid.rows.values()]
    figure.update_yaxes(tickvals=ticks, ticktext=labels, range=[grid.height - 0.5, -0.5], **LABELS)
    figure.update_layout(showlegend=True, legend={"x": 1.01, "y": 1, "xanchor": "left", "yanchor": "top"}, barmode="overlay")
    return figure


def _place(totals: pd.DataFrame, phases: Mapping[str, str], causes: Mapping[str, str], order: Sequence[str]) -> Grid:
    """The rows that are needed: how many were followed to the end only where that is not everybody at risk."""
    risks = ["at_risk"] + (["complete"] if (totals["complete"] != totals["at_risk"]).any() else [])
    heads = [head for head in CAUSES if head in causes] + ["no_cause"]
    above = len(risks) + len(heads) + 1
    return Grid(
        {code: place for place, code in enumerate(phases)},
        {risk: place for place, risk in enumerate(risks)},
        {head: len(risks) + place for place, head in enumerate(heads)},
        {term: above + place for place, term in enumerate(order)},
    )


def _cause_name(head: str, causes: Mapping[str, str]) -> str:
    if head == "no_cause":
        return say("none of these causes")
    return say("related: {cause}", cause=plain(causes[head], longest=34))


def _add_headings(figure: go.Figure, totals: pd.DataFrame, phases: Mapping[str, str], grid: Grid, colours: Palette) -> None:
    """Above each column the phase, and below it the denominators."""
    place = {"y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False, "font": {"color": colours.muted, "size": 10}}
    figure.update_layout(annotations=[{**place, "x": grid.columns[code], "text": _heading(label)} for code, label in phases.items()])
    shown = totals[totals["phase"].isin(list(phases))]
    for risk, row in grid.risks.items():
        figure.add_scatter(
            x=[grid.columns[code] for code in shown["phase"]],
            y=[row] * len(shown),
            mode="text",
            text=[f"<b>{n:,}</b>" if risk == "at_risk" else f"{n:,}" for n in shown[risk]],
            textfont={"color": colours.ink, "size": 12},
            hoverinfo="skip",
            showlegend=False,
        )


def _heading(label: str) -> str:
    """A phase's name, broken into lines."""
    return "<br>".join(f"<b>{plain(line, longest=HEADING_SIGNS + 8)}</b>" for line in wrap(label, HEADING_SIGNS)[:3])


def _add_causes(figure: go.Figure, totals: pd.DataFrame, causes: Mapping[str, str], grid: Grid, colours: Palette) -> None:
    """For each cause a bar in each column: the subjects at risk who had an event that it may have caused."""
    found = totals[totals["phase"].isin(list(grid.columns))]
    for head, row in grid.causes.items():
        counts = [int(n) for n in found[head]]
        shares = [n / int(risk) if risk else 0.0 for n, risk in zip(counts, found["at_risk"], strict=True)]
        columns = [grid.columns[code] for code in found["phase"]]
        words = [translate(describe_rate(n, max(int(risk), n))) for n, risk in zip(counts, found["at_risk"], strict=True)]
        figure.add_bar(
            x=[BAR * share for share in shares],
            base=[column - HALF for column in columns],
            y=[row] * len(columns),
            orientation="h",
            width=0.62,
            marker={"color": colours.heads.get(head, colours.calm)},
            customdata=[[NOBODY, f"<b>{_cause_name(head, causes)}</b><br>{rate}"] for rate in words],
            hovertemplate="%{customdata[1]}<extra></extra>",
            showlegend=False,
        )
        figure.add_scatter(
            x=[column + HALF for column, n in zip(columns, counts, strict=True) if n],
            y=[row for n in counts if n],
            mode="text",
            text=[f"{n:,}" for n in counts if n],
            textposition="middle left",
            textfont={"color": colours.ink, "size": 11},
            hoverinfo="skip",
            showlegend=False,
        )


def _add_cells(figure: go.Figure, terms: pd.DataFrame, phases: Mapping[str, str], grid: Grid, colours: Palette) -> None:
    """The ground of each cell: the darker, the larger the share of the subjects at risk."""
    shares: list[list[float | None]] = [[0.0] * len(grid.columns) for _ in grid.rows]
    words = [[[NOBODY, ""] for _ in grid.columns] for _ in grid.rows]
    for one in terms.itertuples():
        row, column = grid.rows[one.term] - grid.first, grid.columns[one.phase]
        shares[row][column] = one.subjects / one.at_risk if one.at_risk else 1.0
        words[row][column][1] = _cell_words(one, phases[one.phase])
    figure.add_heatmap(
        z=shares,
        x=list(grid.columns.values()),
        y=list(grid.rows.values()),
        zmin=0,
        zmax=1,
        colorscale=[[0, colours.panel], [1, colours.lane]],
        showscale=False,
        xgap=3,
        ygap=2,
        customdata=words,
        hovertemplate="%{customdata[1]}<extra></extra>",
        hoverongaps=False,
    )


def _add_numbers(figure: go.Figure, many: pd.DataFrame, phases: Mapping[str, str], grid: Grid, colours: Palette) -> None:
    """The number of subjects, in the cells where marks would not fit; a click on it asks for them (`cell_key`)."""
    figure.add_scatter(
        x=[grid.columns[phase] for phase in many["phase"]],
        y=[grid.rows[term] for term in many["term"]],
        mode="markers+text",
        text=[_number(one) for one in many.itertuples()],
        textfont={"color": colours.ink, "size": 12},
        marker={"symbol": "square-open", "size": ROW_PIXELS - 4, "color": colours.accent, "opacity": 0, "line": {"width": 2}},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 0}, "textfont": {"color": colours.ink}},
        customdata=[[cell_key(one), _cell_words(one, phases[one.phase])] for one in many.itertuples()],
        hovertemplate="%{customdata[1]}<br>" + say("click: its subjects") + "<extra></extra>",
        showlegend=False,
    )


def cell_key(row: Any) -> str:
    """Return what the number of a row of PHASE_TERMS carries for a click: where single subjects have no mark it stands for them."""
    return f"{row.phase}|{row.term}"


def _number(one: Any) -> str:
    """How many subjects, and the sign of the worst grade."""
    return f"{one.subjects:,}" if pd.isna(one.grade) else f"{one.subjects:,} {GRADE_SIGNS[int(one.grade)]}"


def _cell_words(one: Any, phase: str) -> str:
    """What the hover of a cell explains."""
    worst = say("worst {grade}", grade=grade_words(one.grade, one.severity))
    lines = [f"<b>{plain(one.term)}</b>, {plain(phase)}", translate(describe_rate(int(one.subjects), int(one.at_risk)))]
    lines += [f"{count_events(int(one.events))}, {worst}"]
    lines += [say("{n} with a serious one", n=one.serious)] if one.serious else []
    return "<br>".join(lines)


def _add_subjects(figure: go.Figure, few: pd.DataFrame, events: pd.DataFrame, grid: Grid, colours: Palette) -> None:
    """A mark for each subject in the cells that few share: its worst grade there, a ring when serious."""
    spots = list(_spots(few, events, grid))
    for key in sorted({mark_key(one.grade, one.severity) for one, _, _ in spots}, reverse=True):
        look = event_mark(key[0] or None, key[1] or None, colours)
        shown = [spot for spot in spots if mark_key(spot[0].grade, spot[0].severity) == key]
        marker = {"symbol": look.symbol, "size": look.size + 1, "color": look.fill, "line": {"color": colours.ink, "width": 1}}
        _add_marks(figure, shown, name=look.name, marker=marker)
    grave = [spot for spot in spots if spot[0].serious]
    if grave:
        ring = {"symbol": "circle-open", "size": 20, "color": colours.ink, "line": {"color": colours.ink, "width": 1.6}}
        _add_marks(figure, grave, name=say("Serious"), marker=ring)


def _spots(few: pd.DataFrame, events: pd.DataFrame, grid: Grid) -> Iterator[tuple[Any, float, int]]:
    """Each subject of each such cell (its worst event there) with its place."""
    cells: dict[tuple[str, str], dict[str, Any]] = {}
    for one in events.itertuples():
        people = cells.setdefault((one.term, one.phase), {})
        held = people.get(one.subject)
        if held is None or mark_key(one.grade, one.severity) > mark_key(held.grade, held.severity):
            people[one.subject] = one
    for cell in few.itertuples():
        people = cells.get((cell.term, cell.phase), {})
        for place, one in enumerate(sorted(people.values(), key=lambda one: mark_key(one.grade, one.severity), reverse=True)):
            yield one, grid.columns[cell.phase] + (place - (cell.subjects - 1) / 2) * 0.17, grid.rows[cell.term]


def _add_marks(figure: go.Figure, spots: Sequence[tuple[Any, float, int]], *, name: str, marker: dict[str, Any]) -> None:
    figure.add_scatter(
        x=[x for _, x, _ in spots],
        y=[y for _, _, y in spots],
        mode="markers",
        marker=marker,
        name=name,
        customdata=[[one.subject, event_words(one)] for one, _, _ in spots],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )


def event_words(one: Any) -> str:
    """Return what the hover of an event of PHASE_EVENTS explains."""
    flags = [grade_words(one.grade, one.severity)] + ([say("serious")] if not pd.isna(one.serious) and one.serious else [])
    return "<br>".join([f"<b>{plain(one.subject)}</b>", plain(one.term), ", ".join(flags), when_words(one), say("click: the whole story")])


def when_words(one: Any) -> str:
    """Return when an event of PHASE_EVENTS began, by the hour where that is known, else by the day."""
    if not pd.isna(one.hours_after_closure):
        return say("{hours} h after closure", hours=f"{one.hours_after_closure:,.1f}")
    if pd.isna(one.days_after):
        return say("date incomplete")
    return say("day {day} after the procedure, time unknown", day=one.days_after)
