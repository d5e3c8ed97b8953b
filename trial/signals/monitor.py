"""The state of each declared monitor: quiet, watch or pause for review, and how many more events until it pauses.

The rule stands in trial.protocol.MonitorPart. A monitor pauses for *review*: it is an alarm for people, never a decision. Subjects
whose window is still open are pending; the state is also told for the best and the worst that can still come of them.
"""

from collections.abc import Sequence

import pandas as pd

from trial.protocol import MonitorPart
from trial.sentence import Sentence
from trial.signals.boundary import Rule
from trial.signals.intervals import compute_clopper_pearson, describe_percent
from trial.signals.posterior import compute_posterior
from trial.tables.safety import MONITOR_STATES

PAUSE, WATCH, QUIET = "pause for review", "watch", "quiet"
STATES = (PAUSE, WATCH, QUIET)
"""The states of a monitor, worst first."""


def pause_rule(monitor: MonitorPart) -> Rule:
    """Return the rule by which a monitor with a target pauses; raise ValueError for one that pauses at once."""
    return _rule(monitor, monitor.pause_above)


def watch_rule(monitor: MonitorPart) -> Rule:
    """Return the rule from which a monitor with a target watches; raise ValueError for one that pauses at once."""
    return _rule(monitor, monitor.watch_above)


def _rule(monitor: MonitorPart, cutoff: float) -> Rule:
    if monitor.target is None:
        raise ValueError(f"monitor {monitor.code} has no target")
    return Rule(monitor.target, monitor.prior, cutoff)


def classify_state(monitor: MonitorPart, subjects: int, at_risk: int) -> str:
    """Return the state of ``monitor`` at ``subjects`` with an event among ``at_risk``."""
    if monitor.at_once:
        return PAUSE if subjects else QUIET
    if at_risk == 0:
        return QUIET
    if pause_rule(monitor).stops(subjects, at_risk):
        return PAUSE
    return WATCH if watch_rule(monitor).stops(subjects, at_risk) else QUIET


def count_left(monitor: MonitorPart, subjects: int, at_risk: int) -> int | None:
    """Return how many further subjects with an event make ``monitor`` pause: 0 when it pauses already, None when nothing could.

    They are sought first among those already at risk; where these do not suffice, each further subject with an event is also one
    more at risk. The search ends where all at risk and a hundred more would not be enough.
    """
    for left in range(at_risk - subjects + 100):
        if classify_state(monitor, subjects + left, max(at_risk, subjects + left)) == PAUSE:
            return left
    return None


def judge_monitors(counts: pd.DataFrame, monitors: Sequence[MonitorPart]) -> pd.DataFrame:
    """Return MONITOR_STATES from MONITOR_COUNTS and the declared ``monitors``, worst first."""
    found = {row.monitor: row for row in counts.itertuples(index=False)}
    rows = [
        _judge(monitor, int(row.subjects), int(row.at_risk), int(row.pending), int(row.events))
        for monitor in monitors
        if (row := found.get(monitor.code)) is not None
    ]
    state, chance, left = (MONITOR_STATES.names.index(name) for name in ("state", "chance_above", "left"))
    return MONITOR_STATES.frame(sorted(rows, key=lambda row: (STATES.index(row[state]), -_number(row[chance]), _number(row[left]))))


def _judge(monitor: MonitorPart, subjects: int, at_risk: int, pending: int, events: int) -> tuple[object, ...]:
    """One row of MONITOR_STATES."""
    interval = compute_clopper_pearson(subjects, at_risk)
    target = None if monitor.at_once else monitor.target
    chance = None if target is None else compute_posterior(subjects, at_risk, monitor.prior).chance_above(target)
    return (
        monitor.code, monitor.label, classify_state(monitor, subjects, at_risk), monitor.at_once, subjects, at_risk, pending, events,
        interval.lower, interval.upper, target, chance, count_left(monitor, subjects, at_risk),
        classify_state(monitor, subjects, at_risk + pending), classify_state(monitor, subjects + pending, at_risk + pending),
        monitor.action,
    )  # fmt: skip


def describe_rule(monitor: MonitorPart) -> Sentence:
    """Return the rule of ``monitor`` in words."""
    if monitor.target is None or monitor.at_once:
        return Sentence("Pauses for review on the first event, without statistics.")
    return Sentence(
        "Pauses for review when the true rate exceeds {target} with a probability of {pause} or more, watches from {watch} "
        "(prior Beta({a}, {b}), worth {weight} subjects).",
        target=describe_percent(monitor.target),
        pause=describe_percent(monitor.pause_above),
        watch=describe_percent(monitor.watch_above),
        a=f"{monitor.prior[0]:g}",
        b=f"{monitor.prior[1]:g}",
        weight=f"{sum(monitor.prior):g}",
    )


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def describe_left(left: int | None, state: str) -> Sentence:
    """Return in words how far a monitor is from pausing."""
    if state == PAUSE:
        return Sentence("reached")
    if left is None:
        return Sentence("out of reach")
    return Sentence("1 more subject") if left == 1 else Sentence("{left} more subjects", left=left)
