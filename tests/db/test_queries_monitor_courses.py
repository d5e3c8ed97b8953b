"""Each subject under each monitor: by hand, and in step with what the database counts."""

from datetime import date

import pytest

from db.models import Measurement
from db.queries.measured import undecided_results
from db.queries.monitor_courses import monitor_courses, monitor_hits
from db.queries.monitors import monitor_counts, monitor_events
from tests.acting import acting
from tests.db import safety_trial
from tests.db.safety_trial import AESI, CUT, read
from tests.db.story_trial import add, at
from tests.db.test_queries_monitors import MONITORS
from trial.asof import AsOf
from trial.protocol import MonitorPart
from trial.tables import MONITOR_COUNTS, MONITOR_COURSES, MONITOR_EVENTS, MONITOR_HITS, MONITOR_UNDECIDED


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return safety_trial.build(tmp_path_factory.mktemp("courses"))


@pytest.mark.parametrize("history", [True, False])
def test_subjects_one_by_one_add_up_to_what_is_counted(engine, history):
    cut = AsOf(CUT.day, history=history)
    courses = read(engine, monitor_courses, cut, monitors=MONITORS, aesi=AESI)
    MONITOR_COURSES.check(courses)
    counts = read(engine, monitor_counts, cut, monitors=MONITORS, aesi=AESI)
    hits = read(engine, monitor_hits, cut, monitors=MONITORS, aesi=AESI)
    MONITOR_HITS.check(hits)
    for row in counts.itertuples():
        mine = courses[courses["monitor"] == row.monitor]
        standing = mine["standing"].tolist()
        assert mine["place"].tolist() == list(range(1, row.dosed + 1))
        assert standing.count("event") == row.subjects == (hits["monitor"] == row.monitor).sum()
        assert (standing.count("event") + standing.count("none"), standing.count("pending")) == (row.at_risk, row.pending)
        assert mine["started"].is_monotonic_increasing


def test_the_window_of_28_days_by_hand(engine):
    """A1 and B1 have an event on the day of dosing, A2 left on day 5 without one, B2 is on day 21."""
    courses = read(engine, monitor_courses, monitors=MONITORS, aesi=AESI)
    mine = courses[courses["monitor"] == "window"]
    assert mine[["standing", "days"]].values.tolist() == [["event", 0], ["left", 5], ["event", 0], ["pending", 21]]
    hits = read(engine, monitor_hits, monitors=MONITORS, aesi=AESI)
    assert hits[hits["monitor"] == "window"][["subject", "place"]].values.tolist() == [["A1", 1], ["B1", 3]]


RESULTS = [
    # subject id, test, value, day in 2026, upper limit; A1 was dosed on 1 February, A2 on the 10th
    (1, "ALT", 40.0, date(2026, 1, 30), 40.0),
    (1, "ALT", 120.0, date(2026, 2, 3), 40.0),  # three times the limit itself: not above it
    (1, "ALT", 121.0, date(2026, 2, 6), 40.0),
    (2, "SGPT", 900.0, date(2026, 2, 7), 40.0),  # before the dose
    (2, "SGPT", 30.0, date(2026, 2, 9), 40.0),  # the baseline
    (2, "SGPT", 210.0, date(2026, 2, 13), 40.0),  # another name of the test: 5.25 times, grade 3
    (4, "ALT", ">1000", date(2026, 3, 12), 40.0),  # beyond a limit of the method: more than three times
    (4, "AST", "<500", date(2026, 3, 12), 40.0),  # no more than 500 says nothing
    (3, "AST", 500.0, date(2026, 3, 3), None),  # no limit known
    (4, "BILI", 900.0, date(2026, 3, 12), 20.0),  # another test
]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    engine = safety_trial.build(tmp_path_factory.mktemp("measured"))
    with acting(engine) as session:
        rows = [
            {
                "id": n,
                "subject_id": who,
                "kind": "laboratory",
                "test": test,
                "label": test,
                "unit": "U/L",
                "value": value if isinstance(value, float) else None,
                "high": high,
            }
            | {"measured_on": day, "result_text": f"{value:g}" if isinstance(value, float) else value, "known_from": at(3, 20)}
            for n, (who, test, value, day, high) in enumerate(RESULTS, start=1)
        ]
        add(session, Measurement, *rows)
    return engine


def of(code, **measurement):
    counts = {"measurement": {"tests": ["ALT", "AST"], **measurement}, "within_days": 28}
    return MonitorPart.model_validate({"code": code, "label": code, "counts": counts, "target": 0.1, "action": "Pause."})


def test_results_above_a_multiple_and_of_a_grade_count_and_events_do_not(measured):
    monitors = (of("three", above_limit=3), of("grade", minimum_grade=3))
    counts = read(measured, monitor_counts, monitors=monitors)
    MONITOR_COUNTS.check(counts)
    assert counts[["subjects", "events"]].values.tolist() == [[3, 3], [2, 2]]
    hits = read(measured, monitor_hits, monitors=monitors)
    assert hits.values.tolist() == [["three", "A1", 1], ["three", "A2", 2], ["three", "B2", 4], ["grade", "A2", 2], ["grade", "B2", 4]]
    events = read(measured, monitor_events, monitor=monitors[0])
    MONITOR_EVENTS.check(events)
    assert events[["subject", "term", "grade", "study_day"]].values.tolist() == [
        ["A1", "ALT 121 U/L", 2, 6],
        ["A2", "SGPT 210 U/L", 3, 4],
        ["B2", "ALT >1000 U/L", 4, 3],
    ]


LEVELS = [  # kind, test, value or words, unit, low, high; all of subject A1, dosed on 31 January, five days later and one day apart
    ("laboratory", "TACRO", 15.0, "ng/mL", 5.0, 15.0), ("laboratory", "TACRO", 15.1, "ug/L", 5.0, 15.0),
    ("laboratory", "TACRO", 40.0, "nmol/L", 6.0, 18.0), ("laboratory", "TACRO", ">30", "ng/mL", 5.0, 15.0),
    ("laboratory", "MAGNESIUM", 0.69, "mmol/L", 0.7, 1.0), ("laboratory", "MG", 0.7, "mmol/L", 0.7, 1.0),
    ("laboratory", "MG", 1.1, "mEq/L", 1.4, 2.0), ("laboratory", "MG", "<0.5", "mmol/L", 0.7, 1.0),
    ("laboratory", "MG", 0.6, "mmol/L", None, 1.0),
    ("vital sign", "SYSBP", 190.0, "mmHg", 90.0, 140.0), ("vital sign", "SYSBP", 85.0, "mmHg", 90.0, 140.0),
]  # fmt: skip


@pytest.mark.parametrize(("tests", "limit", "found", "unjudged"), [
    (["TACRO"], {"above": 15.0, "unit": "ng/mL"}, ["TACRO 15.1 ug/L", "TACRO >30 ng/mL"], [["TACRO", "nmol/L", 1, 1]]),
    (["TACRO"], {"above": 15.0, "unit": "nmol/L"}, ["TACRO 40 nmol/L"], [["TACRO", "ng/mL", 1, 1], ["TACRO", "ug/L", 1, 1]]),
    (["MG"], {"below_limit": 1.0}, ["MAGNESIUM 0.69 mmol/L", "MG 1.1 mEq/L", "MG <0.5 mmol/L"], [["MG", "mmol/L", 1, 1]]),
    (["MG"], {"below": 0.69, "unit": "mmol/L"}, ["MG <0.5 mmol/L", "MG 0.6 mmol/L"], [["MG", "mEq/L", 1, 1]]),
    (["SYSBP"], {"above": 180, "unit": "mmHg"}, ["SYSBP 190 mmHg"], []),
    (["SYSBP"], {"below": 90, "unit": "mm Hg"}, ["SYSBP 85 mmHg"], []),
    (["SYSBP"], {"above_limit": 1.2}, ["SYSBP 190 mmHg"], []),
])  # fmt: skip
def test_levels_of_every_kind_of_measurement_count_in_their_own_unit(tmp_path, tests, limit, found, unjudged):
    engine = safety_trial.build(tmp_path)
    with acting(engine) as session:
        add(session, Measurement, *(
            {"id": n, "subject_id": 1, "kind": kind, "test": test, "label": test, "unit": unit, "low": low, "high": high,
             "value": value if isinstance(value, float) else None, "result_text": str(value), "measured_on": date(2026, 2, 4 + n),
             "known_from": at(3, 20)}
            for n, (kind, test, value, unit, low, high) in enumerate(LEVELS, start=1)
        ))  # fmt: skip
    monitor = of("level", tests=tests, **limit)
    assert sorted(read(engine, monitor_events, monitor=monitor)["term"]) == sorted(found)
    assert read(engine, monitor_counts, monitors=(monitor,))["events"].tolist() == [len(found)]
    undecided = read(engine, undecided_results, monitor=monitor)
    MONITOR_UNDECIDED.check(undecided)
    assert undecided.values.tolist() == unjudged


@pytest.mark.parametrize(("limit", "words"), [
    ({"above": 15.0}, "unit is needed"), ({"above_limit": 3, "unit": "U/L"}, "unit is needed"), ({}, "needs one of"),
    ({"above": 1, "below": 2, "unit": "U/L"}, "needs one of"), ({"above": float("nan"), "unit": "U/L"}, "finite"),
    ({"tests": ["SYSBP", "ALT"], "minimum_grade": 3}, "no value of SYSBP has a grade"),
])  # fmt: skip
def test_what_can_never_count_is_refused(limit, words):
    with pytest.raises(ValueError, match=words):
        of("level", **limit)


def test_an_event_or_a_result_counts_where_both_are_asked_for(measured):
    counts = {"measurement": {"tests": ["ALT"], "above_limit": 5}, "fatal": True}
    both = MonitorPart.model_validate({"code": "X", "label": "X", "counts": counts, "target": 0.1, "action": "Pause."})
    table = read(measured, monitor_counts, monitors=(both,))
    assert table[["subjects", "events"]].values.tolist() == [[2, 3]]  # A2: the fatal event and the result; B2: its result
