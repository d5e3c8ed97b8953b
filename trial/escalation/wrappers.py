"""Restrictions that compose with any design: each takes a design's decision and may only make it more careful."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from trial.errors import Fault, FaultyInput
from trial.escalation.batch import Batch, Followed, FollowedMoves, Moves, Whole, find_distinct
from trial.escalation.decision import Action, Decision, Selection, answer
from trial.escalation.design import Design
from trial.escalation.estimates import compute_probability_above
from trial.escalation.model_design import compare_doses
from trial.escalation.state import State
from trial.sentence import Sentence


@dataclass(frozen=True, kw_only=True)
class Wrapper(Design):
    """A design with one restriction more; everything that it does not restrict is the ``inner`` design's answer."""

    switch: ClassVar[str]
    """The parameter that turns the restriction on."""

    inner: Design

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the design inside."""
        return self.base.name

    @property
    def base(self) -> Design:
        """The design inside all wrappers."""
        return self.inner.base if isinstance(self.inner, Wrapper) else self.inner

    def decide(self, state: State) -> Decision:
        """Return the inner design's decision, restricted."""
        return self.restrict(state, self.inner.decide(state))

    def rule(self, state: State) -> Decision:
        """Return the inner design's decision on completed counts, restricted."""
        return self.restrict(state, self.inner.rule(state))

    def restrict(self, state: State, decision: Decision) -> Decision:
        """Return ``decision`` or a more careful one."""
        return decision

    def select(self, state: State) -> Selection:
        """Return the inner design's selection."""
        return self.inner.select(state)

    def move_followed(self, trials: Followed) -> FollowedMoves:
        """Return the inner design's moves while subjects are pending, restricted."""
        moves = self.inner.move_followed(trials)
        limited = self.limit_many(trials.counts, Moves(moves.dose, moves.stop))
        return FollowedMoves(limited.dose, limited.stop, moves.wait)

    def move_many(self, batch: Batch) -> Moves:
        """Return the inner design's moves, restricted."""
        return self.limit_many(batch, self.inner.move_many(batch))

    def limit_many(self, batch: Batch, moves: Moves) -> Moves:
        """Return ``moves`` or more careful ones, trial by trial unless a wrapper can do it faster."""
        first, inverse = find_distinct(np.column_stack([batch.stack(), moves.dose, moves.stop]))
        found = [self._limit_one(batch.read_state(int(row)), int(moves.dose[row]), bool(moves.stop[row])) for row in first]
        limited = np.array(found, dtype=np.int64).reshape(-1, 2)[inverse]
        return Moves(limited[:, 0], limited[:, 1].astype(bool))

    def _limit_one(self, state: State, dose: int, stop: bool) -> tuple[int, bool]:
        action: Action = "stop" if stop else compare_doses(state.current, dose)
        decision = self.restrict(state, answer(state, action, dose or None, Sentence("restricted")))
        return decision.dose or 0, decision.action == "stop"

    def select_many(self, treated: Whole, dlt: Whole) -> Whole:
        """Return the inner design's selections."""
        return self.inner.select_many(treated, dlt)

    def cell(self, n: int, dlt: int) -> Action:
        """Return the inner design's table action."""
        return self.inner.cell(n, dlt)

    def table(self, max_n: int) -> pd.DataFrame:
        """Return the inner design's DECISION_TABLE."""
        return self.inner.table(max_n)

    def pending_cell(self, n: int, dlt: int, pending: int) -> tuple[str, float | None, float | None]:
        """Return the inner design's table action with pending subjects."""
        return self.inner.pending_cell(n, dlt, pending)

    def fit(self, state: State) -> list[float | None]:
        """Return the inner design's estimates."""
        return self.inner.fit(state)

    def find_closed(self, state: State) -> int | None:
        """Return the lowest dose closed for good."""
        return self.inner.find_closed(state)

    def predict(self, state: State, size: int) -> list[float] | None:
        """Return the inner design's prediction."""
        return self.inner.predict(state, size)

    def find_next_size(self, state: State) -> int:
        """Return the inner design's next cohort size."""
        return self.inner.find_next_size(state)

    def find_places(self, state: State) -> int:
        """Return the inner design's places before the next decision."""
        return self.inner.find_places(state)


def limit_dose(state: State, decision: Decision, limit: int, reason: Sentence) -> Decision:
    """Return ``decision`` with its next dose at most ``limit``."""
    if decision.action in ("stop", "wait") or decision.dose is None or decision.dose <= limit:
        return decision
    return answer(state, compare_doses(state.current, limit), limit, reason)


@dataclass(frozen=True, kw_only=True)
class NoSkipping(Wrapper):
    """Never more than one level above the highest dose tried, nor above the current one."""

    switch: ClassVar[str] = "no_skipping"

    def restrict(self, state: State, decision: Decision) -> Decision:
        """Return the decision, at most one level up."""
        highest = max(state.tried, default=0)
        limit = min(state.current, highest) + 1
        return limit_dose(state, decision, limit, Sentence("no dose level is skipped on the way up"))

    def limit_many(self, batch: Batch, moves: Moves) -> Moves:
        """Return ``moves``, at most one level up."""
        highest = batch.top - (batch.treated[:, ::-1] > 0).argmax(axis=1)
        return Moves(np.where(moves.stop, moves.dose, np.minimum(moves.dose, np.minimum(highest, batch.current) + 1)), moves.stop)


@dataclass(frozen=True, kw_only=True)
class Coherent(Wrapper):
    """Never up right after a cohort whose DLT rate reached the target (Cheung 2005, Biometrics 61:247)."""

    switch: ClassVar[str] = "coherent"

    def restrict(self, state: State, decision: Decision) -> Decision:
        """Return the decision, not up after a toxic cohort; without a known latest cohort all subjects at the dose count."""
        treated, dlt = state.latest or (state.here.treated, state.here.dlt)
        if not treated or dlt / treated < self.target:
            return decision
        reason = Sentence("{dlt} of {n} in the latest cohort had a DLT, after which the dose is not raised", dlt=dlt, n=treated)
        return limit_dose(state, decision, state.current, reason)

    def limit_many(self, batch: Batch, moves: Moves) -> Moves:
        """Return ``moves``, not up after a toxic cohort."""
        toxic = batch.latest_dlt >= self.target * batch.latest_treated
        return Moves(np.where(toxic & ~moves.stop, np.minimum(moves.dose, batch.current), moves.dose), moves.stop)


@dataclass(frozen=True, kw_only=True)
class StopAtTotal(Wrapper):
    """Stop when ``stop_at_total`` subjects were treated in all."""

    switch: ClassVar[str] = "stop_at_total"
    stop_at_total: int

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from self.check("stop_at_total", self.stop_at_total >= 1, "is a number of subjects above 0")

    def restrict(self, state: State, decision: Decision) -> Decision:
        """Return stop once all planned subjects are treated and known."""
        full = sum(state.treated) >= self.stop_at_total
        if not full or decision.action in ("stop", "wait") or state.open_places:
            return decision
        if any(count.pending for count in state.doses):
            return answer(state, "wait", state.current, Sentence("all {n} planned subjects are treated", n=self.stop_at_total))
        return answer(state, "stop", self.select(state).dose, Sentence("all {n} planned subjects are treated", n=self.stop_at_total))


@dataclass(frozen=True, kw_only=True)
class StopWhenTooToxic(Wrapper):
    """Stop when Pr(DLT rate of the lowest dose > ``too_toxic_rate``) reaches ``too_toxic_confidence``.

    The probability is the model's own where there is a model, otherwise that of a Beta(1, 1) prior. The rate is the target
    where none is given.
    """

    switch: ClassVar[str] = "too_toxic_confidence"
    too_toxic_confidence: float
    too_toxic_rate: float | None = None

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from self.check("too_toxic_confidence", 0 < self.too_toxic_confidence < 1, "is a probability between 0 and 1")
        yield from self.check("too_toxic_rate", self.too_toxic_rate is None or 0 < self.too_toxic_rate < 1, "is a rate between 0 and 1")

    def restrict(self, state: State, decision: Decision) -> Decision:
        """Return stop where the lowest dose is too toxic."""
        rate = self.too_toxic_rate or self.target
        chance = self._compute_chance(state, rate)
        if chance < self.too_toxic_confidence or not state.tried:
            return decision
        reason = Sentence("the chance that dose 1 has a DLT rate above {rate} is {chance}", rate=f"{rate:.2f}", chance=f"{chance:.2f}")
        return answer(state, "stop", None, reason)

    def _compute_chance(self, state: State, rate: float) -> float:
        model = getattr(self.base, "compute_exceedance", None)
        if model is not None:
            return float(model(state, 1, rate))
        return float(compute_probability_above(rate, state.doses[0].dlt, state.doses[0].evaluable))


@dataclass(frozen=True, kw_only=True)
class HoldWhilePending(Wrapper):
    """Wait while more than ``hold_above_pending`` subjects of the whole trial are still in the DLT window."""

    switch: ClassVar[str] = "hold_above_pending"
    hold_above_pending: int

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from self.check("hold_above_pending", self.hold_above_pending >= 0, "is a number of subjects")

    def restrict(self, state: State, decision: Decision) -> Decision:
        """Return wait while too many subjects are pending."""
        pending = sum(len(count.pending) for count in state.doses)
        if pending <= self.hold_above_pending or decision.action in ("stop", "de-escalate", "eliminate"):
            return decision
        return answer(state, "wait", state.current, Sentence("{n} subjects are still in the DLT window", n=pending))


@dataclass(frozen=True, kw_only=True)
class Capped(Wrapper):
    """Never above level ``maximum_dose``: the maximum administered dose that can be made or is allowed."""

    switch: ClassVar[str] = "maximum_dose"
    maximum_dose: int

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from self.check("maximum_dose", self.maximum_dose >= 1, "is a dose level")

    def select(self, state: State) -> Selection:
        """Return the inner design's selection; in place of a higher dose the maximum one, which is then no MTD."""
        found = self.inner.select(state)
        if found.dose is None or found.dose <= self.maximum_dose:
            return found
        return Selection(self.maximum_dose, False, self._explain(found.because))

    def select_many(self, treated: Whole, dlt: Whole) -> Whole:
        """Return the inner design's selections, at most the maximum dose."""
        return np.minimum(self.inner.select_many(treated, dlt), self.maximum_dose)

    def _explain(self, because: Sentence) -> Sentence:
        return Sentence("{because} Dose {dose} is the maximum administered dose.", because=because, dose=self.maximum_dose)

    def restrict(self, state: State, decision: Decision) -> Decision:
        """Return the decision, at most the maximum dose; a dose above it is not recommended either, whoever had it before."""
        if decision.action == "stop" and decision.dose is not None and decision.dose > self.maximum_dose:
            return Decision("stop", self.maximum_dose, self._explain(decision.because))
        return limit_dose(
            state, decision, self.maximum_dose, Sentence("dose {dose} is the maximum administered dose", dose=self.maximum_dose)
        )


WRAPPERS: Mapping[str, type[Wrapper]] = {
    kind.switch: kind for kind in (NoSkipping, Coherent, Capped, HoldWhilePending, StopAtTotal, StopWhenTooToxic)
}
"""Restrictions by the parameter that turns them on, innermost first."""


def wrap_design(design: Design, settings: Mapping[str, Any]) -> Design:
    """Return ``design`` inside every wrapper that ``settings`` turns on (values of the wrappers' own parameters)."""
    for switch, kind in WRAPPERS.items():
        if settings.get(switch) is None or settings[switch] is False:
            continue
        own = {name: settings[name] for name in list_own_fields(kind) if settings.get(name) is not None}
        design = kind(inner=design, target=design.target, cohort_size=design.cohort_size, **own)
    return design


def find_wrapper_faults(kind: type[Design], settings: Mapping[str, Any]) -> list[Fault]:
    """Return everything that is wrong with the wrappers that ``settings`` turn on around a design of the class ``kind``."""
    faults: list[Fault] = []
    for switch, wrapper in WRAPPERS.items():
        if settings.get(switch) is None or settings[switch] is False:
            continue
        own = {name: settings[name] for name in list_own_fields(wrapper) if settings.get(name) is not None}
        try:
            wrapper(inner=object.__new__(kind), target=0.5, **own)
        except FaultyInput as error:
            faults += error.faults
    return faults


def list_own_fields(kind: type[Wrapper]) -> list[str]:
    """Return the parameters that a wrapper adds."""
    return [field.name for field in fields(kind) if field.name not in ("inner", "target", "cohort_size")]
