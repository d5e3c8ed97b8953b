"""``python -m db import-ctcae`` and ``import-meddra``: load the term table of CTCAE, and a site's own mapping to MedDRA."""

import argparse
import json
import sys
from dataclasses import asdict

from db.commandline.situation import Situation
from db.commands.import_ctcae import import_ctcae
from db.commands.import_meddra import import_meddra


def import_terms(situation: Situation, options: argparse.Namespace) -> int:
    """Load the table and say what was loaded."""
    report = import_ctcae(situation.engine(create=True), situation.actor(options.actor), options.file, version=options.version)
    if options.format == "json":
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
        return 0
    done = "is in the record already; nothing was changed" if report.unchanged else "was loaded"
    sys.stdout.write(f"CTCAE {report.version}: {report.terms:,} terms in {report.categories} categories; the table {done}.\n")
    return 0


def import_mapping(situation: Situation, options: argparse.Namespace) -> int:
    """Load the mapping and say what was loaded."""
    report = import_meddra(situation.engine(create=True), situation.actor(options.actor), options.file, version=options.version)
    if options.format == "json":
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
        return 0
    done = "is in the record already; nothing was changed" if report.unchanged else "was loaded"
    counts = f"{report.terms:,} terms to {report.preferred_terms:,} preferred terms in {report.organ_classes} system organ classes"
    sys.stdout.write(f"MedDRA {report.version}: {counts}; the mapping {done}.\n")
    return 0
