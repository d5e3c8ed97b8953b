"""The story of one subject: its panels, its marks, and hostile text (inert)."""

from datetime import date
from itertools import pairwise

import pytest

from dashboard.charts.story import MOST_TERMS, StoryTables, draw_story, pick_terms
from dashboard.style import palette
from trial.clocks.story import Axis
from trial.tables.story import STORY_EVENTS, STORY_MEDICATIONS, STORY_MOMENTS, STORY_SERIES

COLOURS = palette(dark=False)
AXIS = Axis(date(2026, 2, 1), True, date(2026, 6, 30), date(2026, 6, 30))
NASTY = "<script>alert(1)</script>" + "x" * 10_000


def event(term="Pain", grade=3, serious=True, dlt="yes", to_day=9, goes_on=False):
    return ("E1", term, grade, None, serious, dlt, "recovered", 3, to_day, goes_on, "2026-02", None, True)


def tables(events=(), series=(), medications=(), moments=()):
    return StoryTables(
        STORY_MOMENTS.frame(moments), STORY_EVENTS.frame(events), STORY_MEDICATIONS.frame(medications), STORY_SERIES.frame(series)
    )


FULL = tables(
    events=[event(), event("Rash", None, False, None, None)],
    series=[
        ("ALT", "ALT", "U/L", 3, 50.0, 5.0, 40.0, "high"),
        ("ALT", "ALT", "U/L", 9, 20.0, 5.0, 40.0, None),
        ("X", "X", None, 3, 1.0, None, None, None),
    ],
    medications=[("tacrolimus", True, None, 149, True, "oral"), ("aspirin", False, 3, None, False, None)],
    moments=[("administration", "cells", 0, 0, "1 M"), ("visit", "Day 7", 7, 7, None), ("milestone", "screened", -20, -20, None)],
)


def titles(figure):
    return [note.text for note in figure.layout.annotations if note.text.startswith("<b>")]


def words(figure):
    found = [text for trace in figure.data for text in (trace.text if isinstance(trace.text, (list, tuple)) else [])]
    return [text for text in found if text]


def test_each_kind_of_thing_has_its_panel_on_one_axis():
    figure = draw_story(FULL, AXIS, colours=COLOURS, window=(0, 28))
    assert titles(figure) == ["<b>Done</b>", "<b>Adverse events</b>", "<b>Medication</b>", "<b>ALT, U/L · range 5 to 40</b>", "<b>X</b>"]
    assert {trace.xaxis for trace in figure.data} == {"x", "x2"}
    domains = [
        axis.domain
        for axis in (figure.layout.yaxis, figure.layout.yaxis2, figure.layout.yaxis3, figure.layout.yaxis4, figure.layout.yaxis5)
    ]
    assert all(above[0] > below[1] for above, below in pairwise(domains))
    band = next(shape for shape in figure.layout.shapes if shape.type == "rect")
    assert (band.x0, band.x1) == (0, 28)


def test_an_event_says_grade_seriousness_dlt_and_partial_dates_in_words():
    figure = draw_story(FULL, AXIS, colours=COLOURS)
    told = " | ".join(words(figure))
    assert "<b>DLT</b>, serious" in told
    assert "grade 3" in told
    assert "onset 2026-02: day 3" in told
    assert "a partial date was filled in" in told
    assert "the end is not known" in told
    assert "outcome: recovered" in told


def test_medication_that_the_protocol_requires_says_so_in_its_label():
    figure = draw_story(FULL, AXIS, colours=COLOURS)
    assert list(figure.layout.yaxis3.ticktext) == ["tacrolimus · protocol", "aspirin"]


def test_a_result_outside_its_range_has_its_own_mark():
    figure = draw_story(FULL, AXIS, colours=COLOURS)
    line = next(trace for trace in figure.data if trace.type == "scatter" and trace.mode == "lines+markers")
    assert list(line.marker.symbol) == ["triangle-up", "circle"]
    assert "above the reference range" in line.text[0]


@pytest.mark.parametrize(
    "part",
    [
        tables(),
        tables(events=[event()]),
        tables(moments=[("visit", "v", 1, 1, None)]),
        tables(series=[("A", "A", None, 1, 1.0, None, None, None)]),
    ],
)
def test_a_story_with_little_in_it_draws(part):
    assert draw_story(part, AXIS, colours=COLOURS).layout.height > 0


def test_hostile_text_is_inert_wherever_it_stands():
    figure = draw_story(
        tables(
            events=[event(NASTY)],
            series=[("A", NASTY, NASTY, 1, 1.0, None, None, None)],
            medications=[(NASTY, True, 1, 2, False, NASTY)],
            moments=[("visit", NASTY, 1, 1, NASTY), ("administration", NASTY, 1, 1, NASTY)],
        ),
        AXIS,
        colours=COLOURS,
    )
    text = figure.to_json()
    assert "<script" not in text
    assert "\\u003cscript" not in text
    assert len(text) < 60_000


def test_too_many_terms_keep_the_worst_in_the_order_they_began():
    rows = [event(f"term {n:03d}", grade=1, serious=False, dlt=None) for n in range(60)]
    rows[55] = event("the DLT", grade=3)
    found = pick_terms(STORY_EVENTS.frame(rows))
    assert len(found) == MOST_TERMS
    assert found[-1] == "the DLT"
    assert pick_terms(STORY_EVENTS.empty()) == []
