"""Enrolment counted in SQL, held against a trial that can be counted on paper (tests/db/story_trial.py)."""

from datetime import date

import pytest

from db.engine import reading
from db.queries.enrolment import criteria_failed, enrolment_days, funnel, losses, site_enrolment
from tests.db.story_trial import END, STUDY, build_empty, build_trial
from trial.asof import AsOf
from trial.tables.enrolment import CRITERIA_FAILED, ENROLMENT_DAYS, FUNNEL, LOSSES, SITE_ENROLMENT

QUERIES = (
    (funnel, FUNNEL),
    (losses, LOSSES),
    (criteria_failed, CRITERIA_FAILED),
    (enrolment_days, ENROLMENT_DAYS),
    (site_enrolment, SITE_ENROLMENT),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return build_trial(tmp_path_factory.mktemp("enrolment"))


@pytest.mark.parametrize(("query", "table"), QUERIES)
def test_every_query_matches_its_table_with_and_without_rows(query, table, engine, tmp_path):
    for source in (engine, build_empty(tmp_path)):
        with reading(source) as session:
            table.check(query(session, END, STUDY))


def test_the_funnel_says_who_reached_who_waits_and_who_is_lost(engine):
    with reading(engine) as session:
        found = [tuple(row) for row in funnel(session, END, STUDY).itertuples(index=False)]
    assert found == [("screened", 7, 7, 0, 0), ("eligible", 5, 7, 1, 1), ("enrolled", 3, 5, 1, 1), ("dosed", 2, 3, 1, 0)]


def test_the_funnel_of_an_earlier_day_knows_only_that_day(engine):
    with reading(engine) as session:
        found = funnel(session, AsOf(date(2026, 2, 1)), STUDY)
    assert found["reached"].tolist() == [3, 3, 3, 1]


def test_each_lost_subject_counts_once_with_its_reason(engine):
    with reading(engine) as session:
        found = [tuple(row) for row in losses(session, END, STUDY).itertuples(index=False)]
    assert found == [("eligible", "infection", 1), ("enrolled", "withdrew", 1)]


def test_criteria_count_who_failed_of_whom_it_was_asked(engine):
    with reading(engine) as session:
        assert criteria_failed(session, END, STUDY).values.tolist() == [["no infection", 1, 2]]


def test_days_carry_each_subject_once_per_step(engine):
    with reading(engine) as session:
        found = enrolment_days(session, END, STUDY)
    assert found[["screened", "enrolled", "dosed"]].sum().tolist() == [7, 3, 2]
    assert found.loc[found["day"] == "2026-02-05", "enrolled"].tolist() == [2]
    assert found["day"].is_monotonic_increasing


def test_sites_are_all_there_with_their_counts(engine):
    with reading(engine) as session:
        found = site_enrolment(session, END, STUDY).set_index("site")
    assert found.loc["01", ["screened", "undecided", "failed", "enrolled", "dosed"]].tolist() == [4, 0, 0, 2, 2]
    assert found.loc["02", ["screened", "undecided", "failed", "enrolled", "dosed"]].tolist() == [3, 1, 1, 1, 0]
    assert found.loc["01", "last_enrolled_on"].date() == date(2026, 2, 5)
