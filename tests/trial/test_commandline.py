import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from trial.commandline import run
from trial.escalation.register import DESIGNS
from trial.escalation.wrappers import WRAPPERS

FIGURES = Path(__file__).parents[1] / "reference" / "escalation"


def ask(*arguments):
    out = io.StringIO()
    code = run(list(arguments), out=out)
    return code, out.getvalue()


def rows(*arguments):
    code, text = ask(*arguments, "--format", "csv")
    assert code == 0
    return list(csv.DictReader(io.StringIO(text)))


def test_designs_are_listed_with_their_parameters():
    code, text = ask("designs")
    listed = {row["name"]: row for row in json.loads(text)}
    assert code == 0
    assert set(listed) == set(DESIGNS)
    assert listed["BOIN"]["parameters"]["eliminate_above"] == 0.95
    assert all(row["summary"] and row["source"] for row in listed.values())
    for row in listed.values():
        assert all(name in row["meaning"] for name in row["parameters"]), row["name"]
        assert set(row["restrictions"]) >= set(row["restrictions_meaning"]) == set(WRAPPERS)
    assert listed["CRM"]["restrictions"]["no_skipping"] is True
    assert listed["BLRM"]["required"] == ["target", "amounts"]


def test_the_table_has_the_columns_and_the_cohorts_asked_for():
    table = rows("table", "--design", "BOIN", "--target", "0.3", "--cohort-size", "3", "--max-n", "6")
    assert list(table[0]) == ["n", "dlt", "action"]
    assert {row["n"] for row in table} == {"3", "6"}
    found = {(row["n"], row["dlt"]): row["action"] for row in table}
    assert (found["3", "0"], found["3", "1"], found["3", "2"], found["3", "3"]) == ("escalate", "stay", "de-escalate", "eliminate")
    assert len(rows("table", "--design", "boin", "--set", "target=0.3", "--max-n", "4")) == 2 + 3 + 4 + 5


def test_the_table_with_pending_subjects_equals_the_published_one():
    """Yuan et al. 2018, Table 1: 1 DLT in 9, four pending: up from a total follow-up of 2.15 windows."""
    found = {
        (row["n"], row["dlt"], row["pending"]): row
        for row in rows("table", "--design", "TITE-BOIN", "--target", "0.2", "--max-n", "9", "--pending")
    }
    assert (found["9", "1", "4"]["action"], round(float(found["9", "1", "4"]["first_from"]), 2)) == ("escalate/stay", 2.15)
    assert found["3", "0", "2"]["action"] == "wait"
    grid = {
        (row["n"], row["dlt"], row["pending"]): row["action"]
        for row in rows("table", "--design", "rolling six", "--max-n", "6", "--pending")
    }
    assert (grid["6", "0", "1"], grid["6", "0", "2"], grid["4", "0", "1"]) == ("escalate", "wait", "stay")
    assert ask("table", "--design", "BOIN", "--target", "0.2", "--max-n", "9", "--pending")[0] == 1


@pytest.mark.parametrize("name", list(DESIGNS))
def test_every_design_decides_and_selects_from_the_command_line(name):
    extra = {"BLRM": ["--set", "amounts=1;2;4"], "CRM": ["--set", "half_width=0.05", "--set", "prior_mtd=2"]}
    extra["TITE-CRM"] = extra["CRM"]
    asked = ["--design", name, "--target", "0.3", *extra.get(name, [])]
    code, text = ask("decide", *asked, "--doses", "3", "--outcomes", "1NNN 2NTN")
    decision = json.loads(text)
    assert code == 0
    assert decision["action"] in ("escalate", "stay", "de-escalate", "eliminate", "stop", "wait")
    assert "1 of 3" in decision["because"]
    code, text = ask("select", *asked, "--n", "3;3;6", "--dlt", "0;0;2")
    assert code == 0
    assert len(json.loads(text)["estimates"]) == 3
    assert rows("table", *asked, "--max-n", "3")


def test_selection_as_in_the_boin_manual():
    (selected,) = rows("select", "--design", "BOIN", "--target", "0.3", "--n", "3;3;15;9;0", "--dlt", "0;0;4;4;0")
    assert selected["dose"] == "3"


def test_paths_equal_those_of_escalation():
    found = rows("paths", "--design", "3+3", "--doses", "2", "--cohorts", "8")
    with (FIGURES / "threeplus3_paths.csv").open(encoding="utf-8") as file:
        theirs = {row["path"] for row in csv.DictReader(file) if (row["num_doses"], row["allow_deescalate"]) == ("2", "FALSE")}
    assert {row["path"] for row in found} == theirs


def test_the_same_seed_gives_the_same_figures():
    asked = ["simulate", "--design", "BOIN", "--target", "0.3", "--truth", "0.05;0.15;0.3", "--trials", "500", "--cohorts", "4"]
    first, again, other = (ask(*asked, "--cohort-size", "3", "--seed", seed) for seed in ("1", "1", "2"))
    assert first == again
    assert first != other
    exact = json.loads(ask(*asked, "--exact")[1])
    assert sum(row["selected"] for row in exact) == pytest.approx(1)
    assert all(row["selected_error"] == 0 for row in exact)


def test_a_simulation_in_time_tells_its_progress_and_can_be_cancelled(tmp_path):
    progress = tmp_path / "progress.json"
    asked = ["simulate", "--design", "3+3", "--truth", "0.1;0.3", "--window", "28", "--accrual", "0.1", "--stagger", "7"]
    code, text = ask(*asked, "--trials", "100", "--progress", str(progress))
    assert code == 0
    told = json.loads(progress.read_text())
    assert (told["done"], told["trials"], told["state"]) == (100, 100, "done")
    assert told["results"][0]["doses"] == json.loads(text)["doses"]
    assert told["results"][0]["summary"]["duration"] == json.loads(text)["duration"]
    assert [path.name for path in tmp_path.iterdir()] == ["progress.json"], "nothing half-written is left"
    assert json.loads(text)["duration"] > 28
    (tmp_path / "progress.json.cancel").touch()
    ask(*asked, "--trials", "20000", "--progress", str(progress))
    told = json.loads(progress.read_text())
    assert told["done"] < 20000
    assert told["state"] == "cancelled"


@pytest.mark.parametrize(
    "arguments,words",
    [
        (["decide", "--design", "BOIN", "--target", "0.3", "--doses", "3", "--outcomes", "1NNN 9T"], "dose 9"),
        (["decide", "--design", "BOIN", "--target", "0.3", "--doses", "3", "--outcomes", "1TTT 1NNN"], "closed for good"),
        (["decide", "--design", "3+3", "--doses", "3", "--outcomes", "1NNN 3NNN"], "skips a level"),
        (["decide", "--design", "3+3", "--doses", "3", "--outcomes", "1NNN", "--start", "7"], "7"),
        (["decide", "--design", "3+3", "--doses", "3", "--outcomes", "2NNN", "--start", "1"], "the trial starts at dose 1"),
        (["decide", "--design", "3+3", "--doses", "3", "--outcomes", "1NNNNNNN"], "more than the 6"),
        (["decide", "--design", "BOIN", "--target", "nan", "--doses", "3", "--outcomes", "1NNN"], "not a number"),
        (["decide", "--design", "i3+3", "--target", "nan", "--doses", "3", "--outcomes", "1NNN"], "not a number"),
        (["decide", "--design", "BOIN", "--target", "0.3", "--cohort-size", "-1", "--doses", "3", "--outcomes", "1NNN"], "cohort_size"),
        (["table", "--design", "BOIN", "--target", "0.3", "--max-n", "3", "--set", "cohort_size=inf"], "whole number"),
        (["table", "--design", "Keyboard", "--target", "0.3", "--max-n", "3", "--set", "below=1e-9", "--set", "above=1e-9"], "wider"),
        (["table", "--design", "BOIN", "--target", "0.3", "--max-n", "3", "--set", "safe_rate=0.3"], "safe_rate"),
        (["table", "--design", "CRM", "--target", "0.3", "--max-n", "3", "--set", "skeleton=0.1;0.1;0.3"], "rises strictly"),
        (["table", "--design", "BLRM", "--target", "0.3", "--max-n", "3", "--set", "amounts=1;2;inf"], "numbers"),
        (["decide", "--design", "nonsense", "--doses", "3", "--outcomes", "1NNN"], "not known"),
        (["table", "--design", "BOIN", "--max-n", "3"], "required"),
        (["table", "--design", "BOIN", "--target", "0.3", "--max-n", "0"], "out of range"),
        (["table", "--design", "BOIN", "--target", "0.3", "--max-n", "3", "--set", "nonsense"], "name=value"),
        (["select", "--design", "BOIN", "--target", "0.3", "--n", "3;x", "--dlt", "0;0"], "whole numbers"),
        (["select", "--design", "BOIN", "--target", "0.3", "--n", "3;3", "--dlt", "0"], "dose levels"),
        (["select", "--design", "BOIN", "--target", "0.3", "--n", "3", "--dlt", "4"], "more than"),
        (["simulate", "--design", "BOIN", "--target", "0.3", "--truth", "0.1;2"], "truth"),
        (["simulate", "--design", "BOIN", "--target", "0.3", "--truth", "0.1;0.2", "--trials", "0"], "trials"),
        (["paths", "--design", "3+3", "--doses", "2", "--cohorts", "99"], "out of range"),
        (["qualify", "/nonexistent"], "does not exist"),
        (["qualify", str(FIGURES.parent / "safety"), "--report", "/nonexistent/report.md"], "cannot be used"),
        (
            ["simulate", "--design", "BLRM", "--target", "0.3", "--truth", "0.1;0.3", "--set", "amounts=1;2;3"],
            "the model has 3, the trial 2",
        ),
        (["simulate", "--design", "3+3", "--truth", "0.1;0.3", "--trials", "9", "--progress", "/nonexistent/x"], "cannot be used"),
        (["simulate", "--design", "3+3", "--truth", "0.1;0.3", "--window", "28", "--accrual", "inf"], "accrual"),
    ],
)
def test_refused_input_is_said_in_a_sentence(arguments, words, capsys):
    code, text = ask(*arguments)
    said = capsys.readouterr().err
    assert code == 1
    assert text == ""
    assert words in said
    assert "Traceback" not in said


def test_all_that_is_wrong_is_said_at_once(capsys):
    """Parameters of the design and of restrictions, unknown ones, the start and the history: one sentence each."""
    wrong = ["cohort_size=-1", "foo=1", "eliminate_above=x", "extra_safe_offset=0.7", "stop_at_total=0", "hold_above_pending=-1", "bar"]
    asked = ["decide", "--design", "BOIN", "--target", "1", "--doses", "3", "--outcomes", "9NNN 1X 1", "--start", "7"]
    assert ask(*asked, *(part for pair in wrong for part in ("--set", pair)))[0] == 1
    lines = capsys.readouterr().err.splitlines()
    parameters = [f"BOIN: {pair.partition('=')[0]}: " for pair in ("target", *wrong[:-1])]
    starts = [*parameters, "--set 'bar': ", "--start: ", "cohort '9NNN': ", "cohort '1X': ", "cohort '1': "]
    assert sorted(starts) == sorted(next((start for start in starts if line.startswith(start)), line) for line in lines)
    assert ask("simulate", "--design", "BOIN", "--target", "0", "--truth", "0.1;2", "--trials", "0", "--window", "-1")[0] == 1
    said = capsys.readouterr().err
    assert all(word in said for word in ("target", "truth", "trials", "window"))


def test_the_start_may_be_another_dose_and_a_model_may_skip():
    asked = ("decide", "--design", "BOIN", "--target", "0.3", "--doses", "3", "--outcomes", "2NNN")
    assert ask(*asked, "--start", "2") == ask(*asked), "a history that begins higher began there"
    assert ask(*asked)[0] == 0
    asked = [
        "decide",
        "--design",
        "CRM",
        "--target",
        "0.3",
        "--doses",
        "3",
        "--outcomes",
        "2NNN",
        "--set",
        "skeleton=0.1;0.2;0.3",
        "--start",
        "1",
    ]
    assert ask(*asked)[0] == 1
    assert ask(*asked, "--set", "no_skipping=no")[0] == 0


def test_an_extra_subject_is_decided_on_and_said():
    code, text = ask("decide", "--design", "3+3", "--doses", "3", "--outcomes", "1NNNN")
    answer = json.loads(text)
    assert (code, answer["action"]) == (0, "escalate")
    assert answer["departures"] == ["Cohort 1 had 4 subjects where the rule had places for 3."]


def test_subjects_pending_at_a_lower_dose_keep_the_trial_from_going_up():
    asked = ["--doses", "3", "--outcomes", "1NN. 2NNN"]
    for name, extra in (("3+3", []), ("BOIN", ["--target", "0.3"]), ("CRM", ["--target", "0.3", "--set", "skeleton=0.1;0.2;0.3"])):
        answer = json.loads(ask("decide", "--design", name, *extra, *asked)[1])
        assert (answer["action"], answer["dose"]) == ("wait", 2), name
        assert "dose 1" in answer["because"]
    assert json.loads(ask("decide", "--design", "TITE-BOIN", "--target", "0.3", *asked)[1])["action"] == "escalate"


@pytest.mark.parametrize(
    ("settings", "outcomes", "action", "dose"),
    [
        ({"no_skipping": "yes"}, "1NNN", "escalate", 2),
        ({"coherent": "yes"}, "1NNN 2NNT", "stay", 2),
        ({"maximum_dose": "2"}, "1NNN 2NNN", "stay", 2),
        ({"hold_above_pending": "0"}, "1NN.", "wait", 1),
        ({"stop_at_total": "6"}, "1NNN 2NNN", "stop", 2),
        ({"too_toxic_confidence": "0.8"}, "1TTN", "stop", None),
        ({"maximum_dose": "2", "stop_at_total": "9", "coherent": "yes"}, "1NNN 2NNN 2NNN", "stop", 2),
    ],
)
def test_restrictions_can_be_set_on_any_design(settings, outcomes, action, dose):
    given = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    answer = json.loads(ask("decide", "--design", "BOIN", "--target", "0.3", "--doses", "4", "--outcomes", outcomes, *given)[1])
    assert (answer["action"], answer["dose"]) == (action, dose), answer


def test_too_many_paths_are_refused_before_memory_is():
    assert ask("paths", "--design", "BOIN", "--target", "0.3", "--doses", "5", "--cohorts", "12")[0] == 1


def test_a_wrong_option_is_said_in_a_sentence(capsys):
    with pytest.raises(SystemExit) as ended:
        run(["decide", "--nonsense"])
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_history_that_left_the_rule_is_decided_on_and_says_where():
    code, text = ask("decide", "--design", "BOIN", "--target", "0.3", "--doses", "3", "--outcomes", "1NNT 2NNN")
    answer = json.loads(text)
    assert code == 0
    assert answer["departures"] == ["Cohort 2 was treated at dose 2, above dose 1 of the rule."]


def test_qualification_agrees_and_names_what_it_does_not_cover(tmp_path):
    for name in ("boin_boundary.csv", "rolling6_decisions.csv", "isotonic_pava.csv"):
        shutil.copy(FIGURES / name, tmp_path / f"copy_of_{name}")
    (tmp_path / "notes.txt").write_text("not a reference file")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    report = tmp_path / "out" / "report.md"
    report.parent.mkdir()
    code, text = ask("qualify", str(tmp_path), "--report", str(report))
    found = {row["file"]: row for row in json.loads(text)}
    assert code == 0
    assert {name for name, row in found.items() if row["verdict"] == "not covered"} == {"notes.txt", "other.csv"}
    assert found["copy_of_boin_boundary.csv"]["cases"] == 683
    assert found["copy_of_boin_boundary.csv"]["worst_deviation"] <= found["copy_of_boin_boundary.csv"]["tolerance"]
    assert "3 of 3 reference files agree" in report.read_text()


@pytest.mark.parametrize(
    "name,before,after",
    [
        ("boin_boundary.csv", ",3,0,1,2,", ",3,1,1,2,"),
        ("rolling6_decisions.csv", '"Escalate","Escalate"', '"Stay","Escalate"'),
        ("isotonic_pava.csv", "0.1;0.2;0.3", "0.1;0.2;0.300001"),
        ("dfcrm_crm.csv", "-1.044682233,0.1989611581,1", "-1.044692233,0.1989611581,1"),
        ("threeplus3_paths.csv", '"1NNN","2",TRUE', '"1NNN","1",TRUE'),
        ("boin_exact_oc.csv", '"0.228099719255"', '"0.228099729255"'),
        ("oc_i3plus3.csv", ",61.9,44.3", ",64.9,44.3"),
    ],
)
def test_a_single_wrong_figure_is_found(tmp_path, name, before, after):
    text = (FIGURES / name).read_text(encoding="utf-8")
    assert before in text
    (tmp_path / name).write_text(text.replace(before, after, 1), encoding="utf-8")
    code, answer = ask("qualify", str(tmp_path))
    assert code == 1
    assert [row["verdict"] for row in json.loads(answer)] == ["differs"]


def test_a_damaged_reference_file_is_unreadable_not_a_crash(tmp_path):
    text = (FIGURES / "boin_boundary.csv").read_text(encoding="utf-8").replace('"S01",0.2', '"S01",many', 1)
    (tmp_path / "damaged.csv").write_text(text, encoding="utf-8")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    code, answer = ask("qualify", str(tmp_path))
    assert code == 1
    assert {row["verdict"] for row in json.loads(answer)} == {"unreadable"}
    (tmp_path / "damaged.csv").unlink()
    (tmp_path / "binary.csv").unlink()
    assert ask("qualify", str(tmp_path))[0] == 1, "an empty folder qualifies nothing"
