"""The protocol file: both examples, and every fault at once."""

from pathlib import Path

import pytest

from trial.errors import FaultyInput
from trial.protocol import parse_protocol
from trial.protocol_words import describe_protocol

FOLDER = Path(__file__).parents[2] / "synthetic" / "protocols"
TEXT = (FOLDER / "fw-sci-01.toml").read_text()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_the_examples_are_complete(path):
    protocol = parse_protocol(path.read_text(), source=path.name)
    assert protocol.escalation and protocol.dlt and protocol.stagger and protocol.accrual
    assert protocol.dose_levels and protocol.visits and protocol.monitors and protocol.background_rates
    assert all(str(name) and str(text) for name, text in describe_protocol(protocol))


def test_the_first_example_is_what_the_demonstration_promises():
    protocol = parse_protocol(TEXT)
    assert [level.vector[0].value for level in protocol.dose_levels] == [1e7, 5e7, 1.5e8]
    assert (protocol.dlt.window_days, protocol.stagger.sentinel_days, protocol.stagger.next_days) == (28, 28, 14)
    assert {site.time_zone for site in protocol.sites} == {"Asia/Shanghai", "America/New_York", "Europe/London"}
    assert [part.letter for part in protocol.attributions] == ["P", "S", "I", "U"]
    assert all(rate.source and rate.low <= rate.central <= rate.high for rate in protocol.background_rates)


def test_every_fault_is_named_with_its_key_at_once():
    wrong = TEXT.replace('time_zone = "Asia/Shanghai"\nctcae', 'time_zone = "Asia/Nowhere"\nctcae').replace(
        "sentinel_days = 28", "sentinel_days = -1"
    )
    wrong = wrong.replace("target = 0.05", "target = 1.5").replace("[accrual]", "[accrual]\nsurprise = 1")
    with pytest.raises(FaultyInput) as caught:
        parse_protocol(wrong, source="x.toml")
    places = {fault.where for fault in caught.value.faults}
    assert {"x.toml: study.time_zone", "x.toml: stagger.sentinel_days", "x.toml: accrual.surprise"} <= places
    assert sum(place.startswith("x.toml: monitors.") for place in places) == 2


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("number = 2\nlabel", "number = 7\nlabel", "numbered"),
        ("value = 5.0e7", "value = 1.0e6", "ascend"),
        ("low = 0.014", "low = 0.9", "central"),
        ("start_level = 1", "start_level = 9", "start_level"),
        ('aesi = ["TUM"]', 'aesi = ["XYZ"]', "XYZ"),
        ('code = "02"\nname', 'code = "01"\nname', "twice"),
        ("[study]", "[study", "TOML"),
    ],
)
def test_contradictions_are_refused(old, new, word):
    assert old in TEXT
    with pytest.raises(FaultyInput, match=word):
        parse_protocol(TEXT.replace(old, new, 1))


def test_a_derived_protocol_needs_only_study_and_version():
    text = TEXT[TEXT.index("[study]") : TEXT.index("[[sites]]")]
    protocol = parse_protocol(text)
    assert protocol.escalation is None and protocol.monitors == ()
    assert any("not declared" in text for _, text in describe_protocol(protocol))
