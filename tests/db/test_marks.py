"""The marks say of each table when it changed last, on both databases, and notice a chain that is not the same any more."""

import sqlite3
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from db.audit import Actor, append_entry
from db.engine import embedded_url, open_engine, reading, writing
from db.guards.guarded import CHAIN, guarded_tables
from db.marks import ENTRIES_OF, read_marks, tables_of, watching
from db.models import Cohort, Site, Study
from db.queries.cohorts import cohorts
from tests.acting import acting
from tests.blank import open_blank
from tests.contracts.queries import Facts, cases, queries
from trial.asof import AsOf

KNOWN = datetime(2026, 3, 1, tzinfo=UTC)
COHORT, SITE, BOTH = frozenset({"cohort"}), frozenset({"site"}), frozenset({"cohort", "site"})
RECORD = {CHAIN, *(guarded.name for guarded in guarded_tables())}


def marks_of(engine: Engine):
    with reading(engine) as session:
        return read_marks(session)


def add(engine, row):
    with acting(engine) as session:
        session.add(row)


def begin(engine):
    add(engine, Study(id=1, code="S", title="t", kind="live", time_zone="UTC"))
    add(engine, cohort(1))


def cohort(key):
    return Cohort(id=key, study_id=1, known_from=KNOWN, code=f"C{key}", number=key, label="a cohort", planned_size=3)


def site(key):
    return Site(id=key, study_id=1, known_from=KNOWN, code=f"{key:02}", name="a site", time_zone="UTC")


def test_a_write_marks_its_own_table_and_no_other(record):
    begin(record)
    first = marks_of(record)
    add(record, site(1))
    then = marks_of(record)
    assert then.origin == first.origin
    assert then.unchanged(COHORT, first.head.sequence)
    assert not then.unchanged(SITE, first.head.sequence)
    assert not then.unchanged(BOTH, first.head.sequence)
    assert then.unchanged(BOTH, then.head.sequence)


def test_an_act_that_changes_no_row_marks_the_chain_alone(record):
    begin(record)
    first = marks_of(record)
    with writing(record) as session:
        append_entry(session, Actor("a", "administrator", KNOWN), "sign in")
    assert marks_of(record).unchanged(BOTH, first.head.sequence)
    assert not marks_of(record).unchanged(frozenset({CHAIN}), first.head.sequence)


def test_corrections_and_removals_mark_their_table(record):
    begin(record)
    at = {"at": datetime(2026, 3, 1, 4, tzinfo=UTC)}
    for statement, given in (("UPDATE cohort SET label = 'other', known_from = :at", at), ("DELETE FROM cohort", {})):
        first = marks_of(record)
        with acting(record) as session:
            session.connection().execute(text(statement), given)
        assert not marks_of(record).unchanged(COHORT, first.head.sequence)


def test_an_empty_record_has_nothing_that_changed(record):
    marks = marks_of(record)
    assert marks.head.sequence == 0
    assert marks.unchanged(BOTH | {CHAIN}, 0)


def test_what_was_carried_on_is_what_is_read_anew(record):
    begin(record)
    marks_of(record)
    for key in range(1, 4):
        add(record, site(key))
        marks_of(record)
    carried = marks_of(record)
    with reading(record) as session:
        rows = session.connection().execute(text("SELECT table_name, max(sequence) FROM audit_entry GROUP BY table_name")).all()
    assert dict(carried.tables) == {name: number for name, number in rows if name}


def test_an_earlier_state_put_back_is_another_origin_however_it_goes_on(tmp_path):
    engine = open_blank(tmp_path / "a.db")
    begin(engine)
    saved = tmp_path / "saved.db"
    with sqlite3.connect(tmp_path / "a.db") as source, sqlite3.connect(saved) as copy:
        source.backup(copy)
    before = marks_of(engine)
    add(engine, cohort(2))
    seen = {before.origin, marks_of(engine).origin}
    assert len(seen) == 1
    engine.dispose()
    with sqlite3.connect(saved) as source, sqlite3.connect(tmp_path / "a.db") as put_back:
        source.backup(put_back)
    again = open_engine(embedded_url(tmp_path / "a.db"))
    assert marks_of(again).origin not in seen
    add(again, site(1))
    add(again, site(2))
    assert marks_of(again).origin not in seen
    again.dispose()


def test_what_is_asked_within_names_its_tables(record):
    begin(record)
    with reading(record) as session:
        with watching(session) as tables:
            cohorts(session, AsOf(KNOWN.date()), 1)
        asked = set(tables)
        cohorts(session, AsOf(KNOWN.date()), 1)
    assert "cohort" in asked
    assert asked == tables


def test_entries_of_one_table_change_with_that_table(record):
    statement = text("SELECT sequence FROM audit_entry WHERE table_name = 'site'")
    with reading(record) as session, watching(session) as tables:
        session.connection().execute(statement.execution_options(**{ENTRIES_OF: ("site",)}))
        assert tables == SITE
        session.connection().execute(statement)
        assert tables == SITE | {CHAIN}


def test_earlier_versions_belong_to_their_table_and_quoted_names_count():
    assert tables_of('SELECT * FROM "cohort_history" JOIN site ON 1=1') == BOTH
    assert tables_of("SELECT recohort, cohorts FROM nowhere") == frozenset()


def spared(query: str) -> set[str]:
    """The chain, for the one query that looks at nothing but the entries of its own tables in it."""
    return {CHAIN} if query == "dlt_candidates.dlt_candidates" else set()


@pytest.mark.parametrize("history", [True, False])
def test_every_query_names_each_table_that_the_database_reads_for_it(dataset, history):
    """SQLite itself says which tables it reads; what is noted must hold them all, or a page would keep what has changed."""
    engine = open_engine(dataset("default"))
    unnoted, seen = [], set()
    with reading(engine) as session:
        read: set[str] = set()

        def authorise(action, table, *_):
            if action == sqlite3.SQLITE_READ and table:
                read.add(table.removesuffix("_history"))
            return sqlite3.SQLITE_OK

        bare = session.connection().connection.driver_connection
        as_of = AsOf(datetime(2026, 11, 20, tzinfo=UTC).date(), "UTC", history=history)
        facts = Facts(("S-001",), ("Headache",), as_of.day)
        for query in queries():
            for filters in cases(query, facts):
                read.clear()
                bare.set_authorizer(authorise)  # which also has every statement prepared anew
                with watching(session) as tables:
                    query.function(session, as_of, 1, **filters)
                seen |= read & RECORD
                unnoted += [(query.name, name) for name in (read & RECORD) - tables - spared(query.name)]
        bare.set_authorizer(None)
    engine.dispose()
    assert unnoted == []
    assert len(seen) > 15
