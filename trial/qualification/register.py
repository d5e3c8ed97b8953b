"""The register of reference files, and the run over a folder of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from trial.errors import refuse
from trial.qualification.escalation_courses import COURSES
from trial.qualification.escalation_models import MODELS
from trial.qualification.escalation_operating import OPERATING
from trial.qualification.escalation_quoted import QUOTED
from trial.qualification.escalation_tables import TABLES
from trial.qualification.reference import Outcome, Reference, compare_file
from trial.qualification.safety_boundaries import BOUNDARIES
from trial.qualification.safety_curves import CURVES
from trial.qualification.safety_neurology import WORKSHEETS
from trial.qualification.safety_rules import RULE_CASES
from trial.qualification.safety_shares import SHARES

REFERENCES: Sequence[Reference] = (*TABLES, *COURSES, *MODELS, *OPERATING, *QUOTED, *SHARES, *BOUNDARIES, *CURVES, *RULE_CASES, *WORKSHEETS)
"""Every kind of reference file that is computed again; a file is recognised by its columns, not by its name."""


def qualify(folder: Path) -> Iterator[Outcome]:
    """Yield what comparing each CSV or JSON file of ``folder`` finds, in order of name; other files are named as not covered.

    Raises FaultyInput where there is no such folder.
    """
    if not folder.is_dir():
        raise refuse("folder", "does not exist", "Give the folder that holds the reference files.")
    for path in sorted(folder.iterdir()):
        if path.is_file():
            yield compare_file(path, REFERENCES) if path.suffix.lower() in (".csv", ".json") else Outcome(path.name, "", "not covered")
