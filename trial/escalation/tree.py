"""What could come next as a tree that a reader can take in: equal branches merged, unlikely ones gathered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from trial.errors import refuse
from trial.escalation.decision import Action
from trial.escalation.design import Design
from trial.escalation.pathways import Step, expand_paths
from trial.escalation.state import State
from trial.sentence import Sentence
from trial.tables.escalation import OUTCOME_TREE

FOLLOWED = 0.05
"""Probability below which a branch is not followed further; its own decision is still shown."""
GATHERED = 0.01
"""Probability below which branches beside each other are gathered into one that names no decision."""
MOST_COHORTS = 3


@dataclass(frozen=True)
class Branch:
    """A result of one cohort and what the rule then says.

    ``low`` to ``high`` DLTs among ``size`` subjects at level ``dose``; ``next_dose`` is the level of the next cohort, or the recommended
    one when it stops. A branch that gathers unlikely results has no ``action``.
    """

    dose: int
    size: int
    low: int
    high: int
    action: Action | None
    next_dose: int | None
    probability: float
    because: Sentence
    children: tuple["Branch", ...] = ()

    @property
    def shape(self) -> tuple[object, ...]:
        """What must be equal for two branches to be told as one: everything but the counts and the probability."""
        return (self.dose, self.size, self.action, self.next_dose, tuple((one.low, one.high, one.shape) for one in self.children))


@lru_cache(maxsize=128)
def grow_tree(design: Design, state: State, cohorts: int) -> tuple[Branch, ...]:
    """Return the branches of the next 1 to 3 ``cohorts`` from ``state``, likely ones in full; raise FaultyInput for another number."""
    if not 1 <= cohorts <= MOST_COHORTS:
        raise refuse("cohorts", f"{cohorts} is out of range", f"Look ahead by 1 to {MOST_COHORTS} cohorts.")
    steps = list(expand_paths(design, state, cohorts))
    below: dict[tuple[object, ...], list[Step]] = {}
    for step in steps[1:]:
        below.setdefault(step.cohorts[:-1], []).append(step)

    def grow(step: Step) -> Branch:
        """The branch of a step with all that follows from it."""
        cohort, decision = step.cohorts[-1], step.decision
        followed = step.probability >= FOLLOWED
        children = _gather(_merge([grow(one) for one in below.get(step.cohorts, [])])) if followed else ()
        values = (cohort.dose, len(cohort.outcomes), cohort.dlt, cohort.dlt, decision.action, decision.dose)
        return Branch(*values, step.probability, decision.because, children)

    return _gather(_merge([grow(step) for step in below.get((), [])]))


def list_branches(branches: Sequence[Branch]) -> pd.DataFrame:
    """Return OUTCOME_TREE, parents first, in the order of the leaves."""
    rows: list[tuple[object, ...]] = []

    def walk(branch: Branch, parent: int | None, depth: int) -> None:
        """Number a branch and what follows from it, parents before children."""
        number = len(rows) + 1
        values = (branch.dose, branch.size, branch.low, branch.high, branch.action, branch.next_dose, branch.probability)
        rows.append((number, parent, depth, not branch.children, *values, _say_because(branch)))
        for child in branch.children:
            walk(child, number, depth + 1)

    for branch in branches:
        walk(branch, None, 1)
    return OUTCOME_TREE.frame(rows)


def _say_because(branch: Branch) -> Sentence:
    """Why; of several results told as one, for the fewest DLTs among them."""
    if branch.low == branch.high or branch.action is None:
        return branch.because
    return Sentence("with {dlt} DLT: {because}", dlt=branch.low, because=branch.because)


def _merge(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """Neighbours that lead to the same decisions become one."""
    merged: list[Branch] = []
    for branch in branches:
        if merged and merged[-1].shape == branch.shape and merged[-1].high + 1 == branch.low:
            merged[-1] = _add(merged[-1], branch)
        else:
            merged.append(branch)
    return tuple(merged)


def _add(one: Branch, other: Branch) -> Branch:
    """Two branches of the same shape as one, their children in turn."""
    children = tuple(_add(mine, theirs) for mine, theirs in zip(one.children, other.children, strict=True))
    return replace(one, high=max(one.high, other.high), probability=one.probability + other.probability, children=children)


def _gather(branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
    """Two or more unlikely branches beside each other become one that says only how likely they are together."""
    rare = [branch for branch in branches if branch.probability < GATHERED]
    if len(rare) < 2:
        return branches
    total = sum(branch.probability for branch in rare)
    ends = (min(branch.low for branch in rare), max(branch.high for branch in rare))
    rest = Branch(rare[0].dose, rare[0].size, *ends, None, None, total, Sentence("unlikely results, not followed"))
    return (*(branch for branch in branches if branch.probability >= GATHERED), rest)
