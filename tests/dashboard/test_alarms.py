"""Today tells what the safety pages would say first: who asks for review and on which page, and that nothing does."""

import pytest

from dashboard.register import entry_of
from tests.contracts.screen import bodies, faults, open_screen, show
from trial.roles import ROLES, may_see

PLANTED = {
    "csf-leak-cluster": "Signals: CSF leak or pseudomeningocele, grade 2 or above: pause for review",
    "ascending-loss": "Neurology: a loss that ascends",
    "tacrolimus-creatinine": "Laboratory: kidney injury after a trough above its range",
    "liver-injury": "Laboratory: the biochemical part of Hy&#x27;s law",
}


def today(url, monkeypatch, **more):
    looked = show(open_screen(url, monkeypatch, **more), entry_of("today"))
    assert not faults(looked)
    return " ".join(bodies(looked))


@pytest.mark.parametrize(("scenario", "words"), PLANTED.items())
def test_a_planted_signal_stands_on_the_first_page(scenario, words, dataset, monkeypatch):
    said = today(dataset(scenario), monkeypatch)
    assert words in said and "Asks for review" in said
    assert "Nothing asks for a review" not in said


def test_a_clean_trial_says_that_nothing_asks_and_what_was_looked_at(dataset, monkeypatch):
    said = today(dataset("clean"), monkeypatch)
    assert "Asks for review" not in said
    assert "Nothing asks for a review, by what these pages judge: Signals, Neurology, Laboratory." in said


def test_what_cannot_be_judged_is_not_called_quiet(dataset, monkeypatch):
    said = today(dataset("pilot"), monkeypatch)
    assert "Not judged, for want of monitors, examinations or results: Signals, Neurology, Laboratory." in said
    assert "Nothing asks for a review" not in said


@pytest.mark.parametrize("role", [role for role in ROLES if may_see(role, "today")])
def test_no_line_speaks_of_a_page_that_the_reader_may_not_see(role, dataset, monkeypatch):
    said = today(dataset("csf-leak-cluster"), monkeypatch, role=role)
    assert ("Signals: CSF leak" in said) == may_see(role, "signals")


def test_nobody_dosed_asks_for_nothing_and_says_nothing(dataset, monkeypatch):
    said = today(dataset("empty"), monkeypatch)
    assert "review, by what" not in said and "To be watched" not in said
