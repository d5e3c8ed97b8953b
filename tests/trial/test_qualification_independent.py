"""Every type of reference file with parameters of its own, computed independently: qualify agrees, and finds one wrong cell in it."""

from functools import cache

import pytest

from tests.reference import (
    independent_calls,
    independent_counts,
    independent_curves,
    independent_events,
    independent_follow_up,
    independent_safety,
    independent_simulated,
)
from tests.trial.test_qualification import judge, spoil, write

MODULES = (
    independent_counts, independent_follow_up, independent_simulated, independent_calls, independent_safety, independent_events,
)  # fmt: skip
SOURCES = {name: compute for module in MODULES for name, compute in module.FILES.items()}
RESULTS = {
    "threeplus3_paths": "n_cohorts next_dose continue n_at_dose tox_at_dose",
    "threeplus3_exact_oc": "num_doses n_terminal_paths prob_recommend expected_n expected_tox",
    "threeplus3_exact_oc_simFastBOIN": "prob_mtd expected_n expected_tox",
    "rolling6_decisions": "published_rolling6 RollingSix_pkg_table agree n_pending",
    "isotonic_pava": "fit_increasing fit_decreasing",
    "dfcrm_getprior": "prior",
    "published_boin_lambda": "lambda_e lambda_d",
    "tite_boin_decision_table": "decision esc_bound deesc_bound",
    "published_tite_boin_tables": "decision stft_escalate stft_deescalate needs_min_followup",
    "titegboin_next_dose": "next_d pending earlystop stop elimineed elimi",
    "boin_oc": "sel_pct npatients ntox totaltox totaln percentstop overdose60 overdose80 sel_mc_se_pct",
    "oc_i3plus3": "sel_pct pct_patients mean_total_n pct_no_selection",
    "dfcrm_crmsim_oc": "prob_select mean_n mean_tox",
    "published_zhao2024_boin_oc": "correct n_at duration",
    "oc_keyboard_tite": "sel_pct mean_n mean_tox pct_no_mtd mean_duration",
    "binomial_ci": "cp_lower cp_upper wilson_lower wilson_upper jeffreys_lower jeffreys_upper midp_lower midp_upper cp_onesided_upper",
    "beta_posterior": "pred_any_of_5 q05 q5 q99 post_mean pr_gt",
    "bayes_boundary": "stop_at_or_above stop_prob_p_true expected_n_p_true stop_prob_at_threshold",
    "stopping_boundaries_binary": "reject_at_or_above type1_error power_p1 exp_events_p0 exp_events_p1",
    "cochran_armitage_exact": "T exact_p_greater exact_p_less exact_p_two_sided_distance",
    "hys_law": "edish_quadrant r_value potential_hys_law hys_law_alp_lt_2",
    "regulatory_clock": "expedited day0 ich_cde_eu_initial_due ich_cde_followup_due fda_due_conservative fda_due_strict_text",
    "dsur_due": "data_lock_point due_60_days",
    "investigator_24h": "due elapsed_hours late",
    "poisson_rate_ci": "rate lower upper jeffreys_lower jeffreys_upper",
    "poisson_rate_ratio": "rate_ratio lower upper p_two_sided p_greater",
    "observed_expected": "expected oe_ratio oe_poisson_lower oe_poisson_upper p_binom_greater p_binom_midp p_poisson_greater",
    "two_group": "risk_diff newcombe_lower newcombe_upper fisher_p_two_sided fisher_p_greater fisher_cond_or",
    "fdr": "bh_overall bh_within_soc soc_min_bh soc_adj holm",
    "bernoulli_cusum": "i cusum sprt_llr signal",
    "perioperative_window": "hours_after_closure postop_day study_day window",
}
WHOLE = {"boin_oc": "H2", "oc_i3plus3": "H2", "dfcrm_crmsim_oc": "H0", "oc_keyboard_tite": "H2"}
"""Of simulated trials, the one that is spoiled: it is given with all its doses."""


@cache
def compute(name):
    """The rows of one file, each cell as text."""
    return [{key: str(value) for key, value in row.items()} for row in SOURCES[name]()]


@pytest.mark.parametrize("name", SOURCES)
def test_other_parameters_are_judged_as_an_independent_computation_has_them(tmp_path, name):
    outcome = judge(write(tmp_path / "variant.csv", compute(name)))
    assert outcome.verdict == "agrees", (outcome.worst, outcome.note, outcome.differing)
    assert outcome.comparisons >= len(compute(name))
    assert not [part for part in outcome.omitted if not part.startswith("column ")]


@pytest.mark.parametrize(("name", "column"), [(name, column) for name, columns in RESULTS.items() for column in columns.split()])
def test_one_wrong_cell_is_found(tmp_path, name, column):
    whole = "H5" if column == "mean_duration" else WHOLE.get(name)
    rows = [row for row in compute(name) if whole in (None, row.get("config_id"))]
    usable = [place for place, row in enumerate(rows) if row[column]]
    place = usable[len(usable) // 2]
    changed = {**rows[place], column: spoil(rows[place][column])}
    keys = [key for key in ("config_id", "config") if key in changed and {"dose", "n_eval", "i"} & set(changed)]
    near = [*rows[:place], changed, *rows[place + 1 :]] if keys or name == "fdr" else [changed]
    outcome = judge(write(tmp_path / "spoilt.csv", [row for row in near if all(row[key] == changed[key] for key in keys)]))
    assert outcome.verdict == "differs" or (column == "due" and outcome.verdict == "unreadable"), (changed[column], outcome)


@pytest.mark.parametrize("form", ["T", "true", "1", "1.0"])
def test_logicals_and_numbers_may_be_written_otherwise(tmp_path, form):
    other = {"T": "F", "true": "false", "1": "0", "1.0": "0.0"}[form]
    for name in ("threeplus3_paths", "threeplus3_exact_oc", "titegboin_next_dose", "rolling6_decisions", "boin_oc", "dfcrm_crmsim_oc"):
        rows = [row for row in compute(name)[:12] if row.get("config_id", "H0") == "H0"]
        spelled = [{key: {"TRUE": form, "FALSE": other}.get(cell, cell) for key, cell in row.items()} for row in rows]
        numbers = [row | {key: f" {float(row[key]):.12e}" for key in ("target", "p_true", "cutoff_eli") if row.get(key)} for row in spelled]
        outcome = judge(write(tmp_path / f"{name}.csv", numbers))
        assert outcome.verdict == "agrees", (name, outcome.worst, outcome.note)


def test_a_column_that_is_not_compared_is_named(tmp_path):
    rows = [row | {"verdict": "good", "empty": ""} for row in compute("isotonic_pava")]
    outcome = judge(write(tmp_path / "file.csv", rows))
    assert (outcome.verdict, outcome.omitted) == ("agrees", ("column verdict: is not compared",))


def test_an_emptied_figure_of_a_simulated_trial_is_named(tmp_path):
    rows = [row for row in compute("boin_oc") if row["config_id"] == "H2"]
    rows[1] = rows[1] | {"ntox": ""}
    outcome = judge(write(tmp_path / "file.csv", [row | {"overdose80": ""} for row in rows]))
    assert outcome.verdict == "agrees"
    assert {"H2 dose 2: dlt is empty", "H2: overdose80 is empty"} <= set(outcome.omitted)


@pytest.mark.parametrize("name", ["kaplan_meier", "incidence"])
def test_curves_agree_with_fractions_and_a_wrong_cell_is_found(tmp_path, name):
    write(tmp_path / "subjects.csv", independent_curves.subjects())
    rows = [{key: str(value) for key, value in row.items()} for row in getattr(independent_curves, name)()]
    outcome = judge(write(tmp_path / "figures.csv", rows))
    assert outcome.verdict == "agrees", (outcome.worst, outcome.note)
    assert judge(tmp_path / "subjects.csv").verdict == "agrees"
    for column in list(rows[0])[3 if name == "incidence" else 4 :]:
        place = next(place for place, row in enumerate(rows) if row[column])
        spoilt = [row | {column: spoil(row[column])} if at == place else row for at, row in enumerate(rows)]
        assert judge(write(tmp_path / "figures.csv", spoilt)).verdict == "differs", column


def test_a_file_without_any_figure_to_compare_does_not_agree(tmp_path):
    rows = [{"target": 0.3, "marginL": 0.05, "marginR": 0.05, "cutoff_eli": 0.95, "n": 3, "y": 1, "remark": "x"}]
    assert judge(write(tmp_path / "file.csv", rows)).verdict == "differs"
