"""Processor time of the statistics of the Signals page, nothing remembered: ``python -m tests.benchmarks signals``."""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from synthetic.scenarios import find_scenario
from tests.benchmarks.r_peers import compare, time_in_r
from trial.protocol import MonitorPart, parse_protocol
from trial.signals import monitor_rules
from trial.signals.monitor import judge_monitors, read_course
from trial.signals.monitor_design import compute_design, compute_path, compute_steps
from trial.signals.posterior import compute_density
from trial.tables import MONITOR_COUNTS, MONITOR_COURSES

CALIBRATION, WHOLE = 1.0, 0.3
"""Seconds within which a boundary for 50 subjects is calibrated, and everything is computed for 300."""
NAMES = ("beta-binomial", "Pocock", "O'Brien-Fleming", "MaxSPRT", "Wang-Tsiatis", "Chen-Chaloner", "SPRT", "CUSUM", "exposure")
PARAMETERS = {"Wang-Tsiatis": {"delta": 0.25}, "Chen-Chaloner": {"higher": 0.3, "belief": 0.3}, "SPRT": {"higher": 0.3}} | {
    "CUSUM": {"higher": 0.3},
}  # fmt: skip

IN_R = {
    "beta-binomial": '"BB", param = c(0.2, 1.8)', "Pocock": '"Pocock"', "O'Brien-Fleming": '"OBF"', "MaxSPRT": '"MaxSPRT"',
    "Wang-Tsiatis": '"WT", param = 0.25', "Chen-Chaloner": '"CC", param = c(0.2, 1.8, 0.3, 0.3)', "SPRT": '"SPRT", param = 0.3',
}  # fmt: skip
"""What stoppingrule calls the rules that it calibrates too."""


def main(arguments: Sequence[str]) -> int:
    """Measure and print; return 1 where a figure is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks signals", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, help="runs of which the fastest is taken (default: %(default)s)")
    parser.add_argument("--r-sources", type=Path, metavar="FOLDER", help="folder with stoppingrule/*.R, where R has no such package")
    options = parser.parse_args(arguments)
    figures = [*_calibrations(options.repeats), ("all monitors of the example, 300 subjects", WHOLE, _fastest(_judge_all, options.repeats))]
    for name, most, taken in figures:
        print(f"{name:<45}{1000 * taken:>8.1f} ms (at most {1000 * most:.0f}){'' if taken <= most else '  MISSED'}")
    for name, most, taken in figures:
        if (rule := IN_R.get(name.partition(",")[0])) and most == CALIBRATION:
            timed = time_in_r("stoppingrule", f"calc.rule.bin(1:50, 0.1, 0.1, {rule})", options.r_sources, options.repeats)
            print(compare(f"R stoppingrule::calc.rule.bin {name}", timed, taken))
    return int(any(taken > most for _, most, taken in figures))


def _calibrations(repeats: int) -> Iterator[tuple[str, float, float]]:
    for name in NAMES:
        rule = {"name": name, "alpha": 0.1, **PARAMETERS.get(name, {})}
        body = {"code": "M", "label": "M", "counts": {"within_days": 90}, "target": 0.1, "rule": rule, "action": "x"}
        monitor = MonitorPart.model_validate(body)
        yield f"{name}, 50 subjects", CALIBRATION, _fastest(lambda one=monitor: monitor_rules.make_ready(one, 50), repeats)


def _fastest(work: Callable[[], object], repeats: int) -> float:
    """The least processor time of several runs, each with nothing remembered."""
    found = []
    for _ in range(repeats):
        monitor_rules.forget_rules()
        start = time.thread_time()
        work()
        found.append(time.thread_time() - start)
    return min(found)


def _judge_all() -> None:
    """Every state, and every path, boundary, design and density."""
    protocol = parse_protocol(find_scenario("default").protocol_text)
    draw = np.random.default_rng(1)
    rows: list[tuple[object, ...]] = []
    counts: list[tuple[object, ...]] = []
    for monitor in protocol.monitors:
        standing = draw.choice(["event", "none", "pending", "left"], p=[0.05, 0.85, 0.05, 0.05], size=300).tolist()
        rows += [(monitor.code, n, word, date(2026, 1, 1) + timedelta(days=n), 60) for n, word in enumerate(standing, start=1)]
        hits = standing.count("event")
        counts.append((monitor.code, hits, hits, hits + standing.count("none"), standing.count("pending"), 300))
    courses = MONITOR_COURSES.frame(rows)
    judge_monitors(MONITOR_COUNTS.frame(counts), protocol.monitors, courses, 300)
    for monitor, count in zip(protocol.monitors, counts, strict=True):
        rule = monitor_rules.make_ready(monitor, 300)
        if rule is not None:
            compute_path(rule, read_course(courses, monitor.code))
            compute_steps(monitor, rule, 300)
            compute_design(monitor, rule, 300)
            compute_density(int(str(count[1])), int(str(count[3])), monitor.belief)
