"""The rolling six design."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from trial.errors import Fault
from trial.escalation.decision import Action, Decision, answer
from trial.escalation.state import State
from trial.escalation.three_plus_three import FULL, ThreePlusThree
from trial.sentence import Sentence

PUBLISHED, PACKAGE = "published", "package"
DEPARTURES: Mapping[tuple[int, int, int], Action] = {
    (4, 0, 1): "escalate", (5, 0, 1): "escalate", (5, 0, 2): "escalate", (6, 0, 1): "wait",
}  # fmt: skip
"""Where R RollingSix 0.1.0 leaves the published grid: subjects enrolled, with a DLT, pending."""


@dataclass(frozen=True, kw_only=True)
class RollingSix(ThreePlusThree):
    """Rolling six: up to six subjects at a dose, enrolled while earlier ones are still in the DLT window.

    ``grid`` is ``published`` (Frankel et al. 2020), or ``package`` as in R RollingSix 0.1.0, which departs from it in four states: it
    goes up from 4 or 5 enrolled without a DLT while 1 (of 5 also 2) are pending, and waits with 6 enrolled, no DLT and 1 pending.
    """

    name: ClassVar[str] = "rolling six"
    summary: ClassVar[str] = "Up to six subjects per dose while earlier ones are still in the DLT window."
    source: ClassVar[str] = "Skolnik et al. 2008, J Clin Oncol 26:190; grid of Frankel et al. 2020, JAMA Netw Open 3:e204787, Table 2."
    reads_follow_up: ClassVar[bool] = True
    fills_cohorts: ClassVar[bool] = False

    de_escalate: bool = True
    grid: str = PUBLISHED

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from super().find_faults()
        yield from self.check("grid", self.grid in (PUBLISHED, PACKAGE), f"is {PUBLISHED} or {PACKAGE}")

    def advise(self, n: int, evaluable: int, dlt: int) -> Action:
        """Return the grid's action for ``n`` subjects enrolled, ``evaluable`` of them with a DLT or a completed window."""
        if dlt >= 2:
            return "de-escalate"
        if self.grid == PACKAGE and (n, dlt, n - evaluable) in DEPARTURES:
            return DEPARTURES[n, dlt, n - evaluable]
        if n < FULL:
            ready = dlt == 0 and n >= 3 and evaluable == n
            return "escalate" if ready else "stay"
        return "escalate" if evaluable >= FULL - (dlt == 0) else "wait"

    def rule(self, state: State) -> Decision:
        """Return the decision on enrolled, evaluable and DLT counts."""
        here, closed = state.here, self.find_closed(state)
        if closed is not None and closed <= state.current:
            return super().rule(state)
        action = self.advise(here.treated, here.evaluable, here.dlt)
        if action == "stay":
            return answer(state, "stay", state.current, Sentence("up to six subjects are enrolled at a dose"))
        if action == "wait":
            return answer(state, "wait", state.current, Sentence("six subjects are enrolled and too few windows are complete"))
        return super().rule(state)

    def find_places(self, state: State) -> int:
        """Return how many subjects may be dosed at the current dose before the next decision: up to six in all."""
        return max(FULL - state.here.treated, 0)

    def cell(self, n: int, dlt: int) -> Action:
        """Return the action for ``dlt`` DLTs in ``n`` subjects, all evaluable."""
        return self.advise(n, n, dlt)

    def pending_cell(self, n: int, dlt: int, pending: int) -> tuple[str, float | None, float | None]:
        """Return the grid's action; it does not look at how long subjects were followed."""
        return self.advise(n, n - pending, dlt), None, None
