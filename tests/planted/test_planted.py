"""The short form of ``python -m tests.planted``: one trial of each scenario with a signal, and one without any."""

import pytest

from synthetic.scenarios import SCENARIOS
from synthetic.sightings import READERS
from tests.planted.recognition import FINDERS, list_false_alarms, recognise

SEED = 1


@pytest.mark.parametrize("scenario", [name for name, one in SCENARIOS.items() if one.signal in FINDERS])
def test_a_planted_signal_is_found_by_the_readers_day_and_not_before_it_can_be_suspected(scenario, tmp_path):
    found = recognise(tmp_path, scenario, SEED)
    assert found is not None
    assert found.found_on is not None
    assert found.earliest <= found.found_on <= found.found_by
    assert found.named


def test_a_clean_trial_shows_none(tmp_path):
    assert list_false_alarms(tmp_path, SEED) == []


def test_every_planted_signal_has_a_reader_and_a_rule():
    planted = {scenario.signal for scenario in SCENARIOS.values()} - {None}
    assert set(FINDERS) <= planted and planted <= set(READERS)
