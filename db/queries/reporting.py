"""What the record said of each serious event, version by version: reporting clocks start, end and start anew by it."""

from typing import Any

import pandas as pd
from sqlalchemy import case, select
from sqlmodel import Session

from db.history import known, versions
from db.models import AdverseEvent, Site, Subject
from db.queries.conditions import fatal, serious
from trial.asof import AsOf
from trial.tables.reporting import SERIOUS_VERSIONS, SUSPECTS
from trial.terms import JUDGES, SERIOUSNESS

FATAL = 7 + len(SERIOUSNESS)
"""Place of the computed flag in a row; SQLite gives a number for it."""


def serious_versions(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return SERIOUS_VERSIONS, event by event, the oldest version first; an event that was voided has none."""
    event, version = known(AdverseEvent, as_of, study_id), versions(AdverseEvent, as_of, study_id)
    subject, site = known(Subject, as_of, study_id), known(Site, as_of, study_id)
    statement = (
        select(
            subject.c.code, site.c.code, version.c.code, version.c.term_used, version.c.known_from, version.c.aware_at, version.c.serious,
            *(version.c[criterion] for criterion in SERIOUSNESS), case((fatal(version), 1), else_=0),
            *(version.c[f"{judge}_{head}"] for judge in JUDGES for head in SUSPECTS), version.c.expectedness,
        )
        .select_from(version)
        .join(subject, subject.c.id == version.c.subject_id)
        .join(site, site.c.id == subject.c.site_id, isouter=True)
        .where(version.c.id.in_(select(event.c.id).where(serious(event))))
        .order_by(version.c.code, version.c.id, version.c.known_from)
    )  # fmt: skip
    rows = session.connection().execute(statement).all()
    return SERIOUS_VERSIONS.frame(_told(row) for row in rows)


def _told(row: Any) -> tuple[Any, ...]:
    return (*row[:FATAL], bool(row[FATAL]), *row[FATAL + 1 :])
