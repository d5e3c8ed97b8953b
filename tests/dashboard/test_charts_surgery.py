"""Figures of surgical complications: who judged, and the surgical scales, never without CTCAE."""

import json

import pandas as pd

from dashboard.charts.surgery import describe_scales, draw_judges, draw_scales, scaled_key
from dashboard.style import LIGHT
from tests.db.test_queries_surgery import rate
from trial.grading.surgical import is_neurological
from trial.signals.event_curves import compute_first_events, group_surgery
from trial.signals.expected import compare_after_surgery
from trial.tables.surgery import JUDGEMENT_COUNTS, SURGICAL_COUNTS, SURGICAL_COURSES, SURGICAL_GRADES

HOSTILE = "<script>alert(1)</script>"


def test_each_cause_is_split_by_who_sees_a_possibility():
    counts = JUDGEMENT_COUNTS.frame([("product", 10, 2, 1, 0, 7, 0, 0), ("procedure", 10, 4, 0, 0, 6, 0, 0)])
    figure = draw_judges(counts, {"product": HOSTILE, "procedure": "surgery"}, colours=LIGHT)
    assert [list(line) for line in figure.data[0].text] == [["2", "<b>1 ≠</b>", "0", "7"], ["4", "0", "0", "6"]]
    assert [(shape.x0, shape.y0) for shape in figure.layout.shapes] == [(0.51, -0.46)]  # a disagreement is marked, however few
    assert "<script" not in json.dumps(figure.to_plotly_json(), default=str)
    keys = [datum[0] for datum in figure.data[1].customdata]
    assert keys == ["product|both", "product|investigator_only", "", "product|neither", "procedure|both", "", "", "procedure|neither"]


def test_who_has_not_judged_yet_has_columns_only_where_there_are_any():
    counts = JUDGEMENT_COUNTS.frame([("product", 10, 2, 0, 0, 5, 3, 0)])
    assert len(draw_judges(counts, {"product": "cells"}, colours=LIGHT).layout.xaxis.ticktext) == 5


def test_scales_stand_in_their_order_across_ctcae_grades():
    grades = SURGICAL_GRADES.frame(
        [
            ("Clavien-Dindo", "IIIb", True, 3, 1, 1),
            ("Clavien-Dindo", "II", False, 2, 2, 3),
            ("ClassIntra", "I", False, 1, 1, 1),
            ("Clavien-Dindo", "I", False, None, 1, 1),
        ]
    )
    figure = draw_scales(grades, colours=LIGHT)
    assert list(figure.layout.yaxis.ticktext) == ["ClassIntra I", "Clavien-Dindo I", "Clavien-Dindo II", "Clavien-Dindo IIIb-d"]
    assert figure.layout.xaxis.ticktext[-1] == "not graded" and figure.data[0].z[1][5] == 1 and figure.data[0].z[2][1] == 3
    keys = {(x, y): datum[0] for x, y, datum in zip(figure.data[1].x, figure.data[1].y, figure.data[1].customdata, strict=True)}
    rows = list(grades.itertuples())
    assert keys[(2, 3)] == scaled_key(rows[0]) and keys[(5, 1)] == scaled_key(rows[3]) and sum(map(bool, keys.values())) == len(rows)
    assert "not graded" not in draw_scales(grades[grades["grade"].notna()], colours=LIGHT).layout.xaxis.ticktext


def test_a_grade_is_written_with_its_suffix():
    row = pd.Series({"classintra": None, "clavien_dindo": "IIIa", "clavien_disability": True})
    assert describe_scales(row) == ("", "IIIa-d")
    assert describe_scales(pd.Series({"classintra": "II", "clavien_dindo": None, "clavien_disability": None})) == ("II", "")


def test_the_nervous_system_is_known_by_its_category():
    assert is_neurological("Nervous system disorders") and is_neurological("NERVOUS SYSTEM DISORDERS") and not is_neurological("Injury")


def test_hours_make_a_curve_and_an_event_after_the_end_does_not_count():
    courses = SURGICAL_COURSES.frame([(1, 100.0, False, 5.0, False, 0), (2, 50.0, True, None, False, 0), (3, 20.0, False, 30.0, True, 0)])
    curve = compute_first_events(group_surgery(courses))
    assert curve["time"].tolist() == [0, 5, 100]
    assert [round(share, 6) for share in curve["share"]] == [0, 0.333333, 0.333333]
    assert group_surgery(SURGICAL_COURSES.empty()) == ()


def test_expected_is_reckoned_on_the_subjects_at_risk():
    counts = SURGICAL_COUNTS.frame([("CSF", 10, 6, 8, 3, 3)])
    table = compare_after_surgery(counts, (rate(30),))
    assert table.loc[0, ["subjects", "dosed"]].tolist() == [3, 8] and abs(table.loc[0, "expected"] - 0.32) < 1e-12
