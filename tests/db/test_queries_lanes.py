"""Lanes counted in SQL, held against a trial that can be counted on paper (tests/db/story_trial.py)."""

from datetime import date

import pytest

from db.engine import reading
from db.queries.lanes import lane_doses, lane_events, lanes
from tests.db.story_trial import END, STUDY, build_empty, build_trial
from trial.asof import AsOf
from trial.tables.lanes import LANE_DOSES, LANE_EVENTS, LANES

EVERYBODY = ("S1", "S2", "S3", "S4", "S5", "S6", "S7")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return build_trial(tmp_path_factory.mktemp("lanes"))


@pytest.mark.parametrize(("query", "table"), [(lanes, LANES), (lane_doses, LANE_DOSES), (lane_events, LANE_EVENTS)])
@pytest.mark.parametrize("subjects", [EVERYBODY, ()])
def test_every_query_matches_its_table_with_and_without_rows(query, table, subjects, engine, tmp_path):
    for source in (engine, build_empty(tmp_path)):
        with reading(source) as session:
            table.check(query(session, END, STUDY, subjects=subjects))


def test_only_dosed_subjects_have_a_lane(engine):
    with reading(engine) as session:
        found = lanes(session, END, STUDY, subjects=EVERYBODY)
    assert found["subject"].tolist() == ["S1", "S2"]
    assert found["dose"].tolist() == ["10 M", "10 M"]
    assert found["last_dose_on"].iloc[0].date() == date(2026, 2, 15)
    assert found["ended_on"].iloc[1].date() == date(2026, 3, 1)


def test_a_lane_ends_only_when_the_end_was_known(engine):
    with reading(engine) as session:
        found = lanes(session, AsOf(date(2026, 3, 1)), STUDY, subjects=("S2",))
    assert found["ended_on"].isna().all()
    assert found["status"].tolist() == ["on study"]


def test_the_worst_event_of_a_day_stands_for_all_of_it(engine):
    with reading(engine) as session:
        found = lane_events(session, END, STUDY, subjects=("S1",))
    day = found[found["onset_on"] == "2026-02-04"].iloc[0]
    assert (day["term"], day["grade"], day["events"], day["serious"], day["dlt"]) == ("CSF leak", 3, 2, True, True)
    assert found["onset_on"].is_monotonic_increasing


def test_before_its_correction_the_leak_was_neither_serious_nor_a_dlt(engine):
    with reading(engine) as session:
        found = lane_events(session, AsOf(date(2026, 2, 8)), STUDY, subjects=("S1",)).iloc[-1]
    assert (found["grade"], found["serious"], found["dlt"]) == (2, False, False)


def test_events_without_any_day_are_left_out_and_severity_stands_where_there_is_no_grade(engine):
    with reading(engine) as session:
        found = lane_events(session, END, STUDY, subjects=("S2",))
    assert found["severity"].tolist() == ["mild"]
    assert found["grade"].isna().all()


def test_doses_carry_their_amount_and_end_where_they_began_unless_an_end_is_known(engine):
    with reading(engine) as session:
        found = lane_doses(session, END, STUDY, subjects=("S1",))
    assert found["number"].tolist() == [1, 2]
    assert found["amount"].tolist() == ["9,800,000 cells"] * 2
    assert (found["first_on"] == found["last_on"]).all()
