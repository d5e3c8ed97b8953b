"""One subject's story in SQL, held against a trial that can be counted on paper (tests/db/story_trial.py)."""

from datetime import date

import pytest

from db.engine import reading
from db.queries import subject_listings as listings
from db.queries import subject_story as story
from tests.db.story_trial import END, STUDY, build_empty, build_trial
from trial.asof import AsOf
from trial.tables import story as tables

BY_SUBJECT = (
    (story.subject_facts, tables.SUBJECT_FACTS),
    (story.subject_events, tables.SUBJECT_EVENTS),
    (story.event_versions, tables.EVENT_VERSIONS),
    (story.subject_doses, tables.SUBJECT_DOSES),
    (story.subject_procedures, tables.SUBJECT_PROCEDURES),
    (listings.subject_visits, tables.SUBJECT_VISITS),
    (listings.subject_medications, tables.SUBJECT_MEDICATIONS),
    (listings.subject_tests, tables.SUBJECT_TESTS),
    (listings.subject_history, tables.SUBJECT_HISTORY),
    (listings.subject_dispositions, tables.SUBJECT_DISPOSITIONS),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return build_trial(tmp_path_factory.mktemp("story"))


def ask(engine, query, as_of=END, **filters):
    with reading(engine) as session:
        return query(session, as_of, STUDY, **filters)


@pytest.mark.parametrize(("query", "table"), BY_SUBJECT)
@pytest.mark.parametrize("subject", ["S1", "S2", "S4", "nobody"])
def test_every_query_matches_its_table_with_and_without_rows(query, table, subject, engine, tmp_path):
    for source in (engine, build_empty(tmp_path)):
        table.check(ask(source, query, subject=subject))


def test_only_the_subject_asked_for_is_in_its_story(engine):
    assert len(ask(engine, story.subject_facts, subject="nobody")) == 0
    assert ask(engine, story.subject_facts, subject="S2")["subject"].tolist() == ["S2"]
    assert ask(engine, story.subject_events, subject="S2")["code"].tolist() == ["E5", "E4"]
    assert ask(engine, story.subject_doses, subject="S2")["number"].tolist() == [1]


def test_the_dosed_are_offered_first_the_latest_on_top(engine):
    found = ask(engine, story.subject_choices, limit=3)
    tables.SUBJECT_CHOICES.check(found)
    assert found["subject"].tolist() == ["S2", "S1", "S7"]


def test_facts_are_those_on_record(engine):
    facts = ask(engine, story.subject_facts, subject="S1").iloc[0]
    assert (facts["age_years"], facts["ais"], facts["actual_cohort"], facts["dose"]) == (40, "A", "Cohort 1", "10 M")
    assert facts["first_dose_on"].date() == date(2026, 2, 1)
    assert facts["last_dose_on"].date() == date(2026, 2, 15)


def test_events_say_what_is_emergent_and_how_often_they_were_corrected(engine):
    events = ask(engine, story.subject_events, subject="S1").set_index("code")
    assert events["emergent"].tolist() == [False, True, True]
    assert events["versions"].to_dict() == {"E1": 1, "E2": 1, "E3": 2}
    assert events.loc["E3", "first_known"].date() == date(2026, 2, 6)
    assert events.loc["E3", "known_from"].date() == date(2026, 2, 9)


def test_before_a_correction_only_the_first_version_is_known(engine):
    early = AsOf(date(2026, 2, 8))
    leak = ask(engine, story.subject_events, early, subject="S1").set_index("code").loc["E3"]
    assert (leak["grade"], leak["versions"]) == (2, 1)
    assert ask(engine, story.event_versions, early, subject="S1").empty


def test_versions_stand_in_order_with_the_time_each_held(engine):
    found = ask(engine, story.event_versions, subject="S1")
    assert found["grade"].tolist() == [2, 3]
    assert found["replaced_at"].iloc[0] == found["known_from"].iloc[1]
    assert found["replaced_at"].isna().tolist() == [False, True]


def test_medication_that_the_protocol_requires_comes_first(engine):
    assert ask(engine, listings.subject_medications, subject="S1")["name"].tolist() == ["tacrolimus", "aspirin"]


def test_tests_count_results_numbers_and_those_outside_their_range(engine):
    found = ask(engine, listings.subject_tests, subject="S1").set_index("test")
    assert found.index.tolist() == ["UEMS", "ALT"]
    assert found.loc["ALT", ["results", "numbers", "outside"]].tolist() == [3, 3, 1]


def test_series_keep_the_order_asked_for_and_the_listing_is_paged(engine):
    series = ask(engine, listings.subject_series, subject="S1", tests=("UEMS", "ALT"))
    tables.SUBJECT_MEASUREMENTS.check(series)
    assert series["test"].tolist() == ["UEMS", "ALT", "ALT", "ALT"]
    assert ask(engine, listings.subject_series, subject="S1", tests=()).empty
    pages = [ask(engine, listings.subject_measurements, subject="S1", limit=3, offset=offset) for offset in (0, 3)]
    assert [len(page) for page in pages] == [3, 1]
    assert pages[0]["test"].iloc[0] == "UEMS"
    assert pages[1]["result"].tolist() == ["20"]
