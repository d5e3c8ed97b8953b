"""`python -m synthetic`: what it prints, where the truth goes, and one clear sentence for every fault."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from synthetic.__main__ import main
from synthetic.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]


def url(tmp_path):
    return f"sqlite:///{tmp_path / 'trial.db'}"


def test_it_writes_the_trial_and_its_truth(tmp_path, capsys):
    assert main(["--database", url(tmp_path), "--subjects", "2", "--format", "json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    truth = json.loads((tmp_path / "trial.FW-SCI-01.truth.json").read_text("utf-8"))
    assert printed["generated"] is True
    assert printed["counts"] == truth["counts"]
    assert truth["counts"]["dosed"] == 2


def test_the_truth_goes_where_it_is_told(tmp_path, capsys):
    assert main(["--database", url(tmp_path), "--subjects", "1", "--truth", str(tmp_path / "known.json"), "--study", "MINE-1"]) == 0
    assert json.loads((tmp_path / "known.json").read_text("utf-8"))["study"] == "MINE-1"
    assert "SYNTHETIC" in capsys.readouterr().out


def test_if_empty_generates_once(tmp_path, capsys):
    assert main(["--database", url(tmp_path), "--if-empty"]) == 0
    before = (tmp_path / "trial.db").read_bytes()
    capsys.readouterr()
    assert main(["--database", url(tmp_path), "--if-empty", "--scenario", "clean"]) == 0
    assert "nothing was generated" in capsys.readouterr().out
    assert (tmp_path / "trial.db").read_bytes() == before


def test_the_database_url_may_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url(tmp_path))
    assert main(["--subjects", "0"]) == 0
    assert (tmp_path / "trial.db").exists()


def test_without_any_url_it_is_the_embedded_file(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main(["--subjects", "0"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"firstwatch.db", "firstwatch.db.heads", "firstwatch.FW-SCI-01.truth.json"}


def test_list_names_every_scenario(capsys):
    assert main(["--list", "--format", "json"]) == 0
    assert [item["name"] for item in json.loads(capsys.readouterr().out)] == list(SCENARIOS)
    assert main(["--list"]) == 0
    assert capsys.readouterr().out.count("\n") == len(SCENARIOS)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--scenario", "no-such"], "Choose one of: default"),
        (["--seed", "-3"], "seed: -3"),
        (["--subjects", "-1"], "subjects: -1"),
        (["--until", "1999-12-31"], "until: 1999-12-31"),
        (["--study", "a b"], "study: has a code"),
        (["--database", "postgresql://user:secret"], "database"),
        (["--database", "no url at all"], "database: is not a database URL"),
        (["--database", "sqlite:////no/such/folder/x.db"], "cannot be used"),
        (["--truth", "/no/such/folder/truth.json"], "truth"),
    ],
)
def test_a_fault_is_one_sentence_on_stderr(tmp_path, capsys, arguments, says):
    assert main(["--database", url(tmp_path), *arguments]) == 1
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.err.count("\n") == 1
    assert "secret" not in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("arguments", [["--until", "someday"], ["--seed", "x"], ["--nonsense"]])
def test_a_wrong_argument_is_one_sentence_too(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_that_is_no_database_is_left_alone(tmp_path, capsys):
    file = tmp_path / "trial.db"
    file.write_text("not a database, though it has this name and is long enough to be looked at as one" * 20)
    before = file.read_bytes()
    assert main(["--database", url(tmp_path)]) == 1
    assert "cannot be used" in capsys.readouterr().err
    assert file.read_bytes() == before


def test_it_runs_as_a_module(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "synthetic", "--database", url(tmp_path), "--subjects", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "0 dosed" in done.stdout
    assert done.stderr == ""
