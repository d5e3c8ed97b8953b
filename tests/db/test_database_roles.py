"""The two roles of a PostgreSQL, tried by real logins: the application can do its work and nothing else, a reader only reads."""

from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from db.commands.database_roles import APPLICATION, READER, prepare_roles
from db.commands.initialise import initialise
from db.engine import open_engine, reading
from db.guards.guarded import guarded_tables
from db.guards.install import install
from db.history import HISTORY
from db.schema import upgrade
from db.verification import verify
from synthetic.generator import generate
from tests.acting import acting
from tests.db.guarded_rows import at, change, fill, read_all
from tests.db.test_guards_outside import CHAIN

PASTS = [past.name for past in HISTORY.values()]
GUARDED = [guarded.name for guarded in guarded_tables()]


@pytest.fixture
def owned(new_database):
    """A database whose roles are prepared, as its owner."""
    engine = open_engine(new_database("postgresql"))
    assert "have their rights" in prepare_roles(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def login(postgresql):
    """Makes login roles that are members of a group; they go after the test."""
    made = []

    def make(group=None, rights=""):
        name = f"person_{uuid4().hex[:8]}"
        postgresql.run(f"CREATE ROLE {name} LOGIN {rights} {f'IN ROLE {group}' if group else ''}")
        made.append(name)
        return name

    yield make
    for name in made:
        postgresql.run(f"DROP OWNED BY {name}")
        postgresql.run(f"DROP ROLE {name}")


def name_of(engine):
    return engine.url.database


def as_login(engine, user):
    return open_engine(engine.url.set(username=user).render_as_string(hide_password=False))


def test_the_application_can_do_its_work(owned, login):
    engine = as_login(owned, login(APPLICATION))
    fill(engine)
    generate(engine, scenario="default", seed=1, subjects=2)
    assert initialise(engine) is False
    assert verify(engine).faults == ()
    assert [row["status"] for row in read_all(engine, HISTORY_OF_SUBJECT, "change_number")][:2] == ["screening", "enrolled"]
    engine.dispose()


HISTORY_OF_SUBJECT = next(past for past in HISTORY.values() if past.name == "subject_history")


@pytest.fixture
def refused(owned, login, postgresql):
    """Says that a statement is refused to a login of a group, and that the record is as it was."""
    fill(owned)
    users = {group: login(group) for group in (APPLICATION, READER)}

    before = verify(owned).head

    def check(group, statement):
        explained = "SET LOCAL firstwatch.reason = 'because'"
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connect(postgresql, owned, users[group]) as connection:
            connection.execute(explained)
            connection.execute(statement)

    yield check
    found = verify(owned)
    assert (found.head, found.faults) == (before, ())


def connect(server, engine, user):
    return psycopg.connect(host=server.host, dbname=name_of(engine), user=user)


def test_nobody_but_the_owner_touches_chain_history_and_guards(refused):
    statements = [
        *(f"{act} {table}{rest}" for table in ("audit_entry", "subject_history") for act, rest in
          (("UPDATE", " SET known_from = now()"), ("DELETE FROM", ""), ("TRUNCATE", ""))),
        "INSERT INTO subject_history SELECT * FROM subject_history",
        "ALTER TABLE subject DISABLE TRIGGER ALL",
        "DROP TRIGGER guard_subject_records ON subject",
        "CREATE TRIGGER x AFTER INSERT ON subject FOR EACH ROW EXECUTE FUNCTION firstwatch.never()",
        "DROP SCHEMA firstwatch CASCADE",
        "CREATE FUNCTION firstwatch.said(what text, more text) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$",
        "CREATE TABLE public.audit_entry_2 (a int)",
        "SET session_replication_role = replica",
        "UPDATE alembic_version SET version_num = '0001'",
        "TRUNCATE subject CASCADE",
        "DROP TABLE comment",
    ]  # fmt: skip
    for statement in statements:
        for group in (APPLICATION, READER):
            refused(group, statement)


def test_a_reader_reads_everything_and_writes_nothing(refused, owned, login, postgresql):
    with connect(postgresql, owned, login(READER)) as connection:
        for table in [*GUARDED, *PASTS, "audit_entry"]:
            connection.execute(f"SELECT * FROM {table}")
    for table in GUARDED:
        refused(READER, f"INSERT INTO {table} SELECT * FROM {table}")
    for statement in ("UPDATE subject SET status = 'enrolled'", "DELETE FROM subject", "INSERT INTO audit_entry SELECT * FROM audit_entry"):
        refused(READER, statement)


def test_the_program_cannot_write_through_the_reading_role(owned, login):
    fill(owned)
    engine = as_login(owned, login(READER))
    assert verify(engine).faults == ()
    with pytest.raises(DBAPIError, match="permission denied"), acting(engine) as session:
        change(session, 1, status="discontinued", known_from=at(20))
    engine.dispose()


def test_a_temporary_table_does_not_catch_the_entries(owned, login, postgresql):
    """PostgreSQL looks for temporary tables first: a table of one's own by the name of the chain must not take its place."""
    fill(owned)
    with connect(postgresql, owned, login(APPLICATION)) as connection:
        for table in ("audit_entry", "subject_history"):
            connection.execute(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table})")
        connection.execute("SET LOCAL firstwatch.reason = 'unseen'")
        connection.execute("UPDATE public.subject SET status = 'discontinued' WHERE id = 1")
    assert read_all(owned, CHAIN, "sequence")[-1]["reason"] == "unseen"
    assert verify(owned).faults == ()


def test_preparing_again_and_making_the_guards_anew_keeps_the_rights(owned, login):
    user = login(APPLICATION)
    assert prepare_roles(owned) == prepare_roles(owned)
    with owned.begin() as connection:
        install(connection)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
    prepare_roles(owned)
    engine = as_login(owned, user)
    fill(engine)
    engine.dispose()


def test_an_upgrade_grants_the_rights_by_itself(owned, new_database, login):
    """The roles stand for the whole server; the tables of a new database are open to them once they are made."""
    newer = open_engine(new_database("postgresql", migrated=False))
    upgrade(newer)
    engine = as_login(newer, login(APPLICATION))
    fill(engine)
    with reading(engine) as session, pytest.raises(DBAPIError, match="permission denied"):
        session.connection().exec_driver_sql("DELETE FROM audit_entry")
    engine.dispose()
    newer.dispose()


def test_who_may_not_grant_rights_is_told_so(owned, login):
    engine = as_login(owned, login(APPLICATION))
    assert prepare_roles(engine).endswith("only the owner of the tables grants them.")
    engine.dispose()


def test_an_owner_who_may_not_create_roles_has_a_record_and_is_told_so(new_database, login, postgresql, monkeypatch):
    url, owner = make_url(new_database("postgresql", migrated=False)), login()
    postgresql.run(f"ALTER DATABASE {url.database} OWNER TO {owner}")
    engine = open_engine(url.set(username=owner).render_as_string())
    assert initialise(engine) is True
    fill(engine)
    assert verify(engine).faults == ()
    monkeypatch.setattr("db.commands.database_roles.READER", "firstwatch_nobody")
    assert "this database user may not create roles" in prepare_roles(engine)
    monkeypatch.undo()
    assert "have their rights" in prepare_roles(engine)
    engine.dispose()
    postgresql.drop(url.database)


def test_sqlite_has_no_roles(new_database):
    engine = open_engine(new_database("sqlite"))
    assert prepare_roles(engine) is None
    engine.dispose()
