"""None of so many never stands alone: a page says up to what rate that leaves open."""

import re

import pytest

from dashboard.register import entry_of
from tests.contracts.screen import bodies, faults, open_screen, show
from trial.signals.intervals import compute_clopper_pearson

SAID = {
    "adverse_events": r"in \d+ of (?P<n>\d+) dosed .*\b0 \(up to (?P<upper>\d+)%\) with a fatal one",
    "laboratory": r"0 of (?P<n>\d+) \(up to (?P<upper>\d+)%\) with a transaminase and bilirubin after the first dose meet",
    "escalation": r"cells: 0 of (?P<n>\d+) \(up to (?P<upper>\d+)%\)",
}


@pytest.mark.parametrize("page", SAID)
def test_none_says_up_to_what_rate(page, dataset, monkeypatch):
    looked = show(open_screen(dataset("default"), monkeypatch), entry_of(page))
    assert not faults(looked)
    said = re.search(SAID[page], " ".join(bodies(looked)).replace("&#x27;", "'"))
    assert said and int(said["upper"]) == round(100 * compute_clopper_pearson(0, int(said["n"])).upper)
