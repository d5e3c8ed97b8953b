"""What SQLite's planner is told: every index of every table, again after each migration, and so that large trials are read well."""

import pytest
from sqlalchemy import event, select

from db.engine import open_engine, reading
from db.history import table_of
from db.models import AdverseEvent, Measurement
from db.planning import tell_planner
from db.schema import upgrade


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """A record without rows: what is planned depends on what is told, not on what is there."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('planning') / 'a.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


def explain(connection, statement):
    """The plan of a statement, a step a line."""
    text = statement.compile(connection, compile_kwargs={"literal_binds": True})
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]


def test_every_index_has_its_statistics(engine):
    with engine.connect() as connection:
        indexes = set(map(tuple, connection.exec_driver_sql("SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index'")))
        told = connection.exec_driver_sql("SELECT tbl, idx, stat FROM sqlite_stat1").all()
    assert {(table, index) for table, index, _ in told} == indexes
    for table, index, stat in told:
        rows, *shared = map(int, stat.removesuffix(" noskipscan").split())
        assert rows >= max(shared) and shared == sorted(shared, reverse=True) and shared[-1] >= 1, (table, index, stat)


def test_a_whole_study_is_read_from_end_to_end_and_one_subject_through_its_index(engine):
    for model in (AdverseEvent, Measurement):
        table = table_of(model)
        with engine.connect() as connection:
            whole = explain(connection, select(table).where(table.c.study_id == 1))
            one = explain(connection, select(table).where(table.c.study_id == 1, table.c.subject_id == 5))
        assert whole == [f"SCAN {table.name}"]
        assert "study_id=? AND subject_id=?" in one[0]


def test_measured_statistics_give_way_at_the_next_migration(engine):
    with engine.connect().execution_options(writer=True) as connection:
        before = connection.exec_driver_sql("SELECT * FROM sqlite_stat1 ORDER BY tbl, idx").all()
        connection.exec_driver_sql("INSERT INTO sqlite_stat1 VALUES ('subject', 'ix_gone', '9 9')")
        tell_planner(connection)
        assert connection.exec_driver_sql("SELECT * FROM sqlite_stat1 ORDER BY tbl, idx").all() == before
        connection.rollback()


def test_a_server_is_told_nothing(database):
    engine = open_engine(database)
    if engine.dialect.name == "sqlite":
        pytest.skip("a server plans by what it measured")
    ran: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *given: ran.append(given[2]))
    with reading(engine) as session:
        tell_planner(session.connection())
    assert not [statement for statement in ran if "sqlite" in statement]
    engine.dispose()
