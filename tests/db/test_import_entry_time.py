"""A row is known from when it was entered, where the export says so; else from its collection date or the day it happened."""

from datetime import UTC, date, datetime

import pytest

from db.commands.import_study import import_study
from db.models import AdverseEvent, Subject
from tests.blank import open_blank
from tests.db.sdtm_export import MANAGER, small_export, write_export
from tests.db.test_import_small import rows_of, status_on
from trial.asof import AsOf
from trial.errors import FaultyInput


@pytest.fixture
def bring_in(tmp_path):
    """Import the small export after a change, and return the database."""

    def bring(change, **options):
        tables = small_export()
        change(tables)
        engine = open_blank(tmp_path / "record.db")
        import_study(engine, MANAGER, paths=[write_export(tmp_path / "export", tables)], study_code="SMALL", **options)
        return engine

    return bring


def set_column(tables, name, column, *values):
    for i, row in enumerate(tables[name]):
        row[column] = values[i] if i < len(values) else ""


def test_an_entry_column_of_the_domain_is_found_by_its_name(bring_in):
    engine = bring_in(lambda tables: set_column(tables, "ae", "AEENTDTC", "2025-02-05T10:15", "2025-02-06", "2025-02-12T01:30:00+08:00"))
    known = {row["code"]: row["known_from"] for row in rows_of(engine, AdverseEvent)}
    assert known["0012-AE-1"] == datetime(2025, 2, 5, 10, 15, tzinfo=UTC)
    assert known["0012-AE-2"] == datetime(2025, 2, 6, tzinfo=UTC)  # a day only: known from its beginning, as a collection date is
    before = rows_of(engine, AdverseEvent, AsOf(date(2025, 2, 10)))
    assert "0013-AE-1" not in {row["code"] for row in before}
    first = {row["code"]: row for row in rows_of(engine, AdverseEvent, AsOf(date(2025, 2, 11)))}["0013-AE-1"]
    assert first["known_from"] == datetime(2025, 2, 11, 17, 30, tzinfo=UTC)
    assert first["end_date"] is None  # it ended later than it was entered
    assert known["0014-AE-2"] == datetime(2025, 3, 1, tzinfo=UTC)  # left blank: its collection date, as before


def test_the_zone_of_the_study_says_what_a_time_without_offset_is(bring_in):
    engine = bring_in(lambda tables: set_column(tables, "ae", "ENTDTC", "2025-02-05 10:15"), time_zone="Asia/Shanghai")
    shanghai = AsOf(date(2026, 3, 1), "Asia/Shanghai")
    known = {row["code"]: row["known_from"] for row in rows_of(engine, AdverseEvent, shanghai)}
    assert known["0012-AE-1"] == datetime(2025, 2, 5, 2, 15, tzinfo=UTC)


def test_any_column_can_be_named_also_one_that_is_read_anyway(bring_in):
    engine = bring_in(lambda tables: set_column(tables, "ae", "RAVE_CREATED", "2025-04-10T09:00:00Z"), entry_time="rave_created")
    known = {row["code"]: row["known_from"] for row in rows_of(engine, AdverseEvent)}
    assert known["0012-AE-1"] == datetime(2025, 4, 10, 9, tzinfo=UTC)


def test_dosing_is_known_when_the_dose_was_entered(bring_in):
    engine = bring_in(lambda tables: set_column(tables, "ex", "EXENTDTC", "2025-02-03T08:00", "2025-02-16", "2025-02-12", "2025-02-21"))
    assert status_on(engine, date(2025, 2, 11))["0013"] == "enrolled"
    assert status_on(engine, date(2025, 2, 12))["0013"] == "on study"


def test_a_subject_entered_late_is_not_known_before_anything_of_him(bring_in):
    engine = bring_in(lambda tables: set_column(tables, "dm", "DMENTDTC", "2025-06-01", "2025-06-01", "2025-06-01", "2025-06-01"))
    events = {row["subject_id"] for row in rows_of(engine, AdverseEvent, AsOf(date(2025, 3, 5)))}
    subjects = {row["id"] for row in rows_of(engine, Subject, AsOf(date(2025, 3, 5)))}
    assert events
    assert events <= subjects


def test_an_entry_that_lies_ahead_is_noted_and_not_believed(bring_in):
    engine = bring_in(lambda tables: set_column(tables, "ae", "AEENTDTC", "2099-01-01"))
    known = {row["code"]: row["known_from"] for row in rows_of(engine, AdverseEvent)}
    assert known["0012-AE-1"] == datetime(2025, 1, 25, tzinfo=UTC)  # of its newest version: the day it ended


@pytest.mark.parametrize(("name", "what"), [("NOWHERE", "is in no dataset"), ("A B;", "is no name of a column"), ("x" * 60, "is no name")])
def test_a_column_that_cannot_be_is_refused(bring_in, name, what):
    with pytest.raises(FaultyInput, match=what):
        bring_in(lambda tables: None, entry_time=name)


def test_a_time_that_is_none_is_a_fault_by_its_place(bring_in):
    with pytest.raises(FaultyInput, match=r"ae\.csv, row 1, column AEENTDTC: holds something that is not an ISO 8601 date"):
        bring_in(lambda tables: set_column(tables, "ae", "AEENTDTC", "yesterday"))
