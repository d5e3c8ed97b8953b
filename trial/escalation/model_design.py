"""What model-based designs share: a recommended dose becomes a decision, a table and a selection."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from trial.errors import refuse
from trial.escalation.batch import Batch, Moves, Whole, find_distinct
from trial.escalation.decision import Action, Decision, Selection, answer, describe_counts
from trial.escalation.design import Design
from trial.escalation.state import DoseCount, State, count_state
from trial.sentence import Sentence


@dataclass(frozen=True, kw_only=True)
class ModelDesign(Design):
    """A design that recommends a dose from a model of all doses."""

    defaults: ClassVar[dict[str, bool]] = {"no_skipping": True, "coherent": True}

    @property
    @abstractmethod
    def top(self) -> int:
        """The number of dose levels that the model knows."""

    @abstractmethod
    def compute_rates(self, state: State) -> NDArray[np.float64]:
        """Return the modelled DLT rate per dose."""

    @abstractmethod
    def recommend(self, state: State) -> int:
        """Return the dose level that the model recommends, before any restriction; 0 for none."""

    def recommend_many(self, treated: NDArray[np.int64], dlt: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the recommended dose level of many trials: a trial per row, a dose per column."""
        rows = (count_state(tuple(map(int, n)), tuple(map(int, y)), 1) for n, y in zip(treated, dlt, strict=True))
        return np.array([self.recommend(state) for state in rows])

    def move_many(self, batch: Batch) -> Moves:
        """Return what the design does in each trial of ``batch``."""
        dose = self._recommend_distinct(batch.treated, batch.dlt)
        return Moves(dose, dose == 0)

    def select_many(self, treated: Whole, dlt: Whole) -> Whole:
        """Return the recommended dose level of each finished trial (0 for none)."""
        return self._recommend_distinct(treated, dlt)

    def _recommend_distinct(self, treated: Whole, dlt: Whole) -> Whole:
        first, inverse = find_distinct(np.hstack([treated, dlt]))
        return self.recommend_many(treated[first], dlt[first])[inverse]

    def rule(self, state: State) -> Decision:
        """Return the decision that the recommended dose amounts to."""
        self.check_levels(state)
        dose = min(self.recommend(state), (state.closed_from or state.top + 1) - 1)
        if dose < 1:
            return answer(state, "stop", None, Sentence("no dose is safe enough by the {design} model", design=self.name))
        return answer(state, compare_doses(state.current, dose), dose, self.explain(state, dose))

    def explain(self, state: State, dose: int) -> Sentence:
        """Return why the model recommends ``dose``."""
        rate = self.compute_rates(state)[dose - 1]
        template = "the {design} estimates a DLT rate of {rate} at dose {dose}, the closest to the target {target}"
        return Sentence(template, design=self.name, rate=f"{rate:.2f}", dose=dose, target=f"{self.target:.2f}")

    def cell(self, n: int, dlt: int) -> Action:
        """Return the action for ``dlt`` DLTs in ``n`` subjects at the middle dose, nobody treated elsewhere; one step at most."""
        middle = (self.top + 1) // 2
        doses = [DoseCount()] * self.top
        doses[middle - 1] = DoseCount(n, dlt)
        dose = self.recommend(State(tuple(doses), middle))
        return "eliminate" if dose < 1 else compare_doses(middle, dose)

    def select(self, state: State) -> Selection:
        """Return the dose that the model recommends at the end."""
        self.check_levels(state)
        dose = min(self.recommend(state), (state.closed_from or state.top + 1) - 1) if state.tried else 0
        if dose < 1:
            return Selection(None, False, Sentence("{counts}: no dose can be recommended.", counts=describe_counts(state)))
        counts, reason = describe_counts(state, dose), self.explain(state, dose)
        if not state.doses[dose - 1].treated:
            return Selection(dose, False, Sentence("{counts}: {reason}, but this dose is untested.", counts=counts, reason=reason))
        return Selection(dose, True, Sentence("{counts}: {reason}.", counts=counts, reason=reason))

    def fit(self, state: State) -> list[float | None]:
        """Return the modelled DLT rate per dose."""
        self.check_levels(state)
        return [float(rate) for rate in self.compute_rates(state)]

    def check_levels(self, state: State) -> None:
        """Raise FaultyInput unless ``state`` has the dose levels of the model."""
        if state.top != self.top:
            raise refuse(
                f"{self.name}: dose levels", f"the model has {self.top}, the trial {state.top}", "Give one prior value per dose level."
            )


def compare_doses(current: int, dose: int) -> Action:
    """Return the action that moves from level ``current`` to level ``dose``."""
    if dose > current:
        return "escalate"
    return "stay" if dose == current else "de-escalate"
