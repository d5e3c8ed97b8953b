"""The versions of serious events, against tests/db/safety_trial.py: who is in, in which order, and as of which day."""

from datetime import date

import pytest

from db.queries.reporting import serious_versions
from tests.db import safety_trial
from tests.db.safety_trial import CUT, read
from tests.db.story_trial import at, build_empty
from trial.asof import AsOf
from trial.tables.reporting import SERIOUS_VERSIONS


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return safety_trial.build(tmp_path_factory.mktemp("reporting"))


@pytest.mark.parametrize("history", [True, False])
def test_every_version_of_what_is_serious_now_the_oldest_first(engine, history):
    table = read(engine, serious_versions, AsOf(CUT.day, CUT.time_zone, history=history))
    SERIOUS_VERSIONS.check(table)
    found = [(row.event, row.subject, row.site, row.known_from, row.fatal) for row in table.itertuples()]
    assert found == [
        ("E2", "A1", "01", at(2, 6), False),
        ("E2", "A1", "01", at(2, 9), False),
        ("E5", "A2", "01", at(3, 12), True),
    ]
    assert list(table["serious"].isna()) == [True, False, False]
    assert list(table["sponsor_product"].fillna("")) == ["", "probable", ""]


def test_what_was_not_serious_yet_is_not_there(engine):
    assert read(engine, serious_versions, AsOf(date(2026, 2, 8))).empty
    assert list(read(engine, serious_versions, AsOf(date(2026, 2, 9)))["event"]) == ["E2", "E2"]


def test_a_reader_of_another_site_sees_none(engine):
    assert read(engine, serious_versions, AsOf(CUT.day, sites=frozenset({99}))).empty
    assert len(read(engine, serious_versions, AsOf(CUT.day, sites=frozenset({1})))) == 3


def test_without_events_the_table_is_empty(tmp_path):
    table = read(build_empty(tmp_path), serious_versions)
    SERIOUS_VERSIONS.check(table)
    assert table.empty
