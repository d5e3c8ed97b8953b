"""Terms by worst grade, a panel for each cohort: one mark a subject where they are few, stacked bars where they are many."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.incidence import LABELS, MOST_COHORTS, cohort_name, count_events
from dashboard.charts.marks import event_mark, grade_words, mark_key
from dashboard.charts.memory import drawn_once
from dashboard.style import GRADE_SIGNS, Palette, new_figure, plain, width_of
from dashboard.text import say, translate
from trial.signals.intervals import describe_rate
from trial.tables.safety import GRADE_COLUMNS, SEVERITY_COLUMNS

ROW_PIXELS = 26
MOST_MARKS = 24
"""Up to this many dosed subjects in a panel each is drawn with a mark of its own."""
PANEL_GAP = 0.08
TOTAL_GAP, SIGN_PIXELS, LEGEND_PIXELS = 8, 5.4, 86
"""Right of the panels: a gap, the numbers of each row at so many pixels a sign, and the legend."""
FEWEST_SLOTS = 3
LEAST_LABELLED = 0.1
"""A segment shorter than this part of its panel carries no number; its hover does."""
SCALES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""How far the panels of a picture with bars reach: the first of these shares that holds the longest bar."""


@dataclass(frozen=True)
class Panel:
    """One cohort's part of the picture: where it begins and how wide one subject is; ``cohort`` None with ``whole`` is everybody."""

    name: str
    cohort: int | None
    whole: bool
    dosed: int
    left: float
    slot: float
    width: float

    def holds(self, cohort: Any) -> bool:
        """Return whether a row of ``cohort`` belongs here."""
        return self.whole or (pd.isna(cohort) if self.cohort is None else (not pd.isna(cohort) and int(cohort) == self.cohort))


def rank_terms(terms: pd.DataFrame) -> list[str]:
    """Return the terms of EVENT_TERMS, the one that most subjects had first."""
    named = terms[terms["term"].notna()]
    totals = named.groupby("term", as_index=False)[["subjects", "events"]].sum()
    return [str(term) for term in totals.sort_values(["subjects", "events", "term"], ascending=[False, False, True])["term"]]


def place_panels(incidence: pd.DataFrame, scale: float = 1.0) -> list[Panel]:
    """Return a panel for each cohort of INCIDENCE, or one for everybody where there are too many cohorts.

    Where subjects have marks of their own a panel is as wide as its subjects; with bars it is 1 wide and reaches to the share ``scale``.
    """
    rows = incidence[incidence["measure"] == "any"]
    groups = rows[~rows["total"] & (rows["dosed"] > 0)]
    shown = groups if 0 < len(groups) <= MOST_COHORTS else rows[rows["total"]]
    by_mark = draws_marks(incidence)
    widths = [float(max(int(n), FEWEST_SLOTS)) if by_mark else 1.0 for n in shown["dosed"]]
    gap = PANEL_GAP * max(sum(widths), 1)
    panels, left = [], 0.0
    for (_, row), width in zip(shown.iterrows(), widths, strict=True):
        whole, dosed = bool(row["total"]), int(row["dosed"])
        name = say("All") if whole else cohort_name(row)
        cohort = None if pd.isna(row["cohort"]) else int(row["cohort"])
        slot, ground = (1.0, float(dosed)) if by_mark else (1 / (max(dosed, 1) * scale), 1.0)
        panels.append(Panel(name, cohort, whole, dosed, left, slot, ground))
        left += width + gap
    return panels


def draws_marks(incidence: pd.DataFrame) -> bool:
    """Return whether so few subjects were dosed that each gets a mark of its own."""
    rows = incidence[incidence["measure"] == "any"]
    groups = rows[~rows["total"]]
    sizes = groups["dosed"] if 0 < len(groups) <= MOST_COHORTS else rows.loc[rows["total"], "dosed"]
    return len(sizes) == 0 or int(sizes.max()) <= MOST_MARKS


@drawn_once
def draw_terms(
    terms: pd.DataFrame, subjects: pd.DataFrame, incidence: pd.DataFrame, order: Sequence[str], *, colours: Palette
) -> go.Figure:
    """Return the terms of ``order`` from EVENT_TERMS, by worst grade; ``subjects`` are their TERM_SUBJECTS where marks are drawn."""
    by_mark, rows = draws_marks(incidence), {term: row for row, term in enumerate(order)}
    scale = 1.0 if by_mark else _scale_of(terms[terms["term"].isin(list(order))], incidence)
    panels = place_panels(incidence, scale)
    figure = new_figure(colours, height=ROW_PIXELS * max(len(rows), 5) + 80, top=44, bottom=22)
    totals = _totals(terms, sum(panel.dosed for panel in panels), rows, colours)
    notes = _names(panels, colours) + totals
    if by_mark:
        _add_marks(figure, subjects[subjects["term"].isin(list(order))], panels, rows, colours)
    else:
        _add_bars(figure, terms[terms["term"].isin(list(order))], panels, rows, colours)
        notes += _scales(panels, len(rows), scale, colours)
    figure.update_layout(shapes=_frames(panels, len(rows), colours), annotations=notes)
    end = max(panel.left + max(panel.width, FEWEST_SLOTS if by_mark else 1) for panel in panels)
    place = {"x": 1, "xref": "container", "y": 1, "xanchor": "right", "yanchor": "top"}
    figure.update_layout(barmode="overlay", showlegend=True, legend=place)
    room = TOTAL_GAP + SIGN_PIXELS * max((width_of(note["text"]) for note in totals), default=0) + LEGEND_PIXELS
    figure.update_layout(margin_r=room)
    figure.update_xaxes(visible=False, range=[-0.01 * end, end])
    figure.update_yaxes(
        tickvals=list(rows.values()),
        ticktext=[plain(term, longest=36) for term in rows],
        range=[max(len(rows), 5) - 0.5, -0.55],
        **LABELS,
    )
    return figure


def _frames(panels: Sequence[Panel], rows: int, colours: Palette) -> list[dict[str, Any]]:
    """Behind each panel its ground; with marks it is as wide as the dosed subjects, so that every row shows its denominator."""
    ground = {"type": "rect", "y0": -0.5, "y1": rows - 0.5, "fillcolor": colours.panel, "line": {"width": 0}, "layer": "below"}
    return [{**ground, "x0": panel.left, "x1": panel.left + panel.width} for panel in panels]


def _names(panels: Sequence[Panel], colours: Palette) -> list[dict[str, Any]]:
    """Above each panel its cohort with the denominator."""
    place = {"y": 1, "yref": "paper", "yshift": 22, "showarrow": False, "xanchor": "left", "yanchor": "middle", "align": "left"}
    words = [f"<b>{panel.name}</b><br>n = {panel.dosed:,}" for panel in panels]  # below each other: panels can be narrow
    return [{**place, "x": p.left, "text": text, "font": {"color": colours.muted}} for p, text in zip(panels, words, strict=True)]


def _add_marks(figure: go.Figure, subjects: pd.DataFrame, panels: Sequence[Panel], rows: dict[str, int], colours: Palette) -> None:
    """One mark a subject, the worst first; a ring where one of its events was serious."""
    spots = list(_spots(subjects, panels))
    for key in sorted({mark_key(one.grade, one.severity) for one, _ in spots}, reverse=True):
        shown = [(one, x) for one, x in spots if mark_key(one.grade, one.severity) == key]
        look = event_mark(key[0] or None, key[1] or None, colours)
        marker = {"symbol": look.symbol, "size": look.size + 3, "color": look.fill, "line": {"color": colours.ink, "width": 1}}
        _add_spots(figure, shown, rows, name=look.name, marker=marker)
    grave = [(one, x) for one, x in spots if one.serious]
    if grave:
        ring = {"symbol": "circle-open", "size": 22, "color": colours.ink, "line": {"color": colours.ink, "width": 1.6}}
        _add_spots(figure, grave, rows, name=say("Serious"), marker=ring)


def _spots(subjects: pd.DataFrame, panels: Sequence[Panel]) -> Iterator[tuple[Any, float]]:
    """Each subject of each term with its place on the x axis."""
    taken: dict[tuple[str, str], int] = {}
    for one in subjects.itertuples():
        panel = next((panel for panel in panels if panel.holds(one.cohort)), None)
        if panel is not None:
            place = taken.get((one.term, panel.name), 0)
            taken[one.term, panel.name] = place + 1
            yield one, panel.left + (place + 0.5) * panel.slot


def _add_spots(figure: go.Figure, spots: Sequence[tuple[Any, float]], rows: dict[str, int], *, name: str, marker: dict[str, Any]) -> None:
    figure.add_scatter(
        x=[x for _, x in spots],
        y=[rows[one.term] for one, _ in spots],
        mode="markers",
        marker=marker,
        name=name,
        customdata=[[one.subject, _subject_words(one)] for one, _ in spots],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )


def _subject_words(one: Any) -> str:
    """What the hover of a mark explains."""
    flags = [say("worst {grade}", grade=grade_words(one.grade, one.severity)), count_events(int(one.events))]
    flags += [say("serious")] if one.serious else []
    return f"<b>{plain(one.subject)}</b><br>{plain(one.term)}<br>{', '.join(flags)}<br>{say('click: the whole story')}"


@dataclass(frozen=True)
class _Bar:
    """One segment: how many subjects of a panel had a term this bad, and where the segment begins."""

    term: str
    count: int
    base: float
    panel: Panel

    @property
    def width(self) -> float:
        """Length on the x axis."""
        return self.count * self.panel.slot


def _add_bars(figure: go.Figure, terms: pd.DataFrame, panels: Sequence[Panel], rows: dict[str, int], colours: Palette) -> None:
    """Stacked bars, the worst first; each as long as the share of the panel's dosed subjects."""
    ends: dict[tuple[str, str], float] = {}
    for column in (*reversed(GRADE_COLUMNS), *reversed(SEVERITY_COLUMNS), "unstated"):
        bars = list(_stack(terms[terms[column] > 0], column, panels, ends))
        if not bars:
            continue
        grade, severity = _scale(column)
        look, sign = event_mark(grade, severity, colours), GRADE_SIGNS.get(grade or 0, "")
        fill = look.fill if grade else {"moderate": colours.rule, "severe": colours.lane}.get(severity or "", colours.paper)
        figure.add_bar(
            x=[bar.width for bar in bars],
            y=[rows[bar.term] for bar in bars],
            base=[bar.base for bar in bars],
            orientation="h",
            width=0.66,
            marker={"color": fill, "line": {"color": colours.muted, "width": 0.6}},
            name=f"{look.name} {sign}".strip(),
            text=[f"{bar.count}{sign}" if bar.width > LEAST_LABELLED else "" for bar in bars],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"size": 10, "color": _ink_on(grade, colours)},
            constraintext="none",
            customdata=[f"<b>{plain(b.term)}</b><br>{b.panel.name}: {translate(describe_rate(b.count, b.panel.dosed))}" for b in bars],
            hovertemplate="%{customdata}<extra>" + look.name + "</extra>",
        )


def _stack(terms: pd.DataFrame, column: str, panels: Sequence[Panel], ends: dict[tuple[str, str], float]) -> Iterator[_Bar]:
    """The segments of one grade or severity, each at the end of what stands in its row already; ``ends`` is brought forward."""
    for one in terms.itertuples():
        panel = next((panel for panel in panels if panel.holds(one.cohort)), None)
        if panel is not None:
            bar = _Bar(one.term, int(getattr(one, column)), ends.get((one.term, panel.name), panel.left), panel)
            ends[one.term, panel.name] = bar.base + bar.width
            yield bar


def _ink_on(grade: int | None, colours: Palette) -> str:
    """The colour of a number on a grade's colour, which is the same in both themes."""
    if grade is None:
        return colours.ink
    return "#FFFFFF" if grade >= 4 else "#1B2733"


def _scale_of(terms: pd.DataFrame, incidence: pd.DataFrame) -> float:
    """How far the panels must reach for the longest bar of a cohort."""
    longest = 0.0
    for panel in place_panels(incidence):
        mine = terms[[panel.holds(cohort) for cohort in terms["cohort"]]]
        counts = mine.groupby("term")["subjects"].sum()
        longest = max(longest, float(counts.max()) / max(panel.dosed, 1) if len(counts) else 0.0)
    return next((scale for scale in SCALES if longest <= scale), 1.0)


def _scales(panels: Sequence[Panel], rows: int, scale: float, colours: Palette) -> list[dict[str, Any]]:
    """Under each panel what its width stands for."""
    place = {"y": rows - 0.5, "yshift": -10, "showarrow": False, "font": {"color": colours.muted, "size": 11}}
    parts = ((0.0, "left"), (0.5, "center"), (1.0, "right"))
    return [
        {**place, "x": panel.left + part * panel.width, "text": f"{100 * part * scale:.0f}%", "xanchor": anchor}
        for panel in panels
        for part, anchor in parts
    ]


def _scale(column: str) -> tuple[int | None, str | None]:
    """Grade and severity that a column of worst events counts."""
    if column in GRADE_COLUMNS:
        return GRADE_COLUMNS.index(column) + 1, None
    return None, column if column in SEVERITY_COLUMNS else None


def _totals(terms: pd.DataFrame, dosed: int, rows: dict[str, int], colours: Palette) -> list[dict[str, Any]]:
    """Beside each row how many of all dosed subjects, and how many events."""
    sums = terms[terms["term"].isin(list(rows))].groupby("term")[["subjects", "events"]].sum()
    place = {"x": 1, "xref": "paper", "xanchor": "left", "xshift": TOTAL_GAP, "yanchor": "middle", "showarrow": False}
    place["font"] = {"color": colours.muted}
    return [
        {
            **place,
            "y": rows[term],
            "text": say("{subjects} of {dosed} · {events}", subjects=f"{subjects:,}", dosed=f"{dosed:,}", events=count_events(int(events))),
        }
        for term, subjects, events in sums.itertuples()
    ]
