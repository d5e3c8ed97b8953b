"""What is made after a page was shown: it is of the record as it stands then, says so, and misses no correction."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from dashboard.parts import table
from dashboard.view import StudyCard, View
from db.engine import reading
from db.history import cut_off
from db.marks import read_marks
from db.queries.cohorts import cohorts
from tests.acting import TESTER, acting
from tests.dashboard.small_trial import KNOWN, make_cohort, make_small_trial
from trial.asof import AsOf

EARLY, LATE = AsOf(date(2026, 3, 10)), AsOf(date(2026, 11, 20))


@pytest.fixture
def engine(tmp_path):
    made = make_small_trial(tmp_path / "a.db")
    yield made
    made.dispose()


def look(engine, as_of=LATE):
    with reading(engine) as session:
        marks, resolved = read_marks(session), cut_off(session, 1, as_of)
    card = StudyCard(1, "S", "t", "live", "UTC", None)
    return View(engine, card, resolved, None, False, "safety officer", marks, asked_at=KNOWN, dark=False)


def add(engine):
    with acting(engine) as session:
        session.add(make_cohort(2, "second"))


def correct(engine):
    with acting(engine, replace(TESTER, at=datetime(2026, 4, 1, tzinfo=UTC))) as session:
        statement = text("UPDATE cohort SET label = 'mended', known_from = :at WHERE id = 1")
        session.connection().execute(statement, {"at": datetime(2026, 4, 1, tzinfo=UTC)})


def download(monkeypatch, view, given):
    offered = {}
    monkeypatch.setattr(table.st, "download_button", lambda label, **options: offered.update(options))
    table.offer_download(view, "cohorts", given)
    return lambda: offered["data"]().decode("utf-8-sig")


def test_a_table_read_for_its_download_is_of_the_head_that_it_names(engine, monkeypatch):
    view = look(engine)
    make = download(monkeypatch, view, lambda now: now.read(cohorts))
    view.read(cohorts)
    add(engine)
    sheet, head = make(), look(engine).head
    assert "second" in sheet
    assert str(head) in sheet
    assert str(view.head) not in sheet


def test_a_table_that_the_page_shows_is_of_the_head_of_the_page(engine, monkeypatch):
    view = look(engine)
    make = download(monkeypatch, view, view.read(cohorts))
    add(engine)
    look(engine).read(cohorts)
    assert "second" not in make()
    assert str(view.head) in make()


def test_a_past_day_is_read_with_the_history_that_a_later_correction_made(engine, monkeypatch):
    view = look(engine, EARLY)
    assert not view.as_of.history
    make = download(monkeypatch, view, lambda now: now.read(cohorts))
    correct(engine)
    assert "first" in make()
    assert "mended" not in make()


def test_a_correction_leaves_a_page_of_an_earlier_day_behind_and_no_other(engine):
    early, late = look(engine, EARLY), look(engine)
    assert early.still_whole()
    add(engine)
    assert early.still_whole()
    correct(engine)
    assert not early.still_whole()
    assert late.still_whole()
    assert look(engine, EARLY).still_whole()
