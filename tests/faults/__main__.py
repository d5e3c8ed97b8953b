"""Break things on purpose, as often as asked, and print the figure: ``python -m tests.faults NAME --count N``."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.faults.crowd import run_crowd
from tests.faults.edits import run_edits, run_tails
from tests.faults.figure import Figure
from tests.faults.kills import run_kills, run_served_kills
from tests.faults.law import run_law
from tests.faults.live_backups import run_live_backups
from tests.faults.readers import run_readers
from tests.faults.refused_writes import run_refused_writes
from tests.faults.torn_logs import run_torn_logs

FAULTS: Mapping[str, tuple[Callable[[int, Path], Figure], int]] = {
    "edits": (run_edits, 20_000),
    "tails": (run_tails, 2_000),
    "kills": (run_kills, 1_600),
    "served-kills": (run_served_kills, 400),
    "refused-writes": (run_refused_writes, 5_000),
    "crowd": (run_crowd, 500),
    "live-backups": (run_live_backups, 500),
    "readers": (run_readers, 100),
    "law": (run_law, 20_000),
    "torn-logs": (run_torn_logs, 10_000),
}
"""Each fault and how often its long form tries."""


def main() -> int:
    """Run one fault, or all of them; the exit status is 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("name", choices=[*FAULTS, "all"])
    parser.add_argument("--count", type=int, help="how often (default: the long form's number)")
    options = parser.parse_args()
    broken = False
    for name in FAULTS if options.name == "all" else [options.name]:
        run, count = FAULTS[name]
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            figure = run(options.count or count, Path(folder))
        sys.stdout.write(f"{name}: {figure}\n  {time.perf_counter() - start:.0f} s\n")
        broken = broken or bool(figure.failures)
    return int(broken)


sys.exit(main())
