"""How long R takes for the same work, in the same run: the packages where R has them, or their sources in a folder.

Debian packages R, but neither BOIN nor stoppingrule, and their code (GPL) is not kept here. Where they are not installed, a folder with
the ``.R`` files of a package under its name (``FOLDER/BOIN/*.R``) does as well: ``--r-sources FOLDER``.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

LONGEST = 1800
"""Seconds that R may take."""
PROGRAM = """
args <- commandArgs(TRUE)
if (nchar(args[2])) for (file in list.files(args[2], "[.]R$", full.names = TRUE)) source(file) else library(args[1], character.only = TRUE)
work <- parse(text = args[3])
taken <- sapply(seq_len(as.integer(args[4])), function(turn) sum(system.time(eval(work))[c("user.self", "sys.self")]))
cat(min(taken))
"""


@dataclass(frozen=True)
class Timed:
    """The processor's seconds that R took, the fastest of its runs; or ``why`` there are none."""

    seconds: float | None
    why: str = ""


def time_in_r(package: str, work: str, sources: Path | None, repeats: int = 1) -> Timed:
    """Return how long R takes for ``work``, an expression with functions of ``package``."""
    if shutil.which("Rscript") is None:
        return Timed(None, "R is not installed (apt-get install r-base-core)")
    folder = "" if sources is None else str(sources / package)
    command = ["Rscript", "-e", PROGRAM, package, folder, work, str(repeats)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return Timed(None, f"R took longer than {LONGEST} s")
    if done.returncode:
        return Timed(None, f"R could not run {package}: {done.stderr.strip().splitlines()[-1:] or ['it said nothing']}")
    return Timed(float(done.stdout))


def compare(label: str, timed: Timed, ours: float, asked: float | None = None) -> str:
    """Return one line: R's seconds and how many times ours that is, or why it cannot be said."""
    if timed.seconds is None:
        return f"{label}: not run, {timed.why}"
    words = "" if asked is None else f" (asked: at least {asked:g})"
    return f"{label}: {timed.seconds:.3f} s, {timed.seconds / ours:.0f} times ours{words}"
