"""``python -m db import-ctcae``: load the term table of CTCAE."""

import argparse
import json
import sys
from dataclasses import asdict

from db.commandline.situation import Situation
from db.commands.import_ctcae import import_ctcae


def import_terms(situation: Situation, options: argparse.Namespace) -> int:
    """Load the table and say what was loaded."""
    report = import_ctcae(situation.engine(create=True), situation.actor(options.actor), options.file, version=options.version)
    if options.format == "json":
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
        return 0
    done = "is in the record already; nothing was changed" if report.unchanged else "was loaded"
    sys.stdout.write(f"CTCAE {report.version}: {report.terms:,} terms in {report.categories} categories; the table {done}.\n")
    return 0
