"""The 3+3 design, with its variants named."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from trial.errors import Fault
from trial.escalation.decision import Action, Decision, Selection, answer, describe_counts, recommend_none
from trial.escalation.design import Design
from trial.escalation.state import State
from trial.sentence import Sentence

FULL = 6
"""Subjects at a fully tested dose: two cohorts of three."""


@dataclass(frozen=True, kw_only=True)
class ThreePlusThree(Design):
    """Three subjects, three more after one DLT; two DLTs make a dose too toxic.

    ``de_escalate`` says what follows a too toxic dose: False ends the trial with the dose below as MTD, even if only three
    were treated there; True first fills the dose below to six. ``fill_top`` also fills the top dose to six before it is
    recommended. Replaced and extra subjects are taken as they come: no DLT in three or more goes up, one needs six.
    """

    name: ClassVar[str] = "3+3"
    summary: ClassVar[str] = "Cohorts of three: up after 0 of 3 or 1 of 6 with a DLT, too toxic from 2."
    source: ClassVar[str] = "Korn et al. 1994, Stat Med 13:1799; paths of R escalation 0.2.3, fill_top as simFastBOIN oc_3p3 'expand'."

    most_at_once: ClassVar[int | None] = FULL

    target: float = 1 / 3
    de_escalate: bool = False
    fill_top: bool = False

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from super().find_faults()
        yield from self.check("cohort_size", self.cohort_size == 3, "is 3: the design has no other cohort")
        yield from self.check("fill_top", self.de_escalate or not self.fill_top, "is false unless de_escalate is true")

    def cell(self, n: int, dlt: int) -> Action:
        """Return the action for ``dlt`` DLTs in ``n`` subjects; a too toxic dose is never treated again."""
        if dlt >= 2:
            return "de-escalate"
        return "escalate" if n >= (FULL if dlt else 3) else "stay"

    def rule(self, state: State) -> Decision:
        """Return the decision on completed counts."""
        closed = self.find_closed(state)
        if closed is not None and closed <= state.current:
            return self._leave(state, closed)
        if self.cell(state.here.treated, state.here.dlt) == "stay":
            return answer(state, "stay", state.current, _say_stay(state))
        return self._go_up(state)

    def find_next_size(self, state: State) -> int:
        """Return how many subjects fill the current dose to three or six."""
        treated = state.here.treated
        return 3 - treated if treated < 3 else max(FULL - treated, 0) or 3

    def find_closed(self, state: State) -> int | None:
        """Return the lowest dose with two or more DLTs, or the one that a committee closed."""
        closed = [level for level, count in enumerate(state.doses, 1) if count.dlt >= 2]
        return min([*closed, state.closed_from or state.top + 1]) if closed or state.closed_from else None

    def select(self, state: State) -> Selection:
        """Return the MTD: the highest dose tested with at most one DLT, fully tested where the variant asks for it."""
        closed = self.find_closed(state) or state.top + 1
        dose = next((level for level in range(closed - 1, 0, -1) if self._is_tested(state, level)), None)
        if dose is None:
            return recommend_none(state, min(closed, state.top))
        counts = describe_counts(state, dose)
        if closed > state.top:
            return Selection(dose, False, Sentence("{counts}: the highest dose tested is tolerated; no MTD was reached.", counts=counts))
        return Selection(
            dose,
            True,
            Sentence("{counts}, and dose {closed} is too toxic: the MTD is dose {dose}.", counts=counts, closed=closed, dose=dose),
        )

    def _is_tested(self, state: State, level: int) -> bool:
        """Whether enough subjects tolerated ``level`` for it to be the MTD."""
        count = state.doses[level - 1]
        full = self.de_escalate and (level < state.top or self.fill_top)
        beside_closed = (self.find_closed(state) or 0) == level + 1
        return count.dlt <= 1 and count.treated >= (FULL if count.dlt or (full and (beside_closed or level == state.top)) else 3)

    def _leave(self, state: State, closed: int) -> Decision:
        """Dose ``closed``, the current one or (after a late DLT) a lower one, is too toxic: go down, or end with the dose below."""
        reason = Sentence("two or more DLTs make dose {closed} too toxic", closed=closed)
        if state.doses[closed - 1].dlt < 2:
            reason = Sentence("dose {closed} was closed", closed=closed)
        if closed == 1:
            return answer(state, "stop", None, reason)
        needed = FULL if self.de_escalate else 1
        if state.doses[closed - 2].treated < needed:
            return answer(state, "de-escalate", closed - 1, reason)
        return answer(state, "stop", self.select(state).dose, reason)

    def _go_up(self, state: State) -> Decision:
        """The current dose is tolerated: go up unless the next dose is closed or there is none."""
        blocked = self.find_closed(state) == state.current + 1
        top = state.current == state.top
        if not top and not blocked and state.doses[state.current].treated < FULL:
            return answer(state, "escalate", state.current + 1, _say_up(state))
        fill = self.de_escalate and (blocked or (top and self.fill_top))
        if fill and state.here.treated < FULL:
            return answer(state, "stay", state.current, Sentence("a dose is recommended on six subjects only"))
        return answer(state, "stop", self.select(state).dose, _say_end(state, blocked))


def _say_up(state: State) -> Sentence:
    if state.here.dlt:
        return Sentence("one DLT in six or more is tolerated")
    return Sentence("no DLT in three or more is tolerated")


def _say_stay(state: State) -> Sentence:
    here = state.here
    if here.dlt and here.treated >= 3:
        return Sentence("one DLT asks for six subjects at this dose ({more} more)", more=FULL - here.treated)
    return Sentence("three subjects are needed first ({more} more)", more=max(3 - here.treated, 0))


def _say_end(state: State, blocked: bool) -> Sentence:
    if state.current == state.top:
        return Sentence("this is tolerated and there is no higher dose")
    if blocked:
        return Sentence("this is tolerated, and dose {above} is too toxic", above=state.current + 1)
    return Sentence("this is tolerated, and dose {above} is fully tested", above=state.current + 1)
