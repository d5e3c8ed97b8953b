"""The state of each declared monitor: quiet, watch or pause for review, and how many more events until it pauses.

The rules stand in trial.protocol_monitors. A monitor pauses for *review*: it is an alarm for people, never a decision. Subjects whose
window is still open are pending; the state is also told for the best and the worst that can still come of them.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from trial.protocol import MonitorPart
from trial.signals.boundary import Rule
from trial.signals.intervals import compute_clopper_pearson
from trial.signals.monitor_rules import Course, Sequential, find_reaching, make_ready
from trial.signals.posterior import compute_posterior
from trial.tables import MONITOR_STATES

PAUSE, WATCH, QUIET = "pause for review", "watch", "quiet"
STATES = (PAUSE, WATCH, QUIET)
"""The states of a monitor, worst first."""
EVENT, NONE, PENDING, LEFT = "event", "none", "pending", "left"
"""How a subject stands under a monitor."""


def pause_rule(monitor: MonitorPart) -> Rule:
    """Return the plain threshold by which a monitor pauses that is not calibrated, or cannot be for so many subjects.

    Raises ValueError for a monitor that pauses at once.
    """
    return _threshold(monitor, monitor.pause_above)


def watch_rule(monitor: MonitorPart) -> Rule:
    """Return the threshold from which such a monitor watches; raise ValueError for one that pauses at once."""
    return _threshold(monitor, monitor.watch_above)


def _threshold(monitor: MonitorPart, cutoff: float) -> Rule:
    if monitor.target is None:
        raise ValueError(f"monitor {monitor.code} has no target")
    return Rule(monitor.target, monitor.belief, cutoff)


def classify_state(monitor: MonitorPart, subjects: int, at_risk: int) -> str:
    """Return the state by first event or plain threshold, at ``subjects`` with an event among ``at_risk``."""
    if monitor.at_once:
        return PAUSE if subjects else QUIET
    if at_risk == 0:
        return QUIET
    if pause_rule(monitor).stops(subjects, at_risk):
        return PAUSE
    return WATCH if watch_rule(monitor).stops(subjects, at_risk) else QUIET


def classify_course(rule: Sequential, course: Course) -> str:
    """Return the state by a calibrated rule.

    Watch: one more subject with an event would reach it; or the pending would if all of them had one, and at least one event has come.
    """
    if rule.reached(course) is not None:
        return PAUSE
    if rule.left(course) == 1 or (course.hit.any() and rule.reached(course, worst=True) is not None):
        return WATCH
    return QUIET


def count_left(monitor: MonitorPart, subjects: int, at_risk: int) -> int | None:
    """Return how many further subjects with an event make ``monitor`` pause: 0 when it pauses already, None when nothing could.

    By first event or plain threshold. They are sought first among those already at risk; where these do not suffice, each further
    subject with an event is also one more at risk. The search ends where all at risk and a hundred more would not be enough.
    """
    for left in range(at_risk - subjects + 100):
        if classify_state(monitor, subjects + left, max(at_risk, subjects + left)) == PAUSE:
            return left
    return None


def read_course(courses: pd.DataFrame, monitor: str) -> Course:
    """Return the course of one monitor from MONITOR_COURSES."""
    rows = courses[courses["monitor"] == monitor].sort_values("place")
    standing = rows["standing"].to_numpy(dtype=object)
    started = rows["started"].to_numpy().astype("datetime64[D]").astype(np.int64)
    return Course(standing == EVENT, standing == PENDING, standing == LEFT, started, rows["days"].to_numpy(dtype=np.int64))


def judge_monitors(
    counts: pd.DataFrame, monitors: Sequence[MonitorPart], courses: pd.DataFrame | None = None, planned: int = 0
) -> pd.DataFrame:
    """Return MONITOR_STATES from MONITOR_COUNTS and the declared ``monitors``, worst first.

    A calibrated rule is judged on MONITOR_COURSES, for the ``planned`` subjects of the trial; without courses, and where a trial has
    more subjects than a boundary is made for, the monitor's plain threshold stands in.
    """
    found = {row.monitor: row for row in counts.itertuples(index=False)}
    rows = [
        _judge(monitor, _tally(row), courses, planned)
        for monitor in monitors
        if (row := found.get(monitor.code)) is not None
    ]  # fmt: skip
    state, chance, left = (MONITOR_STATES.names.index(name) for name in ("state", "chance_above", "left"))
    return MONITOR_STATES.frame(sorted(rows, key=lambda row: (STATES.index(str(row[state])), -_number(row[chance]), _number(row[left]))))


def _tally(row: object) -> tuple[int, int, int, int]:
    """Subjects, at risk, pending and events of a row of MONITOR_COUNTS."""
    subjects, at_risk, pending, events = (int(getattr(row, name)) for name in ("subjects", "at_risk", "pending", "events"))
    return subjects, at_risk, pending, events


def _judge(monitor: MonitorPart, tally: tuple[int, int, int, int], courses: pd.DataFrame | None, planned: int) -> tuple[object, ...]:
    """One row of MONITOR_STATES."""
    subjects, at_risk, pending, events = tally
    interval = compute_clopper_pearson(subjects, at_risk)
    target = None if monitor.at_once else monitor.target
    chance = None if target is None else compute_posterior(subjects, at_risk, monitor.belief).chance_above(target)
    course = None if courses is None else read_course(courses, monitor.code)
    rule = None if course is None else make_ready(monitor, planned, int(course.counted.sum()))
    if course is not None and rule is not None:
        judged = _judge_course(rule, course)
    else:
        states = [classify_state(monitor, *at) for at in ((subjects, at_risk), (subjects, at_risk + pending))]
        worst = classify_state(monitor, subjects + pending, at_risk + pending)
        judged = (states[0], count_left(monitor, subjects, at_risk), None, states[1], worst)
    state, left, reached, if_clear, if_all = judged
    return (
        monitor.code, monitor.label, state, monitor.at_once, subjects, at_risk, pending, events,
        interval.lower, interval.upper, target, chance, left, reached, if_clear, if_all, monitor.action,
    )  # fmt: skip


def _judge_course(rule: Sequential, course: Course) -> tuple[str, int | None, int | None, str, str]:
    """State, events left, the place where it was reached, and the states if no pending subject has an event and if all have one."""
    nobody = np.zeros_like(course.pending)
    clear = Course(course.hit, nobody, course.left, course.started, course.days)
    worst = PAUSE if rule.reached(course, worst=True) is not None else classify_course(rule, course)
    return classify_course(rule, course), rule.left(course), find_reaching(rule, course), classify_course(rule, clear), worst


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
