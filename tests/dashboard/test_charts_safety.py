"""The figures of the safety pages: every mark leads to its subject, every row has its denominator, site text stays inert."""

import json
from datetime import UTC, datetime

import pandas as pd
import pytest

from dashboard.charts.adverse_events import draw_terms, draws_marks, place_panels, rank_terms
from dashboard.charts.hours import FIRST_HOUR, LAST_HOUR, draw_hours, squeeze
from dashboard.charts.incidence import draw_incidence
from dashboard.charts.monitor_paths import draw_boundary
from dashboard.charts.perioperative import MOST_MARKS, cell_key, draw_phases
from dashboard.charts.signals import draw_background, draw_density, draw_monitors
from dashboard.style import LIGHT
from trial.signals.boundary import Rule, compute_boundary
from trial.signals.incidence import compute_incidence
from trial.signals.posterior import compute_density
from trial.tables import (
    EVENT_OVERVIEW,
    EVENT_TERMS,
    INCIDENCE,
    MONITOR_PATH,
    MONITOR_STATES,
    OBSERVED_EXPECTED,
    PHASE_EVENTS,
    PHASE_TERMS,
    PHASE_TOTALS,
    PROCEDURES,
    TERM_SUBJECTS,
)

HOSTILE = '<script>alert(1)</script> <img src="x">'


def overview(*cohorts):
    return EVENT_OVERVIEW.frame(
        (measure, number, label, dosed, min(2, dosed), 3, 100, 50 if measure == "emergent" else None)
        for number, label, dosed in cohorts
        for measure in ("any", "emergent", "fatal")
    )


def incidence(*cohorts):
    table = compute_incidence(overview(*cohorts))
    INCIDENCE.check(table)
    return table


def counted(*counts):
    """Columns of worst grades 1-5, of severities, and of unstated ones."""
    return [*counts, *[0] * (9 - len(counts))]


def texts(figure):
    return json.dumps(figure.to_plotly_json(), default=str)


def codes(figure):
    """The subject codes that the marks carry as their first custom datum."""
    found = [trace.customdata for trace in figure.data if trace.type == "scatter" and trace.customdata is not None]
    return [datum[0] for data in found for datum in data]


def test_incidence_adds_the_total_and_its_interval():
    table = incidence((1, "A", 3), (2, "B", 4)).set_index(["measure", "total"])
    whole = table.loc[("any", True)]
    assert (whole["dosed"], whole["subjects"], whole["events"]) == (7, 4, 6)
    assert whole["lower"] == pytest.approx(0.184, abs=1e-3)


def test_incidence_draws_each_cohort_and_all_but_not_dozens():
    names = {"emergent": "Emergent", "fatal": "Fatal"}
    few = draw_incidence(incidence((1, HOSTILE, 3), (2, "B", 4)), names, colours=LIGHT)
    assert len([trace for trace in few.data if trace.mode == "markers+text"]) == 3
    assert "<script" not in texts(few) and "&lt;script" in texts(few)
    many = draw_incidence(incidence(*((n, f"C{n}", 3) for n in range(1, 9))), names, colours=LIGHT)
    assert [trace.name for trace in many.data if trace.mode == "markers+text"] == ["all, n = 24"]


def small_terms():
    terms = EVENT_TERMS.frame(
        [
            ("Nervous", None, 1, 2, 3, 1, *counted(1, 0, 1)),
            ("Nervous", "Headache", 1, 2, 3, 1, *counted(1, 0, 1)),
            ("Skin", HOSTILE, 2, 1, 1, 0, *counted(0, 0, 0, 0, 0, 1)),
        ]
    )
    people = TERM_SUBJECTS.frame(
        [
            ("Headache", "S1", 1, 3, None, 2, True),
            ("Headache", "S2", 1, 1, None, 1, False),
            (HOSTILE, "S4", 2, None, "mild", 1, False),
        ]
    )
    return terms, people


def test_few_subjects_have_a_mark_each_that_leads_to_them():
    terms, people = small_terms()
    groups = incidence((1, "A", 3), (2, "B", 4))
    assert draws_marks(groups)
    figure = draw_terms(terms, people, groups, rank_terms(terms), colours=LIGHT)
    assert sorted(codes(figure)) == ["S1", "S1", "S2", "S4"]  # S1 has a ring for its serious event too
    assert "<script" not in texts(figure) and "<img" not in texts(figure)
    said = [note.text for note in figure.layout.annotations]
    assert "<b>A</b><br>n = 3" in said and "2 of 7 · 3 events" in said
    assert figure.layout.legend.xref == "container"
    assert figure.layout.margin.r > 86 + 5 * len("2 of 7 · 3 events")  # the counts do not reach below the legend


def test_a_mark_stands_inside_its_own_panel():
    groups = incidence((1, "A", 3), (2, "B", 4))
    first, second = place_panels(groups)
    assert first.left == 0 and second.left > first.left + first.width
    terms, people = small_terms()
    figure = draw_terms(terms, people, groups, ["Headache", HOSTILE], colours=LIGHT)
    places = {
        datum[0]: x for trace in figure.data if trace.customdata is not None for datum, x in zip(trace.customdata, trace.x, strict=True)
    }
    assert places["S1"] < first.width and second.left < places["S4"] < second.left + second.width


def test_many_subjects_are_stacked_with_their_share_on_a_scale():
    groups = incidence((1, "A", 200), (2, "B", 100))
    terms = EVENT_TERMS.frame(
        [
            ("Nervous", "Headache", 1, 60, 70, 5, *counted(40, 15, 5)),
            ("Nervous", "Headache", 2, 20, 20, 0, *counted(0, 0, 0, 0, 0, 15, 5)),
        ]
    )
    assert not draws_marks(groups)
    figure = draw_terms(terms, TERM_SUBJECTS.empty(), groups, ["Headache"], colours=LIGHT)
    bars = {trace.name: trace for trace in figure.data if trace.type == "bar"}
    assert set(bars) == {"Grade 3 ◆", "Grade 2 ■", "Grade 1 ●", "moderate, not graded", "mild, not graded"}
    scale = 0.3  # the first that holds 60 of 200
    assert sum(sum(bars[f"Grade {g}"].x) for g in ("3 ◆", "2 ■", "1 ●")) == pytest.approx(60 / 200 / scale)
    assert bars["Grade 2 ■"].base[0] == pytest.approx(5 / 200 / scale)


def states(**more):
    row = {
        "monitor": "M", "label": HOSTILE, "state": "watch", "at_once": False, "subjects": 3, "at_risk": 12, "pending": 1, "events": 3,
        "lower": 0.05, "upper": 0.57, "target": 0.1, "chance_above": 0.9, "left": 1,
        "reached": None, "if_pending_clear": "watch",
        "if_pending_all": "pause for review", "action": "Pause.",
    }  # fmt: skip
    return MONITOR_STATES.frame([[{**row, **more}[name] for name in MONITOR_STATES.names]])


def test_monitors_say_their_state_beside_rate_and_target():
    figure = draw_monitors(states(), colours=LIGHT)
    assert "<b>watch</b><br>3 of 12 (25%; 5% to 57%)" in [note.text for note in figure.layout.annotations]
    assert any(shape.type == "line" and shape.x0 == 0.1 for shape in figure.layout.shapes)
    assert "<script" not in texts(figure)
    assert draw_monitors(states(target=None, chance_above=None, at_once=True), colours=LIGHT).layout.shapes is not None


def test_a_monitor_without_anybody_at_risk_has_no_mark_and_no_interval():
    figure = draw_monitors(states(subjects=0, at_risk=0, events=0, lower=0.0, upper=1.0, state="quiet"), colours=LIGHT)
    assert len(figure.data[0].x) == 0 and figure.data[1].x[0] is None


def test_none_of_three_says_that_71_percent_is_not_excluded():
    """The upper Clopper-Pearson limit of 0 of 3 is 1 - 0.025^(1/3) = 70.8%."""
    monitors = draw_monitors(states(subjects=0, at_risk=3, events=0, lower=0.0, upper=0.708, state="quiet"), colours=LIGHT)
    assert "<b>quiet</b><br>0 of 3 (up to 71%)" in [note.text for note in monitors.layout.annotations]
    row = ("B", "Leak", 0, 3, 0.0, 0.708, 0.02, 0.04, 0.08, 0.06, 0.12, 0.24, 0.0, 0.0, 31.0, 1.0, 1.0, 1.0, "none observed")
    background = draw_background(OBSERVED_EXPECTED.frame([(*row, "1 year", "chart review", "-")]), colours=LIGHT)
    assert "0 of 3 (up to 71%)<br>expected 0.06 to 0.24" in [note.text for note in background.layout.annotations]


def test_boundary_holds_the_point_and_what_pending_subjects_can_do():
    steps = compute_boundary(Rule(0.1, (0.2, 1.8), 0.8), Rule(0.1, (0.2, 1.8), 0.95), 18)
    figure = draw_boundary(steps, states(), colours=LIGHT)
    point = figure.data[-1]
    assert (point.x[0], point.y[0]) == (12, 3)
    fan = figure.data[-2]
    assert max(fan.x) == 13 and max(fan.y) == 4
    pause = next(trace for trace in figure.data if trace.name == "pause for review from here")
    assert pause.y[pause.x.index(11.5)] == 3.5  # four of twelve pause


def test_each_mark_leads_on_a_monitor_to_itself_and_an_event_to_its_subject():
    assert draw_monitors(states(), colours=LIGHT).data[1].customdata[0][0] == "M"
    path = MONITOR_PATH.frame([(1, 0, 0, 1), (2, 1, 1, 2), (3, 2, 2, 4)]).assign(subject=[None, HOSTILE, None])
    steps = compute_boundary(Rule(0.1, (0.2, 1.8), 0.8), Rule(0.1, (0.2, 1.8), 0.95), 18)
    figure = draw_boundary(steps, states(pending=0), path, colours=LIGHT)
    marks = next(trace for trace in figure.data if trace.name == "subject with an event")
    assert [datum[0] for datum in marks.customdata] == [HOSTILE, ""]  # a code that the reader may not see leads nowhere
    assert "<script" not in marks.customdata[0][1] and "click: the whole story" in marks.customdata[0][1]


def test_density_fills_only_what_lies_above_the_target():
    figure = draw_density(compute_density(3, 12, (0.2, 1.8)), target=0.1, colours=LIGHT)
    assert min(figure.data[0].x) == 0.1


def test_background_draws_range_and_observation():
    row = ("B", HOSTILE, 2, 12, 0.02, 0.48, 0.02, 0.04, 0.08, 0.24, 0.48, 0.96, 4.2, 0.5, 15.0, 0.02, 0.08, 0.25, "within what is expected")
    table = OBSERVED_EXPECTED.frame([(*row, "1 year", "chart review", HOSTILE)])
    figure = draw_background(table, colours=LIGHT)
    assert figure.data[0].base[0] == 0.02 and figure.data[0].x[0] == pytest.approx(0.06)
    assert "observed / expected 4.2 (0.50 to 15), as many by chance 8%" in texts(figure)  # no chance without its ratio
    assert "2 of 12 (17%; 2% to 48%)<br>expected 0.24 to 0.96" in [note.text for note in figure.layout.annotations]
    assert "<script" not in texts(figure)


PHASES = {"intra": "during surgery", "h24": HOSTILE}
TOTALS = [("intra", 6, 6, 6, 1, 1, 0, 1, 0, 0, 0), ("h24", 6, 4, 5, 3, 4, 1, 1, 0, 0, 1)]


def phase_event(subject, phase, grade, *, hours=1.0, days=0, serious=False, procedure="P1", term="Headache"):
    return (subject, procedure, f"E{subject}", term, grade, None, serious, "", phase, days, hours, hours, False, True, False, False)


def draw_grid(terms, events):
    return draw_phases(
        PHASE_TOTALS.frame(TOTALS),
        PHASE_TERMS.frame(terms),
        None if events is None else PHASE_EVENTS.frame(events),
        phases=PHASES,
        causes={"product": "cells", "procedure": HOSTILE},
        order=["Headache"],
        colours=LIGHT,
    )


def test_phases_show_denominators_and_a_mark_for_each_subject():
    events = [phase_event("S1", "h24", 3, serious=True), phase_event("S1", "h24", 1), phase_event("S2", "h24", 1)]
    figure = draw_grid([("Headache", "h24", 2, 3, 5, 3, None, 1)], events)
    assert sorted(codes(figure)) == ["S1", "S1", "S2"]  # the worst of S1, and its ring
    shown = [text for trace in figure.data if trace.type == "scatter" and trace.mode == "text" for text in trace.text]
    assert {"<b>6</b>", "<b>5</b>", "4"} <= set(shown)  # at risk, and fewer followed to the end
    assert "<script" not in texts(figure)
    assert figure.layout.yaxis.ticktext[0] == "subjects at risk"


def test_a_full_cell_shows_its_number():
    row = ("Headache", "h24", MOST_MARKS + 1, 9, 9, 4, None, 0)
    figure = draw_grid([row], None)
    assert f"{MOST_MARKS + 1} ▲" in [text for trace in figure.data if trace.type == "scatter" and trace.text for text in trace.text]
    assert codes(figure) == [cell_key(next(PHASE_TERMS.frame([row]).itertuples()))]  # no subject's code: who they are is asked for


def test_a_click_on_ground_or_bar_leads_nowhere():
    """Whatever carries custom data in the grid but is no subject's has an empty code first."""
    figure = draw_grid([("Headache", "h24", 2, 3, 5, 3, None, 1)], [phase_event("S1", "h24", 3)])
    heat = next(trace for trace in figure.data if trace.type == "heatmap")
    assert {cell[0] for row in heat.customdata for cell in row} == {""} and "5" in heat.customdata[0][1][1]
    assert {datum[0] for trace in figure.data if trace.type == "bar" for datum in trace.customdata} == {""}


def procedure(subject, code, *, closure=datetime(2026, 4, 10, 12, tzinfo=UTC)):
    hours = {"anaesthesia_at": 7, "incision_at": 8, "first_cell_at": 10, "last_cell_at": 11}
    times = {name: datetime(2026, 4, 10, hour, tzinfo=UTC) for name, hour in hours.items()}
    row = {**dict.fromkeys(PROCEDURES.names), "subject": subject, "procedure": code, "type": "x", "time_zone": "UTC", **times}
    return [{**row, "closure_at": closure}[name] for name in PROCEDURES.names]


def test_hours_place_events_by_the_hour_or_across_the_day():
    table = PROCEDURES.frame([procedure("S1", "P1"), procedure(HOSTILE, "P2", closure=None)])
    events = PHASE_EVENTS.frame(
        [
            phase_event("S1", "h24", 2, hours=6.0),
            phase_event("S1", "h24", 1, hours=None, days=2),
            phase_event("S2", "h24", 1, hours=None, days=None),
            phase_event("S2", "late", 1, hours=9000.0),
        ]
    )
    figure = draw_hours(table, events, anchor="closure_at", edges={24.0: "0-24 h"}, colours=LIGHT)
    placed = {trace.name: trace for trace in figure.data if trace.name and trace.name.startswith("Grade")}
    assert placed["Grade 2"].x[0] == pytest.approx(squeeze(6.0)) and placed["Grade 2"].error_x.array[0] == 0
    assert placed["Grade 1"].x[0] == pytest.approx(squeeze(48.0)) and placed["Grade 1"].error_x.array[0] > 0
    assert sorted(codes(figure)) == ["S1", "S1"]  # undated and far events are not on the axis
    assert any(" *" in label for label in figure.layout.yaxis.ticktext) and "<script" not in texts(figure)
    span = next(trace for trace in figure.data if trace.name == "Operation")
    assert span.base[0] == pytest.approx(squeeze(-4.0)) and len(span.base) == 1 and span.customdata[0][0] == "S1"


def test_the_axis_of_hours_keeps_order():
    hours = [FIRST_HOUR - 5, -24, -1, 0, 0.5, 24, 720, LAST_HOUR + 9]
    places = [squeeze(hour) for hour in hours]
    assert places == sorted(places) and squeeze(0) == 0 and places[-1] == squeeze(LAST_HOUR)


def test_empty_tables_draw():
    none = pd.DataFrame
    assert isinstance(TERM_SUBJECTS.empty(), none)
    draw_phases(PHASE_TOTALS.frame(TOTALS), PHASE_TERMS.empty(), PHASE_EVENTS.empty(), phases=PHASES, causes={}, order=[], colours=LIGHT)
    draw_hours(PROCEDURES.frame([procedure("S1", "P1")]), PHASE_EVENTS.empty(), anchor="first_cell_at", edges={}, colours=LIGHT)
