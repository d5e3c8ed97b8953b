"""The heads of the chain outside the database: noted after each commit, tolerant of torn lines, never in the way of the work."""

import json
import os
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import make_url

from db.audit import Head, append_entry, read_head
from db.commandline.run import run
from db.engine import reading, writing
from db.heads import (
    HEADS_VARIABLE,
    NotedHead,
    begin_heads,
    complaint_of_heads,
    heads_file,
    heads_of,
    name_database,
    note_head,
    read_heads,
)
from db.verification import verify
from tests.acting import TESTER
from tests.blank import open_blank


@pytest.fixture
def engine(tmp_path):
    """A database in a file, with its schema."""
    engine = open_blank(tmp_path / "trial.db")
    yield engine
    engine.dispose()


def act(engine, times=1):
    for _ in range(times):
        with writing(engine) as session:
            append_entry(session, TESTER, "test")


def head_of(engine):
    with reading(engine) as session:
        return read_head(session)


def noted_heads(engine):
    return [Head(head.sequence, head.hash) for head in heads_of(engine.url).heads]


def test_each_transaction_leaves_one_line_beside_the_file(engine, tmp_path):
    act(engine, 3)
    file = tmp_path / "trial.db.heads"
    lines = file.read_text().splitlines()
    assert [int(line.split()[1]) for line in lines] == [1, 2, 3]
    assert re.fullmatch(r"2026-03-01T08:00:00Z 3 [0-9a-f]{64} sqlite:/.*/trial\.db", lines[-1])
    assert lines[-1].split()[2] == head_of(engine).hash
    assert complaint_of_heads(engine.url, 3) is None


def test_a_transaction_of_many_entries_leaves_one_line(engine):
    with writing(engine) as session:
        for _ in range(5):
            append_entry(session, TESTER, "test")
    assert [head.sequence for head in heads_of(engine.url).heads] == [5]


def test_nothing_is_noted_of_what_was_not_committed_or_changed_nothing(engine):
    act(engine)
    with pytest.raises(RuntimeError), writing(engine) as session:
        append_entry(session, TESTER, "test")
        raise RuntimeError
    with writing(engine):
        pass
    assert [head.sequence for head in heads_of(engine.url).heads] == [1]


def test_verify_finds_the_end_that_was_cut_off(engine):
    act(engine, 4)
    noted = noted_heads(engine)
    with engine.begin() as connection:
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'"
        ).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("DELETE FROM audit_entry WHERE sequence > 2")
    without = [fault.where for fault in verify(engine).faults]
    with_heads = [fault.where for fault in verify(engine, noted=noted).faults]
    assert "audit entries 3 to 4" in with_heads
    assert "audit entries 3 to 4" not in without


@pytest.mark.parametrize("end", ["2026-03-01T08:00:00Z 4 abc", "2026-03-01T08:", "\x00\xff\x00"])
def test_a_torn_last_line_is_passed_over_and_ended(engine, tmp_path, end):
    act(engine, 2)
    with (tmp_path / "trial.db.heads").open("a", encoding="latin-1") as file:
        file.write(end)
    assert [head.sequence for head in heads_of(engine.url).heads] == [1, 2]
    act(engine)
    found = heads_of(engine.url)
    assert [head.sequence for head in found.heads] == [1, 2, 3]
    assert found.unreadable == 1


@pytest.mark.parametrize("trouble", ["full", "folder"])
def test_work_is_kept_where_its_head_cannot_be_noted_and_the_reader_is_told(engine, tmp_path, monkeypatch, trouble):
    act(engine)
    if trouble == "full":

        def refuse(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", refuse)
    else:
        (tmp_path / "trial.db.heads").unlink()
        (tmp_path / "trial.db.heads").mkdir()
    act(engine)
    assert head_of(engine).sequence == 2
    why = "No space left on device" if trouble == "full" else "Is a directory"
    assert why in str(complaint_of_heads(engine.url, 2))


def test_a_head_that_is_missing_outside_is_told_by_another_process_too(engine, tmp_path):
    act(engine, 2)
    file = tmp_path / "trial.db.heads"
    file.write_text(file.read_text().splitlines(keepends=True)[0])
    assert complaint_of_heads(engine.url, 2) == "The newest head noted outside is number 1, the record is at 2."


def test_a_record_that_begins_anew_does_not_answer_for_the_one_before(engine):
    act(engine, 3)
    begin_heads(engine.url, 1, "0" * 64, datetime(2026, 3, 2, tzinfo=UTC))
    assert [(head.sequence, head.begins) for head in heads_of(engine.url).heads] == [(1, True)]
    assert complaint_of_heads(engine.url, 1) is None


def test_several_databases_may_share_a_file(engine, tmp_path, monkeypatch):
    shared = tmp_path / "outside" / "heads"
    shared.parent.mkdir()
    monkeypatch.setenv(HEADS_VARIABLE, str(shared))
    act(engine, 2)
    other = make_url("postgresql+psycopg://somebody:secret@host/trials")
    note_head(other, NotedHead("2026-03-01T08:00:00Z", 9, "a" * 64, name_database(other)))
    assert [head.sequence for head in heads_of(engine.url).heads] == [1, 2]
    assert [head.sequence for head in heads_of(other).heads] == [9]
    assert len(read_heads(shared).heads) == 3
    assert "secret" not in shared.read_text()
    assert not (tmp_path / "trial.db.heads").exists()


def test_where_heads_are_noted():
    assert heads_file(make_url("sqlite://"), {}) is None
    assert heads_file(make_url("sqlite:///:memory:"), {HEADS_VARIABLE: "/x"}) is None
    assert heads_file(make_url("postgresql+psycopg://host/trials"), {}) is None
    assert str(heads_file(make_url("postgresql+psycopg://host/trials"), {HEADS_VARIABLE: "/x/heads"})) == "/x/heads"
    assert str(heads_file(make_url("sqlite:////data/trial.db"), {})) == "/data/trial.db.heads"
    assert "FIRSTWATCH_HEADS" in str(complaint_of_heads(make_url("postgresql+psycopg://host/trials"), 3))


def test_the_command_reads_the_heads_and_says_so(engine, tmp_path, capsys):
    act(engine, 3)
    file = str(tmp_path / "trial.db")
    assert run(["verify", "--database", file], TESTER.at) == 0
    assert "3 heads noted outside" in capsys.readouterr().out
    lines = (tmp_path / "trial.db.heads").read_text().splitlines()
    kept = tmp_path / "kept"
    kept.write_text("\n".join([*lines, lines[-1].replace(" 3 ", " 7 ")]) + "\n")
    assert run(["verify", "--database", file, "--heads", str(kept), "--format", "json"], TESTER.at) == 1
    said = json.loads(capsys.readouterr().out)
    assert not said["sound"]
    assert said["entries"] == 3
    assert [fault["where"] for fault in said["faults"]] == ["audit entries 4 to 7"]
    assert said["heads"]["noted"] == 4


def test_the_command_says_that_no_heads_are_noted(engine, tmp_path, capsys):
    act(engine, 2)
    (tmp_path / "trial.db.heads").unlink()
    assert run(["verify", "--database", str(tmp_path / "trial.db")], TESTER.at) == 0
    assert "The newest head noted outside is number 0, the record is at 2." in capsys.readouterr().out


def test_a_database_brought_back_begins_its_heads_anew(engine, tmp_path, capsys):
    act(engine, 3)
    trial, copy = str(tmp_path / "trial.db"), tmp_path / "copy.db"
    assert run(["backup", "--database", trial, str(copy)], TESTER.at) == 0
    act(engine, 2)
    engine.dispose()
    (tmp_path / "trial.db").unlink()
    assert run(["restore", "--database", trial, str(copy)], TESTER.at) == 0
    assert [(head.sequence, head.begins) for head in read_heads(tmp_path / "trial.db.heads").heads] == [(3, True)]
    assert len((tmp_path / "trial.db.heads").read_text().splitlines()) == 6
    capsys.readouterr()
    assert run(["verify", "--database", trial], TESTER.at) == 0
    assert "begin with number 3: the record was brought there then" in capsys.readouterr().out
