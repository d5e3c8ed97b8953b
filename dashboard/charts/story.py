"""One subject's whole story on one time axis: what was done, what happened, what was taken, what was measured."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.marks import event_mark, grade_words
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


@dataclass(frozen=True)
class StoryTables:
    """STORY_MOMENTS, STORY_EVENTS, STORY_MEDICATIONS and STORY_SERIES of one subject."""

    moments: pd.DataFrame
    events: pd.DataFrame
    medications: pd.DataFrame
    series: pd.DataFrame


def draw_story(tables: StoryTables, axis: Axis, *, colours: Palette, window: tuple[int, int] | None = None) -> go.Figure:
    """Return the story: panels on one axis of days; ``window`` is the DLT window in days, shown as a band."""
    kinds = [kind for kind in KINDS if (tables.moments["kind"] == kind).any()]
    terms, drugs = pick_terms(tables.events), list(dict.fromkeys(tables.medications["name"]))[:MOST_DRUGS]
    tests = list(dict.fromkeys(tables.series["test"]))
    results = [tables.series[tables.series["test"] == test] for test in tests]
    panels = [Panel(say("Done"), LANE * len(kinds), tuple(_kind(kind) for kind in kinds))] if kinds else []
    panels += [Panel(say("Adverse events"), LANE * len(terms), tuple(plain(term, longest=34) for term in terms))] if terms else []
    panels += [Panel(say("Medication"), (LANE - 4) * len(drugs), _drug_labels(tables.medications, drugs))] if drugs else []
    place = {"moments": 0, "events": bool(kinds), "drugs": bool(kinds) + bool(terms), "series": len(panels)}
    panels += [Panel(series_title(rows), SERIES_PIXELS) for rows in results]
    stack = Stack(panels or [Panel(say("Nothing is on record yet."), LANE, ("",))], colours)
    first, last = _limits(tables, axis, window)
    _add_bands(stack, axis, window)
    if kinds:
        _add_moments(stack, place["moments"], tables.moments, kinds)
    if terms:
        _add_events(stack, place["events"], tables.events[tables.events["term"].isin(terms)], terms)
    if drugs:
        _add_drugs(stack, place["drugs"], tables.medications[tables.medications["name"].isin(drugs)], drugs)
    for number, rows in enumerate(results, place["series"]):
        add_series(stack, number, rows, (first, last))
    what = say("days since the first dose") if axis.dosed else say("days since screening")
    stack.set_days(first, last, f"{what} ({axis.anchor.isoformat()} = 0)")
    stack.figure.update_layout(barmode="overlay")
    return stack.figure


def pick_terms(events: pd.DataFrame) -> list[str]:
    """Return the terms that get a lane, by first onset: all of them, or the 40 worst (DLT, then serious, then grade)."""
    if events.empty:
        return []
    weight = (events["dlt"] == "yes").astype(int) * 100 + events["serious"].astype(int) * 10 + events["grade"].fillna(0).astype(int)
    worst = weight.groupby(events["term"]).max().sort_values(ascending=False, kind="stable").head(MOST_TERMS).index
    return [term for term in dict.fromkeys(events["term"]) if term in set(worst)]


def _drug_labels(medications: pd.DataFrame, drugs: list[str]) -> tuple[str, ...]:
    required = set(medications.loc[medications["required"], "name"])
    return tuple(say("{drug} · protocol", drug=plain(drug, longest=24)) if drug in required else plain(drug, longest=34) for drug in drugs)


def _kind(kind: str) -> str:
    names = {
        "administration": say("Administrations"),
        "procedure": say("Procedures"),
        "visit": say("Visits"),
        "milestone": say("Milestones"),
    }
    return names[kind]


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
    colours = stack.colours
    if window:
        stack.figure.add_shape(
            type="rect", x0=window[0], x1=window[1], y0=0, y1=1, yref="paper", fillcolor=colours.band, line_width=0, layer="below"
        )
        stack.figure.add_annotation(
            x=window[0], y=1, yref="paper", yanchor="bottom", xanchor="left", yshift=26, showarrow=False, text=say("DLT window"),
            font={"color": colours.muted, "size": 11},
        )  # fmt: skip
    cut = axis.day_of(axis.cut_off)
    for day, dash in ((0, "solid"), (cut, "dot")):
        stack.figure.add_shape(
            type="line", x0=day, x1=day, y0=0, y1=1, yref="paper", line={"color": colours.muted, "width": 1, "dash": dash}
        )


def _add_moments(stack: Stack, number: int, moments: pd.DataFrame, kinds: list[str]) -> None:
    """Administrations as strokes or bars, procedures as diamonds, visits and milestones as small dots."""
    colours = stack.colours
    looks: dict[str, dict[str, Any]] = {
        "administration": {"symbol": "line-ns", "size": 16, "line": {"width": 3, "color": colours.accent}},
        "procedure": {"symbol": "diamond-tall", "size": 12, "color": colours.ink},
        "visit": {"symbol": "circle", "size": 7, "color": colours.lane},
        "milestone": {"symbol": "circle-open", "size": 8, "color": colours.muted, "line": {"width": 1.5}},
    }
    long = moments[moments["to_day"] > moments["from_day"]]
    _add_spans(stack, number, long, [kinds.index(kind) for kind in long["kind"]], colours.accent)
    for kind in kinds:
        shown = moments[moments["kind"] == kind]
        x, y = [int(day) for day in shown["from_day"]], [kinds.index(kind)] * len(shown)
        words = [_moment_words(moment) for moment in shown.itertuples()]
        stack.add(number, go.Scatter(x=x, y=y, mode="markers", marker=looks[kind], text=words, hovertemplate="%{text}<extra></extra>"))


def _moment_words(moment: Any) -> str:
    label = say(moment.label) if moment.kind == "milestone" else plain(moment.label)
    lines = [f"<b>{label}</b>", say("day {day}", day=moment.from_day)]
    if moment.to_day > moment.from_day:
        lines[1] = say("day {start} to day {stop}", start=moment.from_day, stop=moment.to_day)
    return "<br>".join([*lines, *([] if pd.isna(moment.details) else [plain(moment.details)])])


def _add_events(stack: Stack, number: int, events: pd.DataFrame, terms: list[str]) -> None:
    """A bar from onset to end in the colour of the grade, its mark at the onset, and words at its end."""
    colours = stack.colours
    looks = [
        event_mark(None if pd.isna(row.grade) else int(row.grade), None if pd.isna(row.severity) else row.severity, colours)
        for row in events.itertuples()
    ]
    rows = [terms.index(term) for term in events["term"]]
    _add_spans(stack, number, events, rows, [look.fill for look in looks])
    starts, words = [int(day) for day in events["from_day"]], [_event_words(event) for event in events.itertuples()]
    marker = {"symbol": [look.symbol for look in looks], "size": [look.size for look in looks], "color": [look.fill for look in looks]}
    hover = {"text": words, "hovertemplate": "%{text}<extra></extra>", "mode": "markers"}
    serious = [n for n, flag in enumerate(events["serious"]) if flag]
    ring = {"symbol": "circle-open", "size": 20, "color": colours.ink, "line": {"width": 1.6}}
    stack.add(
        number, go.Scatter(x=[starts[n] for n in serious], y=[rows[n] for n in serious], mode="markers", marker=ring, hoverinfo="skip")
    )
    stack.add(number, go.Scatter(x=starts, y=rows, marker={**marker, "line": {"color": colours.ink, "width": 1}}, **hover))
    ends = [start if pd.isna(day) else int(day) for start, day in zip(starts, events["to_day"], strict=True)]
    arrows = [n for n, flag in enumerate(events["goes_on"]) if flag]
    arrow = {"symbol": "triangle-right", "size": 10, "color": colours.lane}
    stack.add(number, go.Scatter(x=[ends[n] for n in arrows], y=[rows[n] for n in arrows], mode="markers", marker=arrow, hoverinfo="skip"))
    flags = [_flag_words(event) for event in events.itertuples()]
    told = [n for n, flag in enumerate(flags) if flag]
    text = {"text": [f"   {flags[n]}" for n in told], "textposition": "middle right", "textfont": {"size": 11, "color": colours.ink}}
    stack.add(
        number, go.Scatter(x=[ends[n] for n in told], y=[rows[n] for n in told], mode="text", hoverinfo="skip", cliponaxis=False, **text)
    )


def _flag_words(event: Any) -> str:
    """What stands beside a bar: DLT and serious, in words."""
    words = ["<b>DLT</b>"] if event.dlt == "yes" else [say("DLT pending")] if event.dlt == "pending" else []
    return ", ".join([*words, *([say("serious")] if event.serious else [])])


def _event_words(event: Any) -> str:
    """What the hover of an event explains."""
    lines = [f"<b>{plain(event.term)}</b> · {plain(event.code, longest=30)}", grade_words(event.grade, event.severity)]
    flags = _flag_words(event)
    lines += [flags] if flags else []
    lines.append(say("onset {text}: day {day}", text=plain(event.onset, longest=30), day=event.from_day))
    if event.goes_on:
        lines.append(say("goes on at the cut-off"))
    elif not pd.isna(event.to_day):
        lines.append(say("until day {day}", day=event.to_day))
    else:
        lines.append(say("the end is not known"))
    lines += [] if pd.isna(event.outcome) else [say("outcome: {outcome}", outcome=say(event.outcome))]
    lines += [say("a partial date was filled in")] if event.imputed else []
    return "<br>".join(lines)


def _add_drugs(stack: Stack, number: int, drugs: pd.DataFrame, names: list[str]) -> None:
    """A bar per medication; those that the protocol requires in the accent colour, and so they say."""
    colours = stack.colours
    rows = [names.index(name) for name in drugs["name"]]
    first = [EARLIEST_DAY * 2 if pd.isna(day) else max(int(day), EARLIEST_DAY * 2) for day in drugs["from_day"]]
    last = [start if pd.isna(day) else int(day) for start, day in zip(first, drugs["to_day"], strict=True)]
    fills = [colours.accent if required else colours.lane for required in drugs["required"]]
    words = [_drug_words(drug) for drug in drugs.itertuples()]
    lengths = [max(stop - start, 0.6) for start, stop in zip(first, last, strict=True)]
    bar = go.Bar(y=rows, base=first, x=lengths, orientation="h", width=0.42, marker={"color": fills, "opacity": 0.75})
    bar.update(text=words, textposition="none", hovertemplate="%{text}<extra></extra>")
    stack.add(number, bar)
    arrows = [n for n, flag in enumerate(drugs["goes_on"]) if flag]
    marker = {"symbol": "triangle-right", "size": 10, "color": [fills[n] for n in arrows]}
    stack.add(number, go.Scatter(x=[last[n] for n in arrows], y=[rows[n] for n in arrows], mode="markers", marker=marker, hoverinfo="skip"))


def _drug_words(drug: Any) -> str:
    start = say("start not known") if pd.isna(drug.from_day) else say("from day {day}", day=drug.from_day)
    stop = say("end not known") if pd.isna(drug.to_day) else say("until day {day}", day=drug.to_day)
    lines = [f"<b>{plain(drug.name)}</b>", f"{start}, {say('goes on at the cut-off') if drug.goes_on else stop}"]
    lines += [say("required by the protocol")] if drug.required else []
    return "<br>".join([*lines, *([] if pd.isna(drug.details) else [plain(drug.details, longest=90)])])


def _add_spans(stack: Stack, number: int, shown: pd.DataFrame, rows: list[int], fill: str | list[str]) -> None:
    """Bars from the first to the last day, where the last day is known and later."""
    kept = [n for n, row in enumerate(shown.itertuples()) if not pd.isna(row.to_day) and row.to_day > row.from_day]
    if not kept:
        return
    starts, stops = [int(day) for day in shown["from_day"]], shown["to_day"].tolist()
    fills = [fill[n] for n in kept] if isinstance(fill, list) else fill
    marker = {"color": fills, "opacity": 0.6, "line": {"color": stack.colours.lane, "width": 0.5}}
    lengths = [int(stops[n]) - starts[n] for n in kept]
    stack.add(
        number,
        go.Bar(
            y=[rows[n] for n in kept],
            base=[starts[n] for n in kept],
            x=lengths,
            orientation="h",
            width=0.42,
            marker=marker,
            hoverinfo="skip",
        ),
    )
