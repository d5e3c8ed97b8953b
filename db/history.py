"""The past: every version of every row, and the one door through which queries reach a clinical table.

A table holds the newest version of each row; its history table holds the earlier ones, each known in
[known_from, valid_to). `known(Model, as_of, study_id)` is the table as it was known at the cut-off.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnClause,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Index,
    Integer,
    Select,
    Subquery,
    Table,
    TableClause,
    case,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.sql.selectable import NamedFromClause
from sqlmodel import Session, SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from db.insertion import insert_rows, update_rows
from db.models import (
    Administration,
    AdverseEvent,
    Cohort,
    Comment,
    CommitteeDecision,
    ComplicationCheck,
    DataIssue,
    DecisionSignature,
    Disposition,
    DoseLevel,
    EligibilityFinding,
    Known,
    Measurement,
    MedicalHistory,
    Medication,
    Procedure,
    ProductLot,
    ProtocolVersion,
    Review,
    Site,
    Subject,
    Visit,
)
from trial.asof import AsOf

CUT_OFFS_KEPT = 512
"""Statements kept ready: to build one takes longer than to run it, and every page of a day asks for the same ones."""

Pick = Callable[[FromClause], Sequence[ColumnElement[Any]]]
"""Makes columns or conditions of one half of what is known: the newest rows, or the earlier versions."""

KNOWN_MODELS: tuple[type[Known], ...] = (
    ProtocolVersion, Site, DoseLevel, Cohort, CommitteeDecision, Subject, EligibilityFinding, ProductLot, Procedure,
    Administration, AdverseEvent, Visit, Measurement, Medication, MedicalHistory, Disposition, DataIssue, Review, Comment,
    DecisionSignature, ComplicationCheck,
)  # fmt: skip
"""Every table whose rows are known from a moment on, parents before children."""


def _declare_history(model: type[Known]) -> Table:
    """Declare the history table of ``model``: its columns, until when the version held, and the audit entry that ended it."""
    source = table_of(model)
    columns = [Column(c.name, c.type, nullable=c.nullable and not c.primary_key) for c in source.columns]
    indexes = [Index(None, "id")]
    if "subject_id" in source.c:
        indexes += [Index(None, "study_id", "valid_to", "known_from", "subject_id"), Index(None, "study_id", "subject_id")]
    else:
        indexes.append(Index(None, "study_id", "valid_to", "known_from"))
    if "onset_date" in source.c:
        indexes.append(Index(None, "study_id", "onset_date", "code", "known_from", "valid_to"))
    return Table(
        f"{source.name}_history",
        SQLModel.metadata,
        Column("change_number", Integer, primary_key=True, autoincrement=False),
        *columns,
        Column("valid_to", UTCDateTime(), nullable=False),
        *indexes,
    )


def table_of(model: type[SQLModel]) -> Table:
    """Return the SQL table of a model."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def _plain(table: Table) -> TableClause:
    """The same table to SQL, without keys and constraints: SQLAlchemy copies these for every subquery, which takes twice as long."""
    return TableClause(table.name, *(ColumnClause(c.name, c.type) for c in table.columns))


HISTORY: Mapping[type[Known], Table] = {model: _declare_history(model) for model in KNOWN_MODELS}
_NEWEST: Mapping[type[Known], TableClause] = {model: _plain(table_of(model)) for model in KNOWN_MODELS}
_EARLIER: Mapping[type[Known], TableClause] = {model: _plain(HISTORY[model]) for model in KNOWN_MODELS}


def known(model: type[Known], as_of: AsOf, study_id: int) -> NamedFromClause:
    """Return the rows of ``model`` in one study as they were known at the cut-off, as a subquery with ``.c``.

    Where the cut-off names sites, only their subjects and what belongs to these are in it; what belongs to nobody is for everybody.
    """
    return _alias(f"known_{table_of(model).name}", _whole(model, as_of, study_id))


def known_halves(model: type[Known], as_of: AsOf, study_id: int) -> list[NamedFromClause]:
    """Return what makes up `known`, each a subquery with ``.c``: the newest rows and, where history must be read, the earlier versions.

    A page of a listing is taken from each by its index; of the two together SQLite would read every row.
    """
    return [_alias(f"half_{place}_{table_of(model).name}", part) for place, part in enumerate(_halves(model, as_of, study_id))]


def known_facts(model: type[Known], as_of: AsOf, study_id: int, pick: Pick, *, kept: Pick | None = None) -> CTE:
    """Return what ``pick`` makes of each row of `known`, where the conditions ``kept`` hold, read once and put aside for counting.

    `known` joined and counted makes SQLite look every row up subject by subject, or, in the past, carry every column of both
    halves along. Here each half is read from end to end, and no more is carried than is picked.
    """
    halves = known_halves(model, as_of, study_id)
    found = union_all(*(select(*pick(half)).where(*(kept(half) if kept else ())) for half in halves))
    return found.cte(f"facts_of_{table_of(model).name}").prefix_with("MATERIALIZED")


@lru_cache(maxsize=CUT_OFFS_KEPT)
def _whole(model: type[Known], as_of: AsOf, study_id: int) -> Subquery:
    """All that was known at the cut-off, in one statement."""
    parts = _parts(model, as_of, study_id)
    return _ready(union_all(*parts) if len(parts) > 1 else parts[0])


@lru_cache(maxsize=CUT_OFFS_KEPT)
def _halves(model: type[Known], as_of: AsOf, study_id: int) -> Sequence[Subquery]:
    """The newest rows and the earlier versions, each in a statement of its own."""
    return [_ready(part) for part in _parts(model, as_of, study_id)]


def _ready(statement: Select[Any] | CompoundSelect[Any]) -> Subquery:
    """The statement as a subquery whose columns are built: threads share it."""
    subquery = statement.subquery()
    _ = subquery.c
    return subquery


def _alias(name: str, ready: Subquery) -> NamedFromClause:
    """A subquery of the caller's own, since two may stand in one query; the statement in it is the one kept ready."""
    return ready.alias(name)


def _parts(model: type[Known], as_of: AsOf, study_id: int) -> Sequence[Select[Any]]:
    """The newest rows as far as known at the cut-off and, where history must be read, the earlier versions that held then."""
    table, past = _NEWEST[model], _EARLIER[model]
    today = select(*table.columns).where(*_known_then(table, as_of, study_id))
    if not as_of.history:
        return [today]
    columns = [past.c[c.name] for c in table.columns]
    return [today, select(*columns).where(*_known_then(past, as_of, study_id), past.c.valid_to >= as_of.moment)]


def versions(model: type[Known], as_of: AsOf, study_id: int) -> NamedFromClause:
    """Return every version of the rows of ``model`` that had become known by the cut-off, as a subquery with ``.c``.

    ``replaced_at`` is the moment from which a version no longer held; missing while it held at the cut-off.
    """
    return _alias(f"versions_{table_of(model).name}", _every_version(model, as_of, study_id))


@lru_cache(maxsize=CUT_OFFS_KEPT)
def _every_version(model: type[Known], as_of: AsOf, study_id: int) -> Subquery:
    """The versions that hold and those that held, in one statement."""
    table, past = _NEWEST[model], _EARLIER[model]
    current = select(*table.columns, type_coerce(null(), UTCDateTime()).label("replaced_at")).where(*_known_then(table, as_of, study_id))
    columns = [past.c[c.name] for c in table.columns]
    replaced = case((past.c.valid_to < as_of.moment, past.c.valid_to))
    earlier = select(*columns, replaced.label("replaced_at")).where(*_known_then(past, as_of, study_id))
    return _ready(union_all(current, earlier))


def _known_then(table: TableClause, as_of: AsOf, study_id: int) -> list[ColumnElement[bool]]:
    """The conditions that a version was known by the cut-off, and that the reader may see it."""
    return [table.c.study_id == study_id, table.c.known_from < as_of.moment, *_at_sites(table, as_of, study_id)]


def _at_sites(table: TableClause, as_of: AsOf, study_id: int) -> list[ColumnElement[bool]]:
    """The condition that a row belongs to a subject of the cut-off's sites; rights are of today, so the newest site counts."""
    if as_of.sites is None:
        return []
    people, past = table_of(Subject), HISTORY[Subject]
    voided = select(past.c.id).where(past.c.study_id == study_id, past.c.site_id.in_(as_of.sites), past.c.id.not_in(select(people.c.id)))
    seen = select(people.c.id).where(people.c.study_id == study_id, people.c.site_id.in_(as_of.sites)).union_all(voided)
    name = table.name.removesuffix("_history")
    if name == "subject":
        return [table.c.id.in_(seen)]
    if "subject_id" in table.c:
        return [table.c.subject_id.in_(seen)]
    if "event_id" in table.c:
        events, gone = table_of(AdverseEvent), HISTORY[AdverseEvent]
        told = select(events.c.id).where(events.c.subject_id.in_(seen)).union_all(select(gone.c.id).where(gone.c.subject_id.in_(seen)))
        return [table.c.event_id.in_(told)]
    if name == "data_issue":
        codes = select(people.c.code).where(people.c.id.in_(seen))
        return [table.c.subject.is_(None) | table.c.subject.in_(codes)]
    return []


def cut_off(session: Session, study_id: int, as_of: AsOf) -> AsOf:
    """Return the same cut-off, told whether any row of the study has changed since and history must be read."""
    changed = union_all(
        *(
            select(past.c.change_number).where(past.c.study_id == study_id, past.c.valid_to >= as_of.moment).limit(1).subquery().select()
            for past in HISTORY.values()
        )
    )
    return AsOf(as_of.day, as_of.time_zone, history=session.connection().execute(changed.limit(1)).first() is not None)


def insert_versions(session: Session, model: type[Known], rows: Iterable[Sequence[Mapping[str, Any]]]) -> int:
    """Insert rows with all their versions, oldest first; return how many rows were inserted.

    Each row is the sequence of its versions: complete mappings with the same id, in rising ``known_from``. The first one is
    inserted and the others follow as corrections, so that the guards keep history and audit trail: say who acts and why
    first (`db.audit.begin_act`). Of versions with the same ``known_from`` the later one counts.
    """
    kept = [[old for old, new in pairwise(versions) if old["known_from"] < new["known_from"]] + [versions[-1]] for versions in rows]
    connection, table = session.connection(), table_of(model)
    insert_rows(connection, table, [versions[0] for versions in kept])
    for rank in range(1, max(map(len, kept), default=0)):
        update_rows(connection, table, [versions[rank] for versions in kept if len(versions) > rank])
    return len(kept)
