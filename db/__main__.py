"""``python -m db``: create, upgrade, import, summarise, export, verify, back up and restore the record."""

import sys
from datetime import UTC, datetime

from db.commandline.run import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], datetime.now(UTC)))
