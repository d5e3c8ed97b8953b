"""The law of the cut-off in its long form: the contract test of the same name, with as many random histories as asked."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.contracts.sources import ROOT
from tests.faults.figure import Figure

LAW = "tests/contracts/test_cut_off_law.py"
LAWS = 3
"""Tests in it that draw histories of their own."""
SHARES = 8
"""Runs that the histories are shared out among, as many at once as there are processors: each run draws its own."""


def run_law(histories: int, _folder: Path) -> Figure:
    """Hold every table, query and rule to the law on so many histories, drawn anew each time."""
    figure = Figure("the view of a day is the view of a record cut at that day")
    each = -(-histories // (LAWS * SHARES))
    with ThreadPoolExecutor(os.cpu_count()) as runs:
        for done in runs.map(_hold, [each] * SHARES):
            figure.tried += each * LAWS
            if done.returncode:
                figure.failures.append(done.stdout[-3000:] or done.stderr[-300:])
    return figure


def _hold(each: int) -> subprocess.CompletedProcess[str]:
    """One run of the laws, each on so many histories, from a seed of its own; remembers nothing of an earlier run."""
    environment = {**os.environ, "FIRSTWATCH_EXAMPLES": str(each)}
    seed = str(int.from_bytes(os.urandom(4)))
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", f"--hypothesis-seed={seed}", LAW]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
