"""Break things on purpose, as often as asked, and print the figure: ``python -m tests.faults NAME --count N``."""

import sys
from collections.abc import Mapping

from tests.faults.crowd import run_crowd
from tests.faults.edits import run_edits, run_tails
from tests.faults.kills import run_kills, run_served_kills
from tests.faults.law import run_law
from tests.faults.live_backups import run_live_backups
from tests.faults.longform import Form, run_forms
from tests.faults.readers import run_readers
from tests.faults.refused_writes import run_refused_writes
from tests.faults.torn_logs import run_torn_logs

FAULTS: Mapping[str, Form] = {
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


if __name__ == "__main__":
    sys.exit(run_forms("tests.faults", __doc__ or "", FAULTS))
