"""The query that lists possible DLTs and the form that marks one decide alike, on every combination of what is and is not known."""

from itertools import product
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select

from db.queries.conditions import related
from db.queries.dlt_candidates import cause_open, grave
from trial.clocks.dlt_rule import is_attributable, is_grave
from trial.protocol import DltPart
from trial.terms import GRADES, HEADS, JUDGES, SEVERITIES

WORDS = (None, "unlikely", "possible")
JUDGED = tuple(f"{judge}_{head}" for judge in JUDGES for head in HEADS[:2])
EVENT = Table(
    "event",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("grade", Integer),
    Column("severity", String),
    Column("source_causality", String),
    *(Column(f"{judge}_{head}", String) for judge in JUDGES for head in HEADS),
)


def rule_of(minimum_grade: int, heads: tuple[Any, ...] = ("product",)) -> DltPart:
    return DltPart(window_days=28, definition="severe and caused by it", minimum_grade=minimum_grade, attributed_to=heads)


@pytest.fixture(scope="module")
def events():
    """Every grade with every severity, and every pair of judgements on product and procedure, with and without a source's own word."""
    grades = [{"grade": grade, "severity": severity} for grade, severity in product((None, *GRADES), (None, *SEVERITIES))]
    causes = [
        {"source_causality": source, "investigator_underlying": other, **dict(zip(JUDGED, said, strict=True))}
        for source, other, *said in product((None, "NONE"), (None, "probable"), *(WORDS for _ in JUDGED))
    ]
    empty = dict.fromkeys(column.name for column in EVENT.columns if column.name != "id")
    rows = [{**empty, **row} for row in (*grades, *causes)]
    engine = create_engine("sqlite://")
    EVENT.create(engine)
    with engine.begin() as connection:
        connection.execute(insert(EVENT), rows)
        yield connection, connection.execute(select(EVENT).order_by(EVENT.c.id)).mappings().all()
    engine.dispose()


@pytest.mark.parametrize("minimum_grade", GRADES)
def test_form_and_query_agree_on_what_is_grave(events, minimum_grade):
    connection, rows = events
    found = set(connection.execute(select(EVENT.c.id).where(grave(EVENT, rule_of(minimum_grade)))).scalars())
    assert found == {row["id"] for row in rows if is_grave(row["grade"], row["severity"], minimum_grade)}
    assert 0 < len(found) < len(rows) or minimum_grade == 1


@pytest.mark.parametrize("heads", [("product",), ("procedure",), ("product", "procedure"), ("underlying",)])
def test_form_and_query_agree_on_what_is_attributable(events, heads):
    connection, rows = events
    rule = rule_of(3, heads)
    asked = select(EVENT.c.id).where(related(EVENT, heads) | cause_open(EVENT, rule))
    found = set(connection.execute(asked).scalars())
    assert found == {row["id"] for row in rows if is_attributable(row, rule)}
    assert 0 < len(found) < len(rows)


def test_neither_grade_nor_severity_clears_nothing():
    assert is_grave(None, None, 5)
    assert is_grave(None, "severe", 4), "severe may be grade 4 or 5"
    assert not is_grave(None, "moderate", 3)
    assert is_grave(None, "moderate", 2)
    assert not is_grave(2, "severe", 3), "a grade is what counts where there is one"
