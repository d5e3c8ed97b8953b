"""Long simulations: the same figures for any number of workers, and one row that sums a study up."""

import json
import sys

import numpy as np
import pytest

from tests.trial.test_commandline import ask
from trial.errors import FaultyInput
from trial.escalation.exact import enumerate_tally
from trial.escalation.follow_up import Clock
from trial.escalation.register import create_design
from trial.escalation.simulate import Plan, run_chunks
from trial.escalation.study import hire_cluster, hire_processes, list_tasks, run_study
from trial.escalation.summary import find_true_mtd, summarize_study
from trial.escalation.tally import Tally
from trial.tables.escalation import STUDY_SUMMARY

TRUTH = (0.05, 0.15, 0.3, 0.45)
NAMES = ("days", "overdosed", "high", "selected", "sums", "squares")


def bits(tally: Tally) -> list[bytes]:
    """Everything in a tally, to the last bit."""
    return [getattr(tally, name).tobytes() for name in NAMES] + [np.array([tally.trials, tally.short]).tobytes()]


@pytest.mark.parametrize("clock", [None, Clock(window=28.0, accrual=0.07, stagger=3.5)])
def test_the_number_of_workers_changes_not_one_bit(clock):
    design = create_design("TITE-BOIN", {"target": 0.3})
    plan = Plan(truth=TRUTH, trials=1700, cohorts=6, seed=7, chunk=200)
    found = [bits(run_study(design, plan, clock, crew=hire_processes(workers))) for workers in (1, 2, 4)]
    assert found[0] == found[1] == found[2]
    other = run_study(design, Plan(truth=TRUTH, trials=1700, cohorts=6, seed=8, chunk=200), clock)
    assert bits(other) != found[0]


def test_every_trial_is_in_one_chunk_with_a_seed_of_its_own():
    tasks = list_tasks(create_design("3+3", {}), Plan(truth=TRUTH, trials=1050, seed=3, chunk=250))
    assert [task.size for task in tasks] == [250, 250, 250, 250, 50]
    assert len({task.seed.generate_state(2).tobytes() for task in tasks}) == 5


def test_the_study_gives_what_the_plain_simulation_gives():
    design, plan = create_design("BOIN", {"target": 0.3}), Plan(truth=TRUTH, trials=1000, cohorts=6)
    assert bits(run_study(design, plan)) == bits(run_chunks(design, plan))


def test_watching_ends_a_study_and_its_processes():
    design, plan = create_design("BOIN", {"target": 0.3}), Plan(truth=TRUTH, trials=5000, cohorts=6, chunk=100)
    seen = []

    def watch(tally):
        seen.append(tally.trials)
        return len(seen) < 3

    assert run_study(design, plan, crew=hire_processes(2), watch=watch).trials == 300
    assert seen == [100, 200, 300]


def test_impossible_crews_are_refused(monkeypatch):
    with pytest.raises(FaultyInput, match="out of range"):
        hire_processes(0)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(FaultyInput, match="not installed"):
        hire_cluster("tcp://127.0.0.1:1")
    assert ask("simulate", "--design", "3+3", "--truth", "0.1;0.3", "--trials", "10", "--dask", "tcp://127.0.0.1:1")[0] == 1
    assert ask("simulate", "--design", "3+3", "--truth", "0.1;0.3", "--trials", "10", "--workers", "0")[0] == 1
    asked = ["simulate", "--design", "3+3", "--truth", "0.1;0.3", "--trials", "10", "--workers", "2", "--dask", "tcp://127.0.0.1:1"]
    assert ask(*asked)[0] == 1


def test_a_dask_cluster_gives_the_same_bits():
    distributed = pytest.importorskip("distributed", reason="the optional package distributed is not installed")
    design, plan = create_design("BOIN", {"target": 0.3}), Plan(truth=TRUTH, trials=900, cohorts=5, chunk=200)
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster:
        assert bits(run_study(design, plan, crew=hire_cluster(cluster.scheduler_address))) == bits(run_study(design, plan))
    with pytest.raises(FaultyInput, match="no Dask scheduler"):
        hire_cluster("tcp://127.0.0.1:9")


def test_several_curves_are_told_apart():
    asked = ["simulate", "--design", "BOIN", "--target", "0.3", "--trials", "200", "--cohorts", "4"]
    rows = json.loads(ask(*asked, "--truth", "0.1;0.3", "--truth", "0.4;0.6")[1])
    assert [(row["scenario"], row["dose_level"]) for row in rows] == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]
    first = json.loads(ask(*asked, "--truth", "0.1;0.3")[1])
    assert [{"scenario": 1} | row for row in first] == rows[:3]
    timed = json.loads(ask(*asked, "--truth", "0.1;0.3", "--truth", "0.4;0.6", "--window", "28")[1])
    assert len(timed) == 2
    assert timed[0]["doses"][0]["scenario"] == 1


@pytest.mark.parametrize(
    ("truth", "mtd"), [((0.1, 0.3, 0.5), 2), ((0.1, 0.2, 0.4), 2), ((0.05, 0.08), 2), ((0.5, 0.6), 0), ((0.42, 0.6), 1), ((), 0)]
)
def test_the_true_mtd_is_the_closest_dose_the_lower_of_two(truth, mtd):
    assert find_true_mtd(truth, 0.3) == mtd


def test_the_summary_of_one_cohort_is_worked_out_by_hand():
    """One cohort of 3 at dose 1 of 2, true rate 0.2: 3+3 recommends dose 1 unless 2 or 3 have a DLT (0.104)."""
    design = create_design("3+3", {})
    row = summarize_study(enumerate_tally(design, Plan(truth=(0.2, 0.5), cohorts=1))).iloc[0]
    STUDY_SUMMARY.check(summarize_study(enumerate_tally(design, Plan(truth=(0.2, 0.5), cohorts=1))))
    assert (row["mtd"], row["subjects"], row["high"]) == (1, 3, 0)
    assert row["dlt"] == pytest.approx(0.6)
    assert row["none"] == pytest.approx(1 - 0.8**3)
    assert row["correct_error"] == 0
    simulated = summarize_study(run_chunks(design, Plan(truth=(0.2, 0.5), cohorts=4, trials=4000)))
    exact = summarize_study(enumerate_tally(design, Plan(truth=(0.2, 0.5), cohorts=4)))
    for name in ("correct", "above", "none", "short", "subjects", "dlt", "high"):
        assert abs(simulated[name][0] - exact[name][0]) < 5 * max(simulated[f"{name}_error"][0], 1e-4), name
    timed = summarize_study(run_study(design, Plan(truth=(0.2, 0.5), trials=300), Clock(window=28, accrual=0.1)), timed=True)
    assert timed["duration"][0] > 28
    assert timed["duration_error"][0] > 0
