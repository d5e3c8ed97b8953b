"""Events over time for curves, and who is behind a count, against tests/db/safety_trial.py counted by hand."""

import pytest

from db.queries.event_courses import event_courses, measure_days, measure_subjects
from db.queries.events import MEASURES, event_overview
from tests.db import safety_trial
from tests.db.safety_trial import AESI, CUT, read
from tests.db.story_trial import build_empty
from trial.asof import AsOf
from trial.tables.event_courses import EVENT_COURSES, MEASURE_DAYS, MEASURE_SUBJECTS


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return safety_trial.build(tmp_path_factory.mktemp("courses"))


@pytest.fixture(params=[True, False], ids=["with history", "without"])
def cut(request):
    return AsOf(CUT.day, CUT.time_zone, history=request.param)


def rows(table, *columns):
    found = table[list(columns)].astype(object).where(table[list(columns)].notna(), None)
    return [tuple(row) for row in found.itertuples(index=False)]


def test_each_dosed_subject_has_its_days_its_end_and_its_events(engine, cut):
    table = read(engine, event_courses, cut)
    EVENT_COURSES.check(table)
    assert rows(table, "place", "cohort", "days", "died", "day", "events") == [
        (1, 1, 58, False, 0, 1),
        (1, 1, 58, False, 4, 1),
        (2, 1, 5, True, 0, 1),
        (2, 1, 5, True, 4, 1),
        (3, 2, 30, False, 4, 1),
        (3, 2, 30, False, None, 1),  # its rash has no date
        (4, 1, 21, False, 0, 1),
    ]


def test_a_measure_or_a_term_narrows_events_never_subjects(engine, cut):
    table = read(engine, event_courses, cut, measure="serious")
    assert rows(table, "place", "day", "events") == [(1, 4, 1), (2, 4, 1), (3, None, 0), (4, None, 0)]
    table = read(engine, event_courses, cut, term="CSF leak")
    assert rows(table, "place", "day", "events") == [(1, None, 0), (2, 0, 1), (3, None, 0), (4, None, 0)]


def test_a_planned_cohort_is_another_one(engine):
    table = read(engine, event_courses, arms="planned")
    assert dict(rows(table, "place", "cohort")) == {1: 1, 2: 1, 3: 2, 4: 2}


def test_before_a_death_is_known_observation_goes_on(engine):
    table = read(engine, event_courses, AsOf(safety_trial.date(2026, 2, 14)))
    assert rows(table.drop_duplicates("place"), "place", "days", "died") == [(1, 13, False), (2, 4, False)]


def test_the_subjects_behind_a_count_are_as_many_as_it_says(engine, cut):
    overview = read(engine, event_overview, cut, aesi=AESI)
    for measure in MEASURES[1:]:
        people = read(engine, measure_subjects, cut, measure=measure, aesi=AESI)
        MEASURE_SUBJECTS.check(people)
        for cohort in (1, 2):
            one = overview[(overview["measure"] == measure) & (overview["cohort"] == cohort)].iloc[0]
            own = people[people["cohort"] == cohort]
            assert (len(own), own["events"].sum()) == (one["subjects"], one["events"]), (measure, cohort)


def test_a_subject_carries_its_worst_event_and_its_first_day(engine, cut):
    people = read(engine, measure_subjects, cut)
    assert rows(people, "subject", "first_day", "events", "grade", "severity", "serious") == [
        ("A1", 0, 2, 3, None, True),
        ("A2", 0, 2, 5, None, True),
        ("B2", 0, 1, None, "mild", False),
        ("B1", 4, 2, 1, None, False),
    ]


def test_the_days_behind_a_curve_are_those_it_counts(engine, cut):
    days = read(engine, measure_days, cut)
    MEASURE_DAYS.check(days)
    assert rows(days, "subject", "day", "events", "grade", "severity") == [
        ("A1", 0, 1, 1, None),
        ("A2", 0, 1, 2, None),
        ("B2", 0, 1, None, "mild"),
        ("A1", 4, 1, 3, None),
        ("A2", 4, 1, 5, None),
        ("B1", 4, 1, 1, None),
    ]
    for measure in ("serious", "related", "severe"):
        table, own = read(engine, event_courses, cut, measure=measure), read(engine, measure_days, cut, measure=measure)
        on_curve = table[table["day"] <= table["days"]]
        assert (len(own), own["events"].sum()) == (len(on_curve), on_curve["events"].sum()), measure


def test_what_began_after_the_end_of_observation_stands_on_no_curve(engine):
    early = AsOf(safety_trial.date(2026, 2, 4))
    table, days = read(engine, event_courses, early), read(engine, measure_days, early)
    assert sorted(days["day"]) == sorted(table.loc[table["day"] <= table["days"], "day"])


def test_nobody_dosed_gives_no_row(tmp_path):
    empty = build_empty(tmp_path)
    assert read(empty, event_courses).empty and read(empty, measure_subjects).empty
    assert read(empty, measure_days).empty
