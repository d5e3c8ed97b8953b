"""A study with one cohort, in a database of its own: the least that a page can be asked about."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from db.models import Cohort, Study
from tests.acting import acting
from tests.blank import open_blank

KNOWN = datetime(2026, 3, 1, tzinfo=UTC)


def make_small_trial(path: Path) -> Engine:
    """Return the engine of a new database at ``path`` with study 1 and its cohort 1, labelled "first"."""
    made = open_blank(path)
    with acting(made) as session:
        session.add(Study(id=1, code="S", title="t", kind="live", time_zone="UTC"))
        session.flush()
        session.add(make_cohort(1, "first"))
    return made


def make_cohort(key: int, label: str) -> Cohort:
    """A cohort of study 1, known from KNOWN."""
    return Cohort(id=key, study_id=1, known_from=KNOWN, code=f"C{key}", number=key, label=label, planned_size=3)
