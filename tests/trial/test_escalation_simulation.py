import numpy as np
import pytest

from trial.errors import FaultyInput
from trial.escalation.batch import Batch, Followed, find_distinct
from trial.escalation.exact import enumerate_trials
from trial.escalation.follow_up import Clock, simulate_in_time
from trial.escalation.outcomes import build_state, parse_outcomes
from trial.escalation.pathways import expand_paths
from trial.escalation.register import create_design
from trial.escalation.simulate import Plan, run_chunks, simulate
from trial.escalation.state import count_state
from trial.tables.escalation import OPERATING_CHARACTERISTICS

TRUTH = (0.05, 0.15, 0.3, 0.45)
CRM = {"target": 0.3, "half_width": 0.05, "prior_mtd": 3, "levels": 4}


@pytest.mark.parametrize(
    "name,parameters",
    [
        ("BOIN", {"target": 0.3}),
        ("3+3", {}),
        ("3+3", {"de_escalate": True}),
        ("Keyboard", {"target": 0.3}),
        ("CRM", CRM),
        ("i3+3", {"target": 0.3}),
    ],
)
def test_simulation_agrees_with_enumeration(name, parameters):
    design, plan = create_design(name, parameters), Plan(truth=TRUTH, trials=20_000, cohorts=6, seed=11)
    simulated, exact = simulate(design, plan), enumerate_trials(design, plan)
    for frame in (simulated, exact):
        OPERATING_CHARACTERISTICS.check(frame)
    for quantity in ("selected", "subjects", "dlt"):
        error = np.maximum(simulated[f"{quantity}_error"], 1e-4)
        assert (np.abs(simulated[quantity] - exact[quantity]) < 5 * error).all()
    assert exact["selected"].sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name,parameters", [("3+3", {"de_escalate": True}), ("BOIN", {"target": 0.3, "stop_at_n": 6})])
def test_enumeration_agrees_with_the_tree_of_paths(name, parameters):
    """The probability of each end of the tree, multiplied out by hand, against the merged enumeration."""
    design, truth, cohorts = create_design(name, parameters), (0.1, 0.25, 0.4), 5
    chosen = np.zeros(4)
    for step in expand_paths(design, count_state((0, 0, 0), (0, 0, 0), 1), cohorts):
        if len(step.cohorts) < cohorts and step.decision.action != "stop":
            continue
        chance = 1.0
        for cohort in step.cohorts:
            p, y, n = truth[cohort.dose - 1], cohort.dlt, len(cohort.outcomes)
            chance *= p**y * (1 - p) ** (n - y) * {0: 1, 1: 3, 2: 3, 3: 1}[y]
        ended = step.decision.action == "stop"
        dose = step.decision.dose if ended else design.select(step.state).dose
        chosen[dose or 0] += chance
    exact = enumerate_trials(design, Plan(truth=truth, cohorts=cohorts))
    assert chosen.sum() == pytest.approx(1)
    assert exact["selected"].to_numpy() == pytest.approx(chosen, abs=1e-12)


def test_wrapped_designs_are_simulated_as_they_decide():
    plan = Plan(truth=TRUTH, trials=2000, cohorts=8, seed=3)
    capped = simulate(create_design("BOIN", {"target": 0.3, "maximum_dose": 2}), plan)
    assert (capped["subjects"].iloc[3:] == 0).all()
    short = simulate(create_design("BOIN", {"target": 0.3, "stop_at_total": 9}), plan)
    assert short["subjects"].iloc[0] == pytest.approx(9, abs=0.05)


def test_titration_begins_with_single_subjects():
    design = create_design("BOIN", {"target": 0.3, "titration": True})
    safe = run_chunks(design, Plan(truth=(0.0, 0.0, 0.0), trials=100, cohorts=3))
    assert list(safe.sums[0] / safe.trials) == [9, 1, 1, 7]
    with pytest.raises(FaultyInput, match="titration"):
        enumerate_trials(design, Plan(truth=TRUTH, cohorts=3))


def test_progress_is_told_and_cancels():
    heard = []

    def tell(done, trials):
        heard.append((done, trials))
        return len(heard) < 2

    found = run_chunks(create_design("3+3", {}), Plan(truth=TRUTH, trials=100_000), progress=tell)
    assert heard == [(20_000, 100_000), (40_000, 100_000)]
    assert found.trials == 40_000


def test_chunks_do_not_change_the_course_of_a_seed():
    design = create_design("BOIN", {"target": 0.3})
    plans = [Plan(truth=TRUTH, trials=trials, seed=5) for trials in (20_000, 40_000)]
    small, large = (run_chunks(design, plan) for plan in plans)
    assert small.trials * 2 == large.trials
    assert np.abs(small.selected / small.trials - large.selected / large.trials).max() < 0.02


def test_without_follow_up_time_changes_nothing_but_the_duration():
    design, plan = create_design("BOIN", {"target": 0.3}), Plan(truth=TRUTH, trials=10_000, cohorts=6, seed=2)
    timed = simulate_in_time(design, plan, Clock(window=28, accrual=0.1))
    exact = enumerate_trials(design, plan)
    found = timed.summarize()
    assert (np.abs(found["selected"] - exact["selected"]) < 5 * np.maximum(found["selected_error"], 1e-4)).all()
    mean, spread = timed.describe_days()
    assert 6 * 28 < mean < 6 * (28 + 50)
    assert spread > 0


def test_stagger_makes_trials_longer_and_follow_up_makes_them_shorter():
    plan = Plan(truth=TRUTH, trials=2000, cohorts=6, seed=2)
    boin, tite = create_design("BOIN", {"target": 0.3}), create_design("TITE-BOIN", {"target": 0.3})
    plain, staggered = (simulate_in_time(boin, plan, Clock(window=28, accrual=0.3, stagger=gap)) for gap in (0, 14))
    followed = simulate_in_time(tite, plan, Clock(window=28, accrual=0.3))
    assert staggered.describe_days()[0] > plain.describe_days()[0] + 6 * 10
    assert followed.describe_days()[0] < plain.describe_days()[0]


def test_tite_designs_decide_in_batches_as_one_by_one():
    """The follow-up rule for many trials against `decide`, on the courses of a simulation."""
    rng = np.random.default_rng(4)
    signs = np.array(["N", "T", ".1", ".5", ".9"])
    for name, parameters in (
        ("TITE-BOIN", {"target": 0.3}),
        ("TITE-BOIN", {"target": 0.3, "method": "ess", "min_follow_up": 0.25}),
        ("TITE-CRM", CRM),
    ):
        design = create_design(name, parameters | ({"coherent": False} if name == "TITE-CRM" else {}))
        for _ in range(60):
            words = [signs[rng.choice(5, 3, p=[0.5, 0.15, 0.1, 0.15, 0.1])] for _ in range(2)]
            cohorts = parse_outcomes(" ".join(f"{level}{''.join(word)}" for level, word in enumerate(words, 1)), 4)
            state = build_state(cohorts, 4)
            level = np.array([[cohort.dose for cohort in cohorts for _ in cohort.outcomes]])
            outcomes = [outcome for cohort in cohorts for outcome in cohort.outcomes]
            pending = np.array([[not isinstance(outcome, bool) for outcome in outcomes]])
            share = np.array([[1.0 if isinstance(outcome, bool) else outcome for outcome in outcomes]])
            counts = Batch(np.array([state.treated]), np.array([state.dlt]), np.array([2]), np.array([3]), np.array([cohorts[-1].dlt]))
            moves, decision = design.move_followed(Followed(counts, level, share, pending)), design.decide(state)
            assert bool(moves.wait[0]) == (decision.action == "wait"), (str(cohorts), decision)
            if not moves.wait[0]:
                assert moves.dose[0] == (decision.dose or 0)


def test_impossible_plans_are_refused(monkeypatch):
    with pytest.raises(FaultyInput) as caught:
        Plan(truth=(1.2,), trials=0, cohorts=0, start=3)
    assert len(caught.value.faults) == 4
    with pytest.raises(FaultyInput):
        Clock(window=0, accrual=-1)
    monkeypatch.setattr("trial.escalation.exact.MOST", 1000)
    with pytest.raises(FaultyInput, match="too many"):
        enumerate_trials(create_design("BOIN", {"target": 0.3}), Plan(truth=(0.3,) * 5, cohorts=10))


def test_distinct_rows_are_found_where_their_values_are_large():
    rows = np.array([[1, 2**40, 7], [1, 2**40, 7], [0, 2**40, 2**30]], dtype=np.int64)
    first, inverse = find_distinct(rows)
    assert len(first) == 2
    assert (rows[first][inverse] == rows).all()
