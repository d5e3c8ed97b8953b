"""What came into the record, how much it is, and what is wrong with it."""

import json

import pandas as pd
from sqlalchemy import func, literal, select, union_all
from sqlmodel import Session

from db.history import KNOWN_MODELS, known, table_of
from db.models import DataIssue, ImportBatch
from trial.asof import AsOf
from trial.tables.intake import DATA_ISSUES, HOLDINGS, IMPORT_BATCHES, ISSUE_COUNTS


def holdings(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return HOLDINGS in the order of the record's tables, without the kinds that hold nothing."""
    parts = []
    for place, model in enumerate(KNOWN_MODELS):
        rows = known(model, as_of, study_id)
        name = str(model.__tablename__).replace("_", " ")
        parts.append(
            select(literal(place).label("place"), literal(name).label("kind"), func.count().label("n"), func.max(rows.c.known_from))
        )
    found = session.connection().execute(union_all(*parts)).all()
    held = sorted((row for row in found if row[2]), key=lambda row: row[0])
    return HOLDINGS.frame([(row[1], row[2], row[3].date() if row[3] else None) for row in held])


def import_batches(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return IMPORT_BATCHES, newest first. When a file came in is a fact of the record, not of the trial: no cut-off applies."""
    batch = table_of(ImportBatch)
    statement = (
        select(batch.c.imported_at, batch.c.actor, batch.c.files, batch.c.rows, func.substr(batch.c.digest, 1, 12))
        .where(batch.c.study_id == study_id)
        .order_by(batch.c.imported_at.desc(), batch.c.id.desc())
    )
    rows = session.connection().execute(statement).all()
    return IMPORT_BATCHES.frame([(row[0], row[1], ", ".join(json.loads(row[2])), row[3], row[4]) for row in rows])


def issue_counts(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return ISSUE_COUNTS, the most frequent first."""
    issue = known(DataIssue, as_of, study_id)
    count = func.count()
    statement = (
        select(issue.c.kind, count, func.count(issue.c.subject.distinct())).group_by(issue.c.kind).order_by(count.desc(), issue.c.kind)
    )
    return ISSUE_COUNTS.frame(session.connection().execute(statement).all())


def data_issues(session: Session, as_of: AsOf, study_id: int, *, kind: str = "", page: int = 1, size: int = 50) -> pd.DataFrame:
    """Return one page (from 1) of DATA_ISSUES in the order they were found; ``kind`` keeps one kind only."""
    issue = known(DataIssue, as_of, study_id)
    statement = select(
        issue.c.kind, issue.c.file, issue.c.row, issue.c.column_name, issue.c.subject, issue.c.message, issue.c.done
    ).order_by(issue.c.id)
    if kind:
        statement = statement.where(issue.c.kind == kind)
    rows = session.connection().execute(statement.limit(size).offset((page - 1) * size)).all()
    return DATA_ISSUES.frame(rows)
