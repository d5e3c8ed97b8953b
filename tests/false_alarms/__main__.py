"""``python -m tests.false_alarms``: each monitor's false-alarm rate over 1,000 clean made-up trials beside its printed type I error."""

import argparse
import sys
import time

from tests.false_alarms.run import FURTHEST_Z, SCENARIOS, count_alarms


def main() -> int:
    """Run and print; return 1 where a rate lies further from the printed one than chance allows."""
    parser = argparse.ArgumentParser(prog="python -m tests.false_alarms", description=__doc__)
    parser.add_argument("--trials", type=int, default=1000, help="clean trials of each protocol (default: %(default)s)")
    options = parser.parse_args()
    start, worst = time.perf_counter(), 0.0
    print(f"{'trial':<10}{'rule':<17}{'printed':>9}{'observed':>10}{'SE':>8}{'z':>7}{'by order of knowledge':>24}  monitor")
    for scenario in SCENARIOS:
        for one in count_alarms(scenario, options.trials):
            worst = max(worst, abs(one.z))
            knowledge = "" if one.by_knowledge is None else f"{one.by_knowledge / one.trials:.4f}"
            numbers = f"{one.printed:>9.4f}{one.observed:>10.4f}{one.error:>8.4f}{one.z:>7.2f}{knowledge:>24}"
            print(f"{scenario:<10}{one.rule:<17}{numbers}  {one.monitor}", flush=True)
    print(f"{options.trials:,} clean trials of each protocol; furthest |z| {worst:.2f}; {time.perf_counter() - start:.0f} s")
    return int(worst > FURTHEST_Z)


if __name__ == "__main__":
    sys.exit(main())
