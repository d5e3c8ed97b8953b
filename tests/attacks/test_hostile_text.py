"""Hostile text, in the short form."""

import pytest

from synthetic.hostile import FIELDS
from tests.attacks.hostile_text import CODES, PAYLOADS, run_hostile_text


@pytest.mark.browser
@pytest.mark.xdist_group("attacks on a server")
def test_hostile_text_stays_text(tmp_path):
    figure = run_hostile_text(500, tmp_path, browsed=2)
    print(figure)
    assert figure.tried >= 500
    assert not figure.failures, figure
    assert any("pages that carried some of it" in note and not note.endswith(": 0") for note in figure.notes)


def test_the_payloads_are_many_and_every_table_takes_part():
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 30
    assert sum(len(names) for names in FIELDS.values()) >= 40
    assert any(len(text) >= 10_000 for text in PAYLOADS)
    assert CODES
