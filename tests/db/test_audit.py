"""The audit chain: numbering, hashing over every column, and its head."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from db.audit import Actor, append_entry, read_head
from db.engine import reading, writing
from db.guards.canonical import compute_hash
from db.guards.guarded import ENTRY_COLUMNS
from db.history import table_of
from db.models import AuditEntry
from tests.blank import open_blank

ACTOR = Actor("tester", "administrator", datetime(2026, 3, 1, 8, tzinfo=UTC))


def seal(entry):
    return compute_hash(entry[name] for name in ENTRY_COLUMNS[:-1])


@pytest.fixture
def entries(tmp_path):
    engine = open_blank(tmp_path / "a.db")
    with writing(engine) as session:
        append_entry(session, ACTOR, "first", details={"b": 1, "a": "ä"})
        head = append_entry(session, ACTOR, "second", reason="because")
    with reading(engine) as session:
        assert read_head(session) == head
        return [
            dict(row._mapping)
            for row in session.connection().execute(select(table_of(AuditEntry)).order_by(table_of(AuditEntry).c.sequence))
        ]


def test_entries_are_numbered_and_chained(entries):
    assert [entry["sequence"] for entry in entries] == [1, 2]
    assert entries[1]["previous_hash"] == entries[0]["hash"]
    assert all(seal(entry) == entry["hash"] for entry in entries)


@pytest.mark.parametrize("column", [name for name in ENTRY_COLUMNS if name != "hash"])
def test_a_change_of_any_column_breaks_the_hash(entries, column):
    changed = {**entries[1], column: "tampered"}
    assert seal(changed) != entries[1]["hash"]


def test_the_head_of_an_empty_record_is_number_0(tmp_path):
    engine = open_blank(tmp_path / "b.db")
    with reading(engine) as session:
        assert read_head(session).sequence == 0
