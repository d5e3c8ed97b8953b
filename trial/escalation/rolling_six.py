"""The rolling six design."""

from dataclasses import dataclass
from typing import ClassVar

from trial.escalation.decision import Action, Decision, answer
from trial.escalation.state import State
from trial.escalation.three_plus_three import FULL, ThreePlusThree
from trial.sentence import Sentence


@dataclass(frozen=True, kw_only=True)
class RollingSix(ThreePlusThree):
    """Rolling six: up to six subjects at a dose, enrolled while earlier ones are still in the DLT window.

    The published grid is followed; the R package RollingSix 0.1.0 departs from it in four states.
    """

    name: ClassVar[str] = "rolling six"
    summary: ClassVar[str] = "Up to six subjects per dose while earlier ones are still in the DLT window."
    source: ClassVar[str] = "Skolnik et al. 2008, J Clin Oncol 26:190; grid of Frankel et al. 2020, JAMA Netw Open 3:e204787, Table 2."
    reads_follow_up: ClassVar[bool] = True
    fills_cohorts: ClassVar[bool] = False

    de_escalate: bool = True

    def advise(self, n: int, evaluable: int, dlt: int) -> Action:
        """Return the grid's action for ``n`` subjects enrolled, ``evaluable`` of them with a DLT or a completed window."""
        if dlt >= 2:
            return "de-escalate"
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

    def cell(self, n: int, dlt: int) -> Action:
        """Return the action for ``dlt`` DLTs in ``n`` subjects, all evaluable."""
        return self.advise(n, n, dlt)

    def pending_cell(self, n: int, dlt: int, pending: int) -> tuple[str, float | None, float | None]:
        """Return the grid's action; it does not look at how long subjects were followed."""
        return self.advise(n, n - pending, dlt), None, None
