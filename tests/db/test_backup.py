"""Backups taken while people work, brought back, and refused when they are damaged; of SQLite and of PostgreSQL."""

import os
import sqlite3
import stat
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import func, inspect, select

from db.backup import back_up, back_up_server, restore, restore_server
from db.engine import embedded_url, open_engine
from db.history import table_of
from db.models import Comment
from db.verification import verify
from tests.acting import acting
from tests.conftest import KINDS
from tests.db.guarded_rows import at, fill
from tests.db.test_copy import everything
from tests.db.test_guards_outside import behind_the_guards
from trial.errors import FaultyInput

NOTES = table_of(Comment)


@pytest.fixture
def opened(new_database):
    """A database of each kind asked for, with the small record in it."""
    engines = []

    def open_filled(kind, *, filled=True):
        engine = open_engine(new_database(kind))
        engines.append(engine)
        if filled:
            fill(engine)
        return engine

    yield open_filled
    for engine in engines:
        engine.dispose()


def file_of(engine):
    return Path(engine.url.database)


def take(engine, target):
    """A backup, by whichever way the database needs."""
    return back_up(file_of(engine), target) if engine.dialect.name == "sqlite" else back_up_server(engine, target)


def content(file):
    engine = open_engine(embedded_url(file))
    try:
        assert verify(engine).faults == ()
        return everything(engine)
    finally:
        engine.dispose()


@contextmanager
def somebody_working(engine):
    """A writer who adds remark after remark, each with its entry, two in one transaction."""
    stop, written = Event(), []

    def work():
        while not stop.wait(0.01):
            with acting(engine) as session:
                for _ in range(2):
                    row = {
                        "study_id": 1,
                        "known_from": at(15),
                        "subject_id": 1,
                        "event_id": None,
                        "author": "a",
                        "role": "viewer",
                        "text": "t",
                    }
                    session.connection().execute(NOTES.insert().values(row))
            written.append(True)

    thread = Thread(target=work)
    thread.start()
    try:
        yield written
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("kind", KINDS)
def test_backups_taken_while_somebody_works_are_sound_and_whole(opened, kind, tmp_path):
    engine = opened(kind)
    counts = []
    with somebody_working(engine) as written:
        for number in range(3 if kind == "sqlite" else 2):
            seen = len(written)
            while len(written) == seen:  # something is written between two backups
                pass
            found = take(engine, tmp_path / f"copy-{number}.db")
            counts.append(len(content(tmp_path / f"copy-{number}.db")["comment"]))
            assert found.faults == ()
    assert counts == sorted(set(counts)), "each holds more than the one before"
    assert all(count % 2 == 0 for count in counts), "no half of a transaction"
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(NOTES)).scalar_one() == 2 * len(written)


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_comes_back_as_it_was(opened, kind, tmp_path):
    engine = opened(kind)
    head = take(engine, tmp_path / "copy.db").head
    before = everything(engine)
    bytes_before = (tmp_path / "copy.db").read_bytes()
    if kind == "sqlite":
        assert restore(tmp_path / "copy.db", tmp_path / "again.db").head == head
        assert content(tmp_path / "again.db") == before
    else:
        again = opened(kind, filled=False)
        assert restore_server(tmp_path / "copy.db", again).head == head
        assert everything(again) == before
    assert (tmp_path / "copy.db").read_bytes() == bytes_before


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_is_one_file_for_nobody_else_to_read(opened, kind, tmp_path):
    engine = opened(kind)
    folder = tmp_path / "copies"
    folder.mkdir()
    take(engine, folder / "copy.db")
    assert [path.name for path in folder.iterdir()] == ["copy.db"]
    assert stat.S_IMODE((folder / "copy.db").stat().st_mode) == 0o600


def damaged(file, way):
    """A copy of ``file`` with something wrong."""
    other = file.with_name(f"{way.replace(' ', '-')}.db")
    whole = file.read_bytes()
    if way == "cut off":
        other.write_bytes(whole[: len(whole) // 2])
    elif way == "a page of noise":
        other.write_bytes(whole[:8192] + b"\x5a" * 4096 + whole[12288:])
    elif way == "no database":
        other.write_bytes(b"a letter " * 1000)
    elif way == "empty":
        other.write_bytes(b"")
    else:
        other.write_bytes(whole)
        behind_the_guards(other, "UPDATE subject SET age_years = 41 WHERE id = 1")
    return other


WAYS = ("cut off", "a page of noise", "no database", "empty", "one number changed")


@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_backup_is_refused_and_leaves_nothing(opened, way, tmp_path):
    engine, server = opened("sqlite"), opened("postgresql", filled=False)
    back_up(file_of(engine), tmp_path / "copy.db")
    file = damaged(tmp_path / "copy.db", way)
    with pytest.raises(FaultyInput):
        restore(file, tmp_path / "again.db")
    assert not list(tmp_path.glob("again.db*"))
    with pytest.raises(FaultyInput):
        restore_server(file, server)
    assert not any(everything(server).values())


def test_a_damaged_database_is_not_backed_up(opened, tmp_path):
    engine = opened("sqlite")
    behind_the_guards(file_of(engine), "DELETE FROM subject_history WHERE id = 1")
    with pytest.raises(FaultyInput, match="subject_history, change"):
        back_up(file_of(engine), tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy.db*"))


@pytest.mark.parametrize("there", ["again.db", "again.db-wal", "again.db-journal"])
def test_a_restore_never_overwrites_nor_joins_what_an_earlier_database_left(opened, there, tmp_path):
    """A write-ahead log that was left behind would be played into the database that comes to stand beside it."""
    engine = opened("sqlite")
    back_up(file_of(engine), tmp_path / "copy.db")
    (tmp_path / there).write_bytes(b"of an earlier life")
    with pytest.raises(FaultyInput, match=f"{there}: exists already"):
        restore(tmp_path / "copy.db", tmp_path / "again.db")
    assert [path.name for path in tmp_path.glob("again.db*")] == [there]


def test_a_server_that_holds_something_is_not_overwritten(opened, tmp_path):
    engine, server = opened("sqlite"), opened("postgresql")
    back_up(file_of(engine), tmp_path / "copy.db")
    before = everything(server)
    with pytest.raises(FaultyInput, match="holds rows already"):
        restore_server(tmp_path / "copy.db", server)
    assert everything(server) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_never_overwrites(opened, kind, tmp_path):
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(FaultyInput, match="a backup never overwrites"):
        take(opened(kind), tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_a_name_taken_meanwhile_is_left_alone(opened, tmp_path, monkeypatch):
    engine = opened("sqlite")
    monkeypatch.setattr("db.backup._make_single_file", lambda _partial: (tmp_path / "copy.db").write_text("quicker"))
    with pytest.raises(FaultyInput, match="exists already"):
        back_up(file_of(engine), tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "quicker"


def test_what_a_struck_backup_left_is_cleared_and_one_under_way_is_not(opened, tmp_path):
    gone = tmp_path / "copy.db.4194999.partial"  # beyond the highest number a process can have here
    mine = tmp_path / f"copy.db.{os.getppid()}.partial"
    for path in (gone, gone.with_name(gone.name + "-wal"), mine):
        path.write_text("half")
    back_up(file_of(opened("sqlite")), tmp_path / "copy.db")
    assert sorted(path.name for path in tmp_path.glob("copy.db*")) == ["copy.db", mine.name]


def test_the_last_words_in_the_write_ahead_log_are_in_the_backup(opened, tmp_path):
    """Another connection holds the log open, so that nothing of it has reached the file itself."""
    engine = opened("sqlite")
    with closing(sqlite3.connect(file_of(engine))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM subject").fetchone()
        with acting(engine) as session:
            session.add(Comment(study_id=1, known_from=at(15), subject_id=1, author="a", role="viewer", text="last words"))
        back_up(file_of(engine), tmp_path / "copy.db")
    assert [row["text"] for row in content(tmp_path / "copy.db")["comment"]] == ["last words"]


def test_a_backup_of_a_server_leaves_it_as_it_was(opened, tmp_path):
    server = opened("postgresql")
    before = everything(server), inspect(server).get_table_names()
    back_up_server(server, tmp_path / "copy.db")
    assert (everything(server), inspect(server).get_table_names()) == before
