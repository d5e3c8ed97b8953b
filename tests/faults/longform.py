"""The long forms on the command line: each by its name, as often as asked, its figure printed."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.faults.figure import Figure

Form = tuple[Callable[[int, Path], Figure], int]
"""What tries (how often, in which folder), and how often the long form tries."""


def run_forms(program: str, purpose: str, forms: Mapping[str, Form]) -> int:
    """Run the form that the arguments name, or all of them; return 1 when a promise was broken, else 0."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=purpose)
    parser.add_argument("name", choices=[*forms, "all"])
    parser.add_argument("--count", type=int, help="how often (default: the long form's number)")
    options = parser.parse_args()
    broken = False
    for name in forms if options.name == "all" else [options.name]:
        run, count = forms[name]
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            figure = run(options.count or count, Path(folder))
        sys.stdout.write(f"{name}: {figure}\n  {time.perf_counter() - start:.0f} s\n")
        broken = broken or bool(figure.failures)
    return int(broken)
