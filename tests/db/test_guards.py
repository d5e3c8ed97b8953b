"""The promises of the guards, on both databases: every change is recorded, explained and kept, whoever writes and by whatever statement."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.audit import begin_act, read_head
from db.engine import open_engine, reading, writing
from db.guards.canonical import canonical_row
from db.guards.guarded import guarded_tables
from db.history import HISTORY, insert_versions, table_of
from db.models import AuditEntry, Subject
from db.verification import verify
from tests.acting import acting
from tests.conftest import KINDS
from tests.db.guarded_rows import PEOPLE, at, change, fill, read_all, subject

PEOPLE_TABLE, PAST, CHAIN = table_of(Subject), HISTORY[Subject], table_of(AuditEntry)


@pytest.fixture(scope="module", params=KINDS)
def filled(request, lasting_database):
    """A record with a bit of everything, which no test here manages to change."""
    engine = open_engine(lasting_database(request.param))
    fill(engine)
    yield engine
    engine.dispose()


def changes_of(engine, table, key):
    return [entry for entry in read_all(engine, CHAIN, "sequence") if (entry["table_name"], entry["row_key"]) == (table, key)]


def state_of(engine):
    """Everything the record holds."""
    tables = [*(guarded.table for guarded in guarded_tables())]
    return {
        **{table.name: read_all(engine, table) for table in tables},
        **{past.name: read_all(engine, past, "change_number") for past in HISTORY.values()},
        "chain": read_all(engine, CHAIN, "sequence"),
    }


def refused(engine, statement, words="firstwatch", *, reason="to test", **values):
    """The statement is refused with ``words``, and nothing is changed."""
    before = state_of(engine)
    with pytest.raises(DBAPIError, match=words), acting(engine, reason=reason) as session:
        session.connection().execute(text(statement) if isinstance(statement, str) else statement, values)
    assert state_of(engine) == before


def test_an_insert_is_recorded_with_the_row_and_who_did_it(filled):
    entry = changes_of(filled, "subject", 1)[0]
    assert (entry["change"], entry["before"], entry["reason"]) == ("insert", None, None)
    assert {name: entry[name] for name in ("actor", "role", "session", "act", "at", "known_from", "study_id")} == {
        "actor": PEOPLE.name, "role": "coordinator", "session": "s-1", "act": "set up", "at": PEOPLE.at, "known_from": at(2), "study_id": 1,
    }  # fmt: skip
    written = subject(1, at(2), site_id=1, eligible=True, age_years=40)
    assert canonical_row(PEOPLE_TABLE, json.loads(entry["after"])) == canonical_row(PEOPLE_TABLE, written)


def test_a_correction_is_recorded_before_and_after_and_the_old_version_is_kept(filled):
    _, entry, last = changes_of(filled, "subject", 1)
    assert (entry["change"], entry["reason"], entry["known_from"]) == ("update", "the form was late", at(9, microsecond=5))
    assert json.loads(entry["before"])["status"] == "screening"
    assert json.loads(entry["after"])["status"] == "enrolled"
    assert entry["after"] == last["before"]
    kept = [row for row in read_all(filled, PAST, "change_number") if row["id"] == 1]
    assert [(row["change_number"], row["status"], row["known_from"], row["valid_to"]) for row in kept] == [
        (entry["sequence"], "screening", at(2), at(9, microsecond=5)),
        (last["sequence"], "enrolled", at(9, microsecond=5), at(10)),
    ]


def test_a_void_is_recorded_and_the_row_kept_in_the_history(filled):
    entry = changes_of(filled, "subject", 2)[-1]
    assert (entry["change"], entry["after"], entry["reason"], entry["known_from"]) == ("delete", None, "entered twice", at(12))
    assert [row["id"] for row in read_all(filled, PEOPLE_TABLE)] == [1]
    kept = [row for row in read_all(filled, PAST, "change_number") if row["id"] == 2]
    assert [(row["change_number"], row["status"], row["valid_to"]) for row in kept] == [(entry["sequence"], "screening", at(12))]


def test_the_record_is_sound(filled):
    found = verify(filled)
    assert (found.faults, found.entries) == ((), len(read_all(filled, CHAIN, "sequence")))
    assert found.entries > 10


@pytest.mark.parametrize("reason", [None, "", "  "])
@pytest.mark.parametrize(
    "statement", ["UPDATE subject SET status = 'enrolled', known_from = '2026-04-01 00:00:00.000000+00'", "DELETE FROM subject"]
)
def test_a_correction_without_a_reason_is_refused(filled, reason, statement):
    refused(filled, statement, "a correction needs a reason", reason=reason)


def test_a_correction_known_before_what_it_corrects_is_refused(filled):
    refused(filled, PEOPLE_TABLE.update().values(status="enrolled", known_from=at(9)), "known later than what it corrects")


def test_a_void_known_before_what_it_voids_is_refused(filled):
    with pytest.raises(DBAPIError, match="known later than what it corrects"), writing(filled) as session:
        begin_act(session, PEOPLE, "void subject", reason="too early", known_from=at(9))
        session.connection().execute(PEOPLE_TABLE.delete().where(PEOPLE_TABLE.c.id == 1))


@pytest.mark.parametrize("changed", [{"id": 9}, {"study_id": 2}])
def test_a_correction_keeps_the_key_and_the_study_of_its_row(filled, changed):
    refused(filled, PEOPLE_TABLE.update().values(known_from=at(20), **changed), "keeps the key and the study")


@pytest.mark.parametrize("table", ["audit_entry", "subject_history", "site_history"])
@pytest.mark.parametrize("act", ["UPDATE {} SET known_from = known_from", "DELETE FROM {}"])
def test_chain_and_history_are_never_changed(filled, table, act):
    refused(filled, act.format(table), "never changed|only grows")


@pytest.mark.parametrize(("table", "key", "column"), [("audit_entry", "sequence", "actor"), ("subject_history", "change_number", "status")])
def test_an_upsert_on_chain_and_history_is_refused(filled, table, key, column):
    update = f"ON CONFLICT ({key}) DO UPDATE SET {column} = 'forged'"
    refused(filled, f"INSERT INTO {table} SELECT * FROM {table} WHERE true {update}")
    if filled.dialect.name == "sqlite":
        refused(filled, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
        refused(filled, f"UPDATE OR REPLACE {table} SET {key} = 1")


def test_history_is_written_by_the_guards_alone(filled):
    row = read_all(filled, PAST, "change_number")[0]
    head = read_all(filled, CHAIN, "sequence")[-1]["sequence"]
    for number in (head, head + 1, 1):
        refused(filled, PAST.insert().values(**row | {"change_number": number}), "history is written by the guards alone")


@pytest.mark.parametrize("forged", [{}, {"sequence": 99}, {"previous_hash": "0" * 64}, {"hash": "1" * 64}])
def test_an_entry_must_follow_the_head_with_its_hash(filled, forged):
    """The newest entry said once more under the next number: its hash does not fit, whatever else is right."""
    last = read_all(filled, CHAIN, "sequence")[-1]
    entry = last | {"sequence": last["sequence"] + 1, "previous_hash": last["hash"]} | forged
    refused(filled, CHAIN.insert().values(**entry), "must follow the head")


def test_an_upsert_of_a_row_is_a_correction_like_any_other(record):
    fill(record)
    listed = ", ".join(PEOPLE_TABLE.c.keys())
    statement = f"INSERT INTO subject ({listed}) SELECT {listed} FROM subject WHERE id = 1 ON CONFLICT (id) DO UPDATE SET "
    statement += "status = 'discontinued', known_from = '2026-03-30 00:00:00.000000+00'"
    if record.dialect.name == "sqlite":
        statement = statement.replace("+00'", "'")
    refused(record, statement, "needs a reason", reason=None)
    with acting(record) as session:
        session.connection().execute(text(statement))
    assert [entry["change"] for entry in changes_of(record, "subject", 1)][-1] == "update"
    assert verify(record).faults == ()


def test_a_statement_that_fails_leaves_nothing_of_the_act(filled):
    before = state_of(filled)
    with pytest.raises(DBAPIError), acting(filled) as session:
        insert_versions(session, Subject, [[subject(3, at(3))]])
        change(session, 1, status="asleep", known_from=at(20))
    assert state_of(filled) == before


def test_every_entry_names_the_one_before(filled):
    entries = read_all(filled, CHAIN, "sequence")
    assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry["previous_hash"] for entry in entries[1:]] == [entry["hash"] for entry in entries[:-1]]
    with reading(filled) as session:
        assert read_head(session).hash == entries[-1]["hash"]
