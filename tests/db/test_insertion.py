"""Fast insertion writes what SQLAlchemy's own insertion writes."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from db.engine import open_engine
from db.history import table_of
from db.insertion import insert_rows
from db.models import ProductLot, Study

STUDY = {"id": 1, "code": "X", "title": "t", "kind": "live", "time_zone": "UTC", "ctcae_version": None, "data_through": None}
ROWS = [
    {
        "id": number,
        "study_id": 1,
        "known_from": datetime(2026, 3, number, 8, 30, tzinfo=UTC),
        "code": f"naïve 'quoted' %(label)s ? {number}",
        "released_on": date(2026, 3, number) if number % 2 else None,
        "expires_on": None,
        "release_viability_percent": 91.5,
    }
    for number in (1, 2, 3)
]


@pytest.fixture
def connection():
    engine = open_engine("sqlite://")
    with engine.connect() as connection:
        table_of(Study).metadata.create_all(connection)
        connection.execute(insert(table_of(Study)), [STUDY])
        yield connection


def test_it_stores_the_same_values(connection):
    table = table_of(ProductLot)
    connection.execute(insert(table), ROWS)
    slow = connection.exec_driver_sql("SELECT * FROM product_lot").all()
    connection.execute(table.delete())
    insert_rows(connection, table, ROWS)
    assert connection.exec_driver_sql("SELECT * FROM product_lot").all() == slow
    assert connection.execute(select(table.c.known_from).where(table.c.id == 2)).scalar_one() == ROWS[1]["known_from"]


@pytest.mark.parametrize("count", [1, 4285, 4286, 9001])
def test_no_row_is_lost_between_statements(connection, count):
    table = table_of(ProductLot)
    insert_rows(connection, table, [{**ROWS[0], "id": number, "code": f"L{number}"} for number in range(1, count + 1)])
    assert connection.execute(select(table.c.id).order_by(table.c.id)).scalars().all() == list(range(1, count + 1))


def test_it_takes_no_rows(connection):
    insert_rows(connection, table_of(ProductLot), [])
    assert connection.exec_driver_sql("SELECT count(*) FROM product_lot").scalar_one() == 0


def test_constraints_still_hold(connection):
    with pytest.raises(IntegrityError):
        insert_rows(connection, table_of(Study), [{**STUDY, "id": 2, "code": "Y", "kind": "nonsense"}])
