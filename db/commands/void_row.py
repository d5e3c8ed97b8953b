"""Void a row that should never have been there, with a reason; every past day still shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, select
from sqlmodel import Session

from db.audit import Actor, begin_act
from db.commands.conflict import require_seen
from db.commands.correct_row import REASON
from db.commands.current import MODELS, Row, find_row, find_trial, later_than, report
from db.commands.event_facts import align_subject, find_doses
from db.commands.recorded import Recorded
from db.commands.rights import require
from db.engine import writing
from db.history import KNOWN_MODELS, table_of
from db.models import AdverseEvent, Subject
from trial.entry.correctable import TABLE_NAMES, VOIDABLE
from trial.entry.field import read_fields
from trial.errors import Fault, FaultyInput, refuse
from trial.sentence import Sentence

ACT = "void"


@dataclass(frozen=True)
class Voiding:
    """A row to be voided, in the version that the person saw, and why."""

    table: str
    row_id: int
    seen_known_from: datetime
    reason: str | None


def void_row(engine: Engine, actor: Actor, study_id: int, voiding: Voiding) -> Recorded:
    """Void a row; raise FaultyInput with every fault, and Conflict when the row is no longer the version that was seen."""
    if voiding.table not in VOIDABLE:
        raise refuse(Sentence("row"), Sentence("is of a table whose rows nobody voids"), Sentence("Correct it instead."))
    with writing(engine) as session:
        trial, model = find_trial(session, study_id), MODELS[voiding.table]
        found = find_row(session, model, study_id, row_id=voiding.row_id)
        require(session, actor, ACT, study_id, subject_id=_subject_key(session, voiding.table, found))
        row = require_seen(session, voiding.table, study_id, found, row_id=voiding.row_id, seen=voiding.seen_known_from)
        reason, faults = read_fields([REASON], {"reason": voiding.reason}, trial.time_zone)
        faults += _check_alone(session, voiding.table, row)
        if faults:
            raise FaultyInput(faults)
        known_from = later_than(row, actor)
        begin_act(session, actor, ACT, reason=reason["reason"], known_from=known_from)
        subject = find_row(session, Subject, study_id, row_id=row["subject_id"]) if voiding.table == "administration" else None
        before = find_doses(session, subject) if subject else None
        table = table_of(model)
        session.connection().execute(table.delete().where(table.c.id == row["id"], table.c.study_id == study_id))
        if subject and before:
            align_subject(session, actor, trial, subject, before=before)
        return report(session, voiding.table, {**row, "known_from": known_from}, str(row.get("code") or row["id"]))


def _subject_key(session: Session, table: str, row: Row | None) -> int | None:
    """The subject that a row is about; None for a row of the whole study."""
    if row is None:
        return -1
    if table == "subject":
        return int(row["id"])
    if table == "review":
        event = find_row(session, AdverseEvent, row["study_id"], row_id=row["event_id"])
        return int(event["subject_id"]) if event else -1
    return int(row["subject_id"]) if "subject_id" in row else None


def _check_alone(session: Session, table: str, row: Row) -> list[Fault]:
    """Nothing else of the record rests on the row."""
    faults = []
    for model in KNOWN_MODELS:
        count = sum(_count(session, model, column, row["id"]) for column in _columns_to(model, table))
        if count:
            other = str(model.__tablename__)
            what = Sentence(
                "has {n} rows of {table} resting on it", n=count, table=TABLE_NAMES.get(other) or Sentence(other.replace("_", " "))
            )
            faults.append(Fault(TABLE_NAMES[table], what, Sentence("Void those first, or correct this row instead.")))
    return faults


def _columns_to(model: Any, table: str) -> list[str]:
    """The columns of a model that refer to rows of ``table``."""
    keys = (key for key in table_of(model).foreign_keys if key.column.table.name == table and key.column.name == "id")
    return sorted({key.parent.name for key in keys})


def _count(session: Session, model: Any, column: str, key: int) -> int:
    table = table_of(model)
    return int(session.connection().execute(select(func.count()).select_from(table).where(table.c[column] == key)).scalar_one())
