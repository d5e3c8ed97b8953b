"""``python -m tests.planted``: are the planted signals found on the day on which a careful reader could, and not in clean trials?"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from synthetic.scenarios import SCENARIOS
from tests.planted.recognition import FINDERS, list_false_alarms, recognise


def main(arguments: Sequence[str] | None = None) -> int:
    """Print, for each scenario with a signal and each seed, the reader's day and the product's; then what clean trials show."""
    parser = argparse.ArgumentParser(prog="python -m tests.planted", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="made-up trials of each scenario (default: %(default)s)")
    parser.add_argument("--clean", type=int, default=20, help="clean trials (default: %(default)s)")
    options = parser.parse_args(arguments)
    names = [name for name, scenario in SCENARIOS.items() if scenario.signal in FINDERS]
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            found = [one for seed in range(options.seeds) if (one := recognise(Path(folder), name, seed))]
            for one in found:
                words = "right" if one.right else "WRONG"
                days = f"suspected {one.earliest}  reader {one.found_by}  rule {one.found_on or 'never'!s:10}"
                sys.stdout.write(f"{name:24} seed {one.seed:3}  {days}  {words}\n")
            right = sum(one.right for one in found)
            wrong += len(found) - right
            sys.stdout.write(f"{name:24} {right} of {len(found)} by the reader's day, not before there was something to suspect\n")
        alarms = Counter(signal for seed in range(options.clean) for signal in list_false_alarms(Path(folder), seed))
    for signal in FINDERS:
        sys.stdout.write(f"clean trials that show '{signal}': {alarms[signal]} of {options.clean}\n")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
