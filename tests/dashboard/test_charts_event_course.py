"""Figures of events over time, by time at risk and by dose: denominators at every tick, marks that lead to subjects, no bare p-value."""

import json

import pytest

from dashboard.charts.dose_response import draw_dose_strip, write_chance
from dashboard.charts.event_curves import HOURS, draw_first_events, draw_mean_counts, list_ticks
from dashboard.charts.rates import draw_rates
from dashboard.numbers import decimal
from dashboard.parts.event_course import describe_trends
from dashboard.style import LIGHT
from trial.signals.dose_response import compute_dose_shares, compute_dose_trends
from trial.signals.event_curves import compute_first_events, compute_mean_counts, count_at_risk, group_courses
from trial.signals.exposure import compute_rates
from trial.signals.trend import compute_strength
from trial.tables import EVENT_OVERVIEW
from trial.tables.event_courses import EVENT_COURSES, MEASURE_DAYS, MEASURE_SUBJECTS

HOSTILE = '<script>alert(1)</script> <img src="x">'
COURSES = EVENT_COURSES.frame(
    [
        (1, 1, HOSTILE, 90, False, 2, 1),
        (1, 1, HOSTILE, 90, False, 40, 2),
        (2, 1, HOSTILE, 50, True, None, 0),
        (3, 2, "B", 70, False, 9, 1),
    ]
)
PEOPLE = MEASURE_SUBJECTS.frame(
    [("S1", 1, 2, 3, 3, None, True), ("S3", 2, 9, 1, None, "mild", False), ("S9", 2, None, 1, 1, None, False)]
)  # fmt: skip


def texts(figure):
    return json.dumps(figure.to_plotly_json(), default=str)


def drawn(colours=LIGHT):
    groups = group_courses(COURSES).groups
    curves = compute_first_events(groups)
    return draw_first_events(curves, count_at_risk(groups, list_ticks(90.0)), PEOPLE, colours=colours)


@pytest.mark.parametrize("last", [0, 1, 5, 13, 90, 227, 364, 2000, 9000])
def test_ticks_begin_at_the_first_dose_and_are_few(last):
    ticks = list_ticks(last)
    assert ticks[0] == 0 and ticks[-1] <= last and len(ticks) <= 10
    assert list_ticks(last, "hours")[0] == 0 and set(list_ticks(last, "hours")) <= set(HOURS)


def test_the_table_below_stands_at_every_tick():
    figure = drawn()
    notes = [(note.x, note.yshift, note.text) for note in figure.layout.annotations]
    ticks = list(figure.layout.xaxis.tickvals)
    assert [text for x, shift, text in notes if shift == -58 and x in ticks][1:] == ["3", "1", "1", "1", "0", "0", "0"]
    assert {"at risk", "have had one", "died before one", "observation ended"} <= {text for _, _, text in notes}
    assert "<script" not in texts(figure) and "&lt;script" in texts(figure)


def test_a_dated_first_event_is_a_mark_that_leads_to_its_subject():
    figure = drawn()
    marks = {trace.customdata[0][0]: (trace.x[0], trace.y[0]) for trace in figure.data if trace.mode == "markers"}
    assert set(marks) == {"S1", "S3"}  # S9 has no date, so no place
    whole = next(trace for trace in figure.data if trace.name == "all, n = 3")
    for x, y in marks.values():
        assert y == whole.y[list(whole.x).index(x)]
    assert all(datum[0] == "" for datum in whole.customdata)  # a step is nobody's: a click leads nowhere


def test_hours_are_drawn_out_near_the_incision():
    groups = group_courses(COURSES).groups
    figure = draw_first_events(
        compute_first_events(groups), count_at_risk(groups, list_ticks(90.0, "hours")), PEOPLE, axis="hours", colours=LIGHT
    )
    assert list(figure.layout.xaxis.ticktext) == ["0", "1 h", "6 h", "24 h", "3 d"]
    places = list(figure.layout.xaxis.tickvals)
    assert places[2] - places[1] > (places[4] - places[3]) * 0.5


def test_mean_counts_have_a_band_and_who_was_observed():
    groups = group_courses(COURSES).groups
    figure = draw_mean_counts(compute_mean_counts(groups), count_at_risk(groups, list_ticks(90.0)), MEASURE_DAYS.empty(), colours=LIGHT)
    assert figure.data[0].fill == "toself"
    assert max(next(trace for trace in figure.data if trace.name == "all, n = 3").y) > 1
    assert "observed" in [note.text for note in figure.layout.annotations]


def test_each_day_with_events_is_a_mark_on_the_rise_of_the_mean():
    groups = group_courses(COURSES).groups
    days = MEASURE_DAYS.frame([("S1", 2, 1, 3, None), ("S3", 9, 1, 3, None), ("S1", 40, 2, 1, None), ("S8", 40, 1, 2, None)])
    figure = draw_mean_counts(compute_mean_counts(groups), count_at_risk(groups, list_ticks(90.0)), days, colours=LIGHT)
    whole = next(trace for trace in figure.data if trace.name == "all, n = 3")
    height = dict(zip(whole.x, whole.y, strict=True))
    marks = {
        (datum[0], x): (y, datum[1])
        for trace in figure.data
        if trace.mode == "markers"
        for x, y, datum in zip(trace.x, trace.y, trace.customdata, strict=True)
    }
    assert marks["S1", 2][0] == height[2] and marks["S3", 9][0] == height[9]
    # two subjects on one day: neither lies under the other
    assert marks["S8", 40][0] == height[40] and marks["S1", 40][0] == (height[9] + height[40]) / 2
    assert "2 events" in marks["S1", 40][1] and "events" not in marks["S8", 40][1]


def overview(*rows):
    return EVENT_OVERVIEW.frame(
        (measure, number, label, dosed, subjects, events, 400, 300)
        for number, label, dosed, subjects, events in rows
        for measure in ("serious", "severe")
    )


def test_first_events_and_all_events_never_share_a_panel():
    rates = compute_rates(overview((1, HOSTILE, 3, 1, 4), (2, "B", 3, 0, 0)))
    figure = draw_rates(rates, {"serious": "serious"}, colours=LIGHT)
    points = [trace for trace in figure.data if trace.mode == "markers+text"]
    assert {trace.xaxis for trace in points} == {"x", "x2"}
    first, every = ([trace.x[0] for trace in points if trace.xaxis == axis] for axis in ("x", "x2"))
    assert first == pytest.approx([365.25 / 300, 0, 365.25 / 600]) and every == pytest.approx([4 * 365.25 / 400, 0, 4 * 365.25 / 800])
    assert [trace.customdata[0][0] for trace in points if trace.xaxis == "x"] == ["serious|1", "serious|2", "serious|all"]
    assert {"<b>First events</b>", "<b>all events</b>"} <= {note.text for note in figure.layout.annotations}
    assert "<script" not in texts(figure)


def test_a_panel_says_its_ratio_with_limits_and_no_p_value_that_few_subjects_cannot_carry():
    levels = {1: (1, HOSTILE), 2: (2, "50 M"), 3: (3, "150 M")}
    names = {"serious": "Serious", "severe": "Severe"}
    few = compute_dose_shares(overview((1, "A", 3, 0, 0), (2, "B", 3, 1, 1)), levels, list(names))
    said = texts(draw_dose_strip(few, compute_dose_trends(few), names, colours=LIGHT))
    assert "per level (" in said and "too few for a p-value" in said and "one-sided p" not in said and "<script" not in said
    more = compute_dose_shares(overview((1, "A", 6, 0, 0), (2, "B", 6, 1, 1), (3, "C", 6, 5, 6)), levels, list(names))
    figure = draw_dose_strip(more, compute_dose_trends(more), names, colours=LIGHT)
    for note in figure.layout.annotations:
        assert "one-sided p = 0.002" in note.text and "per level (" in note.text
    points = [trace for trace in figure.data if trace.mode == "markers"]
    assert [datum[0] for datum in points[0].customdata] == ["serious|level 1", "serious|level 2", "serious|level 3"]
    assert figure.layout.xaxis.ticktext[2].endswith("5 / 6")


def test_a_chance_is_never_rounded_to_nothing():
    assert [write_chance(p) for p in (0.00001, 0.0123, 0.5)] == ["< 0.001", "= 0.012", "= 0.50"]


def test_the_answer_says_the_odds_ratio_and_its_interval_with_every_chance():
    levels, names = {1: (1, "A"), 2: (2, "B"), 3: (3, "C")}, {"serious": "Serious", "severe": "Severe"}
    steep = compute_dose_trends(compute_dose_shares(overview((1, "A", 6, 0, 0), (2, "B", 6, 1, 1), (3, "C", 6, 5, 6)), levels, list(names)))
    strength = compute_strength([0, 1, 5], [6, 6, 6], [1, 2, 3])
    ratio, lower, upper = (decimal(number) for number in (strength.odds_ratio, strength.lower, strength.upper))
    stands = f"odds × {ratio} per level ({lower} to {upper}), exact one-sided p = 0.002"
    assert describe_trends(steep, names) == f"Rises with the dose, more than chance explains: Serious, {stands}; Severe, {stands}."
    flat = compute_dose_trends(compute_dose_shares(overview((1, "A", 6, 3, 3), (2, "B", 6, 3, 3), (3, "C", 6, 3, 3)), levels, list(names)))
    assert describe_trends(flat, names).startswith("No kind of event rises")
