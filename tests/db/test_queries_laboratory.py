"""Laboratory results by days since the first dose, their grades by value, and the liver: on results worked out by hand."""

from datetime import date

import pytest

from dashboard.charts.laboratory import draw_courses, draw_liver
from dashboard.style import LIGHT
from db.engine import reading
from db.models import Administration, Measurement, Site, Subject
from db.queries.laboratory import lab_series, lab_tests
from tests.acting import acting
from tests.db.story_trial import STUDY, add, at, build_empty
from trial.asof import AsOf
from trial.signals.laboratory import compute_lab_grades, compute_lab_shift
from trial.signals.liver_peaks import compute_liver_peaks
from trial.tables.laboratory import LAB_GRADES, LAB_SERIES, LAB_SHIFT, LAB_TESTS, LIVER_PEAKS

TODAY = AsOf(date(2026, 12, 1))
RANGES = {"ALT": ("U/L", 5.0, 40.0), "BILI": ("umol/L", 3.0, 20.0), "ALP": ("U/L", 40.0, 120.0), "K": ("mmol/L", 3.5, 5.1)}
RESULTS = [
    # subject 1 is dosed on 1 February: normal before, then ALT 5 times, bilirubin 3 times its limit 20 days later
    (1, "ALT", (1, 20), 30.0), (1, "ALT", (2, 1), 36.0), (1, "ALT", (2, 11), 200.0), (1, "ALT", (3, 3), 90.0),
    (1, "BILI", (2, 11), 18.0), (1, "BILI", (3, 3), 60.0), (1, "ALP", (2, 11), 130.0),
    # subject 2 is dosed on 2 February: potassium falls to 2.9
    (2, "K", (2, 2), 4.0), (2, "K", (2, 5), 2.9), (2, "K", (2, 9), 3.6), (2, "ALT", (2, 9), 50.0), (2, "BILI", (2, 9), 10.0),
    # subject 3 was never dosed
    (3, "ALT", (2, 9), 900.0),
]  # fmt: skip


@pytest.fixture
def engine(tmp_path):
    made = build_empty(tmp_path)
    with acting(made) as session:
        add(session, Site, {"id": 1, "code": "01", "name": "First", "time_zone": "UTC", "known_from": at(1, 1)})
        for number in (1, 2, 3):
            add(session, Subject, {"id": number, "code": f"01-00{number}", "site_id": 1, "status": "on study", "known_from": at(1, 1)})
        for number in (1, 2):
            dose = {"id": number, "code": f"A{number}", "subject_id": number, "number": 1, "product": "cells", "start_precision": "day"}
            add(
                session,
                Administration,
                dose | {"first_on": date(2026, 2, number), "last_on": date(2026, 2, number), "known_from": at(2, 3)},
            )
        add(session, Measurement, *(
            {"id": n, "subject_id": subject, "kind": "laboratory", "test": test, "label": test, "measured_on": date(2026, *day),
             "value": value, "unit": RANGES[test][0], "low": RANGES[test][1], "high": RANGES[test][2], "known_from": at(*day)}
            for n, (subject, test, day, value) in enumerate(RESULTS, start=1)
        ))  # fmt: skip
    return made


def read(engine, query, as_of=TODAY, **filters):
    with reading(engine) as session:
        return query(session, as_of, STUDY, **filters)


def test_tests_count_dosed_subjects_and_those_outside_after_the_dose(engine):
    table = read(engine, lab_tests)
    LAB_TESTS.check(table)
    found = table.set_index("test")
    assert found.loc["ALT", ["results", "subjects", "outside"]].tolist() == [5, 2, 2]
    assert found.loc["K", ["results", "subjects", "outside"]].tolist() == [3, 1, 1]
    assert found.loc["ALP", "outside"] == 1


def test_days_run_from_the_first_dose_and_the_baseline_is_the_last_before_it(engine):
    rows = read(engine, lab_series, tests=("ALT",))
    LAB_SERIES.check(rows)
    mine = rows[rows["subject"] == "01-001"]
    assert mine["day"].tolist() == [-12, 0, 10, 30]
    assert mine["baseline"].tolist() == [30.0] * 4  # of 1 February nobody knows whether it was before the dose
    assert mine["after"].tolist() == [False, True, True, True]
    assert "01-003" not in set(rows["subject"])


def test_an_earlier_day_knows_fewer_results(engine):
    rows = read(engine, lab_series, AsOf(date(2026, 2, 20)), tests=("ALT",))
    assert rows[rows["subject"] == "01-001"]["day"].max() == 10


def test_grades_by_value_and_their_shift(engine):
    grades = compute_lab_grades(read(engine, lab_series))
    LAB_GRADES.check(grades)
    worst = grades.set_index(["test", "subject", "side"]).sort_index()
    assert worst.loc[("ALT", "01-001", "high"), ["before", "worst", "day"]].tolist() == [0, 2, 10]  # 200 is 5 x ULN: up to 5 is grade 2
    assert worst.loc[("K", "01-002", "low"), ["before", "worst", "day"]].tolist() == [0, 3, 3]  # below 3.0
    shift = compute_lab_shift(grades[grades["test"] == "K"])
    LAB_SHIFT.check(shift)
    assert shift.values.tolist() == [["high", 0, 0, 1], ["low", 0, 3, 1]]


def test_only_results_beyond_the_range_give_the_same_worst_grades(engine):
    every, outside = (compute_lab_grades(read(engine, lab_series, outside=which)) for which in (False, True))
    beyond = [table[table["worst"] > 0].astype(object).fillna("").values.tolist() for table in (outside, every)]
    assert beyond[0] == beyond[1] and len(beyond[0]) == 5


ODD = [  # test, value, unit, low, high, grade by value: what a laboratory that gives half a range, or a range of its own, reports
    ("SODIUM", 118.0, "mmol/L", None, 145.0, 4), ("K", 2.2, "mmol/L", None, 5.1, 4), ("K", 6.5, "mEq/L", 3.5, None, 3),
    ("HGB", 9.0, "g/dL", 8.5, 16.0, 2), ("HB", 7.9, "gm/dL", 7.0, None, 3), ("MG", 1.0, "mg/dL", None, None, 2),
    ("PLT", 20.0, "10^3/mcL", None, 400.0, 4), ("NEUT", 0.9, "x10^9/L", 0.5, 7.0, 3), ("CREAT", 300.0, "umol/L", None, None, 3),
    ("WBC", 2.5, "G/L", 2.0, 11.0, 2),
]  # fmt: skip


def test_what_is_graded_is_never_left_out_for_a_limit_that_is_missing_or_wide(engine):
    with acting(engine) as session:
        odd = {"subject_id": 1, "kind": "laboratory", "label": "odd", "known_from": at(3, 6)}
        rows = [
            {
                **odd,
                "id": 100 + n,
                "test": test,
                "value": value,
                "unit": unit,
                "low": low,
                "high": high,
                "measured_on": date(2026, 3, 1 + n),
            }
            for n, (test, value, unit, low, high, _) in enumerate(ODD)
        ]
        before = {"test": "CREAT", "value": 80.0, "unit": "umol/L", "measured_on": date(2026, 1, 20)}
        normal = {"test": "K", "value": 4.0, "unit": "mmol/L", "low": None, "high": 5.1, "measured_on": date(2026, 4, 1)}
        add(session, Measurement, *rows, {**odd, "id": 200, "low": None, "high": None, **before}, {**odd, "id": 201, **normal})
    series = read(engine, lab_series, outside=True)
    grades = compute_lab_grades(series)
    found = {(row.test, row.value): row.worst for row in grades[grades["subject"] == "01-001"].itertuples()}
    wanted = {(test, value): grade for test, value, _, _, _, grade in ODD}
    assert {key: found.get(key) for key in wanted} == wanted
    assert 4.0 not in series[series["test"] == "K"]["value"].tolist()  # within what is known of its range


def test_the_liver_peaks_meet_hys_law_where_they_do(engine):
    peaks = compute_liver_peaks(read(engine, lab_series, tests=("ALT", "BILI", "ALP")))
    LIVER_PEAKS.check(peaks)
    first = peaks.iloc[0]
    assert (first["subject"], first["alt"], first["bilirubin"], first["days"], bool(first["hys_law"])) == ("01-001", 5.0, 3.0, 20, True)
    assert not peaks.iloc[1]["hys_law"]


def test_figures_carry_subjects_and_mark_what_is_outside(engine):
    series = read(engine, lab_series, tests=("ALT", "K"))
    figure = draw_courses(series, {"ALT": "<b>ALT</b>", "K": "Potassium"}, colours=LIGHT, period=(0, 60, "immunosuppression"))
    marks = [trace for trace in figure.data if trace.customdata is not None]
    assert {code for trace in marks for code in trace.customdata} == {"01-001", "01-002"}
    assert list(marks[1].marker.symbol) == ["circle", "triangle-down", "circle"]
    assert any("&lt;b&gt;ALT" in str(note.text) for note in figure.layout.annotations)
    liver = draw_liver(compute_liver_peaks(read(engine, lab_series)), colours=LIGHT)
    assert liver.data[0].text[0] == "01-001" and liver.data[0].text[1] == ""


def test_nothing_is_drawn_or_graded_without_results(tmp_path):
    engine = build_empty(tmp_path)
    empty = read(engine, lab_series)
    LAB_SERIES.check(empty)
    LIVER_PEAKS.check(compute_liver_peaks(empty))
    assert compute_lab_grades(empty).empty and read(engine, lab_tests).empty
    assert draw_courses(empty, {"ALT": "ALT"}, colours=LIGHT).layout.annotations
