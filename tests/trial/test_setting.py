"""What a simulation begins from: the protocol's own values, common ones where it is silent, and curves worth asking about."""

from pathlib import Path

import pytest

from trial.escalation.register import DESIGNS, create_design
from trial.escalation.setting import choose_parameters, list_curves, read_setting
from trial.escalation.summary import find_true_mtd
from trial.protocol import parse_protocol

PROTOCOLS = Path(__file__).parents[2] / "synthetic" / "protocols"
BARE = """
[study]
code = "X"
title = "X"
product = "x"
indication = "x"
time_zone = "UTC"
[version]
number = "1"
effective = 2026-01-01
reason = "First."
"""


def read(name: str):
    """The protocol of a file."""
    return parse_protocol((PROTOCOLS / name).read_text(encoding="utf-8"))


def test_the_protocol_says_what_it_says():
    setting = read_setting(read("fw-onc-02.toml"))
    assert (setting.declared, setting.design, setting.levels, setting.target) == (True, "BOIN", 5, 0.3)
    assert (setting.cohort_size, setting.cohorts, setting.window_days, setting.most_per_dose) == (3, 10, 21, 12)
    assert setting.per_day == pytest.approx(2.5 / 30.4375)
    spinal = read_setting(read("fw-sci-01.toml"))
    assert (spinal.target, spinal.stagger_days, spinal.cohorts) == (pytest.approx(1 / 3), 14, 6)


def test_common_values_stand_in_where_it_is_silent():
    setting = read_setting(parse_protocol(BARE))
    assert (setting.declared, setting.design, setting.levels) == (False, "BOIN", 5)
    assert (setting.window_days, setting.per_day, setting.stagger_days) == (None, None, None)


@pytest.mark.parametrize("protocol", ["fw-sci-01.toml", "fw-onc-02.toml"])
@pytest.mark.parametrize("name", list(DESIGNS))
def test_every_design_can_be_built_for_the_trial(protocol, name):
    setting = read_setting(read(protocol))
    parameters = choose_parameters(setting, name, target=0.25, cohort_size=3)
    design = create_design(name, parameters, supplied={"levels": setting.levels})
    assert design.target == 0.25


def test_the_protocols_own_design_keeps_its_parameters():
    setting = read_setting(read("fw-sci-01.toml"))
    assert choose_parameters(setting, "3+3", target=0.3, cohort_size=3)["de_escalate"] is True
    assert "de_escalate" not in choose_parameters(setting, "BOIN", target=0.3, cohort_size=3)


@pytest.mark.parametrize("target", [0.1, 0.2, 0.25, 0.3, 1 / 3])
@pytest.mark.parametrize("levels", [1, 3, 5])
def test_curves_rise_and_are_what_they_are_called(levels, target):
    curves = list_curves(levels, target)
    assert len(curves) == levels + 2
    assert [find_true_mtd(curve.truth, target) for curve in curves] == [0, *range(1, levels + 1), levels]
    for curve in curves:
        assert list(curve.truth) == sorted(curve.truth)
        assert all(0 < rate < 1 for rate in curve.truth)
    assert all(rate < target for rate in curves[-1].truth)
