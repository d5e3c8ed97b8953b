"""What has changed since an earlier cut-off: how much of each kind, and which rows.

The cut-off of these queries is the later look; ``since`` is the day of the earlier one.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import pandas as pd
from sqlalchemy import Select, func, select, tuple_, union_all
from sqlmodel import Session

from db.history import known, table_of, versions
from db.models import AuditEntry, Subject
from db.queries.change_kinds import MODELS, ended, make_statements
from trial.asof import AsOf
from trial.changes import KINDS, describe_row
from trial.tables.changes import CHANGE_COUNTS, CHANGES, LATEST_KNOWN

AT_ONCE = 500
"""Rows that are looked up by their keys together."""
WATCHED = ("adverse_event", "subject", "administration", "committee_decision")
"""Tables whose new rows are a change by themselves; of the others corrections count."""
NAMES = ("term_used", "code", "name", "label", "coded_term", "test", "criterion")
"""The columns that say what a row is about; the first one that a table has."""

Values = Mapping[str, Any]
Place = tuple[str, int]
"""Where a row stands: its table and its key."""
Change = tuple[int, str, int]
"""One change: its kind as a place in KINDS, its table, and the key of its row."""


def change_counts(session: Session, as_of: AsOf, study_id: int, *, since: date) -> pd.DataFrame:
    """Return CHANGE_COUNTS: how many rows changed in each way after the end of the day ``since``."""
    rows = session.connection().execute(make_statements(as_of.sites).counts, _moments(as_of, study_id, since))
    found = {row[0]: row[1] for row in rows}
    return CHANGE_COUNTS.frame((kind, found.get(number, 0)) for number, kind in enumerate(KINDS))


def changes(
    session: Session, as_of: AsOf, study_id: int, *, since: date, change: str = "", offset: int = 0, limit: int | None = None
) -> pd.DataFrame:
    """Return CHANGES of one kind (``change``) or of all, in the order of the kinds, newest first; a page where ``limit`` is given."""
    kinds = [KINDS.index(change)] if change else list(range(len(KINDS)))
    statement = make_statements(as_of.sites).rows.offset(offset).limit(limit)
    found_rows = session.connection().execute(statement, _moments(as_of, study_id, since) | {"kinds": kinds})
    found: list[Change] = [(row[0], row[1], row[2]) for row in found_rows]
    rows = [
        row for start in range(0, len(found), AT_ONCE) for row in _tell(session, as_of, study_id, since, found[start : start + AT_ONCE])
    ]
    return CHANGES.frame(rows)


def latest_known(session: Session, as_of: AsOf, study_id: int) -> pd.DataFrame:
    """Return LATEST_KNOWN: since when the newest event, subject, administration or decision is known."""
    newest = union_all(
        *(select(func.max(known(MODELS[table], as_of, study_id).c.known_from).label("moment")) for table in WATCHED)
    ).subquery()
    return LATEST_KNOWN.frame([(session.connection().execute(select(func.max(newest.c.moment))).scalar_one(),)])


def _moments(as_of: AsOf, study_id: int, since: date) -> dict[str, Any]:
    """What the statements are run with."""
    return {"study_id": study_id, "later": as_of.moment, "earlier": AsOf(since, as_of.time_zone).moment}


def _tell(session: Session, as_of: AsOf, study_id: int, since: date, found: Sequence[Change]) -> Iterator[tuple[Any, ...]]:
    """The rows of CHANGES for some changes, in their order."""
    before: dict[Place, Values] = {}
    after: dict[Place, Values] = {}
    for table, group in groupby(sorted({(table, key) for _, table, key in found}), key=lambda pair: pair[0]):
        keys = [key for _, key in group]
        version, now = versions(MODELS[table], as_of, study_id), known(MODELS[table], as_of, study_id)
        before |= _look_up(
            session, select(version).where(version.c.id.in_(keys), ended(version, _moments(as_of, study_id, since)["earlier"])), table
        )
        after |= _look_up(session, select(now).where(now.c.id.in_(keys)), table)
    codes = _codes(session, as_of, study_id, [*before.values(), *after.values()])
    reasons = _reasons(session, as_of, since, list(before))
    for kind, table, key in found:
        old, new = before.get((table, key)), after.get((table, key))
        row = new or old or {}
        subject = codes.get(key if table == "subject" else row.get("subject_id", 0))
        about = next((row[name] for name in NAMES if row.get(name) is not None), None)
        known_from = row["known_from"] if new else row["replaced_at"]
        change = describe_row(table, _plain(old), _plain(new))
        yield KINDS[kind], table, subject, about, change, known_from, reasons.get((table, key))


def _look_up(session: Session, statement: Select[Any], table: str) -> dict[Place, Values]:
    return {(table, row["id"]): dict(row) for row in session.connection().execute(statement).mappings()}


def _codes(session: Session, as_of: AsOf, study_id: int, rows: Sequence[Values]) -> dict[int, str]:
    """The codes of the subjects that rows belong to, voided subjects too."""
    keys = {row["subject_id"] for row in rows if row.get("subject_id") is not None} | {row["id"] for row in rows if "screened_on" in row}
    version = versions(Subject, as_of, study_id)
    return {row[0]: row[1] for row in session.connection().execute(select(version.c.id, version.c.code).where(version.c.id.in_(keys)))}


def _reasons(session: Session, as_of: AsOf, since: date, rows: Sequence[Place]) -> dict[Place, str]:
    """Why rows were corrected or voided after the earlier look: the newest reason."""
    entry = table_of(AuditEntry)
    statement = (
        select(entry.c.table_name, entry.c.row_key, entry.c.reason)
        .where(tuple_(entry.c.table_name, entry.c.row_key).in_(rows), entry.c.change.in_(("update", "delete")))
        .where(entry.c.known_from >= AsOf(since, as_of.time_zone).moment, entry.c.known_from < as_of.moment)
        .order_by(entry.c.sequence)
    )
    return {(row[0], row[1]): row[2] for row in session.connection().execute(statement)} if rows else {}


def _plain(row: Values | None) -> dict[str, Any] | None:
    return None if row is None else {name: value for name, value in row.items() if name != "replaced_at"}
