"""Edits behind the guards, in the short form."""

import pytest

from tests.faults.edits import run_edits, run_tails


@pytest.mark.parametrize("part", range(4))
def test_every_edited_byte_is_found_and_located(tmp_path, part):
    figure = run_edits(250, tmp_path, seed=part)
    print(figure)
    assert figure.tried == 250
    assert not figure.failures, figure


def test_every_missing_tail_is_found(tmp_path):
    figure = run_tails(100, tmp_path)
    print(figure)
    assert not figure.failures, figure
