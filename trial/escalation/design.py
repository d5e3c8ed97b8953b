"""What every design is: frozen parameters that refuse nonsense, and the same four questions."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import ClassVar

import numpy as np
import pandas as pd

from trial.errors import Fault, FaultyInput
from trial.escalation.batch import Batch, Followed, FollowedMoves, Moves, Whole, find_distinct, move_singly
from trial.escalation.decision import Action, Decision, Selection, answer
from trial.escalation.estimates import estimate_doses
from trial.escalation.state import DoseCount, State, count_state
from trial.sentence import Sentence
from trial.tables.escalation import DECISION_TABLE, PENDING_TABLE


@dataclass(frozen=True, kw_only=True)
class Design(ABC):
    """A dose-escalation design.

    ``target`` is the DLT rate aimed at (0 to 1), ``cohort_size`` the subjects dosed between two decisions.
    """

    name: ClassVar[str]
    """Name in the register, as protocol files write it."""
    summary: ClassVar[str]
    """One sentence for a list of designs."""
    source: ClassVar[str]
    """Paper, and the software it is checked against."""
    defaults: ClassVar[dict[str, bool]] = {}
    """Wrappers that are on unless a trial turns them off."""
    reads_follow_up: ClassVar[bool] = False
    """Whether the design decides while subjects are pending."""
    fills_cohorts: ClassVar[bool] = True
    """Whether open places of a cohort are filled before the design goes up or waits."""
    most_at_once: ClassVar[int | None] = None
    """Subjects that one cohort can have at most, where the design says so."""

    target: float
    cohort_size: int = 3

    def __post_init__(self) -> None:
        faults = list(self._find_infinite())
        try:
            faults.extend(() if faults else self.find_faults())  # those found before an error stay
        except FaultyInput as error:
            faults += error.faults
        if faults:
            raise FaultyInput(faults)

    def _find_infinite(self) -> Iterator[Fault]:
        """Yield a fault for each parameter that is not a finite number; nothing else can be checked then."""
        for field in fields(self):
            value = getattr(self, field.name)
            numbers = [part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, float)]
            yield from self.check(field.name, all(map(isfinite, numbers)), "is finite")

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from self.check("target", 0 < self.target < 1, "lies strictly between 0 and 1")
        yield from self.check("cohort_size", 1 <= self.cohort_size <= 100, "is a whole number from 1 to 100")

    def check(self, key: str, holds: bool, rule: str) -> Iterator[Fault]:
        """Yield a fault for parameter ``key`` unless it ``holds``; ``rule`` completes "it ..."."""
        if not holds:
            yield Fault(f"{self.name}: {key}", f"{getattr(self, key, None)!r} cannot be right", f"Give a value that {rule}.")

    def decide(self, state: State) -> Decision:
        """Return what to do next in ``state``, and why.

        A design that reads no follow-up waits for pending subjects and fills open places, unless the answer is to go down
        or stop whatever they show.
        """
        unknown = len(state.here.pending) + state.open_places
        if not state.here.treated and (self.find_closed(state) or state.top + 1) > state.current:
            return self.start(state)
        if self.reads_follow_up:
            return self._fill(state, self.rule(state))
        if any(count.pending for level, count in enumerate(state.doses, 1) if level != state.current):
            return self._decide_beside(state)
        if not unknown:
            return self.rule(state)
        possible = [self.rule(self._imagine(state, dlt)) for dlt in range(unknown + 1)]
        best, worst = possible[0], possible[-1]
        if best.action != "escalate" and all((one.action, one.dose) == (best.action, best.dose) for one in possible):
            return answer(state, best.action, best.dose, Sentence("this is certain already, whatever the unknown outcomes show"))
        return self._hold(state, best, worst)

    @abstractmethod
    def rule(self, state: State) -> Decision:
        """Return the decision on completed counts (and on follow-up, where the design reads it)."""

    @abstractmethod
    def select(self, state: State) -> Selection:
        """Return the dose that the trial recommends if it ended in ``state``."""

    def estimates(self, state: State) -> pd.DataFrame:
        """Return DOSE_ESTIMATES of ``state``."""
        return estimate_doses(state, self.target, self.fit(state), closed_from=self.find_closed(state))

    def table(self, max_n: int) -> pd.DataFrame:
        """Return DECISION_TABLE for 1 to ``max_n`` subjects at a dose with a lower and a higher dose open."""
        if not 1 <= max_n <= 1000:
            raise FaultyInput([Fault("max_n", f"{max_n} is out of range", "Give a number from 1 to 1000.")])
        cells = ((n, dlt, self.cell(n, dlt)) for n in range(1, max_n + 1) for dlt in range(n + 1))
        return DECISION_TABLE.frame(cells)

    def pending_table(self, max_n: int) -> pd.DataFrame:
        """Return PENDING_TABLE for 1 to ``max_n`` subjects; raise FaultyInput for a design that reads no follow-up from a table."""
        if not 1 <= max_n <= 100:
            raise FaultyInput([Fault("max_n", f"{max_n} is out of range", "Give a number from 1 to 100.")])
        states = ((n, dlt, pending) for n in range(1, max_n + 1) for dlt in range(n + 1) for pending in range(n - dlt + 1))
        return PENDING_TABLE.frame((*state, *self.pending_cell(*state)) for state in states)

    def pending_cell(self, n: int, dlt: int, pending: int) -> tuple[str, float | None, float | None]:
        """Return the action with ``pending`` subjects, and the follow-up that the first and the last one need or allow."""
        raise FaultyInput([Fault(self.name, "has no table for pending subjects", "Choose TITE-BOIN or rolling six.")])

    @abstractmethod
    def cell(self, n: int, dlt: int) -> Action:
        """Return the table's action for ``dlt`` DLTs in ``n`` subjects."""

    def fit(self, state: State) -> list[float | None]:
        """Return the design's own estimate of the DLT rate per dose level; None where it has none."""
        return [None] * state.top

    def predict(self, state: State, size: int) -> list[float] | None:
        """Return the model's probability of 0 to ``size`` DLTs in the next cohort; None where the design has no model."""
        return None

    def find_next_size(self, state: State) -> int:
        """Return how many subjects the next cohort at the current dose has."""
        return self.cohort_size

    def find_places(self, state: State) -> int:
        """Return how many subjects may be dosed at the current dose before the next decision."""
        return self.find_next_size(state)

    def move_many(self, batch: Batch) -> Moves:
        """Return what the design does in each trial of ``batch``; designs that can do it faster than one by one do."""
        return move_singly(batch, self._move_one)

    def move_followed(self, trials: Followed) -> FollowedMoves:
        """Return what the design does while subjects are pending; one that reads no follow-up waits for all of them."""
        moves = self.move_many(trials.counts)
        return FollowedMoves(moves.dose, moves.stop, np.asarray(trials.pending.any(axis=1)))

    def _move_one(self, state: State) -> tuple[int, bool]:
        decision = self.decide(state)
        return decision.dose or 0, decision.action == "stop"

    def select_many(self, treated: Whole, dlt: Whole) -> Whole:
        """Return the recommended dose level of each finished trial (0 for none): a trial per row, a dose per column."""
        top = treated.shape[1]
        first, inverse = find_distinct(np.hstack([treated, dlt]))
        states = (count_state(tuple(map(int, treated[row])), tuple(map(int, dlt[row])), top) for row in first)
        return np.array([self.select(state).dose or 0 for state in states], dtype=np.int64)[inverse]

    def find_closed(self, state: State) -> int | None:
        """Return the lowest dose level closed for good, by a committee or by the counts; None for none."""
        return state.closed_from

    def start(self, state: State) -> Decision:
        """Return the decision for a dose level that nobody has been treated at."""
        return answer(state, "stay", state.current, Sentence("the first cohort of a dose level is treated there"))

    def _decide_beside(self, state: State) -> Decision:
        """Return the decision while subjects at another dose are pending: never up, else where it is the same whatever they show."""
        best, worst = (self.decide(_settle_others(state, all_dlt=dlt)) for dlt in (False, True))
        certain = (best.action, best.dose) == (worst.action, worst.dose) and best.action != "escalate"
        if certain or best.action in ("de-escalate", "eliminate"):
            return best
        waiting = [level for level, count in enumerate(state.doses, 1) if count.pending and level != state.current]
        reason = Sentence("not every subject at dose {dose} has completed the DLT window", dose=waiting[0])
        return answer(state, "wait", state.current, reason)

    def _imagine(self, state: State, dlt: int) -> State:
        """The state once every unknown outcome of the current cohort is known, ``dlt`` of them DLTs."""
        here = state.here
        return state.with_here(DoseCount(here.treated + state.open_places, here.dlt + dlt))

    def _fill(self, state: State, decision: Decision) -> Decision:
        """``decision``, or first the open places of the cohort where it is not to go down or stop."""
        if not (state.open_places and self.fills_cohorts) or decision.action in ("de-escalate", "eliminate", "stop", "stay"):
            return decision
        return answer(state, "stay", state.current, Sentence("the cohort is not full ({places} open)", places=state.open_places))

    def _hold(self, state: State, best: Decision, worst: Decision) -> Decision:
        """Wait for pending subjects, or fill the open places of the cohort first."""
        steps = {"best": Sentence(best.action), "worst": Sentence(worst.action)}
        reason = Sentence("without a further DLT the rule is to {best}, at worst to {worst}", **steps)
        if state.open_places:
            return answer(
                state,
                "stay",
                state.current,
                Sentence("the cohort is not full ({places} open); {reason}", places=state.open_places, reason=reason),
            )
        return answer(state, "wait", state.current, reason)


def _settle_others(state: State, *, all_dlt: bool) -> State:
    """The state once every pending subject at another dose is known: all with a DLT, or none."""
    doses = tuple(
        count if level == state.current else count.resolve(len(count.pending) if all_dlt else 0)
        for level, count in enumerate(state.doses, 1)
    )
    return replace(state, doses=doses)
