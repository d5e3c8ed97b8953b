"""The law of the cut-off in its long form: the contract test of the same name, with as many random histories as asked."""

import os
import subprocess
import sys
from pathlib import Path

from tests.contracts.sources import ROOT
from tests.faults.figure import Figure

LAW = "tests/contracts/test_cut_off_law.py"
LAWS = 3
"""Tests in it that draw histories of their own."""


def run_law(histories: int, _folder: Path) -> Figure:
    """Hold every table, query and rule to the law on so many histories, drawn anew each time."""
    figure = Figure("the view of a day is the view of a record cut at that day")
    each = -(-histories // LAWS)
    environment = {**os.environ, "FIRSTWATCH_EXAMPLES": str(each)}
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", LAW]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    figure.tried = each * LAWS
    if done.returncode:
        figure.failures.append(done.stdout[-3000:])
    figure.notes.append(done.stdout.strip().splitlines()[-1] if done.stdout.strip() else done.stderr[-300:])
    return figure
