"""Every figure of the designs' own software, computed again: the same run as `python -m trial qualify`."""

from pathlib import Path

import pytest

from trial.qualification.reference import compare_file
from trial.qualification.register import REFERENCES

FIGURES = Path(__file__).parent / "escalation"


@pytest.mark.parametrize("name", sorted(path.name for path in FIGURES.glob("*.csv")))
def test_figures_agree(name):
    outcome = compare_file(FIGURES / name, REFERENCES)
    assert outcome.verdict == "agrees", (outcome.differing, outcome.worst, outcome.note)
    assert outcome.comparisons >= outcome.rows
