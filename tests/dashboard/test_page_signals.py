"""The signals page: no chance stands without the ratio it belongs to and that ratio's interval, and none observed says up to what."""

import re
from types import SimpleNamespace

import pytest

from dashboard.parts.recurrence import describe_against
from dashboard.register import entry_of
from tests.contracts.screen import faults, open_screen, show
from trial.signals.expected import LEVELS


@pytest.fixture
def page(dataset, monkeypatch):
    looked = show(open_screen(dataset("default"), monkeypatch), entry_of("signals"))
    assert not faults(looked)
    return looked


def test_every_background_value_has_its_ratio_interval_and_chances(page):
    table = next(frame.value for frame in page.dataframe if "If the background is" in frame.value)
    events = table["Event"].unique()
    assert table["If the background is"].str.partition(":")[0].tolist() == [*LEVELS] * len(events)
    for _, row in table.iterrows():
        for ratio in ("Observed / expected", "Shrunken ratio"):
            assert re.fullmatch(r"[\d.,]+ \([\d.,]+ to [\d.,]+\)", row[ratio]), row[ratio]
        none = row["Observed"].startswith("0 of")
        assert (row["As many by chance: exact · mid-p"] == "") == none
        assert not none or re.search(r"\(up to \d+%\)", row["Observed"])


def test_what_comes_again_has_a_ratio_with_limits_beside_its_chance():
    """Ten events in four subject-years where five are expected: Garwood's limits of 10 are 4.795 and 18.390."""
    row = SimpleNamespace(rate=10 / 4, lower=4.795 / 4, upper=18.390 / 4, years=4.0)
    assert describe_against(row, 5.0, 0.0318) == "5.0 expected: 2.0 times (0.96 to 3.7), chance 3%"
    assert describe_against(row, float("inf"), 1.0) == ""
