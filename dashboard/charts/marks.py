"""How an adverse event is drawn everywhere: shape and colour by CTCAE grade, a ring when serious, words when a DLT."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.style import GRADE_MARKS, Palette
from dashboard.text import say

SEVERITY_GRADES = {"mild": 1, "moderate": 2, "severe": 3}
"""The shape that a severity borrows where no grade was given; it stays unfilled, since it is not a grade."""


@dataclass(frozen=True)
class EventMark:
    """One way of drawing events: its name for the legend, plotly symbol, fill colour and size in pixels."""

    name: str
    symbol: str
    fill: str
    size: int


def event_mark(grade: int | None, severity: str | None, colours: Palette) -> EventMark:
    """Return how an event of this grade, or of this severity where there is no grade, is drawn."""
    if grade is not None:
        return EventMark(say("Grade {grade}", grade=grade), GRADE_MARKS[grade], colours.grade(grade), 8 + grade)
    if severity in SEVERITY_GRADES:
        shape = SEVERITY_GRADES[severity]
        return EventMark(say("{severity}, not graded", severity=say(severity)), GRADE_MARKS[shape], colours.ungraded, 8 + shape)
    return EventMark(say("not graded"), "circle", colours.ungraded, 9)


def mark_key(grade: Any, severity: Any) -> tuple[int, str]:
    """Return a key that sorts events of the same look together: graded ones by grade, then the ungraded by severity."""
    if not pd.isna(grade):
        return int(grade), ""
    return 0, "" if pd.isna(severity) else str(severity)


def grade_words(grade: Any, severity: Any) -> str:
    """Return the grade in words, else the severity, else that there is neither."""
    number, word = mark_key(grade, severity)
    if number:
        return say("grade {grade}", grade=number)
    return say("{severity}, not graded", severity=say(word)) if word else say("not graded")
