"""Which studies the record holds, and the protocol in force at a cut-off."""

import pandas as pd
from sqlalchemy import func, select
from sqlmodel import Session

from db.history import known, table_of
from db.models import ProtocolVersion, Study
from trial.asof import AsOf
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


def protocol_text(session: Session, as_of: AsOf, study_id: int) -> tuple[str, bool] | None:
    """Return the text of the protocol version known at the cut-off and whether it is derived; None without one."""
    version = known(ProtocolVersion, as_of, study_id)
    statement = select(version.c.text, version.c.derived).order_by(version.c.known_from.desc(), version.c.id.desc()).limit(1)
    row = session.connection().execute(statement).first()
    return (row.text, bool(row.derived)) if row else None
