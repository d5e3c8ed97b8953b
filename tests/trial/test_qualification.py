"""Reference files as others may write them: other parameters, other forms, wrong figures in every result, and damage."""

import csv
import random

import pytest

from tests.reference.independent import FILES
from tests.reference.test_escalation_figures import FIGURES
from trial.qualification.reference import compare_file
from trial.qualification.register import REFERENCES

RESULTS = {
    "boin_boundary.csv": "lambda_e lambda_d escalate_le deescalate_ge eliminate_ge stop_lowest_ge in_boundary_tab",
    "boin_exact_oc.csv": "prob_select expected_n expected_tox n_leaves",
    "boin_input_errors.csv": "result",
    "boin_oc.csv": "sel_pct npatients ntox totaltox totaln percentstop overdose60 overdose80 sel_mc_se_pct",
    "boin_select_mtd.csv": "MTD phat_pkg_2dp poverdose_pkg_2dp phat_all_exact phat_admissible_exact eliminated",
    "dfcrm_crm.csv": "weights estimate post_var ptox ptoxL ptoxU mtd dosescaled estimate_hp post_var_hp mtd_hp",
    "dfcrm_titecrm.csv": "weights estimate post_var ptox ptoxL ptoxU mtd dosescaled estimate_hp post_var_hp mtd_hp",
    "dfcrm_crmsim_oc.csv": "prob_select mean_n mean_tox",
    "dfcrm_getprior.csv": "prior",
    "dose_paths_escalation.csv": "next_dose continue mean_prob_tox n_cohorts target",
    "i3plus3_decisions.csv": "decision_FIND decision_PhIdesign",
    "isotonic_pava.csv": "fit_increasing fit_decreasing",
    "keyboard_mtpi2_mtpi_decisions.csv": "keyboard_R mtpi2_escalation mtpi2_FIND mtpi_escalation post_prob_gt_target",
    "oc_i3plus3.csv": "sel_pct pct_patients mean_total_n pct_no_selection",
    "oc_keyboard_tite.csv": "sel_pct mean_n mean_tox pct_no_mtd",
    "published_boin_lambda.csv": "lambda_e lambda_d",
    "published_tite_boin_tables.csv": "decision stft_escalate stft_deescalate needs_min_followup",
    "published_zhao2024_boin_oc.csv": "correct over_selection n_below n_at n_over n_total duration",
    "rolling6_decisions.csv": "published_rolling6 RollingSix_pkg_table agree n_pending",
    "threeplus3_exact_oc.csv": "prob_recommend expected_n expected_tox n_terminal_paths",
    "threeplus3_exact_oc_simFastBOIN.csv": "prob_mtd expected_n expected_tox",
    "threeplus3_paths.csv": "next_dose continue n_at_dose tox_at_dose n_cohorts",
    "tite_boin_decision_table_simFastBOIN.csv": "decision esc_bound deesc_bound",
    "titegboin_next_dose.csv": "next_d pending earlystop stop elimineed elimi",
}
SWAPS = {"E": "D", "S": "E", "D": "S", "DU": "S", "SUS": "E", "DE": "S", "Stay": "Escalate", "Escalate": "Stay", "De-escalate": "Stay"}
SWAPS |= {"TRUE": "FALSE", "FALSE": "TRUE", "Suspend": "Stay", "none": "1", "E/S": "S", "S/D": "S"}


def read(name):
    """The rows of a file, of the longer ones as few as make a whole."""
    with (FIGURES / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if "dose" in rows[0]:
        few = list(dict.fromkeys(row["config_id"] for row in rows))[:2]
        return [row for row in rows if row["config_id"] in few]
    return rows[:: max(len(rows) // 60, 1)] if "design" not in rows[0] or "path" not in rows[0] else rows[:140]


def write(path, rows, *, ending="\n", encoding="utf-8", columns=None):
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, columns or list(rows[0]), lineterminator=ending)
        writer.writeheader()
        writer.writerows(rows)
    return path


def judge(path):
    return compare_file(path, REFERENCES)


@pytest.mark.parametrize("name", FILES)
def test_parameters_that_no_file_at_hand_has_are_judged_rightly(tmp_path, name):
    rows = FILES[name]()
    outcome = judge(write(tmp_path / "variant.csv", rows))
    assert outcome.verdict == "agrees", (outcome.worst, outcome.note)
    assert outcome.comparisons > len(rows)


def spoil(cell):
    """Another figure or word in a cell: its last part, clearly wrong."""
    *rest, last = cell.split(";")
    if last in SWAPS:
        return ";".join([*rest, SWAPS[last]])
    try:
        return ";".join([*rest, str(int(last) + 1) if last.isdecimal() else repr(float(last) * 1.5 + 20)])
    except ValueError:
        return "warning: none" if cell.startswith("the ") else cell + "x"


@pytest.mark.parametrize(("name", "column"), [(name, column) for name, columns in RESULTS.items() for column in columns.split()])
def test_a_wrong_figure_in_any_result_is_found(tmp_path, name, column):
    rows = read(name)
    usable = [row for row in rows if row[column] and (column not in ("post_var", "ptoxL", "ptoxU") or row["method"] == "bayes")]
    if column == "stop":
        usable = [row for row in usable if row["pending"] == "0"]
    if column == "sel_mc_se_pct":
        usable = [row for row in usable if 0 < float(row["sel_pct"]) < 100]
    changed = usable[len(usable) // 2]
    row = {**changed, column: spoil(changed[column])}
    kept = [row if one is changed else one for one in rows if "dose" not in one or one["config_id"] == row["config_id"]]
    outcome = judge(write(tmp_path / name, kept if "dose" in row or "path" in row else [row]))
    assert outcome.verdict in ("differs", "unreadable"), (row[column], outcome)


FORMS = {
    "columns in another order, and one more": lambda path, rows: write(
        path, [{"extra": "x", **row} for row in rows], columns=["extra", *reversed(rows[0])]
    ),
    "lines as Windows ends them": lambda path, rows: write(path, rows, ending="\r\n", encoding="utf-8-sig"),
    "NA for nothing": lambda path, rows: write(path, [{key: value or "NA" for key, value in row.items()} for row in rows]),
    "rows in another order": lambda path, rows: write(path, random.Random(3).sample(rows, len(rows))),
    "whole numbers with a decimal, logicals in words": lambda path, rows: write(
        path, [{key: _loosen(key, value) for key, value in row.items()} for row in rows]
    ),
}


def _loosen(key, value):
    if value in ("TRUE", "FALSE"):
        return value.capitalize()
    return f"{value}.0" if value.isdecimal() and key not in ("path", "config_id", "case_id", "next_dose") else value


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", [name for name in RESULTS if "oc" not in name])
def test_the_form_of_a_file_changes_no_verdict(tmp_path, name, form):
    outcome = judge(FORMS[form](tmp_path / name, read(name)))
    assert outcome.verdict == "agrees", (outcome.worst, outcome.note)


def test_rows_of_a_simulated_trial_may_stand_in_any_order(tmp_path):
    for name in ("boin_exact_oc.csv", "threeplus3_exact_oc.csv", "dfcrm_crmsim_oc.csv"):
        assert judge(FORMS["rows in another order"](tmp_path / name, read(name))).verdict == "agrees", name


def test_a_single_row_is_judged(tmp_path):
    for name in RESULTS:
        if "oc" not in name:
            assert judge(write(tmp_path / name, read(name)[-1:])).verdict == "agrees", name


@pytest.mark.parametrize(
    ("text", "verdict", "words"),
    [
        ("", "unreadable", "is empty"),
        ("y,w,fit_increasing,fit_decreasing,case_id\n", "unreadable", "holds no cases"),
        ("y,w,fit_increasing,fit_decreasing,case_id\n1,1,1,1\n", "unreadable", "row 1 has 4 cells"),
        ("y,w,fit_increasing,fit_decreasing,case_id\n1,1,1,1,a,b\n", "unreadable", "row 1 has 6 cells"),
        ("y,w,fit_increasing,fit_decreasing,y\n1,1,1,1,1\n", "unreadable", "twice"),
        ("y,w,fit_increasing,fit_decreasing\n1,1,1,1\n", "unreadable", "case_id"),
        ("y,w,fit_increasing,fit_decreasing,case_id\n1,x,1,1,a\n", "unreadable", "'x'"),
        ("y,w,fit_increasing,case_id\n1,1,1,a\n", "not covered", "lacks the columns fit_decreasing"),
        ("one,two\n1,2\n", "not covered", ""),
    ],
)
def test_damage_is_told_in_one_sentence(tmp_path, text, verdict, words):
    (tmp_path / "file.csv").write_text(text, encoding="utf-8")
    outcome = judge(tmp_path / "file.csv")
    assert outcome.verdict == verdict
    assert words in outcome.note


def test_a_trial_whose_doses_are_incomplete_is_not_judged(tmp_path):
    rows = [row for row in read("boin_exact_oc.csv") if row["dose"] != "2"]
    outcome = judge(write(tmp_path / "file.csv", rows))
    assert (outcome.verdict, "dose levels [1, 3" in outcome.note) == ("unreadable", True)


def test_what_is_not_computed_again_is_named(tmp_path):
    rows = read("dose_paths_escalation.csv")
    strange = [{**row, "config_id": "H9", "design": "get_wages_and_tait(num_doses=5)"} for row in rows[:3]]
    outcome = judge(write(tmp_path / "both.csv", rows + strange))
    assert outcome.verdict == "agrees"
    assert outcome.omitted == ("H9: get_wages_and_tait is not computed again",)
    alone = judge(write(tmp_path / "alone.csv", strange))
    assert alone.verdict == "not covered"
    assert "get_wages_and_tait" in alone.note
    trials = [{**row, "call": row["call"].replace("marginL", "weight")} for row in read("oc_keyboard_tite.csv")[:5]]
    assert "weight" in judge(write(tmp_path / "calls.csv", trials)).note


@pytest.mark.parametrize(
    "name", ["boin_oc.csv", "dfcrm_crmsim_oc.csv", "oc_i3plus3.csv", "oc_keyboard_tite.csv", "published_zhao2024_boin_oc.csv"]
)
def test_every_simulated_figure_at_hand_is_within_three_standard_errors(name):
    """The tolerance of an unseen file allows for chance among its many figures; of the files at hand none needs that."""
    outcome = judge(FIGURES / name)
    simulated = [worst for worst in outcome.quantities.values() if worst.chance]
    assert simulated
    assert max(worst.deviation for worst in simulated) <= 3
    assert all(3 <= worst.tolerance < 5 for worst in simulated)
