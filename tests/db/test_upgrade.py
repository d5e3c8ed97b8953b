"""Every released schema, with data in it, becomes the newest one on both databases: sound, the same rows, the same past, or untouched."""

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import MetaData, inspect, select, text

from db.engine import open_engine, reading
from db.guards.canonical import canonical_row, write_moment
from db.history import HISTORY, KNOWN_MODELS, known, table_of
from db.models import Account, AdverseEvent, AuditEntry, ImportBatch, RoleGrant, Study, Subject
from db.schema import newest_version, read_version, upgrade
from db.verification import verify, verify_within
from tests.acting import acting
from tests.conftest import KINDS
from tests.db.guarded_rows import read_all
from tests.releases.build import HERE, build_release, read_release, released_versions
from trial.asof import AsOf

CHAIN = table_of(AuditEntry)
MOMENT = datetime(2026, 11, 23, 6, 0, 0, 5, tzinfo=UTC)


@pytest.fixture
def old(blank):
    """An engine for a database of a release, of either kind."""
    engine = open_engine(blank)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module", params=[(kind, version) for kind in KINDS for version in released_versions()], ids=" ".join)
def upgraded(request, lasting_database):
    """A database of a release that was upgraded, to be looked at only, and which release it was."""
    kind, version = request.param
    engine = open_engine(lasting_database(kind, migrated=False))
    build_release(engine, version)
    assert upgrade(engine, at=MOMENT) == (version, newest_version())
    yield engine, version
    engine.dispose()


def test_every_released_schema_has_left_its_rows():
    """Before a migration is added, `python -m tests.releases FILE.db` keeps what the release before it wrote."""
    missing = [version for version in released_versions() if not (HERE / f"{version}.json").is_file()]
    assert not missing
    assert "0001" in released_versions()
    assert newest_version() not in released_versions()


def test_an_upgraded_record_is_sound_and_holds_the_same_rows(upgraded):
    engine, version = upgraded
    assert verify(engine).faults == ()
    before = read_release(version)
    for model in (Study, ImportBatch, Account, RoleGrant, *KNOWN_MODELS):
        table = table_of(model)
        rows = [canonical_row(table, row) for row in read_all(engine, table)]
        assert rows == sorted((canonical_row(table, row) for row in before.get(table.name, [])), key=lambda row: row["id"]), table.name
        if model in HISTORY:
            assert versions_of(read_all(engine, HISTORY[model], "change_number"), table) == versions_of(
                before.get(f"{table.name}_history", []), table
            )


def versions_of(rows, table):
    """Earlier versions in one form and order; their key was another one in the first schema."""
    kept = [{name: value for name, value in row.items() if name not in ("history_id", "change_number")} for row in rows]
    return sorted(json.dumps(canonical_row(table, row) | {"valid_to": instant(row["valid_to"])}, sort_keys=True) for row in kept)


def instant(value):
    return write_moment(value) if isinstance(value, datetime) else value


def test_every_past_day_is_as_it_was(upgraded):
    engine, version = upgraded
    before = read_release(version)
    changes = sorted(row["valid_to"] for past in HISTORY.values() for row in before.get(past.name, []))
    assert changes
    days = {
        date.fromisoformat(changes[position][:10]) + timedelta(days=shift) for position in (0, len(changes) // 2, -1) for shift in (-1, 0)
    }
    with reading(engine) as session:
        for as_of in [AsOf(day) for day in sorted(days)]:
            for model in KNOWN_MODELS:
                table = table_of(model)
                for study in (1, 2):
                    seen = session.connection().execute(select(known(model, as_of, study))).mappings().all()
                    assert by_id(table, seen) == by_id(table, known_then(before, table.name, study, as_of.moment)), (table.name, as_of)


def known_then(before, table, study, moment):
    """The versions that were known before ``moment``, worked out from the rows of the release."""
    cut = write_moment(moment)
    current = [row for row in before.get(table, []) if row["known_from"] < cut]
    earlier = [row for row in before.get(f"{table}_history", []) if row["known_from"] < cut <= row["valid_to"]]
    return [row for row in (*current, *earlier) if row["study_id"] == study]


def by_id(table, rows):
    found = defaultdict(list)
    for row in rows:
        found[row["id"]].append(canonical_row(table, {name: row[name] for name in row if name in table.c}))
    return dict(found)


def test_the_entries_of_the_first_schema_stand_first_as_acts_with_their_hash(upgraded):
    engine, version = upgraded
    if version != "0001":
        return
    entries = read_all(engine, CHAIN, "sequence")
    before = read_release("0001")["audit_entry"]
    assert len(before) >= 2
    for entry, was in zip(entries, before, strict=False):
        said = json.loads(entry["after"])
        assert said.pop("hash_in_schema_0001") == was["hash"]
        assert (entry["change"], said) == ("act", json.loads(was["details"]))
        assert [entry[name] for name in ("actor", "role", "act", "study_id", "reason")] == [
            was[name] for name in ("actor", "role", "act", "study_id", "reason")
        ]
        assert write_moment(entry["at"]) == was["at"]
    assert {(entry["at"], entry["act"]) for entry in entries[len(before) :]} == {(MOMENT, "take over from schema 0001")}


def test_the_chain_of_a_guarded_release_is_kept_entry_for_entry(upgraded):
    engine, version = upgraded
    if version == "0001":
        return
    before = read_release(version)["audit_entry"]
    entries = read_all(engine, CHAIN, "sequence")
    assert [(entry["sequence"], entry["hash"], entry["before"], entry["after"]) for entry in entries[: len(before)]] == [
        (entry["sequence"], entry["hash"], entry["before"], entry["after"]) for entry in before
    ]


def test_work_goes_on_after_an_upgrade(upgraded):
    """Rows that the release wrote are corrected under today's guards; taken back, so that the others see the record as it was."""
    engine, _ = upgraded
    with pytest.raises(ZeroDivisionError), acting(engine) as session:
        for model in (AdverseEvent, Subject, Study):
            table = table_of(model)
            later = {"known_from": datetime(2040, 1, 1, tzinfo=UTC)} if model is not Study else {"title": "another"}
            assert session.connection().execute(table.update().where(table.c.id == 1).values(**later)).rowcount == 1
        assert verify_within(session).faults == ()
        raise ZeroDivisionError


@pytest.mark.parametrize("version", released_versions())
def test_an_upgrade_that_is_cut_off_leaves_the_old_schema_whole(old, version, monkeypatch):
    build_release(old, version)
    before = everything(old)

    def fail(_connection):
        raise OSError("no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("db.guards.install.install", fail)
        with pytest.raises(OSError, match="no space left"):
            upgrade(old)
    old.dispose()
    assert read_version(old) == version
    assert everything(old) == before
    assert upgrade(old)[1] == newest_version()
    assert verify(old).faults == ()


def everything(engine):
    """Every row of every table that there is, as text, and every index."""
    made = MetaData()
    made.reflect(engine)
    with engine.connect() as connection:
        rows = {name: sorted(map(str, connection.execute(text(f"SELECT * FROM {name}")))) for name in made.tables}
    return rows, {name: sorted(str(index["name"]) for index in inspect(engine).get_indexes(name)) for name in made.tables}
