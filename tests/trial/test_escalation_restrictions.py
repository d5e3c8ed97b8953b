"""The laws of every design hold inside every restriction too, and no design under any of them reads a history that cannot be."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.trial.test_escalation_laws import EACH, PARAMETERS, TOP, build, states
from trial.errors import FaultyInput
from trial.escalation.batch import Batch
from trial.escalation.history import allows_skipping, find_base, review_history
from trial.escalation.outcomes import build_state, format_outcomes, write_cohort
from trial.escalation.register import DESIGNS
from trial.escalation.state import DoseCount, State
from trial.escalation.wrappers import WRAPPERS

SETTINGS = {
    "no_skipping": st.just(True),
    "coherent": st.just(True),
    "maximum_dose": st.integers(1, TOP),
    "hold_above_pending": st.integers(0, 2),
    "stop_at_total": st.integers(6, 24),
    "too_toxic_confidence": st.sampled_from([0.6, 0.8, 0.95]),
}
"""A strategy for the parameter that turns on each restriction."""
RESTRICTIONS = st.fixed_dictionaries({}, optional=SETTINGS).filter(bool)
FEW = settings(max_examples=20, deadline=None)


def test_every_restriction_is_drawn():
    assert set(SETTINGS) == set(WRAPPERS)
    assert set(PARAMETERS) < set(DESIGNS)


def add_dlt(state):
    """The state with one DLT more at the current dose, in the latest cohort where one of its subjects had none."""
    here, (treated, dlt) = state.here, state.latest
    worse = DoseCount(here.treated, here.dlt + 1, here.pending)
    return State(state.with_here(worse).doses, state.current, latest=(treated, min(dlt + 1, treated)))


@EACH
@FEW
@given(state=states(pending=True), chosen=RESTRICTIONS)
def test_a_restricted_decision_names_dose_and_counts(name, state, chosen):
    because = build(name, **chosen).decide(state).because
    assert f"dose {state.current}" in because
    assert f"{state.here.dlt} of {state.here.evaluable} evaluable" in because
    assert because.endswith(".")
    assert "{" not in because


@EACH
@FEW
@given(state=states(pending=True), chosen=RESTRICTIONS)
def test_a_restriction_only_makes_a_design_more_careful(name, state, chosen):
    free, held = build(name).decide(state), build(name, **chosen).decide(state)
    if held.action not in ("stop", "wait"):
        assert free.action != "stop"
        assert held.dose <= free.dose
    if "maximum_dose" in chosen and held.action != "wait":
        assert (held.dose or 0) <= chosen["maximum_dose"]
        assert (build(name, **chosen).select(state).dose or 0) <= chosen["maximum_dose"]
    if "hold_above_pending" in chosen and sum(len(count.pending) for count in state.doses) > chosen["hold_above_pending"]:
        assert held.action not in ("escalate", "stay")


@EACH
@FEW
@given(state=states(), chosen=RESTRICTIONS)
def test_inside_a_restriction_more_toxicity_never_means_more_dose(name, state, chosen):
    assume(state.here.dlt < state.here.treated)
    design = build(name, **chosen)
    before, after = design.decide(state), design.decide(add_dlt(state))
    if not any(one.action == "stop" and one.dose is not None for one in (before, after)):  # what is recommended is no next dose
        assert (after.dose or 0) <= (before.dose or 0)


@EACH
@FEW
@given(state=states())
def test_a_further_dlt_in_the_latest_cohort_never_means_more_dose(name, state):
    assume(state.here.dlt < state.here.treated)
    design = build(name)
    assert (design.decide(add_dlt(state)).dose or 0) <= (design.decide(state).dose or 0)


@EACH
@FEW
@given(state=states(pending=True), chosen=RESTRICTIONS)
def test_every_design_is_coherent_and_skips_nothing_where_it_is_told_to(name, state, chosen):
    decision = build(name, **chosen).decide(state)
    treated, dlt = state.latest
    target = find_base(build(name)).target
    if chosen.get("coherent") and dlt / treated >= target:
        assert decision.action != "escalate"
    if chosen.get("no_skipping") and decision.action == "escalate":
        assert decision.dose == min(state.current, max(state.tried)) + 1


@EACH
@settings(max_examples=15, deadline=None)
@given(data=st.data(), chosen=RESTRICTIONS)
def test_inside_a_restriction_the_order_of_cohorts_and_subjects_is_irrelevant(name, data, chosen):
    design = build(name, **chosen)
    cohorts = [write_cohort(data.draw(st.integers(1, 2)), 3, data.draw(st.integers(0, 2))) for _ in range(3)]
    last = write_cohort(2, 3, data.draw(st.integers(0, 3)))
    turned = type(last)(last.dose, last.outcomes[::-1])
    mixed = data.draw(st.permutations(cohorts))
    assert design.decide(build_state([*cohorts, last], TOP)) == design.decide(build_state([*mixed, turned], TOP))


@EACH
@settings(max_examples=8, deadline=None)
@given(rows=st.lists(states(), min_size=1, max_size=3), chosen=RESTRICTIONS)
def test_inside_a_restriction_many_trials_are_decided_as_one_by_one(name, rows, chosen):
    design = build(name, **chosen)
    treated, dlt = np.array([state.treated for state in rows]), np.array([state.dlt for state in rows])
    latest = np.array([state.latest for state in rows])
    moves = design.move_many(Batch(treated, dlt, np.array([state.current for state in rows]), latest[:, 0], latest[:, 1]))
    for state, dose, stop in zip(rows, moves.dose, moves.stop, strict=True):
        decision = design.decide(state)
        assert stop == (decision.action == "stop")
        assert dose == (decision.dose or 0) or (stop and decision.dose)
    assert list(design.select_many(treated, dlt)) == [design.select(state).dose or 0 for state in rows]


def follow(design, data, longest=5):
    """A history that follows the rule, with DLTs as drawn; its last cohort may be one after which the trial stops."""
    cohorts = []
    for _ in range(data.draw(st.integers(0, longest))):
        state = build_state(cohorts, TOP)
        decision = design.decide(state) if cohorts else None
        if decision is not None and decision.action in ("stop", "wait"):
            break
        dose = decision.dose if decision else 1
        size = min(3, design.find_places(State(state.doses, dose, latest=state.latest)))
        cohorts.append(write_cohort(dose, size, data.draw(st.integers(0, size))))
    return cohorts


def list_impossible(design, cohorts):
    """Cohorts that cannot follow, each with words of the reason: worked out from what the design claims, not from how it is checked."""
    state, base = build_state(cohorts, TOP), find_base(design)
    found = {}
    closed = min((design.find_closed(build_state(cohorts[:n], TOP)) or TOP + 1 for n in range(1, len(cohorts) + 1)), default=TOP + 1)
    for dose in range(1, TOP + 1):
        if base.most_at_once is not None:
            found[write_cohort(dose, base.most_at_once + 1, 0)] = "subjects are more than"
        decision = design.decide(state) if cohorts else None
        if dose >= closed:
            found[write_cohort(dose, 1, 0)] = "closed for good"
        elif decision is not None and (decision.action, decision.dose) == ("stop", None):
            found[write_cohort(dose, 1, 0)] = "had stopped"
        elif dose > max(state.tried, default=0) + 1 and not allows_skipping(design):
            found[write_cohort(dose, 1, 0)] = "skips a level"
    return found


@EACH
@FEW
@given(data=st.data(), chosen=st.one_of(st.just({}), RESTRICTIONS))
def test_every_illegal_history_is_refused_with_the_reason(name, data, chosen):
    design = build(name, **chosen)
    cohorts = follow(design, data)
    followed = review_history(design, cohorts, TOP)
    assert followed.departures == (), format_outcomes(cohorts)
    for wrong, why in list_impossible(design, cohorts).items():
        later = [*cohorts, wrong, write_cohort(1, 1, 0)]
        with pytest.raises(FaultyInput) as refused:
            review_history(design, later, TOP)
        first = refused.value.faults[0]
        assert first.where == f"cohort {len(cohorts) + 1} ({wrong})"
        assert why in first.what
        assert first.cure


@pytest.mark.parametrize("latest", [(3, 4), (-1, 0), (2, -1), (7, 0), (3, 3)])
def test_a_latest_cohort_that_cannot_be_is_refused(latest):
    """More DLTs than subjects, less than nobody, more subjects or DLTs than the whole trial has."""
    with pytest.raises(FaultyInput, match="latest cohort"):
        State((DoseCount(6, 2), DoseCount()), 1, latest=latest)
