"""`python -m trial`: the escalation rules on the command line."""

import sys

from trial.commandline import run

if __name__ == "__main__":
    sys.exit(run())
