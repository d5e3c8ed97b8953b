"""What could come next: every result of the coming cohorts, the decision on it, and how likely it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import comb

import numpy as np
import pandas as pd
from scipy.special import betaln

from trial.errors import Fault, FaultyInput
from trial.escalation.decision import Decision
from trial.escalation.design import Design
from trial.escalation.outcomes import Cohort, format_outcomes, write_cohort
from trial.escalation.state import DoseCount, State
from trial.tables.escalation import OUTCOMES

MAX_COHORTS = 12


@dataclass(frozen=True)
class Step:
    """One node of the tree: the cohorts since now, the state and decision they lead to, and the probability of getting there."""

    cohorts: tuple[Cohort, ...]
    state: State
    decision: Decision
    probability: float


def predict_outcomes(design: Design, state: State, *, cohorts: int = 1) -> pd.DataFrame:
    """Return OUTCOMES: the next 1 to 12 ``cohorts`` from ``state``, a row per node of the tree, parents first."""
    rows = ((format_outcomes(s.cohorts), len(s.cohorts), s.decision, s.probability) for s in expand_paths(design, state, cohorts))
    return OUTCOMES.frame(
        (path, size, decision.action, decision.dose, chance, decision.because) for path, size, decision, chance in rows if size
    )


def expand_paths(design: Design, state: State, cohorts: int) -> Iterator[Step]:
    """Yield every node that ``design`` can reach from ``state`` in up to ``cohorts`` more cohorts, itself first, depth first.

    Unknown outcomes of the current cohort (pending subjects and open places) come first, as a cohort of their own; so do those at
    another dose, where the rule waits for them.
    """
    if not 0 <= cohorts <= MAX_COHORTS:
        raise FaultyInput([Fault("cohorts", f"{cohorts} is out of range", f"Look ahead by 1 to {MAX_COHORTS} cohorts.")])
    yield from _expand(design, Step((), state, design.decide(state), 1.0), cohorts)


def _expand(design: Design, step: Step, cohorts: int) -> Iterator[Step]:
    yield step
    here, decision = step.state, step.decision
    unknown = len(here.here.pending) + here.open_places
    if cohorts == 0 or (decision.action == "stop" and not unknown) or decision.dose is None:
        return
    elsewhere = _find_elsewhere(here) if decision.action == "wait" and not unknown else None
    if elsewhere is not None:
        here = replace(here, current=elsewhere)
        unknown = len(here.here.pending)
    dose = here.current if unknown else decision.dose
    moved = here if unknown else replace(here, current=dose)
    size = unknown or design.find_next_size(moved)
    for dlt, chance in enumerate(compute_predictive(design, moved, size)):
        after = _add(moved, dlt, size, known=bool(unknown))
        if elsewhere is not None:
            after = replace(after, current=step.state.current, latest=step.state.latest)
        path = (*step.cohorts, write_cohort(dose, size, dlt))
        yield from _expand(design, Step(path, after, design.decide(after), step.probability * chance), cohorts - 1)


def _find_elsewhere(state: State) -> int | None:
    """The lowest other dose with pending subjects, whom the rule waits for; None where there is none."""
    return next((level for level, count in enumerate(state.doses, 1) if count.pending and level != state.current), None)


def _add(state: State, dlt: int, size: int, *, known: bool) -> State:
    """The state after ``size`` outcomes at the current dose; ``known`` when pending subjects are among them."""
    here = state.here
    treated = here.treated + (state.open_places if known else size)
    latest = state.latest if known and state.latest else (size, dlt)
    return replace(state.with_here(DoseCount(treated, here.dlt + dlt)), latest=latest)


def compute_predictive(design: Design, state: State, size: int) -> list[float]:
    """Return the probability of 0 to ``size`` DLTs among ``size`` subjects at the current dose.

    Beta-binomial from the posterior that overdose control uses (prior Beta(1, 1) at each dose), or the design's own model.
    """
    own = design.predict(state, size)
    if own is not None:
        return own
    here = state.here
    a, b = here.dlt + 1, here.evaluable - here.dlt + 1
    return [comb(size, k) * float(np.exp(betaln(a + k, b + size - k) - betaln(a, b))) for k in range(size + 1)]
