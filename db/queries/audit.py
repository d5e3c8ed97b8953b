"""The audit trail: who changed what, when and why; newest first, a page at a time by number.

The trail is of the record, not of a trial: it has no cut-off and shows every entry, whenever the reader looks. Of the ``scope``, a
cut-off, only the sites count: a reader bound to some sees the entries about their subjects only.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy import Boolean, ColumnElement, Select, and_, or_, select
from sqlmodel import Session

from db.history import table_of, versions
from db.models import AuditEntry, Subject
from db.queries.change_kinds import MODELS
from trial.asof import AsOf
from trial.changes import describe_row
from trial.tables.audit import AUDIT_ACTS, AUDIT_DETAIL, AUDIT_ENTRIES

LATEST = date(9999, 12, 30)
NEWEST_ACTS = 5000
"""How many of the newest entries are looked through for the acts that a reader may choose from."""


@dataclass(frozen=True)
class AuditFilter:
    """What the trail is narrowed to; a field left at its default does not narrow.

    ``actor`` is part of a name; ``subject`` the code of a subject; days are of the study's zone. ``everywhere`` takes in the
    entries of every study and those of none: for roles that keep the whole record.
    """

    actor: str = ""
    act: str = ""
    table: str = ""
    subject: str = ""
    first_on: date | None = None
    last_on: date | None = None
    everywhere: bool = False


def audit_entries(
    session: Session,
    scope: AsOf,
    study_id: int,
    *,
    filters: AuditFilter = AuditFilter(),
    before: int | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Return AUDIT_ENTRIES that pass the filters, newest first: at most ``limit`` of those whose number is below ``before``."""
    entry = table_of(AuditEntry)
    statement = select(entry).where(*_narrow(scope, study_id, filters)).order_by(entry.c.sequence.desc()).limit(limit)
    if before is not None:
        statement = statement.where(entry.c.sequence < before)
    found = session.connection().execute(statement).mappings().all()
    sides = {row["sequence"]: (_read(row["before"], row["table_name"]), _read(row["after"], row["table_name"])) for row in found}
    keys = {row["sequence"]: _subject_key(row["table_name"], row["row_key"], sides[row["sequence"]]) for row in found}
    codes = _codes(session, scope, study_id, sorted({key for key in keys.values() if key is not None}))
    return AUDIT_ENTRIES.frame(
        (
            row["sequence"], row["at"], row["known_from"], row["actor"], row["role"], row["act"], row["change"], row["table_name"],
            row["row_key"], codes.get(keys[row["sequence"]] or 0), describe_row(row["table_name"] or "", *sides[row["sequence"]]),
            row["reason"], row["hash"][:12],
        )
        for row in found
    )  # fmt: skip


def audit_detail(session: Session, scope: AsOf, study_id: int, *, number: int, everywhere: bool = False) -> pd.DataFrame:
    """Return AUDIT_DETAIL of one entry, every field of it; none where the reader may not see the entry."""
    entry = table_of(AuditEntry)
    allowed = _narrow(scope, study_id, AuditFilter(everywhere=everywhere))
    found = (
        session.connection()
        .execute(select(entry.c.before, entry.c.after, entry.c.table_name).where(entry.c.sequence == number, *allowed))
        .first()
    )
    old, new = (_read(side, found.table_name) or {} for side in found[:2]) if found else ({}, {})
    return AUDIT_DETAIL.frame((name, _write(old.get(name)), _write(new.get(name))) for name in {**old, **new})


def audit_acts(session: Session, scope: AsOf, study_id: int, *, everywhere: bool = False) -> pd.DataFrame:
    """Return AUDIT_ACTS that the newest entries name, by name."""
    entry = table_of(AuditEntry)
    allowed = _narrow(scope, study_id, AuditFilter(everywhere=everywhere))
    newest = select(entry.c.act).where(*allowed).order_by(entry.c.sequence.desc()).limit(NEWEST_ACTS).subquery()
    return AUDIT_ACTS.frame(session.connection().execute(select(newest.c.act).distinct().order_by(newest.c.act)).all())


def _narrow(scope: AsOf, study_id: int, filters: AuditFilter) -> list[ColumnElement[bool]]:
    """The conditions that an entry passes the filters and that the reader may see it."""
    entry = table_of(AuditEntry)
    kept: list[ColumnElement[bool]] = [] if filters.everywhere and scope.sites is None else [entry.c.study_id == study_id]
    kept += [entry.c.actor.icontains(filters.actor, autoescape=True)] if filters.actor else []
    kept += [entry.c.act == filters.act] if filters.act else []
    kept += [entry.c.table_name == filters.table] if filters.table else []
    kept += [entry.c.at >= _midnight(filters.first_on, scope)] if filters.first_on else []
    kept += [entry.c.at < _midnight(filters.last_on + timedelta(days=1), scope)] if filters.last_on else []
    kept += [_about(scope, study_id, filters.subject)] if filters.subject else []
    kept += [_at_sites(scope, study_id)] if scope.sites is not None else []
    return kept


def _about(scope: AsOf, study_id: int, code: str) -> ColumnElement[bool]:
    """Whether an entry is about a row of the subject with ``code``, voided rows included."""
    whole = _whole(scope)
    person = versions(Subject, whole, study_id)
    keys = select(person.c.id).where(person.c.code == code)
    rows = {"subject": keys}
    for name, model in MODELS.items():
        version = versions(model, whole, study_id)
        if "subject_id" in version.c:
            rows[name] = select(version.c.id).where(version.c.subject_id.in_(keys))
    return _one_of(rows)


def _at_sites(scope: AsOf, study_id: int) -> ColumnElement[bool]:
    """Whether an entry is about a row that belongs to a subject of the reader's sites."""
    rows = {}
    for name, model in MODELS.items():
        version = versions(model, _whole(scope), study_id)
        if name == "subject" or "subject_id" in version.c or "event_id" in version.c:
            rows[name] = select(version.c.id)
    return _one_of(rows)


def _one_of(rows: dict[str, Select[Any]]) -> ColumnElement[bool]:
    entry = table_of(AuditEntry)
    return or_(*(and_(entry.c.table_name == name, entry.c.row_key.in_(keys)) for name, keys in rows.items()))


def _whole(scope: AsOf) -> AsOf:
    """All that the record knows, of the same sites."""
    return replace(scope, day=LATEST, history=True)


def _midnight(day: date, scope: AsOf) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(scope.time_zone))


def _codes(session: Session, scope: AsOf, study_id: int, keys: Sequence[int]) -> dict[int, str]:
    """The codes of subjects by their keys."""
    if not keys:
        return {}
    person = versions(Subject, _whole(scope), study_id)
    return {row[0]: row[1] for row in session.connection().execute(select(person.c.id, person.c.code).where(person.c.id.in_(keys)))}


def _subject_key(table: str | None, key: int | None, sides: tuple[dict[str, Any] | None, dict[str, Any] | None]) -> int | None:
    """The key of the subject whom an entry is about."""
    said = (sides[1] or sides[0] or {}).get("subject_id")
    return key if table == "subject" else said if isinstance(said, int) and table in MODELS else None


def _read(side: str | None, table: str | None) -> dict[str, Any] | None:
    """One side of an entry as a mapping; what cannot be read is shown as it stands."""
    if side is None:
        return None
    try:
        found = json.loads(side)
    except ValueError:
        return {"text": side}
    if not isinstance(found, dict):
        return {"text": side}
    columns = table_of(MODELS[table]).c if table and table in MODELS else None
    flags = {column.name for column in columns or () if isinstance(column.type, Boolean)}  # SQLite writes them as 0 and 1
    return {name: bool(value) if name in flags else value for name, value in found.items()}


def _write(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
