"""The supplementary list: whole, without doubles, and with grades that the made-up trials keep to."""

import tomllib
from pathlib import Path

import pytest

from trial.grading.sponsor_terms import DICTIONARY, sponsor_terms

POPULATION = Path(__file__).parents[2] / "synthetic" / "populations" / "spinal-cord-injury.toml"


def test_terms_stand_once_and_each_offers_grades():
    names = [term.term for term in sponsor_terms()]
    assert len(names) == len(set(names)) >= 10
    assert all(term.grades and term.category for term in sponsor_terms())


def test_what_kills_or_cannot_kill_is_said():
    offered = {term.term: term.grades for term in sponsor_terms()}
    assert offered["Autonomic dysreflexia"] == (1, 2, 3, 4, 5)
    assert offered["Incision site pain"] == (1, 2, 3)


def _listed(value):
    if isinstance(value, dict):
        if value.get("dictionary") == DICTIONARY:
            yield value
        for part in value.values():
            yield from _listed(part)
    elif isinstance(value, list):
        for part in value:
            yield from _listed(part)


@pytest.mark.parametrize("event", list(_listed(tomllib.loads(POPULATION.read_text("utf-8")))), ids=lambda event: event["term"])
def test_the_made_up_trial_grades_these_terms_by_the_list(event):
    offered = {term.term: term.grades for term in sponsor_terms()}
    given = {grade for grade, share in enumerate(event["grades"], start=1) if share > 0}
    assert given <= set(offered[event["term"]])
