"""Events over time: the share with a first event and the mean number of events, each above its table of subjects at risk."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.incidence import cohort_name
from dashboard.charts.marks import event_mark, grade_words, mark_key
from dashboard.charts.memory import drawn_once
from dashboard.numbers import decimal
from dashboard.style import Palette, new_figure, plain
from dashboard.text import say
from trial.signals.intervals import describe_percent

Axis = Literal["days", "hours"]
CURVE_PIXELS = 270
ROW_PIXELS = 19
STEPS = (1, 2, 7, 14, 28, 56, 91, 182, 364, 728, 1820)
"""Days between two ticks: the first of these that needs no more than MOST_TICKS."""
MOST_TICKS = 10
LABEL_PIXELS = 150
"""Room on the left for the names of the table's rows."""
LONGEST_COHORT = 16
"""Letters of a cohort's name that fit there."""
HOURS: Mapping[float, str] = {0: "0", 1: "1 h", 6: "6 h", 24: "24 h", 72: "3 d", 168: "7 d", 720: "30 d", 2160: "90 d", 8760: "365 d"}
DASHES = ("dash", "dot", "dashdot", "longdash")
MOST_LARGE_MARKS = 40
"""With more subjects than this their marks are small, so that the curve is seen."""
HEADROOM = 1.12


@dataclass(frozen=True)
class Curves:
    """What a figure of curves is drawn from: the column to draw, the rows of its table with their names, and the axis.

    ``apart`` names the first of these rows for one cohort.
    """

    column: str
    rows: Mapping[str, str]
    apart: str
    title: str
    axis: Axis
    share: bool


@dataclass(frozen=True)
class _Mark:
    """What leads to a subject: when it had an event, how bad it was, and what its hover explains."""

    subject: str
    time: float
    grade: tuple[int, str]
    words: str


def list_ticks(last: float, axis: Axis = "days") -> list[float]:
    """Return the times that the axis names and the table stands at, from 0 to ``last`` (days or hours)."""
    if axis == "hours":
        return [hour for hour in HOURS if hour <= last] or [0.0]
    step = next((step for step in STEPS if last / step <= MOST_TICKS - 1), STEPS[-1])
    return [float(day) for day in range(0, int(last) + 1, step)]


@drawn_once
def draw_first_events(
    curves: pd.DataFrame, at_risk: pd.DataFrame, people: pd.DataFrame, *, axis: Axis = "days", colours: Palette
) -> go.Figure:
    """Return FIRST_EVENTS above AT_RISK at the ticks of the axis; each subject of ``people`` (MEASURE_SUBJECTS) is a mark on the curve.

    Over hours the axis is drawn out near 0; ``first_day`` and ``time`` are hours then.
    """
    rows = {"at_risk": say("at risk"), "with_event": say("have had one"), "died": say("died before one"), "ended": say("observation ended")}
    kind = Curves("share", rows, say("at risk"), say("share of subjects, death competing"), axis, share=True)
    figure = _draw(curves, at_risk, kind, colours)
    marks = [_first_mark(one, axis) for one in people[people["first_day"].notna()].itertuples()]
    _add_marks(figure, curves[curves["total"]], kind, marks, colours)
    return figure


@drawn_once
def draw_mean_counts(curves: pd.DataFrame, at_risk: pd.DataFrame, days: pd.DataFrame, *, colours: Palette) -> go.Figure:
    """Return MEAN_COUNTS above AT_RISK at the ticks of the axis, in days; each day of a subject with events (MEASURE_DAYS) is a mark."""
    kind = Curves("mean", {"observed": say("observed")}, say("observed"), say("events per subject, none after death"), "days", share=False)
    figure = _draw(curves, at_risk, kind, colours)
    _add_marks(figure, curves[curves["total"]], kind, [_day_mark(one) for one in days.itertuples()], colours)
    return figure


def _draw(curves: pd.DataFrame, at_risk: pd.DataFrame, kind: Curves, colours: Palette) -> go.Figure:
    """Curves of every group, that of all with its band, and below them the table."""
    groups = list(_groups(curves))
    lines = [*((name, label) for name, label in kind.rows.items()), *(("cohort", "") for _ in groups[:-1])]
    below = ROW_PIXELS * (len(lines) + 1) + 34
    figure = new_figure(colours, height=CURVE_PIXELS + below, left=LABEL_PIXELS, top=8, bottom=below)
    sizes = at_risk[at_risk["time"] == 0]
    _add_band(figure, curves[curves["total"]], kind, colours)
    for place, (first, rows) in enumerate(groups):
        size = int(_of_group(sizes, first)["observed"].iloc[0])
        look = _Look(_full_name(first, size), None if first["total"] else DASHES[place % len(DASHES)])
        _add_curve(figure, rows, look, kind, colours)
    whole = curves[curves["total"]]
    ticks, end = list_ticks(float(curves["time"].max()), kind.axis), float(curves["time"].max())
    top = float(pd.concat([whole["upper"].dropna(), curves[kind.column]]).max()) * HEADROOM or 0.1
    labels = [HOURS[tick] for tick in ticks] if kind.axis == "hours" else [f"{tick:,.0f}" for tick in ticks]
    figure.update_xaxes(
        tickvals=[_place(tick, kind.axis) for tick in ticks],
        ticktext=labels,
        range=[-0.02 * _place(end, kind.axis), 1.02 * _place(end, kind.axis) + 0.01],
        showgrid=False,
    )
    figure.update_yaxes(range=[0, min(top, 1.04) if kind.share else top], tickformat=".0%" if kind.share else None, showgrid=True)
    figure.update_yaxes(title_text=kind.title)
    figure.update_layout(annotations=list(_table(at_risk, groups, ticks, kind, colours)))
    figure.update_layout(showlegend=True, legend={"x": 1.01, "y": 1, "xanchor": "left", "yanchor": "top"})
    return figure


def _groups(curves: pd.DataFrame) -> Iterator[tuple[Any, pd.DataFrame]]:
    """The rows of each cohort, then those of all together, each with the first of them."""
    for _, rows in curves.groupby(["total", "cohort"], sort=False, dropna=False):
        yield rows.iloc[0], rows


def _of_group(table: pd.DataFrame, first: Any) -> pd.DataFrame:
    """The rows of AT_RISK of one group."""
    same = table["cohort"].isna() if pd.isna(first["cohort"]) else table["cohort"] == first["cohort"]
    return table[(table["total"] == first["total"]) & same]


def _full_name(first: Any, size: int) -> str:
    return say("all, n = {n}", n=f"{size:,}") if first["total"] else f"{cohort_name(first, LONGEST_COHORT)}, n = {size:,}"


def _place(time: float, axis: Axis) -> float:
    """Where a time stands: as it is for days, drawn out near 0 for hours."""
    return log10(1 + time) if axis == "hours" else time


@dataclass(frozen=True)
class _Look:
    """A curve's name, and how it is broken; that of all together is not."""

    name: str
    dash: str | None


def _add_curve(figure: go.Figure, rows: pd.DataFrame, look: _Look, kind: Curves, colours: Palette) -> None:
    """One curve in steps."""
    name, dash = look.name, look.dash
    x = [_place(time, kind.axis) for time in rows["time"]]
    write = describe_percent if kind.share else decimal
    figure.add_scatter(
        x=x,
        y=rows[kind.column].tolist(),
        mode="lines",
        line={
            "color": colours.accent if dash is None else colours.muted,
            "width": 2.6 if dash is None else 1.4,
            "dash": dash,
            "shape": "hv",
        },
        name=name,
        customdata=[["", _point_words(row, name, kind, write(getattr(row, kind.column)))] for row in rows.itertuples()],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )


def _add_band(figure: go.Figure, rows: pd.DataFrame, kind: Curves, colours: Palette) -> None:
    """The interval of a curve in steps, where there is one; first, so that it lies behind every curve."""
    places = [_place(time, kind.axis) for time in rows["time"]]
    known = [(place, low, high) for place, low, high in zip(places, rows["lower"], rows["upper"], strict=True) if not pd.isna(low)]
    if not known:
        return
    ends = [place for place, _, _ in known[1:]] + [known[-1][0]]
    steps = [(at, low, high) for (place, low, high), end in zip(known, ends, strict=True) for at in (place, end)]
    figure.add_scatter(
        x=[at for at, _, _ in steps] + [at for at, _, _ in reversed(steps)],
        y=[high for _, _, high in steps] + [low for _, low, _ in reversed(steps)],
        mode="none",
        fill="toself",
        fillcolor=colours.band,
        hoverinfo="skip",
        name=say("95% interval of all"),
    )


def _point_words(row: Any, name: str, kind: Curves, value: str) -> str:
    """What the hover of a step explains."""
    when = say("hour {n}", n=f"{row.time:,.1f}") if kind.axis == "hours" else say("day {n}", n=f"{row.time:,.0f}")
    write = describe_percent if kind.share else decimal
    limits = "" if pd.isna(row.lower) else f" ({say('{lower} to {upper}', lower=write(row.lower), upper=write(row.upper))})"
    return f"<b>{name}</b><br>{when}: {value}{limits}"


def _table(
    at_risk: pd.DataFrame, groups: Sequence[Any], ticks: Sequence[float], kind: Curves, colours: Palette
) -> Iterator[dict[str, Any]]:
    """Below the axis the numbers at each tick: those of all in full, of each cohort only who is at risk."""
    whole = at_risk[at_risk["total"]]
    rows = [(label, whole, name) for name, label in kind.rows.items()]
    first_row = next(iter(kind.rows))
    rows += [(f"{kind.apart}, {cohort_name(first, LONGEST_COHORT)}", _of_group(at_risk, first), first_row) for first, _ in groups[:-1]]
    unit = say("hours and days from incision") if kind.axis == "hours" else say("days from the first dose")
    place = {"yref": "paper", "y": 0, "showarrow": False, "yanchor": "middle"}
    yield {
        **place,
        "xref": "paper",
        "x": 0.5,
        "xanchor": "center",
        "yshift": -36,
        "text": unit,
        "font": {"color": colours.muted, "size": 12},
    }
    for number, (label, table, column) in enumerate(rows):
        shift, ink = -58 - ROW_PIXELS * number, colours.ink if number == 0 else colours.muted
        font = {"color": ink, "size": 11}
        yield {**place, "xref": "paper", "x": 0, "xanchor": "right", "xshift": -14, "yshift": shift, "text": label, "font": font}
        values = dict(zip(table["time"], table[column], strict=True))
        for tick in ticks:
            yield {**place, "x": _place(tick, kind.axis), "yshift": shift, "text": f"{values[tick]:,}", "font": font}


def _add_marks(figure: go.Figure, curve: pd.DataFrame, kind: Curves, marks: Sequence[_Mark], colours: Palette) -> None:
    """On the curve of all the marks that lead to subjects, by grade; those of one time stand one above the other on its rise."""
    last = curve["time"].max()
    on_curve = [mark for mark in marks if mark.time <= last]
    heights = _stand_on(curve, kind.column, [mark.time for mark in on_curve])
    placed = list(zip(on_curve, heights, strict=True))
    many = len(placed) > MOST_LARGE_MARKS
    for key in sorted({mark.grade for mark in on_curve}, reverse=True):
        shown = [(mark, height) for mark, height in placed if mark.grade == key]
        look = event_mark(key[0] or None, key[1] or None, colours)
        figure.add_scatter(
            x=[_place(mark.time, kind.axis) for mark, _ in shown],
            y=[height for _, height in shown],
            mode="markers",
            marker={
                "symbol": look.symbol,
                "size": 5 if many else look.size,
                "color": look.fill,
                "line": {"color": colours.ink, "width": 0.4 if many else 1},
            },
            name=look.name,
            customdata=[[mark.subject, mark.words] for mark, _ in shown],
            hovertemplate="%{customdata[1]}<extra></extra>",
        )


def _stand_on(curve: pd.DataFrame, column: str, times: Sequence[float]) -> list[float]:
    """The height of each mark: the last of a time where the curve then stands, those before it evenly down to where it rose from."""
    at, heights = curve["time"].to_numpy(dtype=float), curve[column].to_numpy(dtype=float)
    number, seen, found = Counter(times), Counter[float](), list[float]()
    for time in times:
        seen[time] += 1
        place = int(np.searchsorted(at, time, side="right")) - 1
        top = float(heights[place])
        below = top if at[place] != time else float(heights[place - 1]) if place else 0.0
        found.append(below + (top - below) * seen[time] / number[time])
    return found


def _first_mark(one: Any, axis: Axis) -> _Mark:
    """The mark of a subject's first event."""
    when = say("hour {n}", n=f"{one.first_day:,.1f}") if axis == "hours" else say("day {n}", n=f"{one.first_day:,.0f}")
    worst = say("worst {grade}", grade=grade_words(one.grade, one.severity))
    words = f"<b>{plain(one.subject)}</b><br>{say('first event')}: {when}<br>{worst}<br>{say('click: the whole story')}"
    return _Mark(one.subject, float(one.first_day), mark_key(one.grade, one.severity), words)


def _day_mark(one: Any) -> _Mark:
    """The mark of a day on which a subject had events."""
    what = (
        say("day {n}: {events} events", n=f"{one.day:,}", events=f"{one.events:,}") if one.events > 1 else say("day {n}", n=f"{one.day:,}")
    )
    worst = say("worst {grade}", grade=grade_words(one.grade, one.severity))
    words = f"<b>{plain(one.subject)}</b><br>{what}<br>{worst}<br>{say('click: the whole story')}"
    return _Mark(one.subject, float(one.day), mark_key(one.grade, one.severity), words)
