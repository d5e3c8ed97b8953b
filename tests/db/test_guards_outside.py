"""Changes by other tools: SQLite refuses them, PostgreSQL records them under the database user; whoever goes round the guards is found."""

import sqlite3
from contextlib import closing

import psycopg
import pytest
from sqlalchemy.engine import make_url

from db.engine import open_engine
from db.guards.guarded import guarded_tables
from db.history import HISTORY, table_of
from db.models import AuditEntry
from db.verification import verify
from tests.conftest import KINDS
from tests.db.guarded_rows import at, fill, read_all

GUARDED = [guarded.name for guarded in guarded_tables()]
PASTS = [past.name for past in HISTORY.values()]
CHAIN = table_of(AuditEntry)


@pytest.fixture
def embedded(new_database):
    """An SQLite database with the small record, and its file."""
    url = new_database("sqlite")
    engine = open_engine(url)
    fill(engine)
    yield engine, make_url(url).database
    engine.dispose()


@pytest.fixture
def served(new_database, postgresql):
    """A PostgreSQL database with the small record, and how to run a statement in it as psql would."""
    url = new_database("postgresql")
    engine = open_engine(url)
    fill(engine)
    yield engine, lambda *statements, user="postgres": run_all(postgresql, make_url(url).database, user, statements)
    engine.dispose()


def run_all(server, name, user, statements):
    """Statements in one transaction of a connection that is not this program's."""
    with psycopg.connect(host=server.host, dbname=name, user=user) as connection:
        for statement in statements:
            connection.execute(statement)


def last_entry(engine):
    return read_all(engine, CHAIN, "sequence")[-1]


@pytest.mark.parametrize("act", ["INSERT INTO {} DEFAULT VALUES", "UPDATE {} SET id = id", "DELETE FROM {}"])
def test_a_connection_that_is_not_ours_cannot_write_an_sqlite_record(embedded, act):
    """Not even where there is no row: SQLite refuses the statement itself."""
    with closing(sqlite3.connect(embedded[1])) as connection:
        for table in GUARDED:
            with pytest.raises(sqlite3.OperationalError, match="no such function: firstwatch"):
                connection.execute(act.format(table))


@pytest.mark.parametrize("table", ["audit_entry", "subject_history"])
def test_a_connection_that_is_not_ours_cannot_write_chain_or_history_of_sqlite(embedded, table):
    with closing(sqlite3.connect(embedded[1])) as connection:
        for act in (f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}", f"UPDATE {table} SET known_from = 1", f"DELETE FROM {table}"):
            with pytest.raises(sqlite3.DatabaseError, match=r"firstwatch|no such function"):
                connection.execute(act)


def test_a_change_by_another_tool_is_recorded_under_the_database_user(served):
    engine, run = served
    run("SET LOCAL firstwatch.reason = 'told by telephone'", "UPDATE subject SET status = 'discontinued' WHERE id = 1")
    entry = last_entry(engine)
    assert {name: entry[name] for name in ("actor", "role", "act", "change", "table_name", "row_key", "reason")} == {
        "actor": "postgres", "role": "database user", "act": "outside this program", "change": "update", "table_name": "subject",
        "row_key": 1, "reason": "told by telephone",
    }  # fmt: skip
    assert entry["known_from"] > at(12)
    assert read_all(engine, HISTORY_OF["subject"], "change_number")[-1]["status"] == "on study"
    run("INSERT INTO comment (id, study_id, known_from, subject_id, author, role, text) VALUES (1, 1, now(), 1, 'a', 'b', 'c')")
    assert (last_entry(engine)["change"], last_entry(engine)["reason"]) == ("insert", None)
    assert verify(engine).faults == ()


@pytest.mark.parametrize("statement", ["UPDATE subject SET status = 'enrolled'", "DELETE FROM subject"])
def test_another_tool_must_say_why(served, statement):
    with pytest.raises(psycopg.errors.RaiseException, match="a correction needs a reason"):
        served[1](statement)


def test_truncate_is_refused_on_every_table(served):
    engine, run = served
    for table in [*GUARDED, *PASTS, "audit_entry"]:
        for more in ("", " CASCADE"):
            with pytest.raises(psycopg.Error, match=r"the record only grows|foreign key"):
                run("SET LOCAL firstwatch.reason = 'x'", f"TRUNCATE {table}{more}")
    assert verify(engine).faults == ()


def test_switched_off_guards_are_found(served, embedded):
    engine, run = served
    run("ALTER TABLE subject DISABLE TRIGGER guard_subject_records")
    assert [fault.what for fault in verify(engine).faults if "guard_subject_records" in fault.what]
    run("ALTER TABLE subject ENABLE REPLICA TRIGGER guard_subject_records")
    assert verify(engine).faults
    run("ALTER TABLE subject ENABLE TRIGGER guard_subject_records")
    assert verify(engine).faults == ()
    with closing(sqlite3.connect(embedded[1])) as connection:
        connection.execute("DROP TRIGGER guard_subject_records_update")
    assert "guard_subject_records_update" in verify(embedded[0]).faults[0].what


HISTORY_OF = {past.name.removesuffix("_history"): past for past in HISTORY.values()}
DAMAGE = {
    "a byte of a row": ("UPDATE site SET name = 'm' WHERE id = 2", "site, row 2"),
    "a number of a row": ("UPDATE site SET planned_per_month = 0.2 WHERE id = 1", "site, row 1"),
    "a yes for a no": ("UPDATE account SET disabled = NOT disabled", "account, row 1"),
    "a row": ("DELETE FROM role_grant", "role_grant, row 1"),
    "a version": ("UPDATE subject_history SET status = 'enrolled' WHERE id = 1", "subject_history, change"),
    "the end of a version": (
        "UPDATE subject_history SET valid_to = '2026-03-20 00:00:00.000000+00' WHERE id = 2",
        "subject_history, change",
    ),
    "a version that is gone": ("DELETE FROM subject_history WHERE id = 2", "subject_history, change"),
    "an entry": ("UPDATE audit_entry SET actor = actor || '.' WHERE sequence = 4", "audit entry 4"),
    "a reason": ("UPDATE audit_entry SET reason = NULL WHERE sequence = 14", "audit entry 14"),
    "an entry that is gone": ("DELETE FROM audit_entry WHERE sequence = 4", "audit entry 4"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_changed_behind_the_guards_is_found_and_named(request, kind, damage):
    statement, where = DAMAGE[damage]
    engine, place = request.getfixturevalue("embedded" if kind == "sqlite" else "served")
    assert verify(engine).faults == ()
    if kind == "postgresql":
        place("SET LOCAL session_replication_role = replica", statement)  # the superuser's way round every trigger
    else:
        behind_the_guards(place, statement.replace("+00'", "'"))
    assert where in verify(engine).faults[0].where


def behind_the_guards(file, statement):
    """Change an SQLite file with its triggers taken down and put up again as they were."""
    with closing(sqlite3.connect(file)) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount > 0
        for _, made in triggers:
            connection.execute(made)
        connection.commit()
