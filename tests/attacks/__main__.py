"""Attack the door as often as asked, and print the figure: ``python -m tests.attacks NAME --count N``."""

import sys
from collections.abc import Mapping

from tests.attacks.bombs import run_bombs
from tests.attacks.hostile_text import run_hostile_text
from tests.attacks.malformed import run_malformed
from tests.attacks.marks import run_marks
from tests.faults.longform import Form, run_forms

ATTACKS: Mapping[str, Form] = {
    "malformed-files": (run_malformed, 20_000),
    "bombs": (run_bombs, 50),
    "hostile-text": (run_hostile_text, 22_000),
    "planted-marks": (run_marks, 200),
}
"""Each attack and how often its long form tries."""


if __name__ == "__main__":
    sys.exit(run_forms("tests.attacks", __doc__ or "", ATTACKS))
