"""The tree of outcomes: probabilities add up, equal branches are one, unlikely ones are gathered, and no state breaks it."""

from itertools import pairwise

import pytest

from trial.errors import FaultyInput
from trial.escalation.outcomes import build_state, parse_outcomes
from trial.escalation.pathways import predict_outcomes
from trial.escalation.register import create_design
from trial.escalation.tree import GATHERED, grow_tree, list_branches
from trial.tables.escalation import OUTCOME_TREE

CRM = {"target": 0.3, "half_width": 0.05, "prior_mtd": 3, "levels": 5}
CASES = [
    ("3+3", {"de_escalate": True}, "1NNN 2NT."),
    ("BOIN", {"target": 0.3, "stop_at_n": 12}, "1NNN 2NNN 3NTNNNN 4TTN"),
    ("Keyboard", {"target": 0.25}, "1NNN"),
    ("rolling six", {}, "1NN.2."),
    ("TITE-BOIN", {"target": 0.3}, "1NNN 2N.5.2"),
    ("CRM", CRM, "1NNN 2NNN 3NTN"),
    ("BLRM", {"target": 0.3, "amounts": [1, 2, 4, 8, 16]}, "1NNN 2NNN"),
]


def state_of(text: str):
    """The state after some cohorts in a trial of five doses."""
    return build_state(parse_outcomes(text, 5), 5)


@pytest.mark.parametrize(("name", "parameters", "text"), CASES)
def test_what_follows_a_branch_is_as_likely_as_the_branch(name, parameters, text):
    tree = list_branches(grow_tree(create_design(name, parameters), state_of(text), 2))
    OUTCOME_TREE.check(tree)
    assert tree.loc[tree["parent"].isna(), "probability"].sum() == pytest.approx(1, abs=1e-9)
    for row in tree[~tree["leaf"]].itertuples():
        assert tree.loc[tree["parent"] == row.node, "probability"].sum() == pytest.approx(row.probability, abs=1e-9)
    for _, group in tree[tree["leaf"]].fillna({"parent": 0, "next_level": 0, "action": ""}).groupby("parent"):
        rows = list(group.itertuples())
        beside = [(one, other) for one, other in pairwise(rows) if one.high + 1 == other.low]
        assert all((one.action, one.next_level) != (other.action, other.next_level) for one, other in beside), "equal leaves are one"


@pytest.mark.parametrize(("name", "parameters", "text"), CASES)
def test_the_first_cohort_is_what_the_full_list_says(name, parameters, text):
    design, state = create_design(name, parameters), state_of(text)
    full = predict_outcomes(design, state, cohorts=1)
    merged = grow_tree(design, state, 1)
    told = {}
    for branch in merged:
        if branch.action is not None:
            key = (branch.action, branch.next_dose)
            told[key] = told.get(key, 0) + branch.probability
    for (action, dose), chance in told.items():
        rows = full[(full["action"] == action) & (full["dose_level"].fillna(0) == (dose or 0))]
        assert rows["probability"].sum() >= chance - 1e-12


def test_the_tree_of_three_plus_three_is_worked_out_by_hand():
    """Nobody treated, two doses: 0, 1, 2 or 3 DLTs in 3 are equally likely under a uniform prior; 2 and 3 say the same."""
    branches = grow_tree(create_design("3+3", {}), build_state((), 2), 2)
    found = [(one.low, one.high, one.action, one.next_dose, pytest.approx(one.probability)) for one in branches]
    assert found == [(0, 0, "escalate", 2, 0.25), (1, 1, "stay", 1, 0.25), (2, 3, "stop", None, 0.5)]
    told = list_branches(branches)
    assert told.loc[told["low"] == 2, "because"].iloc[0].startswith("with 2 DLT: 2 of 3 evaluable subjects")
    after = branches[1].children
    # 1 DLT in 3: Beta(2, 3); no DLT in 3 more: B(2, 6) / B(2, 3)
    assert after[0].probability == pytest.approx(0.25 * (1 / 42) / (1 / 12))
    assert (after[0].low, after[0].high, after[0].action) == (0, 0, "escalate")
    assert (after[1].low, after[1].high, after[1].action) == (1, 3, "stop")


def test_unlikely_results_are_gathered():
    design = create_design("BOIN", {"target": 0.3, "cohort_size": 6})
    branches = grow_tree(design, state_of("1NNNNNNNNNNNNNNNNNNNNNNNN"), 1)
    rest = [branch for branch in branches if branch.action is None]
    assert sum(branch.probability for branch in branches) == pytest.approx(1)
    assert all(branch.probability >= GATHERED for branch in branches if branch.action is not None) or not rest


def test_the_crm_predicts_where_its_curve_is_flat():
    """Some quadrature points have a rate that is 1 to the last bit, or so small that a library's density overflows."""
    design = create_design("CRM", CRM)
    chances = design.predict(state_of("1NNN 2NNN 3NTN 4NNN"), 3)
    assert sum(chances) == pytest.approx(1)
    assert all(0 <= chance <= 1 for chance in chances)
    assert list_branches(grow_tree(design, state_of("1NNN 2NNN 3NTN"), 3))["probability"].between(0, 1).all()


@pytest.mark.parametrize("cohorts", [0, 4])
def test_only_one_to_three_cohorts_are_looked_ahead(cohorts):
    with pytest.raises(FaultyInput, match="out of range"):
        grow_tree(create_design("3+3", {}), state_of("1NNN"), cohorts)
