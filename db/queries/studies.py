"""Which studies the record holds, and the protocol in force at a cut-off."""

import pandas as pd
from sqlalchemy import func, select
from sqlmodel import Session

from db.history import known, table_of
from db.models import ProtocolVersion, Study
from trial.asof import AsOf
from trial.errors import refuse
from trial.tables import STUDIES


def studies(session: Session) -> pd.DataFrame:
    """Return STUDIES, by code. The list is of the record, not of a trial, so it has no cut-off."""
    study, version = table_of(Study), table_of(ProtocolVersion)
    since = select(version.c.study_id, func.min(version.c.known_from).label("since")).group_by(version.c.study_id).subquery()
    statement = (
        select(
            study.c.id,
            study.c.code,
            study.c.title,
            study.c.kind,
            study.c.time_zone,
            study.c.ctcae_version,
            study.c.data_through,
            since.c.since,
        )
        .join(since, since.c.study_id == study.c.id, isouter=True)
        .order_by(study.c.code)
    )
    rows = session.connection().execute(statement).all()
    return STUDIES.frame([(*row[:7], row.since.date() if row.since else None) for row in rows])


def protocol_text(session: Session, as_of: AsOf, study_id: int) -> tuple[str, bool]:
    """Return the text of the protocol version in force at the cut-off and whether it is derived.

    Before the first version was known, the first one; raise FaultyInput when the study has none at all.
    """
    version, table = known(ProtocolVersion, as_of, study_id), table_of(ProtocolVersion)
    in_force = select(version.c.text, version.c.derived).order_by(version.c.known_from.desc(), version.c.id.desc()).limit(1)
    first = select(table.c.text, table.c.derived).where(table.c.study_id == study_id).order_by(table.c.known_from, table.c.id).limit(1)
    connection = session.connection()
    row = connection.execute(in_force).first() or connection.execute(first).first()
    if row is None:
        raise refuse("study", "has no protocol version", "Load one with its import, or import the study again.")
    return row.text, bool(row.derived)
