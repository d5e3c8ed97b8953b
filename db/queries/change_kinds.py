"""The kinds of change as statements: which rows became what since an earlier look.

Putting these statements together takes longer than running them; so it is done once, with parameters for the study and for the
moments of the two looks.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, FromClause, Integer, Select, and_, bindparam, case, false, func, literal, or_, select, union_all
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlmodel.sql.sqltypes import UTCDateTime

from db.history import KNOWN_MODELS, known, table_of, versions
from db.models import Known
from db.queries.conditions import first_doses
from trial.asof import AsOf
from trial.changes import KINDS
from trial.terms import SEVERITIES

Row = ReadOnlyColumnCollection[str, Any]


@dataclass(frozen=True)
class Look(AsOf):
    """A cut-off whose moment is given when the statement is run: putting it together takes longer than running it."""

    name: str = "later"

    @property
    def moment(self) -> Any:
        """The parameter that stands for the moment."""
        return bindparam(self.name, type_=UTCDateTime())


STUDY: Any = bindparam("study_id", type_=Integer())
"""Stands for the key of the study until the statement is run."""
EARLIER: Any = bindparam("earlier", type_=UTCDateTime())

MODELS: Mapping[str, type[Known]] = {table_of(model).name: model for model in KNOWN_MODELS}
"""Every table whose rows are known from a moment on, by its name."""


class Statements(NamedTuple):
    """The statements that count all changes, and that list those of some kinds."""

    counts: Select[Any]
    rows: Select[Any]


@lru_cache(maxsize=50)
def make_statements(sites: frozenset[int] | None) -> Statements:
    """Return the statements for a reader of some sites: each change has a kind (place in KINDS), table_name, id and known_from."""
    now = Look(date.max, history=True, sites=sites)
    then = replace(now, name="earlier")
    others = [table for table in MODELS if table not in ("adverse_event", "subject")]
    listed = union_all(
        *_event_changes(now),
        *_subject_changes(now),
        _dosed(now, then),
        _new_decisions(now, then),
        *(_corrections(table, now) for table in others),
    ).subquery("changes")
    counts = select(listed.c.kind, func.count()).group_by(listed.c.kind)
    rows = select(listed.c.kind, listed.c.table_name, listed.c.id).where(listed.c.kind.in_(bindparam("kinds", expanding=True)))
    return Statements(counts, rows.order_by(listed.c.kind, listed.c.known_from.desc(), listed.c.table_name, listed.c.id))


def ended(version: FromClause, moment: Any = EARLIER) -> ColumnElement[bool]:
    """Return whether a version held at the earlier look and holds no longer."""
    return and_(version.c.known_from < moment, version.c.replaced_at >= moment)


def _line(kind: str, table: str, key: ColumnElement[Any], known_from: ColumnElement[Any]) -> Select[Any]:
    """A statement that yields changes of one kind."""
    place = KINDS.index(kind)
    return select(literal(place).label("kind"), literal(table).label("table_name"), key.label("id"), known_from.label("known_from"))


def _corrections(table: str, now: AsOf) -> Select[Any]:
    """Rows of a table that were corrected, completed or voided."""
    version = versions(MODELS[table], now, STUDY)
    return _line("other correction", table, version.c.id, version.c.replaced_at).where(ended(version))


def _compare(table: str, columns: Sequence[str], now: AsOf, **flags: Callable[[Row, Row], ColumnElement[bool]]) -> CTE:
    """Each fresh row with the version it had at the earlier look: id, known_from, is_new and each of ``flags``, of (old, new)."""
    row, version = known(MODELS[table], now, STUDY), versions(MODELS[table], now, STUDY)
    old = (
        select(*(version.c[name] for name in ("id", *columns))).where(ended(version)).cte(f"{row.name}_before").prefix_with("MATERIALIZED")
    )
    said = [flag(old.c, row.c).label(name) for name, flag in flags.items()]
    statement = select(row.c.id, row.c.known_from, old.c.id.is_(None).label("is_new"), *said)
    return (
        statement.join_from(row, old, old.c.id == row.c.id, isouter=True)
        .where(row.c.known_from >= EARLIER)
        .cte(f"{row.name}_since")
        .prefix_with("MATERIALIZED")
    )


def _voided(table: str, kind: str, now: AsOf) -> Select[Any]:
    """Rows that were there at the earlier look and are no more."""
    version, row = versions(MODELS[table], now, STUDY), known(MODELS[table], now, STUDY)
    gone = ~select(literal(1)).where(row.c.id == version.c.id).exists()
    return _line(kind, table, version.c.id, version.c.replaced_at).where(ended(version), gone)


def _event_changes(now: AsOf) -> Iterator[Select[Any]]:
    """Events that are new, worse, better, gone, judged otherwise as to dose limitation, or changed in another way."""
    columns = ("grade", "severity", "serious", "outcome", "results_in_death", "dlt")
    event = _compare(
        "adverse_event", columns, now,
        worse=_is_worse, better=lambda old, new: _is_worse(new, old), judged=lambda old, new: new.dlt.is_distinct_from(old.dlt),
    )  # fmt: skip
    kinds = {
        "event new": event.c.is_new,
        "event upgraded": and_(~event.c.is_new, event.c.worse),
        "event downgraded": and_(~event.c.is_new, event.c.better, ~event.c.worse),
        "DLT assessment changed": and_(~event.c.is_new, event.c.judged),
        "other correction": and_(~event.c.is_new, ~event.c.worse, ~event.c.better, ~event.c.judged),
    }
    for kind, condition in kinds.items():
        yield _line(kind, "adverse_event", event.c.id, event.c.known_from).where(condition)
    yield _voided("adverse_event", "event voided", now)


def _subject_changes(now: AsOf) -> Iterator[Select[Any]]:
    """Subjects who are new, left, died, or whose row changed in another way."""
    subject = _compare(
        "subject", ("status", "died_on"), now,
        left=lambda old, new: and_(new.status == "discontinued", func.coalesce(old.status, "") != "discontinued"),
        died=lambda old, new: and_(new.died_on.is_not(None), old.died_on.is_(None)),
    )  # fmt: skip
    kinds = {
        "subject new": subject.c.is_new,
        "subject discontinued": subject.c.left,
        "subject died": subject.c.died,
        "other correction": and_(~subject.c.is_new, ~subject.c.left, ~subject.c.died),
    }
    for kind, condition in kinds.items():
        yield _line(kind, "subject", subject.c.id, subject.c.known_from).where(condition)
    yield _voided("subject", "other correction", now)


def _dosed(now: AsOf, then: AsOf) -> Select[Any]:
    """The first administration since, of each subject who had none known at the earlier look."""
    given, before = known(MODELS["administration"], now, STUDY), first_doses(then, STUDY)
    return (
        _line("subject dosed", "administration", func.min(given.c.id), func.min(given.c.known_from))
        .where(given.c.known_from >= EARLIER, given.c.first_on.is_not(None), given.c.subject_id.not_in(select(before.c.subject_id)))
        .group_by(given.c.subject_id)
    )


def _new_decisions(now: AsOf, then: AsOf) -> Select[Any]:
    decision, before = known(MODELS["committee_decision"], now, STUDY), known(MODELS["committee_decision"], then, STUDY)
    new = _line("decision new", "committee_decision", decision.c.id, decision.c.known_from)
    return new.where(decision.c.known_from >= EARLIER, decision.c.id.not_in(select(before.c.id)))


def _is_worse(old: Row, new: Row) -> ColumnElement[bool]:
    """Whether an event has a higher grade or severity than before, or is serious or fatal and was not."""
    rank = {word: place for place, word in enumerate(SEVERITIES, start=1)}
    heights = [(func.coalesce(row.grade, 0), func.coalesce(case(rank, value=row.severity), 0)) for row in (old, new)]
    return or_(
        *(after > before for before, after in zip(*heights, strict=True)),
        and_(new.serious.is_(True), old.serious.is_not(True)),
        and_(_is_fatal(new), ~_is_fatal(old)),
    )


def _is_fatal(row: Row) -> ColumnElement[bool]:
    return or_(func.coalesce(row.outcome == "fatal", false()), row.results_in_death.is_(True))
