"""Judging clean trials as they are lived, day by day, and holding how often they pause to what is printed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from synthetic.scenarios import find_scenario
from tests.false_alarms.trials import NEVER, REPLACED, Lived, live, make_setting
from trial.protocol import MonitorPart, parse_protocol
from trial.signals.monitor_rules import CountRule, Course, Sequential, make_ready

SCENARIOS = ("clean", "oncology")
OTHERS = {
    "Pocock": {},
    "O'Brien-Fleming": {},
    "MaxSPRT": {},
    "Wang-Tsiatis": {"delta": 0.25},
    "Chen-Chaloner": {"higher": 0.25, "belief": 0.2},
    "SPRT": {"higher": 0.25},
    "CUSUM": {"higher": 0.25},
    "exposure": {},
}
"""Rules that the example protocols do not declare, tried at a target of 12% and an alpha of 10%."""
FURTHEST_Z = 3.3
"""Standard errors that an observed rate may lie from the printed one: 1 in 1,000 by chance."""


@dataclass(frozen=True)
class Alarm:
    """How often one monitor paused clean trials, judged every day in order of dosing, and (rules over subjects) in order of knowledge."""

    scenario: str
    monitor: str
    rule: str
    trials: int
    alarms: int
    printed: float
    by_knowledge: int | None

    @property
    def observed(self) -> float:
        """The share of trials that it paused."""
        return self.alarms / self.trials

    @property
    def error(self) -> float:
        """The Monte-Carlo standard error at the printed rate."""
        return sqrt(self.printed * (1 - self.printed) / self.trials)

    @property
    def z(self) -> float:
        """How many standard errors the observed rate lies from the printed one."""
        return (self.observed - self.printed) / self.error


def declared(scenario: str) -> tuple[tuple[MonitorPart, ...], int]:
    """Return the calibrated monitors that a scenario's protocol declares, for the first also the other rules; and the subjects planned."""
    protocol = parse_protocol(find_scenario(scenario).protocol_text)
    planned = protocol.accrual.planned_subjects if protocol.accrual else 0
    monitors = [monitor for monitor in protocol.monitors if make_ready(monitor, planned) is not None]
    if scenario == SCENARIOS[0]:
        monitors += [_other(name, more) for name, more in OTHERS.items()]
    return tuple(monitors), planned


def _other(name: str, more: dict[str, float]) -> MonitorPart:
    rule = {"name": name, "alpha": 0.10, **more}
    body = {
        "code": f"other.{len(name)}{name[0]}",
        "label": name,
        "counts": {"within_days": 60},
        "target": 0.12,
        "rule": rule,
        "action": "x",
    }
    return MonitorPart.model_validate(body)


def count_alarms(scenario: str, trials: int, *, first_seed: int = 0) -> list[Alarm]:
    """Return how often each monitor of a scenario paused ``trials`` clean trials."""
    monitors, planned = declared(scenario)
    rules = [rule for monitor in monitors if (rule := make_ready(monitor, planned)) is not None]
    found, known = np.zeros(len(monitors), dtype=int), np.zeros(len(monitors), dtype=int)
    for seed in range(first_seed, first_seed + trials):
        setting = make_setting(scenario, monitors, seed)
        for place, lived in enumerate(_enough(live(setting, monitors, int(planned * REPLACED)), planned)):
            found[place] += pauses(rules[place], lived)
            known[place] += _pauses_by_knowledge(rules[place], lived)
    return [
        Alarm(
            scenario, monitor.label, getattr(monitor.rule, "name", ""), trials, int(found[place]),
            rules[place].operating(monitor.target or 0).chance_to_stop, int(known[place]) if isinstance(rules[place], CountRule) else None,
        )
        for place, monitor in enumerate(monitors)
    ]  # fmt: skip


def _enough(lived: Sequence[Lived], planned: int) -> Iterator[Lived]:
    return (one.whole(planned) for one in lived)


def pauses(rule: Sequential, lived: Lived) -> bool:
    """Return whether a rule, judged at the end of every day, ever pauses the trial."""
    return any(rule.reached(lived.course(day)) is not None for day in lived.turns())


def _pauses_by_knowledge(rule: Sequential, lived: Lived) -> bool:
    """Whether it would if subjects took their places when their outcome becomes known: events at once, the others after their window."""
    course = lived.course(NEVER - 1)
    when = np.where(course.hit, lived.event, lived.started + lived.within)
    order = np.argsort(when, kind="stable")
    moved = Course(course.hit[order], course.pending[order], course.left[order], course.started[order], course.days[order])
    return rule.reached(moved) is not None
