"""How the terms of the known events stand in a licensed site's own mapping to MedDRA."""

from collections.abc import Iterable, Mapping

import pandas as pd
from sqlalchemy import CTE, String, bindparam, column, select, values
from sqlmodel import Session

from db.history import table_of
from db.models import MeddraTerm
from db.queries.spelling import term_spellings
from trial.asof import AsOf
from trial.grading.term import fold_term
from trial.tables.safety import MEDDRA_VERSIONS

NOT_MAPPED = "not mapped"
"""In the place of the system organ class of a term that the mapping does not hold."""


def meddra_versions(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return MEDDRA_VERSIONS, the newest version first: each mapping that was loaded, and how far it covers the terms of the study.

    A mapping is no fact of the trial: it has no cut-off, only a version.
    """
    table = table_of(MeddraTerm)
    versions = session.connection().execute(select(table.c.version).distinct()).scalars().all()
    if not versions:
        return MEDDRA_VERSIONS.empty()
    used = {fold_term(term) for term in term_spellings(session, as_of, study_id)}
    newest_first = sorted(versions, key=lambda version: tuple(map(int, version.split("."))), reverse=True)
    return MEDDRA_VERSIONS.frame((version, len(used), len(_find(session, version, used))) for version in newest_first)


def mapped_terms(session: Session, as_of: AsOf, study_id: int, version: str) -> Mapping[str, tuple[str, str]]:
    """Return preferred term and system organ class of every term of the known events, in each of its spellings, that a version maps."""
    spellings = term_spellings(session, as_of, study_id)
    found = _find(session, version, {fold_term(term) for term in spellings})
    return {written: found[fold_term(term)] for term, ways in spellings.items() if fold_term(term) in found for written in ways}


def _find(session: Session, version: str, folded: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Preferred term and system organ class of each folded term that a version holds."""
    table = table_of(MeddraTerm)
    wanted = select(table.c.folded, table.c.preferred_term, table.c.organ_class).where(
        table.c.version == version, table.c.folded.in_(bindparam("folded", expanding=True))
    )
    names = sorted(folded)
    found: dict[str, tuple[str, str]] = {}
    for first in range(0, len(names), 1_000):
        rows = session.connection().execute(wanted, {"folded": names[first : first + 1_000]}).all()
        found |= {row.folded: (row.preferred_term, row.organ_class) for row in rows}
    return found


def name_table(names: Mapping[str, tuple[str, str]]) -> CTE:
    """Return ``names`` (term to preferred term and system organ class) as a table: term, preferred_term, organ_class."""
    columns = (column("term", String), column("preferred_term", String), column("organ_class", String))
    rows = [(term, *pair) for term, pair in names.items()]
    return values(*columns).data(rows).cte("named")
