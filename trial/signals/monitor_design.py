"""What a monitor's rule can do, and the way it has come: its design at several true rates, its boundary, and the path so far."""

import numpy as np
import pandas as pd

from trial.protocol import MonitorPart
from trial.protocol_monitors import CalibratedRule
from trial.signals.boundary import Operating, compute_boundary, compute_operating
from trial.signals.monitor import pause_rule, watch_rule
from trial.signals.monitor_rules import CountRule, Course, DriftRule, FollowUpRule, Sequential, order_events
from trial.tables import BOUNDARY, MONITOR_DESIGN, MONITOR_PATH

MULTIPLES = (2, 3)
"""The power is told at these multiples of the target, besides the higher rate where one is declared."""


def compute_design(monitor: MonitorPart, rule: Sequential | None, subjects: int) -> pd.DataFrame:
    """Return MONITOR_DESIGN: how often the monitor pauses at its target (its type I error) and at higher rates.

    Without a calibrated ``rule`` that of the plain threshold, looked at after each of ``subjects``. Raises ValueError for a monitor
    that pauses at once.
    """
    if monitor.target is None:
        raise ValueError(f"monitor {monitor.code} has no target")
    rates = {monitor.target, *(times * monitor.target for times in MULTIPLES)}
    if isinstance(monitor.rule, CalibratedRule) and monitor.rule.higher is not None:
        rates = {monitor.target, monitor.rule.higher}
    found = [_operating(monitor, rule, subjects, rate) for rate in sorted(rates) if rate < 1]
    return MONITOR_DESIGN.frame((one.rate, one.chance_to_stop, one.expected_subjects, one.expected_events) for one in found)


def _operating(monitor: MonitorPart, rule: Sequential | None, subjects: int, rate: float) -> Operating:
    return compute_operating(pause_rule(monitor), subjects, rate) if rule is None else rule.operating(rate)


def compute_steps(monitor: MonitorPart, rule: Sequential | None, subjects: int) -> pd.DataFrame:
    """Return BOUNDARY of a rule over subjects: from how many events it pauses, and from how many the next event could make it pause.

    For a plain threshold its own two limits for 1 to ``subjects`` at risk; empty for a rule that is not over subjects.
    """
    if rule is None:
        return compute_boundary(watch_rule(monitor), pause_rule(monitor), subjects)
    if not isinstance(rule, CountRule):
        return BOUNDARY.empty()
    limits = [*rule.boundary.limits, rule.planned + 2]
    rows = zip(range(1, rule.planned + 1), limits, limits[1:], strict=False)
    return BOUNDARY.frame((n, _possible(following - 1, n), _possible(limit, n)) for n, limit, following in rows)


def _possible(events: int, subjects: int) -> int | None:
    return events if 1 <= events <= subjects else None


def compute_path(rule: Sequential, course: Course) -> pd.DataFrame:
    """Return MONITOR_PATH: subject by subject, or for a rule over follow-up event by event, and today."""
    if isinstance(rule, FollowUpRule):
        return _path_over_days(rule, course)
    known, worst = course.hits(), course.hits(worst=True)
    sums = [rule.sums(hits) if isinstance(rule, DriftRule) else np.cumsum(hits).tolist() for hits in (known, worst)]
    dosed = (np.flatnonzero(course.counted) + 1).tolist()
    return MONITOR_PATH.frame(zip(range(1, len(known) + 1), *sums, dosed, strict=True))


def _path_over_days(rule: FollowUpRule, course: Course) -> pd.DataFrame:
    order = order_events(course)
    rows: list[tuple[float, int, int, int | None]] = [
        (days, k, k, int(who) + 1) for (k, days), who in zip(rule.points(course), order, strict=True)
    ]
    return MONITOR_PATH.frame([*rows, (float(course.days.sum()), len(order), len(order) + int(course.pending.sum()), None)])


def compute_limits_of_days(rule: FollowUpRule) -> pd.DataFrame:
    """Return BOUNDARY of a rule over follow-up, ``at_risk`` the days up to which so many events (``pause``) make it pause."""
    first = rule.boundary.first
    rows = [(int(days), events - 1 or None, events) for events, days in enumerate(rule.boundary.limits, start=first)]
    return BOUNDARY.frame(rows)
