"""``python -m tests.benchmarks.escalation``: how long simulations and single decisions of every design take, beside R's recorded times.

``BOIN::get.oc`` is run beside ours where R has it (tests/benchmarks/r_peers.py says how). Of ``dfcrm::crmsim`` the recorded ``elapsed_s``
is taken (1,000 trials of 30 subjects in cohorts of 3, in tests/reference/escalation/dfcrm_crmsim_oc.csv, on another machine).
"""

import argparse
import csv
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks.r_peers import compare, time_in_r
from trial.escalation.design import Design
from trial.escalation.outcomes import build_state, parse_outcomes
from trial.escalation.register import DESIGNS, create_design
from trial.escalation.simulate import Plan, run_chunks

TRUTH = (0.05, 0.15, 0.3, 0.45, 0.6)
COURSE = "1NNN 2NNT 2NNN 3NTN"
SLOW = {"BLRM": 200}
"""Designs without a fast way through many trials, and how many of them are simulated instead."""
CRMSIM = Path(__file__).parents[1] / "reference" / "escalation" / "dfcrm_crmsim_oc.csv"
ASKED = {"BOIN": 100, "CRM": 50}
GET_OC = "get.oc(0.3, c(.05, .15, .3, .45, .6), ncohort = 10, cohortsize = 3, ntrial = {trials})"


def build(name: str) -> Design:
    """Return a design for five doses with a target of 0.30."""
    own = set(DESIGNS[name].__dataclass_fields__)
    values = {"half_width": 0.05, "prior_mtd": 3, "levels": 5, "amounts": [1, 2, 4, 8, 16]}
    return create_design(name, {"target": 0.3, **{key: value for key, value in values.items() if key in own}})


def best(run: Callable[[], object], repeats: int, read: Callable[[], float]) -> tuple[float, float]:
    """Return the shortest and the median seconds of a run by the clock that ``read`` reads."""
    found = []
    for _ in range(repeats):
        start = read()
        run()
        found.append(read() - start)
    return min(found), statistics.median(found)


def read_crmsim() -> float:
    """Return the seconds that R's crmsim took per trial, the fastest recorded run."""
    with CRMSIM.open(encoding="utf-8") as file:
        return min(float(row["elapsed_s"]) / float(row["nsim"]) for row in csv.DictReader(file) if row["fun"] == "crmsim")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.escalation", description="Speed of the designs: 5 doses, 10 cohorts of 3."
    )
    parser.add_argument("--trials", type=int, default=10_000, help="trials to simulate (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of which the fastest counts (default: %(default)s)")
    parser.add_argument("--designs", nargs="+", default=list(DESIGNS), choices=list(DESIGNS), metavar="NAME")
    parser.add_argument("--cpu", action="store_true", help="take the processor's time, not the wall's: for a busy machine")
    parser.add_argument("--r-sources", type=Path, metavar="FOLDER", help="folder with BOIN/*.R, where R has no package BOIN")
    options = parser.parse_args(arguments)
    read = time.process_time if options.cpu else time.perf_counter
    crmsim = read_crmsim()
    print(f"{'design':<12}{'trials':>8}{'fastest s':>11}{'median s':>10}{'10,000 in s':>13}{'decide ms':>11}")
    for name in options.designs:
        design, trials = build(name), min(options.trials, SLOW.get(name, options.trials))
        fastest, median = best(
            lambda design=design, trials=trials: run_chunks(design, Plan(truth=TRUTH, trials=trials)), options.repeats, read
        )
        state = build_state(parse_outcomes(COURSE, 5), 5)
        decide, _ = best(lambda design=design, state=state: [design.decide(state) for _ in range(20)], 5, read)
        scaled = fastest * 10_000 / trials
        print(f"{name:<12}{trials:>8,}{fastest:>11.3f}{median:>10.3f}{scaled:>13.2f}{decide / 20 * 1000:>11.3f}")
        if name == "CRM":
            theirs = crmsim * 10_000
            print(f"{'':<12}R dfcrm::crmsim (recorded) {theirs:.1f} s for 10,000: {theirs / scaled:.0f} times ours (asked: {ASKED[name]})")
        if name == "BOIN":
            timed = time_in_r("BOIN", GET_OC.format(trials=trials), options.r_sources)
            print(f"{'':<12}{compare(f'R BOIN::get.oc, {trials:,} trials', timed, fastest, ASKED[name])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
