"""The swimmer plot: its marks, the subject that each carries, and hostile text (inert)."""

from datetime import date

import pytest

from dashboard.charts.lanes import draw_lanes, pick_ticks
from dashboard.charts.marks import event_mark, grade_words
from dashboard.style import palette
from trial.clocks.lanes import compute_bars, compute_marks, compute_spans
from trial.protocol import DltPart
from trial.tables.lanes import LANE_DOSES, LANE_EVENTS, LANES

COLOURS = palette(dark=False)
RULE = DltPart(window_days=28, definition="any", minimum_grade=3, attributed_to=("product",))
FIRST = date(2026, 2, 1)
NASTY = "<script>alert(1)</script>" + "x" * 10_000


def draw(events, *, lanes=2, rule=RULE, **options):
    rows = [
        (f"S{n}", "01", 1 + n % 2, f"Cohort {1 + n % 2}", "10 M", FIRST, FIRST, "completed" if n else "on study", None)
        for n in range(lanes)
    ]
    found = LANES.frame(sorted(rows, key=lambda row: row[2]))
    doses = LANE_DOSES.frame([(row[0], 1, FIRST, FIRST, "cells", "1 M") for row in rows])
    spans = compute_spans(found, rule, date(2026, 6, 30))
    return draw_lanes(spans, compute_marks(found, LANE_EVENTS.frame(events)), compute_bars(found, doses), colours=COLOURS, **options)


def event(term="Pain", grade=1, severity=None, serious=False, dlt=False):
    return ("S0", date(2026, 2, 4), term, grade, severity, 2, serious, dlt, True)


def trace(figure, name):
    return next(found for found in figure.data if found.name == name)


def test_every_mark_carries_its_subject_and_explains_itself():
    figure = draw([event(grade=3, serious=True, dlt=True)])
    mark = trace(figure, "Grade 3")
    assert mark.customdata[0][0] == "S0"
    assert "grade 3, serious, DLT" in mark.customdata[0][1]
    assert "filled in from a partial date" in mark.customdata[0][1]
    assert "worst of 2" in mark.customdata[0][1]
    assert mark.marker.symbol == "diamond"
    assert trace(figure, "Serious").marker.symbol == "circle-open"
    assert any(found.mode == "text" and found.text[0] == "<b>DLT</b>" for found in figure.data if found.type == "scatter")
    assert all(row[0] in ("S0", "S1") for row in trace(figure, "Follow-up").customdata)


def test_a_lane_that_goes_on_has_an_arrow_and_one_that_ended_a_word():
    figure = draw([])
    assert trace(figure, "Follow-up goes on").marker.symbol == "triangle-right"
    ended = trace(figure, "Follow-up ended")
    assert ended.text[0].strip() == "completed"
    assert ended.cliponaxis is False
    start, stop = figure.layout.xaxis.range
    assert (stop - max(ended.x)) / (stop - start) > 0.15, "the word has no room beside the end of its lane"


def test_the_window_is_drawn_only_where_it_is_declared():
    assert trace(draw([]), "DLT window, 28 days").x == (28, 28)
    assert not any("window" in (found.name or "") for found in draw([], rule=None).data)


def test_cohorts_stand_under_headings_and_lanes_never_share_a_row():
    figure = draw([], lanes=6)
    assert [note.text for note in figure.layout.annotations] == ["<b>Cohort 1 · 10 M</b>", "<b>Cohort 2 · 10 M</b>"]
    rows = list(figure.layout.yaxis.tickvals)
    assert len(set(rows)) == 6
    assert not set(rows) & {note.y for note in figure.layout.annotations}


def test_hostile_terms_are_inert_and_short():
    words = trace(draw([event(term=NASTY)]), "Grade 1").customdata[0][1]
    assert "<script>" not in words
    assert len(words) < 400


def test_severity_without_a_grade_borrows_the_shape_but_not_the_colour():
    look = event_mark(None, "moderate", COLOURS)
    assert (look.symbol, look.fill) == ("square", COLOURS.ungraded)
    assert grade_words(None, "moderate") == "moderate, not graded"
    assert grade_words(None, None) == event_mark(None, None, COLOURS).name == "not graded"


@pytest.mark.parametrize(
    ("days", "last", "kept"), [([0, 28, 30, 60], 100, [0, 28, 60]), ([0, 28, 7, 14], 40, [0, 7, 14, 28]), ([0, 400], 100, [0])]
)
def test_ticks_never_touch(days, last, kept):
    assert pick_ticks(days, last) == kept


def test_no_lane_at_all_draws():
    empty = LANES.empty()
    figure = draw_lanes(
        compute_spans(empty, RULE, FIRST),
        compute_marks(empty, LANE_EVENTS.empty()),
        compute_bars(empty, LANE_DOSES.empty()),
        colours=COLOURS,
    )
    assert figure.layout.height > 0
