"""``python -m db`` as a person meets it: one sentence for an error, no traceback, the database where it was said to be."""

import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.commandline.run import run
from db.guards.canonical import compute_hash
from db.guards.guarded import ENTRY_COLUMNS
from tests.db.sdtm_export import write_export
from tests.faults.tampering import behind_the_guards

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def call(tmp_path, monkeypatch, capfd):
    """Run a command in a folder of its own; returns status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def do(*arguments):
        try:
            status = run([str(argument) for argument in arguments], NOW)
        except SystemExit as leaving:
            status = leaving.code
        out, err = capfd.readouterr()
        return status, out, err

    return do


@pytest.fixture
def filled(call, tmp_path):
    """The same with the small export imported as SMALL."""
    assert call("import", write_export(tmp_path / "export"), "--study", "SMALL")[0] == 0
    return call


def one_sentence(result, words):
    status, out, err = result
    assert status not in (0, None)
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert "usage:" not in err
    assert words in err


def test_it_runs_as_a_module_and_explains_itself(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "db", "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    for command in ("init", "upgrade", "import", "summary", "problems", "export", "verify", "backup", "restore", "copy"):
        assert command in done.stdout
    failed = subprocess.run(
        [sys.executable, "-m", "db", "summary", "--study", "X"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr == "firstwatch: database: firstwatch.db does not exist. Create it with: python -m db init.\n"
    assert not (tmp_path / "firstwatch.db").exists()


@pytest.mark.parametrize("command", ["init", "upgrade", "import", "summary", "problems", "export", "verify", "backup", "restore", "copy"])
def test_every_command_has_help(call, command):
    status, out, _ = call(command, "--help")
    assert status == 0
    assert f"python -m db {command}" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: COMMAND"),
        (["dance"], "invalid choice: 'dance'"),
        (["import"], "required: PATH, --study"),
        (["import", "nowhere", "--study", "A"], "nowhere: does not exist"),
        (["import", "nowhere", "--study", "A B"], "1 to 40 letters"),
        (["import", "nowhere", "--study", "A", "--time-zone", "Mars/Crater"], "Mars/Crater is no IANA time zone"),
        (["import", "nowhere", "--study", "A", "--protocol", "nothing.toml"], "nothing.toml: No such file"),
        (["summary", "--study", "A"], "firstwatch.db does not exist"),
        (["summary", "--study", "A", "--as-of", "2026-02-30"], "'2026-02-30' is not a date"),
        (["summary", "--study", "A", "--as-of", "9999-12-31"], "9999-12-31 is out of range; give a day from 1900-01-01 to 2100-12-31"),
        (["problems", "--study", "A", "--as-of", "0001-01-01"], "0001-01-01 is out of range"),
        (["export", "out", "--study", "A", "--as-of", "2101-01-01"], "2101-01-01 is out of range"),
        (["summary", "--study", "A", "--format", "xml"], "invalid choice: 'xml'"),
        (["verify"], "firstwatch.db does not exist"),
        (["upgrade"], "firstwatch.db does not exist"),
        (["init", "--database", "no/such/folder/a.db"], "there is no such folder"),
        (["init", "--database", "oracle://x"], "of a kind this program does not know"),
        (["init", "--database", "://"], "has no readable URL"),
        (["backup", "b.db", "--database", "postgresql+psycopg://x@127.0.0.1:1/y"], "database: connection failed"),
        (["copy"], "required: --to"),
        (["copy", "--to", "firstwatch.db"], "target: is the database itself"),
        (["copy", "--to", "other.db"], "firstwatch.db does not exist"),
        (["restore", "b.db"], "b.db: does not exist"),
    ],
)
def test_an_error_is_one_sentence(call, arguments, words, tmp_path):
    one_sentence(call(*arguments), words)
    assert not (tmp_path / "firstwatch.db").exists()


def test_a_protocol_that_is_no_text_is_refused(call, tmp_path):
    (tmp_path / "p.toml").write_bytes(b"\xff\xfe\x00")
    one_sentence(
        call("import", write_export(tmp_path / "export"), "--study", "A", "--protocol", "p.toml"), "p.toml: is not a text file in UTF-8"
    )


def test_a_protocol_with_faults_is_refused_with_all_of_them(call, tmp_path):
    (tmp_path / "p.toml").write_text('[study]\ncode = "A"\ntime_zone = "Nowhere"\n')
    result = call("import", write_export(tmp_path / "export"), "--study", "A", "--protocol", "p.toml")
    one_sentence(result, "study.time_zone")
    assert "study.title" in result[2]
    assert "version" in result[2]


def test_a_fault_of_the_program_is_one_sentence_and_its_traceback_can_be_asked_for(call, monkeypatch):
    def stumble(*_arguments, **_options):
        raise RuntimeError("secret value")

    monkeypatch.setattr("db.commandline.studies.import_confined", stumble)
    result = call("import", "x", "--study", "A")
    one_sentence(result, "a fault of this program (RuntimeError)")
    assert "secret" not in result[2]
    monkeypatch.setenv("FIRSTWATCH_TRACEBACK", "1")
    with pytest.raises(RuntimeError):
        call("import", "x", "--study", "A")


def test_a_file_that_is_no_database_is_refused(call, tmp_path):
    (tmp_path / "firstwatch.db").write_text("a letter, not a database " * 100)
    one_sentence(call("verify"), "file is not a database")


def test_the_database_of_another_program_is_left_alone(call, tmp_path):
    with sqlite3.connect(tmp_path / "firstwatch.db") as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    one_sentence(call("init"), "holds 1 tables of another program")
    one_sentence(call("import", write_export(tmp_path / "export"), "--study", "A"), "tables of another program")
    one_sentence(call("upgrade"), "holds no Firstwatch tables")


def test_init_creates_once_and_upgrade_finds_nothing_to_do(call):
    assert call("init")[1] == "The tables were created.\n"
    assert call("init")[1] == "The tables are there already; nothing was changed.\n"
    assert "up to date" in call("upgrade")[1]


def test_the_database_is_the_option_else_the_variable_else_the_file_here(call, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/variable.db")
    call("init")
    assert (tmp_path / "variable.db").exists()
    call("init", "--database", f"sqlite:///{tmp_path}/option.db")
    call("--database", tmp_path / "before.db", "init")
    assert (tmp_path / "option.db").exists()
    assert (tmp_path / "before.db").exists()
    assert not (tmp_path / "firstwatch.db").exists()


def test_import_says_what_came_in_and_the_second_time_that_nothing_did(filled, tmp_path):
    status, out, err = filled("import", tmp_path / "export", "--study", "SMALL")
    assert (status, err) == (0, "")
    assert out == "Study SMALL: this export is in the database already; nothing was changed.\n"
    status, out, err = filled("import", tmp_path / "export", "--study", "OTHER", "--format", "json")
    assert (status, err) == (0, "")
    report = json.loads(out)
    assert report["rows"] == {"AE": 5, "DM": 4, "DS": 5, "EX": 4, "LB": 1, "SUPPAE": 1}
    assert report["derived_protocol"] is True


def test_a_faulty_import_names_every_fault_in_one_sentence(filled, tmp_path):
    text = (tmp_path / "export" / "ae.csv").read_text()
    (tmp_path / "export" / "ae.csv").write_text(text.replace("2025-03-10", "2025-02-30").replace("0013,1", "7777,1"))
    result = filled("import", tmp_path / "export", "--study", "BAD")
    one_sentence(result, "ae.csv, row 4, column AESTDTC: 2025-02-30 is not a possible date")
    assert "column USUBJID: names a subject who is not in DM" in result[2]
    one_sentence(filled("summary", "--study", "BAD"), "Studies here: SMALL")


def test_summary_has_the_keys_that_were_agreed(filled):
    status, out, err = filled("summary", "--study", "SMALL", "--format", "json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert list(found) == [
        "subjects", "screen_failures", "treated", "completed", "deaths", "adverse_events", "treatment_emergent", "cohorts", "terms",
        "disposition", "issues",
    ]  # fmt: skip
    assert found["cohorts"][1] == {
        "cohort": "Arm B", "planned": 2, "actual": 1, "any_teae": 2, "serious": 0, "serious_any_criterion": 1, "related": 1, "severe": 2,
        "fatal": 1,
    }  # fmt: skip
    assert found["terms"] == [
        {"term": "HEADACHE", "subjects": {"Arm A": 1, "Arm B": 0}},
        {"term": "NAUSEA", "subjects": {"Arm A": 0, "Arm B": 1}},
        {"term": "PAIN", "subjects": {"Arm A": 0, "Arm B": 1}},
        {"term": "SEPSIS", "subjects": {"Arm A": 0, "Arm B": 1}},
    ]
    assert found["disposition"] == {"ADVERSE EVENT": 1, "COMPLETED": 1, "DEATH": 1, "SCREEN FAILURE": 1}


def test_summary_of_an_earlier_day_counts_what_was_known(filled):
    early = json.loads(filled("summary", "--study", "SMALL", "--as-of", "2025-02-12", "--format", "json")[1])
    assert {name: early[name] for name in ("subjects", "screen_failures", "treated", "completed", "deaths", "adverse_events")} == {
        "subjects": 4, "screen_failures": 1, "treated": 2, "completed": 0, "deaths": 0, "adverse_events": 3,
    }  # fmt: skip
    before = json.loads(filled("summary", "--study", "SMALL", "--as-of", "2024-12-31", "--format", "json")[1])
    assert (before["subjects"], before["cohorts"], before["terms"], before["disposition"], before["issues"]) == (0, [], [], {}, {})


def test_summary_as_text_says_of_which_day_it_is(filled):
    out = filled("summary", "--study", "SMALL")[1]
    assert out.startswith("Study SMALL as known at the end of 2026-03-01 (UTC)\n  subjects: 4\n")


def test_problems_are_listed_with_their_place(filled):
    out = filled("problems", "--study", "SMALL")[1]
    assert "partial date: ae.csv, row 2, column AESTDTC [0012]: 2025-02 is no whole date; text kept, analysed as 2025-02-01\n" in out
    assert json.loads(filled("problems", "--study", "SMALL", "--format", "json")[1])[0]["kind"]


def test_export_is_inert_complete_and_says_as_of_when(filled, tmp_path):
    with behind_the_guards(tmp_path / "firstwatch.db") as connection:
        connection.execute("UPDATE adverse_event SET verbatim = '=1+1' WHERE code = '0012-AE-1'")
        (entries,) = connection.execute("SELECT max(sequence) FROM audit_entry").fetchone()
    assert filled("export", "out", "--study", "SMALL", "--as-of", "2025-03-19")[0] == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["cut_off"] == {"day": "2025-03-19", "time_zone": "UTC", "known_before": "2025-03-20T00:00:00+00:00"}
    assert manifest["audit_chain_head"]["sequence"] == entries
    assert manifest["files"]["adverse_event.csv"]["rows"] == 5
    text = (tmp_path / "out" / "adverse_event.csv").read_text()
    assert ",'=1+1," in text
    assert "fatal" not in text  # it ended a day later
    one_sentence(filled("export", "out", "--study", "SMALL"), "is not an empty folder")


def test_verify_finds_a_changed_entry_a_missing_one_and_a_loose_row(filled, tmp_path):
    assert filled("import", tmp_path / "export", "--study", "TWO")[0] == 0
    assert filled("import", tmp_path / "export", "--study", "THREE")[0] == 0
    assert "Sound: audit chain" in filled("verify")[1]
    with behind_the_guards(tmp_path / "firstwatch.db") as connection:
        connection.execute("UPDATE audit_entry SET actor = 'somebody else' WHERE sequence = 1")
        connection.execute("DELETE FROM audit_entry WHERE sequence = 2")
        connection.execute("DELETE FROM subject WHERE code = '0012' AND study_id = 1")
    one_sentence(result := filled("verify"), "audit entry 1: was changed: its hash does not fit")
    assert "audit entry 2: is missing" in result[2]
    assert "refers to no row of subject" in result[2]
    assert "is gone, but audit entry" in result[2]


def test_verify_finds_an_entry_that_was_written_anew_with_a_hash_of_its_own(filled, tmp_path):
    with behind_the_guards(tmp_path / "firstwatch.db") as connection:
        first = list(connection.execute("SELECT * FROM audit_entry WHERE sequence = 1").fetchone())
        first[ENTRY_COLUMNS.index("actor")] = "somebody else"
        connection.execute("UPDATE audit_entry SET actor = 'somebody else', hash = ? WHERE sequence = 1", (compute_hash(first[:-1]),))
    one_sentence(filled("verify"), "audit entry 2: does not follow from the entry before")


def test_verify_finds_guards_that_do_not_stand(filled, tmp_path):
    with sqlite3.connect(tmp_path / "firstwatch.db") as connection:
        connection.execute("DROP TRIGGER guard_adverse_event_records_update")
    one_sentence(filled("verify"), "guards: 1 do not stand as they should (guard_adverse_event_records_update)")


def test_a_bare_connection_cannot_write_a_guarded_table(filled, tmp_path):
    with sqlite3.connect(tmp_path / "firstwatch.db") as connection:
        for statement in (
            "UPDATE adverse_event SET grade = 1",
            "DELETE FROM subject",
            "INSERT INTO study (code, title, kind, time_zone) VALUES ('Z', 'Z', 'live', 'UTC')",
            "INSERT OR REPLACE INTO site SELECT * FROM site",
            "DELETE FROM audit_entry",
            "INSERT INTO audit_entry SELECT * FROM audit_entry LIMIT 1",
        ):
            with pytest.raises((sqlite3.OperationalError, sqlite3.IntegrityError), match=r"no such function: firstwatch|never changed"):
                connection.execute(statement)
    assert "Sound: audit chain" in filled("verify")[1]


def test_a_backup_is_one_sound_file_and_can_be_restored(filled, tmp_path):
    assert filled("backup", "copy.db")[0] == 0
    assert sorted(path.name for path in tmp_path.glob("copy.db*")) == ["copy.db"]
    one_sentence(filled("backup", "copy.db"), "exists already")
    one_sentence(filled("restore", "copy.db"), "a restore never overwrites a database")
    assert filled("restore", "copy.db", "--database", "again.db")[0] == 0
    first = filled("summary", "--study", "SMALL", "--format", "json")[1]
    assert filled("summary", "--study", "SMALL", "--format", "json", "--database", "again.db")[1] == first


def test_a_damaged_backup_is_not_restored(filled, tmp_path):
    filled("backup", "copy.db")
    with behind_the_guards(tmp_path / "copy.db") as connection:
        connection.execute("UPDATE audit_entry SET reason = 'another'")
    one_sentence(filled("restore", "copy.db", "--database", "again.db"), "audit entry 1: was changed")
    assert not (tmp_path / "again.db").exists()
    whole = (tmp_path / "copy.db").read_bytes()
    (tmp_path / "half.db").write_bytes(whole[: len(whole) // 2])
    one_sentence(filled("restore", "half.db", "--database", "again.db"), "half.db")
    assert not list(tmp_path.glob("again.db*"))
