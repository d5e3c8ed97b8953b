"""A copy of a whole database into the other kind: the same to the last microsecond, guarded, and all or nothing."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import make_url

from db.commands.copy_database import copy_database
from db.engine import open_engine
from db.guards.guarded import guarded_tables
from db.guards.install import missing_guards
from db.history import HISTORY, table_of
from db.models import AuditEntry, Comment, Site
from db.verification import verify
from synthetic.generator import generate
from tests.acting import TESTER, acting
from tests.db.guarded_rows import at, change, fill, read_all
from tests.db.test_guards_outside import behind_the_guards
from trial.errors import FaultyInput

CHAIN = table_of(AuditEntry)
WAYS = [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite"), ("postgresql", "postgresql")]


@pytest.fixture
def opened(new_database):
    """Opens the engine of a new database of a kind; all are closed after the test."""
    engines: list[Engine] = []

    def open_new(kind, **options):
        engines.append(open_engine(new_database(kind, **options)))
        return engines[-1]

    yield open_new
    for engine in engines:
        engine.dispose()


def everything(engine):
    """All rows of all tables, as this program's types read them."""
    rows = {guarded.name: read_all(engine, guarded.table) for guarded in guarded_tables()}
    rows |= {past.name: read_all(engine, past, "change_number") for past in HISTORY.values()}
    return rows | {"audit_entry": read_all(engine, CHAIN, "sequence")}


@pytest.mark.parametrize(("kind", "other", "migrated"), [(*WAYS[0], False), (*WAYS[1], False), (*WAYS[2], True), (*WAYS[3], True)])
def test_a_copy_is_equal_sound_and_guarded(opened, kind, other, migrated):
    source, target = opened(kind), opened(other, migrated=migrated)
    fill(source)
    before = everything(source)
    told = []
    copied = copy_database(source, target, progress=lambda *now: told.append(now))
    assert everything(target) == everything(source) == before
    assert (copied.verification.faults, copied.verification.head) == ((), verify(source).head)
    assert copied.rows["subject"] == 1
    total = sum(copied.rows.values())
    assert told[-1][:2] == (total, total)
    with target.connect() as connection:
        assert missing_guards(connection) == []


@pytest.mark.parametrize(("kind", "other"), WAYS[:2])
def test_work_goes_on_in_the_copy(opened, kind, other):
    """Rows that the other database wrote are corrected and voided; new ones get ids of their own; the record stays sound."""
    source, target = opened(kind), opened(other)
    fill(source)
    copy_database(source, target)
    with acting(target, replace(TESTER, at=at(22))) as session:
        change(session, 1, status="discontinued", known_from=at(20))
        session.connection().execute(text("DELETE FROM site WHERE id = 6"))
        session.connection().execute(text("DELETE FROM role_grant WHERE id = 1"))
        session.add(Comment(study_id=1, known_from=at(21), subject_id=1, author="a", role="viewer", text="t"))
        session.add(Site(study_id=1, known_from=at(21), code="99", name="n", time_zone="UTC"))
    assert verify(target).faults == ()
    back = opened(kind)
    copy_database(target, back)
    assert everything(back) == everything(target)


def test_a_whole_trial_goes_there_and_back(opened):
    source, target, back = opened("sqlite"), opened("postgresql"), opened("sqlite")
    generate(source, scenario="default", seed=1)
    copy_database(source, target)
    copy_database(target, back)
    assert everything(back) == everything(target) == everything(source)


def test_an_edited_copy_is_found_though_texts_differ(opened):
    """Every row of a copy differs from its entry in form, so a true difference must still be told apart."""
    source, target = opened("postgresql"), opened("sqlite")
    fill(source)
    copy_database(source, target)
    behind_the_guards(make_url(str(target.url)).database, "UPDATE site SET planned_per_month = 0.1000001 WHERE id = 2")
    assert [fault.where for fault in verify(target).faults] == ["site, row 2"]


@pytest.mark.parametrize("other", ["sqlite", "postgresql"])
def test_a_target_that_holds_rows_is_refused(opened, other):
    source, target = opened("sqlite"), opened(other)
    fill(source)
    fill(target)
    before = everything(target)
    with pytest.raises(FaultyInput, match="target: holds rows already"):
        copy_database(source, target)
    assert everything(target) == before
    assert verify(target).faults == ()


def test_an_unsound_source_is_not_copied(opened):
    source, target = opened("sqlite"), opened("postgresql", migrated=False)
    fill(source)
    behind_the_guards(source.url.database, "UPDATE audit_entry SET actor = 'nobody' WHERE sequence = 3")
    with pytest.raises(FaultyInput, match="audit entry 3: was changed"):
        copy_database(source, target)
    assert inspect(target).get_table_names() == []


@pytest.mark.parametrize("other", ["sqlite", "postgresql"])
@pytest.mark.parametrize(("migrated", "at_table"), [(True, "audit_entry"), (False, "subject")])
def test_a_copy_that_is_cut_off_leaves_the_target_as_it_was(opened, other, migrated, at_table):
    source, target = opened("sqlite"), opened(other, migrated=migrated)
    fill(source)

    def stop(_done, _total, table):
        if table == at_table:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_database(source, target, progress=stop)
    assert_blank(target, migrated=migrated)
    assert copy_database(source, target).verification.faults == ()


@pytest.mark.parametrize("other", ["sqlite", "postgresql"])
def test_a_copy_that_is_not_the_same_is_not_kept(opened, other, monkeypatch):
    source, target = opened("sqlite"), opened(other, migrated=False)
    fill(source)
    from db.commands import copy_database as module  # noqa: PLC0415

    write = module._write
    monkeypatch.setattr(module, "_write", lambda new, table, rows: write(new, table, rows[:-1] if table.name == "site" else rows))
    with pytest.raises(FaultyInput, match="copy of site: has 5 rows instead of 6"):
        copy_database(source, target)
    assert_blank(target, migrated=False)


def assert_blank(engine, *, migrated):
    """No table, or all of them, empty and guarded."""
    engine.dispose()
    if not migrated:
        assert inspect(engine).get_table_names() == []
        return
    assert not any(everything(engine).values())
    assert verify(engine).faults == ()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_written_while_it_is_copied_is_not_in_the_copy(opened, kind):
    source, target = opened(kind), opened("sqlite" if kind == "postgresql" else "postgresql")
    fill(source)
    before = everything(source)
    written = []

    def write_meanwhile(_done, _total, _table):
        if not written:
            written.append(True)
            with acting(source) as session:
                change(session, 1, status="discontinued", known_from=at(25))

    copy_database(source, target, progress=write_meanwhile)
    assert everything(target) == before
    assert everything(source) != before
