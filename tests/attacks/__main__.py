"""Attack the door as often as asked, and print the figure: ``python -m tests.attacks NAME --count N``."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.attacks.bombs import run_bombs
from tests.attacks.hostile_text import run_hostile_text
from tests.attacks.malformed import run_malformed
from tests.attacks.marks import run_marks
from tests.faults.figure import Figure

ATTACKS: Mapping[str, tuple[Callable[[int, Path], Figure], int]] = {
    "malformed-files": (run_malformed, 20_000),
    "bombs": (run_bombs, 50),
    "hostile-text": (run_hostile_text, 22_000),
    "planted-marks": (run_marks, 200),
}
"""Each attack and how often its long form tries."""


def main() -> int:
    """Run one attack, or all of them; the exit status is 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("name", choices=[*ATTACKS, "all"])
    parser.add_argument("--count", type=int, help="how often (default: the long form's number)")
    options = parser.parse_args()
    broken = False
    for name in ATTACKS if options.name == "all" else [options.name]:
        run, count = ATTACKS[name]
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            figure = run(options.count or count, Path(folder))
        sys.stdout.write(f"{name}: {figure}\n  {time.perf_counter() - start:.0f} s\n")
        broken = broken or bool(figure.failures)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
