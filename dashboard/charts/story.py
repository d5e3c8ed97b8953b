"""One subject's whole story on one time axis: what was done, what happened, what was taken, what was measured."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.marks import EventMark, event_mark, grade_words
from dashboard.charts.memory import drawn_once
from dashboard.charts.panels import Panel, Stack
from dashboard.charts.series import add_series, series_title
from dashboard.style import Palette, plain
from dashboard.text import say
from trial.clocks.story import EARLIEST_DAY, Axis

LANE = 24
SERIES_PIXELS = 84
MOST_TERMS = 40
MOST_DRUGS = 16
KINDS = ("administration", "procedure", "visit", "milestone")
HOVER = "%{text}<extra></extra>"


@dataclass(frozen=True)
class StoryTables:
    """STORY_MOMENTS, STORY_EVENTS, STORY_MEDICATIONS and STORY_SERIES of one subject."""

    moments: pd.DataFrame
    events: pd.DataFrame
    medications: pd.DataFrame
    series: pd.DataFrame


@drawn_once
def draw_story(tables: StoryTables, axis: Axis, *, colours: Palette, window: tuple[int, int] | None = None) -> go.Figure:
    """Return the story: panels on one axis of days; ``window`` is the DLT window in days, shown as a band."""
    kinds = [kind for kind in KINDS if (tables.moments["kind"] == kind).any()]
    terms, drugs = pick_terms(tables.events), list(dict.fromkeys(tables.medications["name"]))[:MOST_DRUGS]
    results = [rows for _, rows in tables.series.groupby("test", sort=False)]
    first, last = _limits(tables, axis, window)
    stack = Stack([], colours)
    if kinds:
        stack.panels.append(Panel(say("Done"), LANE * len(kinds), tuple(_kind(kind) for kind in kinds)))
        _add_moments(stack, tables.moments, kinds)
    if terms:
        stack.panels.append(Panel(say("Adverse events"), LANE * len(terms), tuple(plain(term, longest=34) for term in terms)))
        _add_events(stack, tables.events[tables.events["term"].isin(terms)], terms)
    if drugs:
        stack.panels.append(Panel(say("Medication"), (LANE - 4) * len(drugs), _drug_labels(tables.medications, drugs)))
        _add_drugs(stack, tables.medications[tables.medications["name"].isin(drugs)], drugs)
    for rows in results:
        stack.panels.append(Panel(series_title(rows), SERIES_PIXELS))
        add_series(stack, rows, (first, last))
    if not stack.panels:
        stack.panels.append(Panel(say("Nothing is on record yet."), LANE, ("",)))
    _add_bands(stack, axis, window)
    what = say("days since the first dose") if axis.dosed else say("days since screening")
    return stack.finish(first, last, f"{what} ({axis.anchor.isoformat()} = 0)")


def pick_terms(events: pd.DataFrame) -> list[str]:
    """Return the terms that get a lane, by first onset: all of them, or the 40 worst (DLT, then serious, then grade)."""
    if events.empty:
        return []
    weight = (events["dlt"] == "yes").astype(int) * 100 + events["serious"].astype(int) * 10 + events["grade"].fillna(0).astype(int)
    worst = set(weight.groupby(events["term"]).max().sort_values(ascending=False, kind="stable").head(MOST_TERMS).index)
    return [term for term in dict.fromkeys(events["term"]) if term in worst]


def _kind(kind: str) -> str:
    names = {"administration": say("Administrations"), "procedure": say("Procedures"), "visit": say("Visits")}
    return {**names, "milestone": say("Milestones")}[kind]


def _drug_labels(medications: pd.DataFrame, drugs: list[str]) -> tuple[str, ...]:
    required = set(medications.loc[medications["required"], "name"])
    return tuple(say("{drug} · protocol", drug=plain(drug, longest=24)) if drug in required else plain(drug, longest=34) for drug in drugs)


def _limits(tables: StoryTables, axis: Axis, window: tuple[int, int] | None) -> tuple[float, float]:
    """First and last day of the axis, with a little room on both sides."""
    days = [0, axis.last_day, *(window or ())]
    for frame, names in ((tables.moments, ("from_day", "to_day")), (tables.events, ("from_day", "to_day")), (tables.series, ("day",))):
        days += [int(day) for name in names for day in frame[name].dropna()]
    first, last = max(min(days), EARLIEST_DAY), max(days)
    room = max((last - first) * 0.03, 1.0)
    return first - room, last + 2 * room


def _add_bands(stack: Stack, axis: Axis, window: tuple[int, int] | None) -> None:
    """The DLT window as a band through all panels, the first dose and the cut-off as lines."""
    muted, whole = stack.colours.muted, {"y0": 0, "y1": 1, "yref": "paper"}
    if window:
        band = {"type": "rect", "x0": window[0], "x1": window[1], "fillcolor": stack.colours.band, "line": {"width": 0}, "layer": "below"}
        stack.shapes.append({**whole, **band})
        place = {"x": window[0], "y": 1, "yref": "paper", "xanchor": "left", "yanchor": "bottom", "yshift": 26}
        stack.notes.append({**place, "text": say("DLT window"), "showarrow": False, "font": {"color": muted, "size": 11}})
    for day, dash in ((0, "solid"), (axis.day_of(axis.cut_off), "dot")):
        stack.shapes.append({**whole, "type": "line", "x0": day, "x1": day, "line": {"color": muted, "width": 1, "dash": dash}})


def _add_moments(stack: Stack, moments: pd.DataFrame, kinds: list[str]) -> None:
    """Administrations as strokes or bars, procedures as diamonds, visits and milestones as small dots."""
    colours = stack.colours
    looks: dict[str, dict[str, Any]] = {
        "administration": {"symbol": "line-ns", "size": 16, "line": {"width": 3, "color": colours.accent}},
        "procedure": {"symbol": "diamond-tall", "size": 12, "color": colours.ink},
        "visit": {"symbol": "circle", "size": 7, "color": colours.lane},
        "milestone": {"symbol": "circle-open", "size": 8, "color": colours.muted, "line": {"width": 1.5}},
    }
    long = moments[moments["to_day"] > moments["from_day"]]
    _add_spans(stack, long, [kinds.index(kind) for kind in long["kind"]], [colours.accent] * len(long))
    for row, kind in enumerate(kinds):
        shown = moments[moments["kind"] == kind]
        words = [_moment_words(moment) for moment in shown.itertuples()]
        _add_points(stack, ([int(day) for day in shown["from_day"]], [row] * len(shown)), looks[kind], words)


def _moment_words(moment: Any) -> str:
    label = say(moment.label) if moment.kind == "milestone" else plain(moment.label)
    when = say("day {day}", day=moment.from_day)
    if moment.to_day > moment.from_day:
        when = say("day {start} to day {stop}", start=moment.from_day, stop=moment.to_day)
    return "<br>".join([f"<b>{label}</b>", when, *([] if pd.isna(moment.details) else [plain(moment.details)])])


def _add_events(stack: Stack, events: pd.DataFrame, terms: list[str]) -> None:
    """A bar from onset to end in the colour of the grade, its mark at the onset, and words at its end."""
    colours = stack.colours
    looks = [_look(event, colours) for event in events.itertuples()]
    rows, starts = [terms.index(term) for term in events["term"]], [int(day) for day in events["from_day"]]
    ends = [start if pd.isna(day) else int(day) for start, day in zip(starts, events["to_day"], strict=True)]
    _add_spans(stack, events, rows, [look.fill for look in looks])
    ring = {"symbol": "circle-open", "size": 20, "color": colours.ink, "line": {"width": 1.6}}
    _add_points(stack, _only(events["serious"], starts, rows), ring)
    marker = {"symbol": [look.symbol for look in looks], "size": [look.size for look in looks], "color": [look.fill for look in looks]}
    marks = {**marker, "line": {"color": colours.ink, "width": 1}}
    _add_points(stack, (starts, rows), marks, [_event_words(event) for event in events.itertuples()])
    _add_points(stack, _only(events["goes_on"], ends, rows), {"symbol": "triangle-right", "size": 10, "color": colours.lane})
    flags = [_flag_words(event) for event in events.itertuples()]
    x, y = _only([bool(flag) for flag in flags], ends, rows)
    words = {
        "text": [f"   {flag}" for flag in flags if flag],
        "textposition": "middle right",
        "textfont": {"size": 11, "color": colours.ink},
    }
    stack.add(_newest(stack), {"type": "scatter", "x": x, "y": y, "mode": "text", "hoverinfo": "skip", "cliponaxis": False, **words})


def _look(event: Any, colours: Palette) -> EventMark:
    return event_mark(None if pd.isna(event.grade) else int(event.grade), None if pd.isna(event.severity) else event.severity, colours)


def _flag_words(event: Any) -> str:
    """What stands beside a bar: DLT and serious, in words."""
    words = ["<b>DLT</b>"] if event.dlt == "yes" else [say("DLT pending")] if event.dlt == "pending" else []
    return ", ".join([*words, *([say("serious")] if event.serious else [])])


def _event_words(event: Any) -> str:
    """What the hover of an event explains."""
    lines = [f"<b>{plain(event.term)}</b> · {plain(event.code, longest=30)}", grade_words(event.grade, event.severity)]
    lines += [flags] if (flags := _flag_words(event)) else []
    lines.append(say("onset {text}: day {day}", text=plain(event.onset, longest=30), day=event.from_day))
    until = say("the end is not known") if pd.isna(event.to_day) else say("until day {day}", day=event.to_day)
    lines.append(say("goes on at the cut-off") if event.goes_on else until)
    lines += [] if pd.isna(event.outcome) else [say("outcome: {outcome}", outcome=say(event.outcome))]
    lines += [say("a partial date was filled in")] if event.imputed else []
    return "<br>".join(lines)


def _add_drugs(stack: Stack, drugs: pd.DataFrame, names: list[str]) -> None:
    """A bar per medication; those that the protocol requires in the accent colour, and so says their label."""
    rows = [names.index(name) for name in drugs["name"]]
    first = [EARLIEST_DAY * 2 if pd.isna(day) else max(int(day), EARLIEST_DAY * 2) for day in drugs["from_day"]]
    last = [start if pd.isna(day) else int(day) for start, day in zip(first, drugs["to_day"], strict=True)]
    fills = [stack.colours.accent if required else stack.colours.lane for required in drugs["required"]]
    bar: dict[str, Any] = {"type": "bar", "orientation": "h", "width": 0.42, "marker": {"color": fills, "opacity": 0.75}}
    bar |= {"y": rows, "base": first, "x": [max(stop - start, 0.6) for start, stop in zip(first, last, strict=True)]}
    words = [_drug_words(drug) for drug in drugs.itertuples()]
    stack.add(_newest(stack), {**bar, "text": words, "textposition": "none", "hovertemplate": HOVER})
    _add_points(stack, _only(drugs["goes_on"], last, rows), {"symbol": "triangle-right", "size": 10, "color": stack.colours.lane})


def _drug_words(drug: Any) -> str:
    start = say("start not known") if pd.isna(drug.from_day) else say("from day {day}", day=drug.from_day)
    stop = say("end not known") if pd.isna(drug.to_day) else say("until day {day}", day=drug.to_day)
    lines = [f"<b>{plain(drug.name)}</b>", f"{start}, {say('goes on at the cut-off') if drug.goes_on else stop}"]
    lines += [say("required by the protocol")] if drug.required else []
    return "<br>".join([*lines, *([] if pd.isna(drug.details) else [plain(drug.details, longest=90)])])


def _newest(stack: Stack) -> int:
    """The number of the panel that was put down last: the one being filled."""
    return len(stack.panels) - 1


Points = tuple[list[int], list[int]]
"""Days and rows of some marks."""


def _only(flags: Any, days: list[int], rows: list[int]) -> Points:
    """The days and rows of the marks for which the flag holds."""
    kept = [n for n, flag in enumerate(flags) if flag]
    return [days[n] for n in kept], [rows[n] for n in kept]


def _add_points(stack: Stack, points: Points, marker: dict[str, Any], words: list[str] | None = None) -> None:
    """Marks in the newest panel, with a hover where there are ``words``."""
    hover: dict[str, Any] = {"hoverinfo": "skip"} if words is None else {"text": words, "hovertemplate": HOVER}
    stack.add(_newest(stack), {"type": "scatter", "x": points[0], "y": points[1], "mode": "markers", "marker": marker, **hover})


def _add_spans(stack: Stack, shown: pd.DataFrame, rows: list[int], fills: list[str]) -> None:
    """Bars from the first to the last day, where the last day is known and later."""
    spans = zip(rows, shown["from_day"], shown["to_day"], fills, strict=True)
    long = [(row, int(start), int(stop), fill) for row, start, stop, fill in spans if not pd.isna(stop) and stop > start]
    marker = {"color": [span[3] for span in long], "opacity": 0.6, "line": {"color": stack.colours.lane, "width": 0.5}}
    bar = {"type": "bar", "orientation": "h", "width": 0.42, "marker": marker, "hoverinfo": "skip"}
    bar |= {"y": [span[0] for span in long], "base": [span[1] for span in long], "x": [span[2] - span[1] for span in long]}
    stack.add(_newest(stack), bar)
