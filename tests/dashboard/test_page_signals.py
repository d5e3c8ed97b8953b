"""The signals page: no chance stands without the ratio it belongs to and that ratio's interval, and none observed says up to what."""

import re
from types import SimpleNamespace

import pytest
from scipy.stats import beta

from dashboard.parts.monitor import describe_intervals
from dashboard.parts.recurrence import describe_against
from dashboard.register import entry_of
from tests.contracts.screen import bodies, faults, open_screen, show
from trial.signals.expected import LEVELS
from trial.signals.intervals import describe_percent


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


def test_exact_jeffreys_and_credible_intervals_stand_beside_each_other():
    """1 of 5; R: binom.test, and qbeta of (1.5, 4.5) and (1.2, 5.8) at 2.5 and 97.5%, here by scipy's own quantiles."""
    (_, exact), (_, jeffreys), (_, credible) = describe_intervals(1, 5, (0.2, 1.8))
    assert exact == "1 of 5 (0.5% to 72%), 95%, Clopper-Pearson"
    for said, (a, b), prior in ((jeffreys, (1.5, 4.5), "prior Beta(0.5, 0.5)"), (credible, (1.2, 5.8), "declared prior Beta(0.2, 1.8)")):
        lower, upper = (describe_percent(float(beta.ppf(level, a, b))) for level in (0.025, 0.975))
        assert said == f"{lower} to {upper}, 95%, Bayesian with the {prior}"
    assert describe_intervals(0, 3, (0.2, 1.8))[0][1] == "0 of 3 (up to 71%), 95%, Clopper-Pearson"


def test_the_chosen_monitor_shows_them(page):
    said = " ".join(bodies(page))
    assert said.index("Exact interval") < said.index("Jeffreys interval") < said.index("Credible interval")
