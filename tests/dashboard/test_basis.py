"""Under every figure stands what it rests on: population with its number, cut-off, version of the grading."""

import re

import pytest

from dashboard.register import entry_of
from tests.contracts.screen import bodies, faults, open_screen, show

LINE = r"{population}, n = \d[^·]* · as known at the end of \d{{4}}-\d\d-\d\d · CTCAE \d"


@pytest.mark.parametrize(
    ("page", "populations"),
    [
        ("signals", ["Dosed subjects", "At risk", "Dosed subjects"]),
        ("neurology", ["Dosed subjects examined since the first dose"]),
        (
            "laboratory",
            [
                "Dosed subjects with both tests after the first dose",
                "Dosed subjects with a trough level after the first dose",
                "Dosed subjects with a result",
            ],
        ),
        ("perioperative", ["Subjects with a procedure"] * 3),
    ],
)
def test_a_page_of_figures_says_what_each_rests_on(page, populations, dataset, monkeypatch):
    looked = show(open_screen(dataset("default"), monkeypatch), entry_of(page))
    assert not faults(looked)
    said = "\n".join(bodies(looked))
    for population in set(populations):
        assert len(re.findall(LINE.format(population=population), said)) == populations.count(population), population
