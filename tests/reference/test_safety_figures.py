"""Every figure of the shared safety references, computed again: the same run as `python -m trial qualify`."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from trial.qualification.reference import compare_file
from trial.qualification.register import REFERENCES, qualify

SHARED = Path(__file__).parents[2].parent / "shared" / "reference"
OWN = Path(__file__).parent / "safety"
ESCALATION = Path(__file__).parent / "escalation"
TABLES = {
    "background_rates.csv", "ctcae_v5.csv", "ctcae_v6.csv", "ctcae_v5_to_v6_grade_map.csv", "prior_trials.csv",
    "sdtm_ct_subset_2015-12-18.csv",
}  # fmt: skip
"""Literature and code lists: nothing in them is computed."""


def _shared():
    names = {path.name for path in SHARED.glob("*") if path.suffix in (".csv", ".json")} if SHARED.is_dir() else set()
    return sorted(names - TABLES - {path.name for path in ESCALATION.glob("*.csv")})


needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared reference folder is not beside this checkout")


def agree(path):
    outcome = compare_file(path, REFERENCES)
    assert outcome.verdict == "agrees", (outcome.verdict, outcome.differing, outcome.worst, outcome.note)
    assert outcome.comparisons > 0


@needs_shared
@pytest.mark.parametrize("name", _shared())
def test_shared_figures_agree(name):
    agree(SHARED / name)


@pytest.mark.parametrize("name", sorted(path.name for path in OWN.glob("*.csv")))
def test_our_copies_agree(name):
    agree(OWN / name)


@needs_shared
def test_nothing_but_tables_is_left_out(tmp_path):
    for name in (*_shared(), *TABLES):
        shutil.copy(SHARED / name, tmp_path / name)
    left_out = {outcome.file for outcome in qualify(tmp_path) if outcome.verdict == "not covered"}
    assert left_out == TABLES


@needs_shared
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("stopping_boundaries_binary.csv", '"Pocock",0.1,0.1,"",5,3,', '"Pocock",0.1,0.1,"",5,2,'),
        ("stopping_boundaries_tte.csv", "29.5155382", "29.5255382"),
        ("maxsprt_poisson_cv.csv", "3.29718", "3.29728"),
        ("cif_expected.csv", "0.170634920635", "0.170634950635"),
        ("gray_expected.csv", "0.100651381035", "0.100651411035"),
        ("gray_expected.csv", "0.00410397310831", "0.00410400310831"),
        ("km_expected.csv", "0.740740740741", "0.740740770741"),
        ("mcc_expected.csv", "1.13333333333", "1.13333336666"),
        ("cochran_armitage_exact.csv", "0.0441176470588", "0.0441176490588"),
        ("hys_law.csv", "Temple's corollary", "cholestasis"),
        ("neuro_change.csv", "AMBER", "RED"),
        ("ctcae_v5_lab_grades.csv", "ALT,41.0,U/L,7.0,40.0,30.0,1", "ALT,41.0,U/L,7.0,40.0,30.0,2"),
        ("perioperative_window.csv", "0-24 h", "1-7 d"),
        ("regulatory_clock.csv", "2026-10-07", "2026-10-08"),
    ],
)
def test_a_planted_deviation_is_seen(tmp_path, name, old, new):
    text = (SHARED / name).read_text(encoding="utf-8")
    assert old in text
    for path in SHARED.glob("*_input_*.csv"):
        shutil.copyfile(path, tmp_path / path.name)
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    outcome = compare_file(tmp_path / name, REFERENCES)
    assert (outcome.verdict, outcome.differing) == ("differs", 1) or (
        name == "stopping_boundaries_tte.csv" and outcome.verdict == "differs"
    )


REPEATED = [
    ("bayes_boundary.csv", "stop_prob_p_true"),
    ("bayes_boundary.csv", "cutoff"),
    ("stopping_boundaries_binary.csv", "power_p1"),
    ("stopping_boundaries_binary.csv", "p0"),
    ("stopping_boundaries_tte.csv", "lambda0"),
    ("bernoulli_cusum.csv", "h"),
]


@needs_shared
@pytest.mark.parametrize(("name", "column"), REPEATED)
def test_a_deviation_is_seen_in_the_last_row_of_what_is_repeated(tmp_path, name, column):
    with (SHARED / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[-1][column] = str(float(rows[-1][column]) * 1.01)
    with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert compare_file(tmp_path / name, REFERENCES).verdict == "differs"


@needs_shared
def test_a_planted_level_is_seen(tmp_path):
    file = json.loads((SHARED / "isncsci.json").read_text(encoding="utf-8"))
    file["cases"][3]["expected"]["classification"]["neurologicalLevelOfInjury"] = "L5"
    (tmp_path / "worksheets.json").write_text(json.dumps(file), encoding="utf-8")
    outcome = compare_file(tmp_path / "worksheets.json", REFERENCES)
    assert (outcome.verdict, outcome.differing) == ("differs", 1)
    assert outcome.worst.quantity == "classification.neurologicalLevelOfInjury"


@needs_shared
def test_figures_without_their_data_are_unreadable(tmp_path):
    shutil.copyfile(SHARED / "cif_expected.csv", tmp_path / "cif_expected.csv")
    outcome = compare_file(tmp_path / "cif_expected.csv", REFERENCES)
    assert outcome.verdict == "unreadable"
    assert "no data beside" in outcome.note


def test_json_that_holds_no_cases_is_unreadable(tmp_path):
    for name, text in (("a.json", "[1, 2]"), ("b.json", "{"), ("c.json", '{"cases": [3]}')):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert compare_file(tmp_path / name, REFERENCES).verdict == "unreadable"
