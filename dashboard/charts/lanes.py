"""The swimmer plot: a lane per dosed subject with follow-up, DLT window, administrations and events by grade."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.marks import event_mark, grade_words, mark_key
from dashboard.numbers import iso
from dashboard.style import Palette, new_figure, plain
from dashboard.text import say

LANE_PIXELS = 30
LEGEND_PIXELS = 24
FEWEST_DAYS = 14
TICK_STEP = 30
ARROW_ROOM, WORDS_ROOM = 1.05, 1.14  # room after the last day, as a share of the axis
TICK_SHARE = 0.055
"""Ticks closer than this share of the axis are left out, so that their labels never touch."""


@dataclass(frozen=True)
class Places:
    """Where each lane stands: row by subject code, and the rows of the cohort headings."""

    rows: dict[str, int]
    headings: dict[int, str]

    @property
    def count(self) -> int:
        """Rows in all."""
        return len(self.rows) + len(self.headings)


def draw_lanes(
    spans: pd.DataFrame,
    marks: pd.DataFrame,
    bars: pd.DataFrame,
    *,
    colours: Palette,
    visits: tuple[int, ...] = (),
    until: int | None = None,
) -> go.Figure:
    """Return the lanes of LANE_SPANS with LANE_MARKS and LANE_BARS, in days since the first dose.

    ``visits`` are the planned visit days (ticks); ``until`` is the last day shown, by default all follow-up.
    """
    places = _place(spans)
    last = until or _last_day(spans)
    figure = new_figure(colours, height=200, top=6, bottom=46, right=10)
    _add_windows(figure, spans, places, colours)
    _add_follow_up(figure, spans, places, colours)
    _add_doses(figure, bars, places, colours)
    _add_events(figure, marks, places, colours)
    _add_ends(figure, spans, places, colours)
    _add_headings(figure, places, colours)
    rows = _room_for_legend(figure, places)
    figure.update_layout(barmode="overlay", showlegend=True, height=LANE_PIXELS * rows + 70)
    figure.update_layout(legend={"x": 1.01, "y": 1, "xanchor": "left", "yanchor": "top"})
    windows = [int(day) for day in spans["window_to"].dropna().unique()]
    ticks = pick_ticks([0, *windows[:1], *visits, *range(0, last + 1, TICK_STEP)], last)
    room = WORDS_ROOM if spans["end"].notna().any() else ARROW_ROOM
    figure.update_xaxes(title_text=say("days since the first dose"), range=[-0.012 * last, last * room], tickvals=ticks)
    codes = [plain(code, longest=24) for code in places.rows]
    figure.update_yaxes(range=[rows - 0.4, -0.6], tickvals=list(places.rows.values()), ticktext=codes)
    return figure


def _add_headings(figure: go.Figure, places: Places, colours: Palette) -> None:
    """The name of each cohort over its lanes."""
    place = {"x": 0, "xref": "paper", "xanchor": "left", "yanchor": "middle", "xshift": 4, "showarrow": False}
    notes = [{**place, "y": row, "text": f"<b>{words}</b>", "font": {"color": colours.muted}} for row, words in places.headings.items()]
    figure.update_layout(annotations=notes)


def _room_for_legend(figure: go.Figure, places: Places) -> int:
    """Rows that the figure is high: its lanes, or as many as its legend needs where the lanes are few."""
    entries = sum(trace.showlegend is not False for trace in figure.data)
    return max(places.count, -(-entries * LEGEND_PIXELS // LANE_PIXELS))


def pick_ticks(days: list[int], last: int) -> list[int]:
    """Return the ``days`` that can be labelled on an axis to ``last`` without touching; earlier entries have precedence."""
    kept: list[int] = []
    for day in days:
        if 0 <= day <= last and all(abs(day - other) >= TICK_SHARE * last for other in kept):
            kept.append(day)
    return sorted(kept)


def _place(spans: pd.DataFrame) -> Places:
    """Lanes in their order, each cohort under its heading."""
    rows: dict[str, int] = {}
    headings: dict[int, str] = {}
    previous: object = ...
    for lane in spans.itertuples():
        cohort = None if pd.isna(lane.cohort) else int(lane.cohort)
        if cohort != previous:
            headings[len(rows) + len(headings)] = _heading(lane, cohort)
            previous = cohort
        rows[lane.subject] = len(rows) + len(headings)
    return Places(rows, headings)


def _heading(lane: Any, cohort: int | None) -> str:
    if cohort is None:
        return say("no cohort on record")
    label = plain(lane.cohort_label, longest=50)
    return label if pd.isna(lane.dose) or lane.dose == lane.cohort_label else f"{label} · {plain(lane.dose, longest=40)}"


def _last_day(spans: pd.DataFrame) -> int:
    days = [int(day) for name in ("end_day", "window_to") for day in spans[name].dropna()]
    return max([*days, FEWEST_DAYS])


def _add_windows(figure: go.Figure, spans: pd.DataFrame, places: Places, colours: Palette) -> None:
    shown = spans.dropna(subset=["window_to"])
    if shown.empty:
        return
    lengths = shown["window_to"] - shown["window_from"]
    figure.add_bar(
        y=[places.rows[code] for code in shown["subject"]],
        base=shown["window_from"].tolist(),
        x=lengths.tolist(),
        orientation="h",
        width=0.82,
        marker={"color": colours.band},
        name=say("DLT window, {days} days", days=int(lengths.iloc[0])),
        hoverinfo="skip",
    )


def _add_follow_up(figure: go.Figure, spans: pd.DataFrame, places: Places, colours: Palette) -> None:
    figure.add_bar(
        y=[places.rows[code] for code in spans["subject"]],
        x=[int(day) for day in spans["end_day"]],
        orientation="h",
        width=0.18,
        marker={"color": colours.lane},
        name=say("Follow-up"),
        customdata=[[lane.subject, _lane_words(lane)] for lane in spans.itertuples()],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )


def _lane_words(lane: Any) -> str:
    """What the hover of a lane explains."""
    lines = [
        f"<b>{plain(lane.subject)}</b> · {say('site {site}', site=plain(lane.site, longest=20))}",
        say("first dose {day}", day=iso(lane.first_dose_on)),
        say("followed for {days} days", days=lane.end_day) + ("" if pd.isna(lane.end) else f", {say(lane.end)}"),
    ]
    if not pd.isna(lane.window_to):
        lines.append(say("DLT window: day {start} to day {stop}", start=lane.window_from, stop=lane.window_to))
    return "<br>".join([*lines, say("click: the whole story")])


def _add_doses(figure: go.Figure, bars: pd.DataFrame, places: Places, colours: Palette) -> None:
    """Administrations: an upright stroke at the start, and a bar as long as the treatment where it lasted days."""
    if bars.empty:
        return
    words = [[dose.subject, _dose_words(dose)] for dose in bars.itertuples()]
    long = [n for n, dose in enumerate(bars.itertuples()) if dose.to_day > dose.from_day]
    rows, starts = [places.rows[code] for code in bars["subject"]], [int(day) for day in bars["from_day"]]
    if long:
        figure.add_bar(
            y=[rows[n] for n in long],
            base=[starts[n] for n in long],
            x=[int(bars["to_day"].iloc[n]) - starts[n] for n in long],
            orientation="h",
            width=0.3,
            marker={"color": colours.accent, "opacity": 0.4},
            name=say("On treatment"),
            customdata=[words[n] for n in long],
            hovertemplate="%{customdata[1]}<extra></extra>",
        )
    figure.add_scatter(
        x=starts,
        y=rows,
        mode="markers",
        marker={"symbol": "line-ns", "size": 18, "line": {"width": 2.5, "color": colours.accent}},
        name=say("Administration"),
        customdata=words,
        hovertemplate="%{customdata[1]}<extra></extra>",
    )


def _dose_words(dose: Any) -> str:
    what = plain(dose.product) if pd.isna(dose.amount) else f"{plain(dose.product)} · {plain(dose.amount)}"
    when = iso(dose.first_on) if dose.first_on == dose.last_on else f"{iso(dose.first_on)} - {iso(dose.last_on)}"
    return "<br>".join([f"<b>{plain(dose.subject)}</b> · {say('day {day}', day=dose.from_day)} ({when})", what])


def _add_events(figure: go.Figure, marks: pd.DataFrame, places: Places, colours: Palette) -> None:
    keys = [mark_key(row.grade, row.severity) for row in marks.itertuples()]
    for key in sorted(set(keys)):
        shown = marks[[found == key for found in keys]]
        look = event_mark(key[0] or None, key[1] or None, colours)
        marker = {"symbol": look.symbol, "size": look.size, "color": look.fill, "line": {"color": colours.ink, "width": 1}}
        _add_marks(figure, shown, places, name=look.name, marker=marker)
    if marks["serious"].any():
        ring = {"symbol": "circle-open", "size": 20, "color": colours.ink, "line": {"color": colours.ink, "width": 1.6}}
        _add_marks(figure, marks[marks["serious"]], places, name=say("Serious"), marker=ring)
    limiting = marks[marks["dlt"]]
    if not limiting.empty:
        figure.add_scatter(
            x=[int(day) for day in limiting["day"]],
            y=[places.rows[code] - 0.42 for code in limiting["subject"]],
            mode="text",
            text=["<b>DLT</b>"] * len(limiting),
            textfont={"size": 11, "color": colours.ink},
            hoverinfo="skip",
            showlegend=False,
        )


def _add_marks(figure: go.Figure, shown: pd.DataFrame, places: Places, *, name: str, marker: dict[str, object]) -> None:
    figure.add_scatter(
        x=[int(day) for day in shown["day"]],
        y=[places.rows[code] for code in shown["subject"]],
        mode="markers",
        marker=marker,
        name=name,
        customdata=[[event.subject, _event_words(event)] for event in shown.itertuples()],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )


def _event_words(event: Any) -> str:
    """What the hover of an event explains."""
    flags = [grade_words(event.grade, event.severity)]
    flags += [say("serious")] if event.serious else []
    flags += ["DLT"] if event.dlt else []
    lines = [
        f"<b>{plain(event.term)}</b>",
        ", ".join(flags),
        f"{plain(event.subject)} · {say('day {day}', day=event.day)} ({iso(event.onset_on)})",
    ]
    if event.imputed:
        lines.append(say("the day was filled in from a partial date"))
    if event.events > 1:
        lines.append(say("the worst of {n} events that began on this day", n=event.events))
    return "<br>".join([*lines, say("click: the whole story")])


def _add_ends(figure: go.Figure, spans: pd.DataFrame, places: Places, colours: Palette) -> None:
    """An arrow where follow-up goes on, a stroke and a word where it has ended."""
    going, over = spans[spans["end"].isna()], spans[spans["end"].notna()]
    arrow = {"symbol": "triangle-right", "size": 11, "color": colours.lane}
    styles: tuple[tuple[pd.DataFrame, dict[str, object], str], ...] = (
        (going, arrow, say("Follow-up goes on")),
        (over, {"symbol": "line-ns", "size": 12, "line": {"width": 2, "color": colours.muted}}, say("Follow-up ended")),
    )
    for shown, marker, name in styles:
        if shown.empty:
            continue
        figure.add_scatter(
            x=[int(day) for day in shown["end_day"]],
            y=[places.rows[code] for code in shown["subject"]],
            mode="markers+text",
            marker=marker,
            text=["" if pd.isna(end) else f"  {say(end)}" for end in shown["end"]],
            textposition="middle right",
            textfont={"color": colours.muted, "size": 11},
            name=name,
            customdata=[[lane.subject, _lane_words(lane)] for lane in shown.itertuples()],
            hovertemplate="%{customdata[1]}<extra></extra>",
        )
