"""The swimmer plot: a lane per dosed subject with follow-up, DLT window, administrations and events by grade."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.marks import event_mark, grade_words, mark_key
from dashboard.charts.memory import drawn_once
from dashboard.numbers import iso
from dashboard.style import Palette, new_figure, plain, width_of
from dashboard.text import say

LANE_PIXELS = 30
HOVER = "%{customdata[1]}<extra></extra>"
LEGEND_PIXELS = 24
FEWEST_DAYS = 14
TICK_STEP = 30
ARROW_ROOM, SIGN_ROOM = 1.05, 0.018
"""Room after the last day, as a share of the axis: for the arrow, and for each sign of the longest word beside an end."""
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


@drawn_once
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
    traces = [
        *_windows(spans, places, colours),
        _follow_up(spans, places, colours),
        *_doses(bars, places, colours),
        *_events(marks, places, colours),
        *_ends(spans, places, colours),
    ]
    rows = _room_for_legend(traces, places)
    layout = new_figure(colours, height=LANE_PIXELS * rows + 70, top=6, bottom=46, right=10).layout.to_plotly_json()
    legend = {"x": 1.01, "y": 1, "xanchor": "left", "yanchor": "top"}
    layout |= {"barmode": "overlay", "showlegend": True, "legend": legend, "annotations": _headings(places, colours)}
    windows = [int(day) for day in spans["window_to"].dropna().unique()]
    ticks = pick_ticks([0, *windows[:1], *visits, *range(0, last + 1, TICK_STEP)], last)
    room = ARROW_ROOM + SIGN_ROOM * max(width_of(say(end)) for end in ["", *spans["end"].dropna().unique()])
    title = {**layout["xaxis"]["title"], "text": say("days since the first dose")}
    layout["xaxis"] = {**layout["xaxis"], "title": title, "range": [-0.012 * last, last * room], "tickvals": ticks}
    codes = [plain(code, longest=24) for code in places.rows]
    layout["yaxis"] = {**layout["yaxis"], "range": [rows - 0.4, -0.6], "tickvals": list(places.rows.values()), "ticktext": codes}
    return go.Figure({"data": traces, "layout": layout})


Trace = dict[str, Any]


def _headings(places: Places, colours: Palette) -> list[dict[str, Any]]:
    """The name of each cohort over its lanes."""
    place = {"x": 0, "xref": "paper", "xanchor": "left", "yanchor": "middle", "xshift": 4, "showarrow": False}
    return [{**place, "y": row, "text": f"<b>{words}</b>", "font": {"color": colours.muted}} for row, words in places.headings.items()]


def _room_for_legend(traces: list[Trace], places: Places) -> int:
    """Rows that the figure is high: its lanes, or as many as its legend needs where the lanes are few."""
    entries = sum(bool(trace.get("showlegend", True)) for trace in traces)
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


def _windows(spans: pd.DataFrame, places: Places, colours: Palette) -> list[Trace]:
    """The DLT window of each lane, as a band; nothing where none is declared."""
    shown = spans.dropna(subset=["window_to"])
    if shown.empty:
        return []
    lengths = (shown["window_to"] - shown["window_from"]).tolist()
    bar = _bar(places, shown["subject"], shown["window_from"].tolist(), lengths)
    return [
        {
            **bar,
            "width": 0.82,
            "marker": {"color": colours.band},
            "name": say("DLT window, {days} days", days=lengths[0]),
            "hoverinfo": "skip",
        }
    ]


def _follow_up(spans: pd.DataFrame, places: Places, colours: Palette) -> Trace:
    """A line from the first dose to the end of follow-up."""
    words = [[lane.subject, _lane_words(lane)] for lane in spans.itertuples()]
    bar = _bar(places, spans["subject"], [0] * len(spans), [int(day) for day in spans["end_day"]])
    return {**bar, "width": 0.18, "marker": {"color": colours.lane}, "name": say("Follow-up"), "customdata": words, "hovertemplate": HOVER}


def _bar(places: Places, subjects: Iterable[str], starts: list[int], lengths: list[int]) -> Trace:
    """Bars that lie in the lanes of ``subjects``."""
    return {"type": "bar", "orientation": "h", "y": [places.rows[code] for code in subjects], "base": starts, "x": lengths}


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


def _doses(bars: pd.DataFrame, places: Places, colours: Palette) -> list[Trace]:
    """Administrations: an upright stroke at the start, and a bar as long as the treatment where it lasted days."""
    if bars.empty:
        return []
    long = bars[bars["to_day"] > bars["from_day"]]
    look = {"width": 0.3, "marker": {"color": colours.accent, "opacity": 0.4}, "name": say("On treatment"), "hovertemplate": HOVER}
    bar = _bar(places, long["subject"], long["from_day"].tolist(), (long["to_day"] - long["from_day"]).tolist())
    treated = [{**bar, **look, "customdata": [[dose.subject, _dose_words(dose)] for dose in long.itertuples()]}] if len(long) else []
    stroke = {"symbol": "line-ns", "size": 18, "line": {"width": 2.5, "color": colours.accent}}
    words = [[dose.subject, _dose_words(dose)] for dose in bars.itertuples()]
    points = _points(places, bars["subject"], bars["from_day"], stroke)
    return [*treated, {**points, "name": say("Administration"), "customdata": words, "hovertemplate": HOVER}]


def _points(places: Places, subjects: Iterable[str], days: Iterable[int], marker: dict[str, Any]) -> Trace:
    """Marks that stand in the lanes of ``subjects``."""
    rows = [places.rows[code] for code in subjects]
    return {"type": "scatter", "mode": "markers", "x": [int(day) for day in days], "y": rows, "marker": marker}


def _dose_words(dose: Any) -> str:
    what = plain(dose.product) if pd.isna(dose.amount) else f"{plain(dose.product)} · {plain(dose.amount)}"
    when = iso(dose.first_on) if dose.first_on == dose.last_on else f"{iso(dose.first_on)} - {iso(dose.last_on)}"
    return "<br>".join([f"<b>{plain(dose.subject)}</b> · {say('day {day}', day=dose.from_day)} ({when})", what])


def _events(marks: pd.DataFrame, places: Places, colours: Palette) -> list[Trace]:
    """A mark per day with events, by grade; a ring round the serious, and the word DLT over those."""
    keys, found = [mark_key(row.grade, row.severity) for row in marks.itertuples()], []
    for key in sorted(set(keys)):
        shown = marks[[other == key for other in keys]]
        look = event_mark(key[0] or None, key[1] or None, colours)
        marker = {"symbol": look.symbol, "size": look.size, "color": look.fill, "line": {"color": colours.ink, "width": 1}}
        words = [[event.subject, _event_words(event)] for event in shown.itertuples()]
        points = _points(places, shown["subject"], shown["day"], marker)
        found.append({**points, "name": look.name, "customdata": words, "hovertemplate": HOVER})
    if marks["serious"].any():
        ring = {"symbol": "circle-open", "size": 20, "color": colours.ink, "line": {"color": colours.ink, "width": 1.6}}
        shown = marks[marks["serious"]]
        found.append({**_points(places, shown["subject"], shown["day"], ring), "name": say("Serious"), "hoverinfo": "skip"})
    limiting = marks[marks["dlt"]]
    if not limiting.empty:
        told: Trace = {"mode": "text", "text": ["<b>DLT</b>"] * len(limiting), "textfont": {"size": 11, "color": colours.ink}}
        told["cliponaxis"] = False  # an event on the first days stands at the edge
        above = [places.rows[code] - 0.52 for code in limiting["subject"]]
        points = _points(places, limiting["subject"], limiting["day"], {})
        found.append({**points, **told, "y": above, "hoverinfo": "skip", "showlegend": False})
    return found


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


def _ends(spans: pd.DataFrame, places: Places, colours: Palette) -> list[Trace]:
    """An arrow where follow-up goes on, a stroke and a word where it has ended."""
    arrow = {"symbol": "triangle-right", "size": 11, "color": colours.lane}
    stroke = {"symbol": "line-ns", "size": 12, "line": {"width": 2, "color": colours.muted}}
    over, found = spans["end"].notna(), []
    for shown, marker, name in ((spans[~over], arrow, say("Follow-up goes on")), (spans[over], stroke, say("Follow-up ended"))):
        if shown.empty:
            continue
        words = ["" if pd.isna(end) else f"  {say(end)}" for end in shown["end"]]
        told: Trace = {
            "mode": "markers+text",
            "text": words,
            "textposition": "middle right",
            "textfont": {"color": colours.muted, "size": 11},
        }
        told["cliponaxis"] = False
        hover = {"customdata": [[lane.subject, _lane_words(lane)] for lane in shown.itertuples()], "hovertemplate": HOVER}
        found.append({**_points(places, shown["subject"], shown["end_day"], marker), **told, **hover, "name": name})
    return found
