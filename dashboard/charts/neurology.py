"""Neurological function of all dosed subjects against their own baselines, over the days since the first dose."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.memory import drawn_once
from dashboard.charts.panels import Panel, Stack
from dashboard.style import Palette, plain
from dashboard.text import say
from trial.signals.natural_recovery import BANDS
from trial.signals.neurology import Thresholds

PANEL_PIXELS = 180
SYMBOLS = {"RED": "x", "AMBER": "diamond", "NONE": "circle", "UNKNOWN": "circle-open"}
STATE_WORDS = {"RED": "RED", "AMBER": "AMBER", "NONE": "within the limits", "UNKNOWN": "not comparable"}
"""What a state is called."""
SIZES = {"RED": 12, "AMBER": 10, "NONE": 5, "UNKNOWN": 5}
RED_PLACE = 0.86
"""Where along the axis the red limit is named; the amber one is named at its end."""
NAME_SHARE, LINE_SHARE, FEWEST_POINTS = 0.11, 0.09, 10
"""How much of the days and of the points, at least so many, a subject's code takes."""


@drawn_once
def draw_neurology(
    exams: pd.DataFrame, thresholds: Thresholds, *, colours: Palette, recovery: tuple[float, float] | None = None
) -> go.Figure:
    """Return NEURO_EXAMS as three panels: points gained since baseline in motor score, arms and sensation, a line for each subject.

    Dashed lines are the limits of the rule. A mark's shape says the state; its customdata is the subject's code. Subjects that
    are or were red or amber carry their code at their worst examination, where there is room for it. ``recovery`` are the days after
    the first dose between which the published bands of natural recovery of the arms stand (trial.signals.natural_recovery); they are
    drawn as far as the axis goes.
    """
    stack = Stack([], colours)
    days = (-2.0, max(float(exams["day"].max()), 28.0) + 6)
    parts = (
        ("motor", say("Motor score, points since baseline"), {"AMBER": thresholds.amber_motor, "RED": thresholds.red_motor}),
        ("upper", say("Of these the arms, points since baseline"), {"AMBER": thresholds.amber_upper}),
        ("sensory", say("Light touch and pin prick, points since baseline"), {"AMBER": thresholds.amber_sensory}),
    )
    for column, title, limits in parts:
        known = exams[exams[column].notna()]
        stack.panels.append(Panel(say("{title}, n = {n} subjects", title=title, n=f"{known['subject'].nunique():,}"), PANEL_PIXELS))
        _add_limits(stack, limits, days)
        if column == "upper" and recovery and recovery[0] < days[1]:
            _add_recovery(stack, (recovery[0], min(recovery[1], days[1])))
        _add_courses(stack, known, column)
    return stack.finish(*days, say("days since the first dose"))


def _add_limits(stack: Stack, limits: dict[str, int], days: tuple[float, float]) -> None:
    number, colours = len(stack.panels) - 1, stack.colours
    zero: dict[str, Any] = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "x": list(days)}
    stack.add(number, {**zero, "y": [0, 0], "line": {"color": colours.rule, "width": 1}})
    for state, points in limits.items():
        line = {"color": colours.ink if state == "RED" else colours.muted, "width": 1.6, "dash": "dash" if state == "RED" else "dot"}
        words = f"{say(state)} -{points}"
        text = ["", words, ""] if state == "RED" else ["", "", words]  # beside each other, and away from where the courses begin
        label = {"mode": "lines+text", "text": text, "textposition": "top left"}
        font = {"color": colours.muted, "size": 11}
        place = {"x": [days[0], days[0] + RED_PLACE * (days[1] - days[0]), days[1]], "y": [-points] * 3}
        stack.add(number, {**zero, **place, "line": line, **label, "textfont": font})


def _add_recovery(stack: Stack, between: tuple[float, float]) -> None:
    """The published bands as boxes without fill, each with its mean and its grade, so that the courses stay readable."""
    number, colours = len(stack.panels) - 1, stack.colours
    first, last = between
    for place, band in enumerate(BANDS):
        low, high = band.limits
        line = {"color": colours.muted, "width": 1.4, "dash": ("solid", "dot")[place]}
        words = say(
            "natural recovery, AIS {grade}: {mean} ± {deviation} points", grade=band.grade, mean=band.mean, deviation=band.deviation
        )
        told: dict[str, Any] = {"type": "scatter", "line": line, "hovertext": words, "hoverinfo": "text"}
        corner, other = ((low, high), (high, low))[place]  # the grade stands at another corner for each
        text = {"text": [band.grade, "", "", "", ""], "textposition": "middle left", "textfont": {"color": colours.muted, "size": 11}}
        around = {"x": [first, last, last, first, first], "y": [corner, corner, other, other, corner]}
        stack.add(number, {**told, **text, **around, "mode": "lines+text"})
        stack.add(number, {**told, "mode": "lines", "x": [first, last], "y": [band.mean, band.mean]})


def _add_courses(stack: Stack, known: pd.DataFrame, column: str) -> None:
    """One thin line a subject from zero at its dose, and the marks of all in one trace."""
    number, colours = len(stack.panels) - 1, stack.colours
    x: list[float | None] = []
    y: list[float | None] = []
    for _, one in known.groupby("subject", sort=False):
        x += [0.0, *(float(day) for day in one["day"]), None]
        y += [0.0, *(float(value) for value in one[column]), None]
    stack.add(
        number, {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip", "line": {"color": colours.lane, "width": 1}}
    )
    states = known["state"].tolist()
    tones = {"RED": colours.ink, "AMBER": colours.muted}
    marker = {
        "symbol": [SYMBOLS[state] for state in states],
        "size": [SIZES[state] for state in states],
        "color": [tones.get(state, colours.accent) for state in states],
        "line": {"color": colours.ink, "width": [1 if state in tones else 0 for state in states]},
    }
    marks = {"mode": "markers+text", "marker": marker, "text": _list_names(known, column), "textposition": "middle right"}
    words = [_words(row, column) for row in known.itertuples()]
    told = {"hovertext": words, "hovertemplate": "%{hovertext}<extra></extra>", "customdata": [[code] for code in known["subject"]]}
    place = {"x": known["day"].astype(int).tolist(), "y": known[column].tolist()}
    stack.add(number, {"type": "scatter", **place, **marks, "textfont": {"color": colours.ink, "size": 11}, **told})


def _list_names(known: pd.DataFrame, column: str) -> list[str]:
    """The code of a subject at the first of its worst marks, the red before the amber; none so near to another that both would blur."""
    flagged = known[known["state"].isin(("AMBER", "RED"))]
    order = flagged.assign(rank=flagged["state"].map({"AMBER": 1, "RED": 0})).sort_values(["rank", "day"])
    wide = NAME_SHARE * max(float(known["day"].max()), 28.0) if len(known) else 0.0
    high = LINE_SHARE * max(float(known[column].max() - known[column].min()), FEWEST_POINTS) if len(known) else 0.0
    named: dict[Any, tuple[float, float]] = {}
    for row in order.drop_duplicates("subject").itertuples():
        day, points = float(row.day), float(getattr(row, column))
        if all(abs(day - other) >= wide or abs(points - level) >= high for other, level in named.values()):
            named[row.Index] = (day, points)
    return [plain(subject, longest=20) if place in named else "" for place, subject in known["subject"].items()]


def _words(row: Any, column: str) -> str:
    change = say("{points} points", points=f"{getattr(row, column):+g}")
    lines = [f"<b>{plain(row.subject, longest=30)}</b>", say("day {day}", day=int(row.day)), change, say(STATE_WORDS[row.state])]
    return "<br>".join(lines)
