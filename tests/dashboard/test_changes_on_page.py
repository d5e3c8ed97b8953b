"""The line that says what has changed since the cut-off, and the Audit page with its verification, as a page shows them."""

import time

import pytest

from dashboard.parts.verifying import Verifier
from dashboard.register import entry_of
from tests.contracts.screen import bodies, faults, open_screen, sent, show

DAY = "2026-09-12"


def lines(screen):
    return [part.text for part in sent(screen) if part.text.startswith("Since ")]


@pytest.mark.xdist_group("pages of default")
def test_a_page_of_a_past_day_says_what_has_changed_and_lists_it_when_asked(dataset, monkeypatch):
    url = dataset("default")
    screen = show(open_screen(url, monkeypatch, as_of=DAY), entry_of("data"))
    labels = [block.label for block in screen.expander]
    assert any(label.startswith(f"Since {DAY}: ") and "events new" in label for label in labels), labels
    assert not faults(screen)


@pytest.mark.xdist_group("pages of default")
def test_the_newest_day_says_nothing(dataset, monkeypatch):
    screen = show(open_screen(dataset("default"), monkeypatch), entry_of("data"))
    assert not [block.label for block in screen.expander if block.label.startswith("Since ")]


@pytest.mark.xdist_group("pages of default")
def test_the_audit_page_shows_the_head_and_the_trail(dataset, monkeypatch):
    screen = show(open_screen(dataset("default"), monkeypatch), entry_of("audit"))
    assert not faults(screen)
    assert any("entries, head" in body for body in bodies(screen))
    assert len(screen.dataframe[0].value) == 50


@pytest.mark.xdist_group("pages of default")
def test_a_role_without_the_right_does_not_see_the_trail(dataset, monkeypatch):
    screen = show(open_screen(dataset("default"), monkeypatch, role="statistician"), entry_of("audit"))
    assert not screen.dataframe
    assert any("does not see this page" in body for body in bodies(screen))


def test_verification_runs_in_a_process_of_its_own(dataset):
    verifier = Verifier(dataset("one subject"))
    verifier.start("head")
    verifier.start("another")
    assert verifier.head == "head"
    for _ in range(600):
        if not verifier.poll():
            break
        time.sleep(0.1)
    assert verifier.found is not None
    assert verifier.found["sound"], verifier.found


def test_a_cancelled_verification_has_no_result(dataset):
    verifier = Verifier(dataset("one subject"))
    verifier.start("head")
    verifier.cancel()
    for _ in range(600):
        if not verifier.poll():
            break
        time.sleep(0.1)
    assert verifier.failed
    assert verifier.found is None
