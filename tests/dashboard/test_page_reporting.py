"""What is due to whom, on the pages: clocks and their targets at a cut-off, what they are not, and the line on Today."""

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from dashboard.register import entry_of
from db.engine import open_engine
from db.history import table_of
from db.models import AdverseEvent, Subject
from tests.acting import acting
from tests.contracts.screen import bodies, faults, open_screen, show
from tests.datasets import find_dataset
from tests.db.story_trial import add

EVENTS, TODAY = entry_of("adverse_events"), entry_of("today")
SECTION = "What is due to whom"
LIMITS = "These are target dates to plan by"


def at(day, hour=2):
    """An instant of July 2026 (UTC); the study's clock in Shanghai shows eight hours more."""
    return datetime(2026, 7, day, hour, tzinfo=UTC)


@pytest.fixture
def url(tmp_path):
    """A trial of one subject with three serious events of July 2026 planted into it, one of them a correction later."""
    found = find_dataset(tmp_path, "one subject")
    engine = open_engine(found)
    with acting(engine) as session:
        subject = session.connection().execute(select(table_of(Subject).c.id).limit(1)).scalar_one()
        same = {
            "subject_id": subject, "category": "Infections", "dictionary": "CTCAE", "onset_precision": "day", "serious": True,
            "onset_date": date(2026, 7, 1), "onset_latest": date(2026, 7, 1), "onset_text": "2026-07-01", "grade": 4,
        }  # fmt: skip
        sepsis = {**same, "code": "AE-9001", "verbatim": "sepsis", "term_used": "Sepsis", "hospitalisation": True,
                  "investigator_product": "possible", "expectedness": "unexpected", "aware_at": at(1), "known_from": at(2, 1)}  # fmt: skip
        add(
            session,
            AdverseEvent,
            [{**sepsis, "id": 9001}, {**sepsis, "id": 9001, "life_threatening": True, "known_from": at(6)}],
            {**same, "id": 9002, "code": "AE-9002", "verbatim": "fit", "term_used": "Seizure", "medically_important": True,
             "sponsor_procedure": "definite", "known_from": at(4)},
            {**same, "id": 9003, "code": "AE-9003", "verbatim": "fever", "term_used": "Fever", "hospitalisation": True,
             "investigator_product": "possible", "expectedness": "expected", "aware_at": at(1), "known_from": at(3, 3)},
        )  # fmt: skip
    engine.dispose()
    return found


@pytest.fixture
def look(url, monkeypatch):
    def looked(page=EVENTS, role="safety officer", **address):
        found = show(open_screen(url, monkeypatch, role=role, **address), page)
        assert not faults(found)
        return found

    return looked


def words(screen):
    return re.sub(r"<[^>]+>", " ", " ".join(bodies(screen)))


def rows(screen, column):
    """The rows of the planted events in the table that has ``column``, by event code and what the row says."""
    [frame] = [one.value for one in screen.dataframe if column in one.value]
    return frame[frame["Event"].str.startswith("AE-9")]


def test_clocks_run_from_receipt_and_upgrade_and_are_counted_from_the_cut_off(look):
    screen = look(as_of="2026-07-12")
    assert LIMITS in words(screen)
    table = rows(screen, "Day 0")
    found = [tuple(row) for row in table[["Event", "Day 0", "Target", "State at the cut-off", "Report to FDA, CDE, EU"]].to_numpy()]
    assert found == [
        ("AE-9001", "2026-07-06", "2026-07-13", "in 1 d", "7 days, complete after 15"),
        ("AE-9001", "2026-07-02", "2026-07-17", "in 5 d", "15 days; kept beside a newer clock"),
        ("AE-9002", "2026-07-04", "2026-07-19", "in 7 d", "15 days"),
    ]
    assert "not judged: counts as unexpected until it is" in set(table["Expectedness"])
    assert "Target dates within 7 days: 3; passed in the last 7 days: 0." in words(screen)


def test_before_the_upgrade_was_known_there_is_the_old_clock_alone(look):
    table = rows(look(as_of="2026-07-05"), "Day 0")
    assert list(table[["Event", "Report to FDA, CDE, EU"]].itertuples(index=False, name=None)) == [
        ("AE-9001", "15 days"),
        ("AE-9002", "15 days"),
    ]


def test_a_target_that_has_passed_is_never_called_overdue(look):
    screen = look(as_of="2026-07-24")
    states = list(rows(screen, "Day 0")["State at the cut-off"])
    assert states == [
        "passed on 2026-07-17; whether it was sent is not recorded here",
        "passed on 2026-07-19; whether it was sent is not recorded here",
        "passed on 2026-07-21; whether it was sent is not recorded here",
    ]
    assert "overdue" not in words(screen).partition(SECTION)[2]


def test_the_sites_hours_stand_there_for_every_serious_event_the_late_ones_first(look):
    table = rows(look(as_of="2026-07-12"), "Site learned (Asia/Shanghai)")
    state = dict(zip(table["Event"], table["State at the cut-off"], strict=True))
    assert state == {"AE-9003": "late by 25.0 h", "AE-9002": "awareness not recorded", "AE-9001": "met: after 23.0 h"}
    assert list(table["Event"]) == ["AE-9003", "AE-9002", "AE-9001"]
    assert dict(zip(table["Event"], table["Report to FDA, CDE, EU"], strict=True))["AE-9003"] == "none: expected"


def test_today_has_a_line_only_while_a_target_is_near(look):
    line = "Reports of serious events to authorities: target dates within 7 days: 3; passed in the last 7 days: 0"
    assert line in words(look(TODAY, as_of="2026-07-12"))
    assert "Reports of serious events to authorities" not in words(look(TODAY, as_of="2026-08-20"))
    assert "01-001" not in words(look(TODAY, as_of="2026-07-12")).partition(line)[2].partition("page lists them")[0]


def test_who_sees_numbers_only_is_shown_no_clock(look):
    screen = look(role="viewer", as_of="2026-07-12")
    assert SECTION not in [heading.value for heading in screen.subheader]


def test_without_a_serious_event_nothing_is_due(dataset, monkeypatch):
    screen = show(open_screen(dataset("empty"), monkeypatch), EVENTS)
    assert "No serious event: nothing is due." in words(screen)
