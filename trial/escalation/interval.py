"""Designs that read their decision off a table of DLTs by subjects at the current dose."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trial.errors import Fault
from trial.escalation.batch import Batch, Moves, Whole
from trial.escalation.decision import CELL_ACTIONS, Action, Decision, Selection, answer, describe_counts, recommend_none
from trial.escalation.design import Design
from trial.escalation.estimates import compute_probability_above, fit_isotonic_rates
from trial.escalation.selection import select_isotonic
from trial.escalation.state import State
from trial.sentence import Sentence


@dataclass(frozen=True, kw_only=True)
class IntervalDesign(Design):
    """A design whose decision depends on the current dose alone, with overdose control and isotonic selection.

    A dose is eliminated, with all above it, when Pr(DLT rate > target) exceeds ``eliminate_above`` under a Beta(1, 1) prior
    and at least ``eliminate_from_n`` subjects were treated. ``extra_safe`` ends the trial at the lowest dose already when
    it exceeds ``eliminate_above - extra_safe_offset``, with ``extra_safe_as_simulated`` only at numbers of subjects at which some
    count eliminates, as R BOIN and Keyboard simulate it. ``stop_at_n`` ends the trial when so many were treated at the
    current dose and the rule would stay there, with ``stop_at_n_always`` whatever the rule says. ``stop_when_lowest_too_toxic``
    ends it where the rule would go below dose 1.
    ``selection_prior`` is the a of the Beta(a, a) prior of the isotonic rates.
    """

    eliminate_above: float = 0.95
    eliminate_from_n: int = 3
    extra_safe: bool = False
    extra_safe_offset: float = 0.05
    extra_safe_as_simulated: bool = False
    stop_at_n: int | None = None
    stop_at_n_always: bool = False
    stop_when_lowest_too_toxic: bool = False
    selection_prior: float = 0.05

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from super().find_faults()
        yield from self.check("eliminate_above", 0.5 <= self.eliminate_above <= 1, "is a probability from 0.5 to 1 (1 never eliminates)")
        yield from self.check("eliminate_from_n", 1 <= self.eliminate_from_n <= 100, "is a number of subjects from 1 to 100")
        yield from self.check("extra_safe_offset", 0 <= self.extra_safe_offset < 0.5, "is 0 or more and below 0.5")
        yield from self.check("selection_prior", 0 < self.selection_prior <= 1, "is a number above 0, at most 1")
        yield from self.check("stop_at_n", self.stop_at_n is None or self.stop_at_n >= 1, "is a number of subjects above 0")

    @property
    def select_below(self) -> float | None:
        """The rate that the selected dose's estimate may not exceed; None for no bound."""
        return None

    @property
    def extra_safe_from_n(self) -> int:
        """The number of subjects at the lowest dose from which the extra-safe rule looks."""
        return 3

    @abstractmethod
    def place(self, n: int, dlt: int) -> Action:
        """Return escalate, stay or de-escalate for ``dlt`` DLTs in ``n`` subjects, before overdose control."""

    def is_eliminated(self, n: int, dlt: int) -> bool:
        """Return whether these counts close a dose for good."""
        return bool(compute_codes(self, n).eliminated[n, dlt])

    def is_extra_unsafe(self, n: int, dlt: int) -> bool:
        """Return whether the extra-safe rule ends the trial on these counts of the lowest dose."""
        return bool(compute_codes(self, n).unsafe[n, dlt])

    def cell(self, n: int, dlt: int) -> Action:
        """Return the table's action for ``dlt`` DLTs in ``n`` subjects."""
        return CELL_ACTIONS[int(compute_codes(self, n).action[n, dlt])]

    def rule(self, state: State) -> Decision:
        """Return the decision on the counts of the current dose, within the doses that are open."""
        n, dlt = state.here.treated, state.here.dlt
        closed = self.find_closed(state)
        if self.stop_at_n_always and self.stop_at_n is not None and n >= self.stop_at_n:
            return answer(state, "stop", self.select(state).dose, Sentence("{n} subjects at a dose are enough", n=self.stop_at_n))
        if closed is not None and closed <= state.current:
            return self._leave(state, closed)
        if state.current == 1 and compute_codes(self, n).ends_trial[n, dlt]:
            return answer(state, "stop", None, Sentence("the lowest dose is too toxic by the extra-safe rule"))
        return self.move(state, self.cell(n, dlt), closed)

    def move(self, state: State, action: Action, closed: int | None) -> Decision:
        """Return the decision that the table's ``action`` becomes among the open doses below level ``closed``."""
        rate = describe_rule(self, action)
        reach = state.top if closed is None else closed - 1
        if action == "escalate" and state.current < reach:
            return answer(state, "escalate", state.current + 1, rate)
        if action == "de-escalate" and state.current > 1:
            return answer(state, "de-escalate", state.current - 1, rate)
        if action == "de-escalate" and self.stop_when_lowest_too_toxic:
            return answer(state, "stop", None, Sentence("{rate}, and there is no lower dose", rate=rate))
        if self.stop_at_n is not None and state.here.treated >= self.stop_at_n:
            reason = Sentence("{rate}, and {n} subjects at a dose are enough", rate=rate, n=self.stop_at_n)
            return answer(state, "stop", self.select(state).dose, reason)
        return answer(state, "stay", state.current, _explain_stay(rate, action, reach == state.top))

    def find_closed(self, state: State) -> int | None:
        """Return the lowest dose that is eliminated or that a committee closed."""
        found = [level for level, count in enumerate(state.doses, 1) if self.is_eliminated(count.treated, count.dlt)]
        return min([*found, state.closed_from or state.top + 1]) if found or state.closed_from else None

    def select(self, state: State) -> Selection:
        """Return the dose whose isotonic DLT rate is closest to the target among open, treated doses."""
        dose = int(self.select_many(np.array([state.treated]), np.array([state.dlt]), closed=state.closed_from)[0])
        if not dose:
            return recommend_none(state, self.find_closed(state) or 1)
        counts, fitted = describe_counts(state, dose), self.fit(state)[dose - 1]
        values = {"counts": counts, "dose": dose, "target": f"{self.target:.2f}", "rate": f"{fitted:.2f}"}
        tested = state.tried[-1] == dose == state.top and self.cell(state.doses[dose - 1].treated, state.doses[dose - 1].dlt) == "escalate"
        if tested:
            return Selection(dose, False, Sentence("{counts}: the highest dose tested is tolerated; no MTD was reached.", counts=counts))
        template = "{counts}: its isotonic DLT rate {rate} is closest to the target {target}, so dose {dose} is recommended."
        return Selection(dose, True, Sentence(template, **values))

    def select_many(self, treated: Whole, dlt: Whole, *, closed: int | None = None) -> Whole:
        """Return the recommended dose level of each finished trial (0 for none); ``closed`` is a level closed in all."""
        codes = compute_codes(self, int(treated.max(initial=0)))
        out = codes.eliminated_at_end[treated, dlt]
        out[:, 0] |= codes.unsafe[treated[:, 0], dlt[:, 0]]
        if closed is not None:
            out[:, closed - 1] = True
        open_doses = ~np.logical_or.accumulate(out, axis=1)
        return select_isotonic(treated, dlt, open_doses, self.target, at_most=self.select_below, prior=self.selection_prior)

    def move_many(self, batch: Batch) -> Moves:
        """Return what the design does in each trial of ``batch``."""
        rows = np.arange(len(batch.current))
        codes = compute_codes(self, int(batch.treated.max(initial=0)))
        n, dlt = batch.treated[rows, batch.current - 1], batch.dlt[rows, batch.current - 1]
        return self.place_many(batch, codes.action[n, dlt])

    def place_many(self, batch: Batch, action: NDArray[np.integer[Any]]) -> Moves:
        """Return what becomes of each trial's table ``action`` (an index of CELL_ACTIONS) within its open doses."""
        rows = np.arange(len(batch.current))
        codes = compute_codes(self, int(batch.treated.max(initial=0)))
        n, dlt = batch.treated[rows, batch.current - 1], batch.dlt[rows, batch.current - 1]
        out = np.column_stack([codes.eliminated[batch.treated, batch.dlt], np.ones(len(rows), bool)])
        closed = out.argmax(axis=1) + 1
        gone = closed <= batch.current
        up = (action == 0) & (batch.current < closed - 1)
        down = (action >= 2) & (batch.current > 1)
        step = np.where(gone, closed - 1 - batch.current, up.astype(np.int64) - down)
        none = (closed == 1) | ((batch.current == 1) & codes.ends_trial[n, dlt])
        if self.stop_when_lowest_too_toxic:
            none |= (batch.current == 1) & (action == 2)
        enough = np.zeros(len(rows), bool) if self.stop_at_n is None else ((step == 0) | self.stop_at_n_always) & (n >= self.stop_at_n)
        return Moves(np.where(none, 0, batch.current + step), none | enough)

    def fit(self, state: State) -> list[float | None]:
        """Return the isotonic DLT rate per dose level, None where nobody was treated or the dose is closed."""
        closed = self.find_closed(state) or state.top + 1
        fitted = fit_isotonic_rates(state.dlt, state.treated, np.arange(1, state.top + 1) < closed, prior=self.selection_prior)
        return [None if np.isnan(rate) else float(rate) for rate in fitted]

    def _leave(self, state: State, closed: int) -> Decision:
        """The current dose is eliminated."""
        values = {"target": f"{self.target:.2f}", "cut": f"{self.eliminate_above:g}"}
        reason = Sentence("the chance that its DLT rate exceeds {target} is above {cut}, which closes the dose", **values)
        if closed == 1:
            return answer(state, "stop", None, reason)
        return answer(state, "eliminate", closed - 1, reason)


def describe_rule(design: Design, action: Action) -> Sentence:
    """Return why the table of ``design`` says ``action``."""
    templates = {
        "escalate": "this is low enough against the target {target} for {design} to go up",
        "stay": "this is close to the target {target}, so {design} stays",
        "de-escalate": "this is too high against the target {target}, so {design} goes down",
        "eliminate": "this is far above the target {target}, so {design} closes the dose",
    }
    return Sentence(templates[action], target=f"{design.target:.2f}", design=design.name)


def _explain_stay(rate: Sentence, action: Action, at_top: bool) -> Sentence:
    if action == "escalate":
        return Sentence("{rate}, but there is no higher dose" if at_top else "{rate}, but the next dose is closed", rate=rate)
    if action == "de-escalate":
        return Sentence("{rate}, but there is no lower dose", rate=rate)
    return rate


@dataclass(frozen=True)
class CellCodes:
    """The decision table as arrays: row subjects, column DLTs. ``action`` holds indexes of CELL_ACTIONS."""

    action: NDArray[np.int8]
    eliminated: NDArray[np.bool_]
    eliminated_at_end: NDArray[np.bool_]
    unsafe: NDArray[np.bool_]
    ends_trial: NDArray[np.bool_]


@cache
def compute_codes(design: IntervalDesign, n: int) -> CellCodes:
    """Return the table of ``design`` for 0 to 64 subjects, or the next multiple of 64 that holds ``n``.

    ``eliminated_at_end`` is the rule of dose selection, which asks for three subjects as BOIN's does, or fewer where the
    conduct does; ``unsafe`` is the extra-safe rule of the lowest dose, ``ends_trial`` where it is looked at during the trial.
    """
    return _fill_codes(design, 64 * (n // 64 + 1))


@cache
def _fill_codes(design: IntervalDesign, size: int) -> CellCodes:
    subjects, events = np.meshgrid(np.arange(size + 1), np.arange(size + 1), indexing="ij")
    possible = events <= subjects
    above = compute_probability_above(design.target, np.where(possible, events, 0), subjects)
    over = possible & (events > 0) & (above > design.eliminate_above)
    eliminated = over & (subjects >= design.eliminate_from_n)
    tested = possible & (subjects >= design.extra_safe_from_n)
    unsafe = tested & (above > design.eliminate_above - design.extra_safe_offset) if design.extra_safe else np.zeros_like(over)
    action = np.zeros((size + 1, size + 1), dtype=np.int8)
    for n, dlt in zip(subjects[possible], events[possible], strict=True):
        action[n, dlt] = CELL_ACTIONS.index(design.place(int(n), int(dlt))) if n else 0
    action[eliminated] = CELL_ACTIONS.index("eliminate")
    looked_at = unsafe & np.asarray(eliminated.any(axis=1))[:, None] if design.extra_safe_as_simulated else unsafe
    return CellCodes(action, eliminated, over & (subjects >= min(design.eliminate_from_n, 3)), unsafe, looked_at)
