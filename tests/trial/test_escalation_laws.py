"""The laws that every member of the register of designs keeps, on random counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.errors import FaultyInput
from trial.escalation.batch import Batch
from trial.escalation.boin import Boin
from trial.escalation.decision import Decision
from trial.escalation.outcomes import build_state, format_outcomes, parse_outcomes, write_cohort
from trial.escalation.pathways import expand_paths
from trial.escalation.register import DESIGNS, create_design
from trial.escalation.state import DoseCount, State
from trial.escalation.wrappers import Wrapper
from trial.sentence import Sentence
from trial.tables.escalation import DECISION_TABLE, DOSE_ESTIMATES

TOP = 4
PARAMETERS = {
    "CRM": {"skeleton": "0.08;0.16;0.28;0.42"},
    "TITE-CRM": {"skeleton": "0.08;0.16;0.28;0.42", "model": "logistic"},
    "BLRM": {"amounts": "1;2;4;8"},
}


def build(name, **more):
    target = {} if name in ("3+3", "rolling six") else {"target": 0.3}
    return create_design(name, target | PARAMETERS.get(name, {}) | more)


BUILT = {name: build(name) for name in DESIGNS}
EACH = pytest.mark.parametrize("name", list(DESIGNS))


@st.composite
def states(draw, pending=False):
    current = draw(st.integers(1, TOP))
    doses = []
    for level in range(1, TOP + 1):
        treated = draw(st.integers(1 if level == current else 0, 9))
        dlt = draw(st.integers(0, treated))
        waiting = draw(st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.9]), max_size=min(2, treated - dlt))) if pending else []
        doses.append(DoseCount(treated, dlt, tuple(waiting)))
    size = draw(st.integers(1, min(3, doses[current - 1].treated)))
    return State(tuple(doses), current, latest=(size, draw(st.integers(0, min(size, doses[current - 1].dlt)))))


@EACH
@settings(max_examples=60, deadline=None)
@given(state=states(pending=True))
def test_a_decision_is_one_that_can_be_carried_out(name, state):
    design = BUILT[name]
    decision = design.decide(state)
    closed = design.find_closed(state) or TOP + 1
    if decision.action == "stop":
        assert decision.dose is None or 1 <= decision.dose <= TOP
    elif decision.action == "wait":
        assert decision.dose == state.current
    else:
        assert 1 <= decision.dose < closed, "never above the top, never back to a closed dose"
    moves = {"escalate": 1, "stay": 0, "de-escalate": -1, "eliminate": -1}
    if decision.action in moves:
        assert np.sign(decision.dose - state.current) == moves[decision.action]
    assert decision == design.decide(state), "the same counts give the same answer"


@EACH
@settings(max_examples=60, deadline=None)
@given(state=states(pending=True))
def test_the_reason_names_dose_and_counts(name, state):
    because = BUILT[name].decide(state).because
    assert f"dose {state.current}" in because
    assert f"{state.here.dlt} of {state.here.evaluable} evaluable" in because
    assert because.endswith(".")
    assert "{" not in because


@EACH
@settings(max_examples=60, deadline=None)
@given(state=states())
def test_more_toxicity_never_means_more_dose(name, state):
    here = state.here
    if here.dlt == here.treated:
        return
    worse = State(state.with_here(DoseCount(here.treated, here.dlt + 1)).doses, state.current, latest=state.latest)
    design = BUILT[name]
    assert (design.decide(worse).dose or 0) <= (design.decide(state).dose or 0)


@EACH
@settings(max_examples=60, deadline=None)
@given(state=states(), level=st.integers(1, TOP))
def test_a_dlt_at_any_dose_never_means_more_dose(name, state, level):
    count = state.doses[level - 1]
    if count.dlt == count.treated:
        return
    doses = list(state.doses)
    doses[level - 1] = DoseCount(count.treated, count.dlt + 1)
    worse, design = State(tuple(doses), state.current, latest=state.latest), BUILT[name]
    before, after = design.decide(state), design.decide(worse)
    if "stop" in (before.action, after.action) and after.dose is not None:
        return  # the recommended dose of a stopped trial is not the dose of a next cohort
    assert (after.dose or 0) <= (before.dose or 0)


@EACH
@settings(max_examples=60, deadline=None)
@given(state=states(pending=True), data=st.data())
def test_a_pending_subject_whose_dlt_becomes_known_never_means_more_dose(name, state, data):
    waiting = [level for level, count in enumerate(state.doses, 1) if count.pending]
    if not waiting:
        return
    level = data.draw(st.sampled_from(waiting))
    count = state.doses[level - 1]
    doses = list(state.doses)
    doses[level - 1] = DoseCount(count.treated, count.dlt + 1, count.pending[1:])
    before, after = (BUILT[name].decide(one) for one in (state, State(tuple(doses), state.current, latest=state.latest)))
    if not {"stop", "wait"} & {before.action, after.action}:  # while it waits, nobody is dosed
        assert after.dose <= before.dose


@EACH
@settings(max_examples=80, deadline=None)
@given(state=states(pending=True))
def test_nobody_goes_up_while_subjects_are_pending_unless_the_design_reads_follow_up(name, state):
    design = BUILT[name]
    base = design.base if isinstance(design, Wrapper) else design
    decision = design.decide(state)
    if any(count.pending for count in state.doses) and not base.reads_follow_up:
        assert decision.action != "escalate"
        if decision.action == "stop" and decision.dose is not None:
            settled = [settle(state, all_dlt) for all_dlt in (False, True)]
            assert {design.decide(one).dose for one in settled} == {decision.dose}, "a recommendation that a pending subject could change"


def settle(state, all_dlt):
    """The state once every pending subject is known, with a DLT or without."""
    return State(tuple(count.resolve(len(count.pending) * all_dlt) for count in state.doses), state.current, latest=state.latest)


@pytest.mark.parametrize("target", [0.2, 0.3])
@pytest.mark.parametrize("name", ["BOIN", "TITE-BOIN", "Keyboard", "mTPI-2", "i3+3"])
def test_interval_designs_are_coherent_with_the_observed_rate(name, target):
    """Never up from a dose whose observed rate is at the target or above it, never down from one below it."""
    design = create_design(name, {"target": target})
    for n in range(1, 31):
        for dlt in range(n + 1):
            if dlt / n >= target:
                assert design.cell(n, dlt) != "escalate", (n, dlt)
            else:
                assert design.cell(n, dlt) in ("escalate", "stay"), (n, dlt)


@EACH
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_the_order_of_cohorts_is_irrelevant_to_a_decision_on_counts(name, data):
    """The same counts, reached in another order, give the same answer; only the latest cohort may matter."""
    cohorts = [write_cohort(data.draw(st.integers(1, 2)), 3, data.draw(st.integers(0, 1))) for _ in range(3)]
    last = write_cohort(2, 3, data.draw(st.integers(0, 3)))
    mixed = data.draw(st.permutations(cohorts))
    assert BUILT[name].decide(build_state([*cohorts, last], TOP)) == BUILT[name].decide(build_state([*mixed, last], TOP))


@EACH
def test_a_dose_once_closed_is_never_given_again(name):
    """Every path of four cohorts of a trial that follows the rule; the check itself is seen to fail on a design that forgets."""
    broken = find_return(BUILT[name])
    assert broken is None, broken


def find_return(design):
    """A path on which ``design`` goes back to a dose that it had closed, or above the top; None where there is none."""
    empty = State((DoseCount(),) * TOP)
    for step in expand_paths(design, empty, 4):
        closed = TOP + 1
        for number in range(1, len(step.cohorts) + 1):
            if step.cohorts[number - 1].dose >= closed:
                return " ".join(map(str, step.cohorts))
            closed = min(closed, design.find_closed(build_state(step.cohorts[:number], TOP)) or TOP + 1)
    return None


def test_the_search_for_a_return_finds_one():
    class Forgetful(Boin):
        def decide(self, state):
            return Decision("stay", 2, Sentence("always dose 2"))

    assert find_return(Forgetful(target=0.3)) is not None


@EACH
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_order_of_subjects_in_a_cohort_is_irrelevant(name, data):
    signs = data.draw(st.lists(st.sampled_from(["N", "T", ".5"]), min_size=1, max_size=4))
    mixed = data.draw(st.permutations(signs))
    answers = [BUILT[name].decide(build_state(parse_outcomes(f"1NNN 2{''.join(order)}", TOP), TOP)) for order in (signs, mixed)]
    assert answers[0] == answers[1]


@EACH
@settings(max_examples=25, deadline=None)
@given(rows=st.lists(states(), min_size=1, max_size=8))
def test_many_trials_at_once_are_decided_as_one_by_one(name, rows):
    design = BUILT[name]
    batch = Batch(
        np.array([state.treated for state in rows]),
        np.array([state.dlt for state in rows]),
        np.array([state.current for state in rows]),
        np.array([state.latest[0] for state in rows]),
        np.array([state.latest[1] for state in rows]),
    )
    moves = design.move_many(batch)
    for state, dose, stop in zip(rows, moves.dose, moves.stop, strict=True):
        decision = design.decide(state)
        assert stop == (decision.action == "stop")
        assert dose == (decision.dose or 0) or (stop and decision.dose)
    selected = design.select_many(batch.treated, batch.dlt)
    assert list(selected) == [design.select(state).dose or 0 for state in rows]


@EACH
def test_tables_are_as_declared(name):
    design = BUILT[name]
    table = design.table(6)
    DECISION_TABLE.check(table)
    assert set(table["action"]) <= {"escalate", "stay", "de-escalate", "eliminate"}
    assert len(table) == sum(n + 1 for n in range(1, 7))
    ranks = {"escalate": 0, "stay": 1, "de-escalate": 2, "eliminate": 3}
    for _, cells in table.groupby("n"):
        assert cells["action"].map(ranks).is_monotonic_increasing
    DOSE_ESTIMATES.check(design.estimates(build_state(parse_outcomes("1NNN 2NT.50", TOP), TOP)))


@EACH
@pytest.mark.parametrize(
    "bad", [{"target": 0}, {"target": 1.2}, {"cohort_size": 0}, {"stop_at_total": 0}, {"maximum_dose": 0}, {"too_toxic_confidence": 2}]
)
def test_nonsense_is_refused(name, bad):
    with pytest.raises(FaultyInput):
        build(name, **bad)


@pytest.mark.parametrize("name", ["CRM", "TITE-CRM", "BLRM"])
@settings(max_examples=60, deadline=None)
@given(state=states())
def test_models_are_coherent_and_skip_no_dose(name, state):
    decision = BUILT[name].decide(state)
    treated, dlt = state.latest
    if dlt / treated >= 0.3:
        assert decision.action != "escalate"
    if decision.action == "escalate":
        assert decision.dose == state.current + 1


@EACH
@settings(max_examples=25, deadline=None)
@given(state=states(pending=True), data=st.data())
def test_restrictions_hold_on_every_design(name, state, data):
    cap = data.draw(st.integers(1, TOP))
    assert (build(name, maximum_dose=cap).decide(state).dose or 0) <= max(cap, 0) or state.current > cap
    held = build(name, hold_above_pending=0).decide(state)
    if any(count.pending for count in state.doses):
        assert held.action in ("wait", "stop", "de-escalate", "eliminate")
    full = build(name, stop_at_total=sum(state.treated)).decide(state)
    assert full.action in ("stop", "wait")
    toxic = build(name, too_toxic_confidence=0.01, too_toxic_rate=0.0001).decide(state)
    assert (toxic.action, toxic.dose) == ("stop", None)


@EACH
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_trial_that_follows_the_rule_never_meets_a_closed_dose(name, data):
    design, cohorts = BUILT[name], []
    for _ in range(8):
        state = build_state(cohorts, TOP)
        decision = design.decide(state)
        if decision.action == "stop":
            break
        assert decision.action != "wait"
        assert decision.dose < (design.find_closed(state) or TOP + 1)
        cohorts.append(write_cohort(decision.dose, 3, data.draw(st.integers(0, 3))))
    assert parse_outcomes(format_outcomes(cohorts), TOP) == tuple(cohorts)
