"""Random histories of a small trial: rows of every clinical table with all their versions, and the same record cut at a moment."""

import random
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Float, ForeignKeyConstraint, Integer, event
from sqlalchemy.pool import StaticPool
from sqlmodel.sql.sqltypes import UTCDateTime

from db.engine import open_engine
from db.history import KNOWN_MODELS, insert_versions, table_of
from db.models import Known, Study
from db.schema import upgrade
from tests.acting import acting
from tests.worksheets import line
from trial import terms

ZONE = "Asia/Shanghai"
FIRST = date(2026, 3, 1)
DAYS = 60
"""Everything happens and becomes known within this many days from FIRST."""
STUDY, OTHER = 1, 2

Version = dict[str, Any]
Rows = dict[type[Known], list[list[Version]]]

WORDS: Mapping[str, tuple[Any, ...]] = {
    "grade": terms.GRADES,
    "severity": terms.SEVERITIES,
    "outcome": terms.OUTCOMES,
    "dlt": terms.DLT_STATES,
    "expectedness": terms.EXPECTEDNESS,
    "clavien_dindo": terms.CLAVIEN_DINDO,
    "classintra": terms.CLASSINTRA,
    "status": terms.STATUSES,
    "sex": terms.SEXES,
    "ais": terms.AIS,
    "decision": terms.DECISIONS,
    "onset_imputed": terms.IMPUTED,
    "end_imputed": terms.IMPUTED,
    "term_used": ("Headache", "CSF leak", "Rash", "Seizure", "Pseudomeningocele"),
    "category": ("Nervous", "Skin"),
    "criterion": ("adult", "no infection"),
    "reason": ("withdrawal by subject", "adverse event"),
    "action": terms.ACTIONS,
    "aesi": ("csf-leak", "seizure"),
    "test": ("UEMS", "LEMS", "ISNCSCI", "ALT"),
    "result_text": ("A", "B", "7", line("T4"), line("C6", right_pin_C4="NT")),
    "type": ("laminectomy", "lumbar puncture"),
    "time_zone": ("Asia/Shanghai", "America/New_York", "UTC"),
    "amount_unit": ("cells",),
    "meaning": terms.SIGNATURE_MEANINGS,
    "number": (1, 2, 3),
    "complication": ("CSF", "HAE", "gone"),
    "period": terms.CHECK_PERIODS,
    "answer": terms.CHECK_ANSWERS,
    "vector": ('[{"name": "cells", "value": 10000000.0, "unit": "cells"}]', "[]"),
}
"""Values of columns whose words are limited, by the database or by what makes rows meet in a count."""
WORDS |= {f"{judge}_{head}": terms.CAUSALITIES for judge in terms.JUDGES for head in terms.HEADS}
WORDS |= {name: terms.PRECISIONS for name in ("onset_precision", "end_precision", "start_precision")}
WORDS |= {"planned_vector": WORDS["vector"], "delivered_vector": WORDS["vector"]}
KINDS = {"measurement": terms.MEASUREMENT_KINDS, "disposition": terms.DISPOSITION_KINDS, "data_issue": ("date", "unknown subject")}
PER_MODEL = {"protocol_version": 1, "site": 2, "dose_level": 3, "cohort": 3}
"""Rows of the trial's frame; every other table has as many as the history asks for."""


@dataclass(frozen=True)
class Shape:
    """How large a history is: subjects, rows of each table that hangs on them, versions of a row at most."""

    subjects: int
    rows: int
    versions: int
    seed: int


def build_history(shape: Shape, protocol: str) -> Rows:
    """Return random rows of every clinical table of STUDY; ``protocol`` is the text of each protocol version."""
    chance = random.Random(shape.seed)
    counts = {**PER_MODEL, "subject": shape.subjects, "eligibility_finding": shape.subjects}
    rows: Rows = {}
    for model in KNOWN_MODELS:
        count = counts.get(str(model.__tablename__), shape.rows if shape.subjects else 0)
        rows[model] = [_versions(model, number + 1, chance, shape, protocol) for number in range(count)]
    return rows


def cut_rows(rows: Rows, moment: datetime) -> Rows:
    """Return the record as it was just before ``moment``: later rows and later versions are gone."""
    kept = {model: [[v for v in versions if v["known_from"] < moment] for versions in table] for model, table in rows.items()}
    return {model: [versions for versions in table if versions] for model, table in kept.items()}


def open_memory() -> Engine:
    """Return a database in memory with two empty studies; references are not checked, since a cut may leave a row without its parent."""
    engine = open_engine("sqlite://", poolclass=StaticPool, query_cache_size=5000)  # there are more statements than it remembers by itself
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys=OFF"))
    upgrade(engine)
    studies = [{"id": number, "code": f"S{number}", "title": "T", "kind": "live", "time_zone": ZONE} for number in (STUDY, OTHER)]
    with acting(engine) as session:
        session.connection().execute(table_of(Study).insert(), studies)
    return engine


def write_history(engine: Engine, rows: Rows) -> None:
    """Replace what ``engine``, a database in memory, holds of STUDY by ``rows``: it is set back to what it was, then written anew."""
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        connection.rollback()
        if engine not in _CLEAN:
            _CLEAN[engine] = driver.serialize()
        driver.deserialize(_CLEAN[engine])
    with acting(engine) as session:
        for model, table in rows.items():
            insert_versions(session, model, table)


_CLEAN: WeakKeyDictionary[Engine, bytes] = WeakKeyDictionary()
"""The image of each database before the first history was written: it is faster than to take a history out again."""


def add_other_study(engine: Engine, rows: Rows) -> None:
    """Write ``rows`` as those of OTHER, which no look at STUDY may see."""
    with acting(engine) as session:
        for model, table in rows.items():
            insert_versions(session, model, [[_move(model, version) for version in versions] for versions in table])


def _move(model: type[Known], version: Version) -> Version:
    """The same version in the other study, under ids of its own."""
    shifted = {name: version[name] + 1000 for name in _references(model) if version[name] is not None}
    return {**version, **shifted, "id": version["id"] + 1000, "study_id": OTHER}


def _versions(model: type[Known], number: int, chance: random.Random, shape: Shape, protocol: str) -> list[Version]:
    """One row: its first version and its corrections, in the order in which they became known."""
    moments = sorted(_moment(chance) for _ in range(chance.randint(1, shape.versions)))
    first = {"id": number, "study_id": STUDY, **{name: draw(chance) for name, draw in _columns(model, number, shape).items()}}
    if "text" in first:
        first["text"] = protocol
    versions = [first]
    for _ in moments[1:]:
        drawn = {name: draw(chance) for name, draw in _columns(model, number, shape).items() if chance.random() < 0.4 and name != "text"}
        versions.append({**versions[-1], **drawn})
    return [_in_order({**version, "known_from": moment}) for version, moment in zip(versions, moments, strict=True)]


def _in_order(version: Version) -> Version:
    """Swap the ends of ranges that the database wants in order, and let only what occurred name its event."""
    for low, high in (("onset_date", "onset_latest"), ("first_on", "last_on")):
        if version.get(low) and version.get(high) and version[low] > version[high]:
            version[low], version[high] = version[high], version[low]
    if version.get("answer", "occurred") != "occurred":
        version["event_id"] = None
    return version


def _moment(chance: random.Random) -> datetime:
    """An instant at which something becomes known, often right at a midnight of the study's zone."""
    midnight = datetime.combine(FIRST + timedelta(days=chance.randrange(DAYS)), datetime.min.time(), ZoneInfo(ZONE))
    return midnight.astimezone(UTC) + chance.choice((timedelta(0), timedelta(seconds=-1), timedelta(hours=12)))


def _references(model: type[Known]) -> dict[str, str]:
    """Columns that point to another clinical table, with its name; ids of other tables (studies, imports) are left out."""
    found: dict[str, str] = {}
    for rule in table_of(model).constraints:
        if isinstance(rule, ForeignKeyConstraint) and len(rule.columns) == 2:
            found[list(rule.columns)[1].name] = rule.referred_table.name
    return found


def _columns(model: type[Known], number: int, shape: Shape) -> dict[str, Callable[[random.Random], Any]]:
    """How to draw each column of a row, by its name, its reference or its type."""
    table, points = table_of(model), _references(model)
    totals = {**PER_MODEL, "subject": shape.subjects}
    drawn: dict[str, Callable[[random.Random], Any]] = {}
    for column in table.columns:
        if column.name in ("id", "study_id", "known_from"):
            continue
        limit = totals.get(points.get(column.name, ""), shape.rows)
        draw = _draw(str(table.name), column, number, limit if column.name in points else 0)
        drawn[column.name] = _or_missing(draw) if column.nullable else draw
    return drawn


def _or_missing(draw: Callable[[random.Random], Any]) -> Callable[[random.Random], Any]:
    return lambda chance: None if chance.random() < 0.2 else draw(chance)


def _draw(table: str, column: Any, number: int, limit: int) -> Callable[[random.Random], Any]:
    """How to draw one column that is present; ``limit`` is the number of rows it may point to, 0 for no reference."""
    name = column.name
    if limit:
        return lambda chance: chance.randint(1, limit)
    if name == "code":
        return lambda _: f"{table[:2]}{number}"
    if name == "batch_id":
        return lambda _: None
    if name == "number" and table in PER_MODEL:
        return lambda _: str(number) if table == "protocol_version" else number
    words = KINDS.get(table) if name == "kind" else WORDS.get(name)
    return (lambda chance: chance.choice(words)) if words else _by_type(column)


def _by_type(column: Any) -> Callable[[random.Random], Any]:
    kinds: dict[type, Callable[[random.Random], Any]] = {
        bool: lambda chance: chance.random() < 0.5,
        date: lambda chance: FIRST + timedelta(days=chance.randrange(DAYS)),
        int: lambda chance: chance.randint(1, 90),
        float: lambda chance: round(chance.uniform(0, 90), 1),
        str: lambda chance: chance.choice(("a", "b", "c")),
    }
    if isinstance(column.type, Integer | Float):
        return kinds[int if isinstance(column.type, Integer) else float]
    if isinstance(column.type, UTCDateTime):
        return _moment
    return kinds.get(column.type.python_type, kinds[str])
