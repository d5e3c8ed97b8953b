"""The past: versions, the door to them, and what a cut-off costs."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from db.engine import open_engine, reading
from db.history import HISTORY, KNOWN_MODELS, cut_off, insert_versions, known, table_of
from db.models import Site, Study, Subject
from tests.acting import acting
from tests.blank import open_blank
from trial.asof import AsOf


def at(day, hour=0):
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def subject(status, known_from, **other):
    row = dict.fromkeys(column.name for column in table_of(Subject).columns)
    return row | {"id": 1, "study_id": 1, "known_from": known_from, "code": "01-001", "status": status} | other


@pytest.fixture
def engine(tmp_path):
    made = open_blank(tmp_path / "a.db")
    with acting(made) as session:
        session.add(Study(id=1, code="S", title="t", kind="live", time_zone="Asia/Shanghai"))
        session.flush()
        versions = [subject("screening", at(2)), subject("enrolled", at(9)), subject("on study", at(9)), subject("discontinued", at(20))]
        insert_versions(session, Subject, [versions])
    return made


@pytest.mark.parametrize(
    ("day", "status"),
    [(1, None), (2, "screening"), (8, "screening"), (9, "on study"), (19, "on study"), (20, "discontinued"), (30, "discontinued")],
)
def test_each_day_sees_the_version_known_then(engine, day, status):
    as_of = AsOf(date(2026, 3, day), "UTC")
    with reading(engine) as session:
        found = session.connection().execute(select(known(Subject, as_of, 1).c.status)).scalars().all()
    assert found == ([status] if status else [])


def test_the_day_ends_at_midnight_of_the_study_zone(engine):
    """2 March 00:00 UTC is 08:00 in Shanghai: known on 2 March there, and not on 1 March."""
    assert AsOf(date(2026, 3, 1), "Asia/Shanghai").moment == datetime(2026, 3, 1, 16, tzinfo=UTC)
    with reading(engine) as session:
        rows = session.connection().execute(select(known(Subject, AsOf(date(2026, 3, 1), "Asia/Shanghai"), 1))).all()
    assert rows == []


def test_one_query_may_look_twice_at_the_same_table(engine):
    """What is known is kept ready between queries: still each look is a subquery of its own, and none is taken for the other."""
    as_of = AsOf(date(2026, 3, 10))
    outer, inner = known(Subject, as_of, 1), known(Subject, as_of, 1)
    statement = select(outer.c.status).where(outer.c.id.in_(select(inner.c.id).where(inner.c.status == "on study")))
    nobody = select(outer.c.status).where(outer.c.id.in_(select(inner.c.id).where(inner.c.status == "screening")))
    with reading(engine) as session:
        assert session.connection().execute(statement).scalars().all() == ["on study"]
        assert session.connection().execute(nobody).all() == []


def test_a_version_that_never_held_is_not_kept(engine):
    with reading(engine) as session:
        statuses = session.connection().execute(select(HISTORY[Subject].c.status)).scalars().all()
    assert statuses == ["screening", "on study"]


def test_history_is_read_only_where_something_changed_since(engine):
    with reading(engine) as session:
        assert cut_off(session, 1, AsOf(date(2026, 3, 10))).history is True
        assert cut_off(session, 1, AsOf(date(2026, 3, 25))).history is False
        assert cut_off(session, 2, AsOf(date(2026, 3, 10))).history is False


def test_another_study_is_not_seen(engine):
    with reading(engine) as session:
        assert session.connection().execute(select(known(Subject, AsOf(date(2026, 3, 25)), 2))).all() == []


def test_every_known_model_has_a_history_with_all_its_columns():
    for model in KNOWN_MODELS:
        assert {c.name for c in table_of(model).columns} < {c.name for c in HISTORY[model].columns}


@pytest.mark.parametrize(
    "wrong",
    [{"status": "asleep"}, {"age_years": 200}, {"age_years": "old"}, {"planned_cohort_id": 99}, {"sex": "x"}],
)
def test_the_database_refuses_what_cannot_be(engine, wrong):
    with pytest.raises(IntegrityError), acting(engine) as session:
        insert_versions(session, Subject, [[subject("screening", at(2), id=2, code="01-002") | wrong]])


def test_a_failed_transaction_leaves_nothing(engine):
    row = {
        "id": 1,
        "study_id": 1,
        "known_from": at(1),
        "code": "01",
        "name": "n",
        "country": None,
        "time_zone": "UTC",
        "planned_per_month": None,
    }
    with pytest.raises(RuntimeError), acting(engine) as session:
        insert_versions(session, Site, [[row]])
        raise RuntimeError
    with reading(engine) as session:
        assert session.connection().execute(select(table_of(Site))).all() == []


def test_a_reader_bound_to_a_site_sees_its_subjects_only_and_what_belongs_to_them(dataset):
    default = open_engine(dataset("default"))
    with reading(default) as session:
        connection = session.connection()
        every = AsOf(date(2027, 1, 1))
        sites = connection.execute(select(known(Site, every, 1).c.id)).scalars().all()
        people = {
            site: set(connection.execute(select(known(Subject, AsOf(date(2027, 1, 1), sites=frozenset({site})), 1).c.id)).scalars())
            for site in sites
        }
        assert sum(map(len, people.values())) == len(connection.execute(select(known(Subject, every, 1).c.id)).all()) > 0
        for model in KNOWN_MODELS:
            rows = known(model, every, 1)
            if "subject_id" not in rows.c:
                continue
            total = 0
            for site in sites:
                mine = known(model, AsOf(date(2027, 1, 1), sites=frozenset({site})), 1)
                found = connection.execute(select(mine.c.subject_id)).scalars().all()
                assert set(found) <= people[site], (model, site)
                total += len(found)
            assert total == len(connection.execute(select(rows.c.id)).all()), model


def test_a_reader_bound_to_no_site_sees_nobody(dataset):
    default = open_engine(dataset("default"))
    with reading(default) as session:
        nobody = known(Subject, AsOf(date(2027, 1, 1), sites=frozenset()), 1)
        assert session.connection().execute(select(nobody.c.id)).all() == []
