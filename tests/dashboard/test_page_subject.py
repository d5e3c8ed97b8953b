"""The subject page on the screen: its choice of a subject, each of its listings, and a code that nobody has."""

import pytest

from dashboard.parts.journey import SUBJECT_KEY
from dashboard.register import entry_of
from tests.contracts.screen import bodies, faults, open_screen, sent, show

TABS = {
    "Adverse events": "marks a date of which a part was filled in",
    "What was known when": "download-subject-event-versions",
    "Administrations and procedures": "planned against delivered",
    "Medication": "download-subject-medications",
    "Measurements": "download-subject-measurements",
    "History and disposition": "Medical history.",
}
"""Each listing with something that only it shows."""


@pytest.fixture
def screen(dataset, monkeypatch):
    def look(name, **state):
        found = open_screen(dataset(name), monkeypatch)
        for key, value in state.items():
            found.session_state[key] = value
        return show(found, entry_of("subject"))

    return look


def test_every_listing_opens(screen):
    looked = screen("default", **{SUBJECT_KEY: "01-006"})
    for tab, sign in TABS.items():
        looked.session_state["story-tabs"] = tab
        looked.run()
        assert not faults(looked), tab
        shown = [other for other, its_sign in TABS.items() if any(its_sign in said.text for said in sent(looked))]
        assert shown == [tab], sign


def test_every_listing_of_a_hostile_trial_opens(screen):
    looked = screen("hostile")
    for tab in TABS:
        looked.session_state["story-tabs"] = tab
        looked.run()
        assert not faults(looked), tab


def test_the_journey_opens_the_subject_and_the_address_does_not_name_it(screen):
    looked = screen("default", **{SUBJECT_KEY: "01-003"})
    assert any("<strong><bdi>01-003 · " in body for body in bodies(looked))
    assert not any("01-003" in str(value) for value in looked.query_params.values())


def test_an_exact_code_opens_its_subject(screen):
    looked = screen("default")
    looked.text_input(key="subject-typed").set_value(" 01-001 ").run()
    assert any("<strong><bdi>01-001 · " in body for body in bodies(looked))
    assert looked.text_input(key="subject-typed").value == ""


def test_a_code_that_nobody_has_says_so_and_leaves_the_list(screen):
    looked = screen("default", **{SUBJECT_KEY: "no such subject"})
    assert not faults(looked)
    assert any("No subject of this trial has this code" in body for body in bodies(looked))
    looked.selectbox(key="subject-choice").select("01-001").run()
    assert any("<strong><bdi>01-001 · " in body for body in bodies(looked))


def test_an_empty_trial_says_that_there_is_no_subject(screen):
    looked = screen("empty")
    assert not faults(looked)
    assert any("There is no subject yet." in body for body in bodies(looked))


def test_the_story_is_drawn(screen):
    assert any(said.kind == "plotly_chart" for said in sent(screen("one subject")))


@pytest.mark.parametrize(("day", "asked"), [("2026-06-30", False), ("2026-09-01", True)])
def test_what_was_asked_after_an_operation_is_told_once_it_is_known_and_nothing_before(dataset, monkeypatch, day, asked):
    looked = open_screen(dataset("default"), monkeypatch, as_of=day)
    looked.session_state[SUBJECT_KEY], looked.session_state["story-tabs"] = "03-001", "Administrations and procedures"
    looked = show(looked, entry_of("subject"))
    assert not faults(looked)
    tables = [frame.value for frame in looked.dataframe if "Period asked about" in frame.value]
    assert any("Nobody has been asked for a complication by name" in said.text for said in sent(looked)) is not asked
    assert [table["Answer"].tolist() for table in tables] == ([["did not occur"] * 5] if asked else [])
