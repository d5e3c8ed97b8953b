"""The enrolment page on the screen: its answer with and without a plan, with nobody yet, and with everybody in."""

import re

import pytest

from dashboard.register import entry_of
from tests.contracts.screen import bodies, faults, open_screen, show


@pytest.fixture
def answer(dataset, monkeypatch):
    def read(name, **address):
        screen = show(open_screen(dataset(name), monkeypatch, **address), entry_of("enrolment"))
        assert not faults(screen)
        return next(body for body in bodies(screen) if 'class="fw-answer' in body)

    return read


def test_a_running_trial_is_held_against_its_plan_and_projected(answer):
    found = answer("default")
    enrolled, planned = map(int, re.search(r"(\d+) of (\d+) planned subjects are enrolled", found).groups())
    assert 0 < enrolled < planned == 18
    assert re.search(r"The last is projected for \d{4}-\d\d-\d\d \(95% interval \d{4}-\d\d-\d\d to ", found)
    assert "would be seen with probability" in found


def test_an_earlier_cut_off_knows_fewer(answer):
    later, earlier = (int(re.search(r"(\d+) of 18", answer("default", **day))[1]) for day in ({}, {"as_of": "2026-06-01"}))
    assert earlier < later


def test_an_empty_trial_is_projected_from_its_plan_alone(answer):
    found = answer("empty")
    assert "0 of 18 planned subjects are enrolled" in found
    assert "No screening has been decided yet." in found


def test_a_full_trial_says_so(answer):
    assert "All 18 planned subjects are enrolled" in answer("large")


def test_a_study_without_a_plan_says_how_fast_it_enrolled(answer):
    found = answer("pilot")
    assert re.search(r"254 subjects were enrolled in \d+ months: [\d.]+ a month \(95% interval", found)
    assert "Lost in screening: 52 of 306" in found
