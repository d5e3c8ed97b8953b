import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.errors import FaultyInput
from trial.escalation.outcomes import build_state, format_outcomes, parse_outcomes
from trial.escalation.register import build_design, create_design
from trial.escalation.state import DoseCount, State, count_state
from trial.protocol import EscalationPart, Protocol

COHORT = st.tuples(st.integers(1, 12), st.lists(st.sampled_from(["N", "T", ".", ".5", ".25"]), min_size=1, max_size=8)).map(
    lambda pair: f"{pair[0]}{''.join(pair[1])}"
)


@given(st.lists(COHORT, max_size=6))
def test_outcomes_survive_reading_and_writing(words):
    cohorts = parse_outcomes(" ".join(words), 12)
    assert parse_outcomes(format_outcomes(cohorts), 12) == cohorts
    state = build_state(cohorts, 12)
    assert sum(state.treated) == sum(len(cohort.outcomes) for cohort in cohorts)


def test_pending_subjects_carry_their_follow_up():
    (cohort,) = parse_outcomes("10NT.50..075", 12)
    assert cohort.dose == 10
    assert cohort.dlt == 1
    assert cohort.pending == (0.5, 0.0, 0.075)


@pytest.mark.parametrize("text", ["4NNN", "0N", "1NX", "1", "N", "1nn", "-1N", "1NN 2"])
def test_illegal_outcomes_are_refused(text):
    with pytest.raises(FaultyInput):
        parse_outcomes(text, 3)


def test_every_fault_of_a_history_is_named():
    with pytest.raises(FaultyInput) as caught:
        parse_outcomes("7NNN 2NX 3", 3)
    assert len(caught.value.faults) == 3


@pytest.mark.parametrize(
    "doses,current", [((DoseCount(3, 4),), 1), ((DoseCount(3, 2, (0.5, 0.5)),), 1), ((DoseCount(-1),), 1), ((DoseCount(),), 2), ((), 1)]
)
def test_impossible_counts_are_refused(doses, current):
    with pytest.raises(FaultyInput):
        State(doses, current)


def test_parameters_name_every_fault():
    with pytest.raises(FaultyInput) as caught:
        create_design("BOIN", {"target": "x", "foo": 1, "cohort_size": 2.5})
    assert len(caught.value.faults) == 3
    with pytest.raises(FaultyInput, match="required"):
        create_design("BOIN", {})
    with pytest.raises(FaultyInput, match="not known"):
        create_design("4+4", {})


def test_a_protocol_without_a_design_says_what_is_missing():
    protocol = Protocol.model_validate(
        {
            "study": {"code": "X", "title": "x", "product": "x", "indication": "x", "time_zone": "UTC"},
            "version": {"number": "1", "effective": "2026-01-01", "reason": "first"},
        }
    )
    with pytest.raises(FaultyInput, match="escalation"):
        build_design(protocol)
    part = EscalationPart(design="boin", cohort_size=2, max_per_dose=9, parameters={"target": 0.25})
    design = build_design(protocol.model_copy(update={"escalation": part}))
    assert (design.name, design.target, design.cohort_size, design.stop_at_n) == ("BOIN", 0.25, 2, 9)


@pytest.mark.parametrize(
    "outcomes,action,dose",
    [
        ("1NNNN", "escalate", 2),  # a fourth subject does not stop the rule
        ("1NT", "stay", 1),
        ("1TT", "stop", None),  # two of two are known to be too many before the third is dosed
        ("1NNN 2T.T", "de-escalate", 1),  # whatever the pending subject shows
        ("1NNN 2N..", "wait", 2),
        ("1N.", "stay", 1),  # the third place is open
        ("1NNT 1NN", "stay", 1),
        ("1NNT 1NNNN", "escalate", 2),
        ("1NNT 1NN.", "wait", 1),
        ("1NNN 2NNN 3NNN", "stop", 3),
    ],
)
def test_three_plus_three_on_live_counts(outcomes, action, dose):
    decision = create_design("3+3", {"de_escalate": True}).decide(build_state(parse_outcomes(outcomes, 3), 3))
    assert (decision.action, decision.dose) == (action, dose)


def test_open_places_are_filled_before_going_up():
    design = create_design("BOIN", {"target": 0.3})
    assert design.decide(State((DoseCount(2, 0), DoseCount()), open_places=1)).action == "stay"
    assert design.decide(State((DoseCount(3, 0), DoseCount()))).action == "escalate"


def test_a_dose_closed_by_the_committee_is_not_entered():
    design = create_design("BOIN", {"target": 0.3})
    state = State((DoseCount(3, 0), DoseCount(), DoseCount()), closed_from=2)
    assert design.decide(state).action == "stay"
    assert design.select(count_state((3, 3, 0), (0, 0, 0), 2)).dose == 2


def test_no_mtd_is_reached_when_the_highest_dose_is_tolerated():
    for name, parameters in (("3+3", {}), ("BOIN", {"target": 0.3})):
        selection = create_design(name, parameters).select(count_state((3, 3, 3), (0, 0, 0), 3))
        assert (selection.dose, selection.reached) == (3, False)
        assert "no MTD" in selection.because
