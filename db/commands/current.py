"""The record as it stands inside a writing transaction, and the one way in which entries change it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from db.audit import Actor, read_head
from db.commands.bulk import next_id
from db.commands.recorded import Recorded
from db.commands.rights import require
from db.history import HISTORY, KNOWN_MODELS, table_of
from db.models import Known, ProtocolVersion, Site, Study, Subject
from trial.errors import FaultyInput, refuse
from trial.protocol import Protocol, parse_protocol
from trial.sentence import Sentence

Row = dict[str, Any]
LEAST_STEP = timedelta(microseconds=1)
"""A correction is known later than what it corrects, be it entered in the same instant."""
NEWEST_CODES = 50

MODELS: Mapping[str, type[Known]] = {str(model.__tablename__): model for model in KNOWN_MODELS}
"""Every model whose rows are known from a moment on, by its table's name."""


@dataclass(frozen=True)
class Trial:
    """The study that a command writes to, with the protocol in force."""

    id: int
    code: str
    time_zone: str
    ctcae_version: str | None
    protocol: Protocol


def find_trial(session: Session, study_id: int) -> Trial:
    """Return the study with its newest protocol version; raise FaultyInput when the record holds no such study."""
    study, version = table_of(Study), table_of(ProtocolVersion)
    connection = session.connection()
    row = connection.execute(select(study).where(study.c.id == study_id)).mappings().first()
    newest = select(version.c.text).where(version.c.study_id == study_id).order_by(version.c.known_from.desc(), version.c.id.desc())
    text = connection.execute(newest.limit(1)).scalar()
    if row is None or text is None:
        raise refuse(Sentence("study"), Sentence("is not in the record, or has no protocol"), Sentence("Choose a study of the list."))
    return Trial(study_id, row["code"], row["time_zone"], row["ctcae_version"], parse_protocol(text, source=row["code"]))


def find_row(session: Session, model: type[Known], study_id: int, *, code: str | None = None, row_id: int | None = None) -> Row | None:
    """Return the row of this study with this code or key as it stands now; None when there is none."""
    table = table_of(model)
    found = select(table).where(table.c.study_id == study_id)
    found = found.where(table.c.id == row_id) if code is None else found.where(table.c.code == code)
    row = session.connection().execute(found).mappings().first()
    return None if row is None else dict(row)


def key_of(row: Row | None) -> int:
    """Return the key of a row that may be missing: -1 is nobody's, so that rights are judged before anything is told."""
    return -1 if row is None else int(row["id"])


def zone_of(session: Session, trial: Trial, subject: Row) -> str:
    """Return the time zone of a subject's site, else the study's."""
    site = find_row(session, Site, trial.id, row_id=subject["site_id"]) if subject["site_id"] else None
    return str(site["time_zone"]) if site else trial.time_zone


def insert_row(
    session: Session, actor: Actor, model: type[Known], study_id: int, values: Mapping[str, Any], *, after: Row | None = None
) -> Row:
    """Insert a row with the next key and return it; it is known from the act on, and not before the row it belongs to (``after``)."""
    table = table_of(model)
    defaults: Row = {name: field.get_default() for name, field in model.model_fields.items() if not field.is_required()}
    known_from = max(actor.at.astimezone(UTC), after["known_from"]) if after else actor.at.astimezone(UTC)
    row = {**defaults, **values, "id": next_id(session, model), "study_id": study_id, "known_from": known_from}
    session.connection().execute(table.insert(), [row])
    return row


def change_row(session: Session, actor: Actor, model: type[Known], row: Row, changes: Mapping[str, Any]) -> Row:
    """Correct the columns of ``row`` that differ, and no other; return the row as it stands then."""
    differing = {name: value for name, value in changes.items() if row[name] != value}
    if not differing:
        return row
    table, known_from = table_of(model), later_than(row, actor)
    statement = table.update().where(table.c.id == row["id"], table.c.study_id == row["study_id"])
    session.connection().execute(statement.values(known_from=known_from, **differing))
    return {**row, **differing, "known_from": known_from}


def later_than(row: Row, actor: Actor) -> datetime:
    """Return the moment from which a correction of ``row`` is known: that of the act, and surely later than the row's own."""
    earliest: datetime = row["known_from"] + LEAST_STEP
    return max(actor.at.astimezone(UTC), earliest)


def next_code(session: Session, model: type[Known], study_id: int, prefix: str, *, width: int) -> str:
    """Return the first code ``prefix`` + number that is free in the study and never was taken, as in AE-0042."""
    best, pattern = 0, re.compile(re.escape(prefix) + r"(\d{1,9})")
    for table in (table_of(model), HISTORY[model]):
        like = table.c.code.like(prefix.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%", escape="\\")
        newest = select(table.c.code).where(table.c.study_id == study_id, like)
        newest = newest.order_by(func.length(table.c.code).desc(), table.c.code.desc()).limit(NEWEST_CODES)
        found = (pattern.fullmatch(code) for code in session.connection().execute(newest).scalars())
        best = max([best, *(int(match[1]) for match in found if match)])
    number = best + 1
    while is_taken(session, model, study_id, f"{prefix}{number:0{width}d}"):
        number += 1
    return f"{prefix}{number:0{width}d}"


def is_taken(session: Session, model: type[Known], study_id: int, code: str) -> bool:
    """Return whether a code stands, or ever stood, in the study: a voided one is not given again."""
    for table in (table_of(model), HISTORY[model]):
        taken = select(table.c.id).where(table.c.study_id == study_id, table.c.code == code).limit(1)
        if session.connection().execute(taken).first() is not None:
            return True
    return False


def find_subject(session: Session, study_id: int, code: str) -> Row | None:
    """Return the subject with this code as it stands now; None when there is none."""
    return find_row(session, Subject, study_id, code=code)


def no_subject() -> FaultyInput:
    """Return the refusal of a subject that the study does not have."""
    return refuse(Sentence("Subject"), Sentence("is not in this study"), Sentence("Choose a subject of the list, or screen it first."))


def open_subject(session: Session, actor: Actor, act: str, study_id: int, code: str) -> tuple[Trial, Row]:
    """Return the trial and the subject that an act is about.

    Raises FaultyInput for an actor who may not do it, asked before anything is told of the subject, and for a code that nobody has.
    """
    trial, subject = find_trial(session, study_id), find_subject(session, study_id, code)
    require(session, actor, act, study_id, subject_id=key_of(subject))
    if subject is None:
        raise no_subject()
    return trial, subject


def report(session: Session, table: str, row: Row, code: str, *notes: Sentence) -> Recorded:
    """Return what was recorded, with the head of the chain as it stands in this transaction."""
    return Recorded(table, int(row["id"]), code, row["known_from"], read_head(session), notes)
