"""TITE-BOIN: BOIN that decides while subjects are still in the DLT window."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from trial.errors import Fault
from trial.escalation.batch import Followed, FollowedMoves, Whole, find_distinct
from trial.escalation.boin import Boin
from trial.escalation.decision import Action, Decision, answer
from trial.escalation.state import State
from trial.sentence import Sentence

IMPUTATION, EFFECTIVE = "imputation", "ess"
_UP, _STAY, _DOWN, _OUT, _WAIT = range(5)
_CODES = {"escalate": _UP, "stay": _STAY, "de-escalate": _DOWN, "eliminate": _OUT, "wait": _WAIT}


@dataclass(frozen=True)
class TiteCell:
    """What TITE-BOIN does with some subjects pending, by their total follow-up in windows.

    ``actions`` are the possible actions, mildest first; ``up_from`` is the follow-up from which it goes up, ``down_to`` the
    one up to which it goes down (effective sample sizes where the method is ``ess``), None where no such bound applies.
    """

    actions: tuple[Action, ...]
    up_from: float | None = None
    down_to: float | None = None


@dataclass(frozen=True, kw_only=True)
class TiteBoin(Boin):
    """TITE-BOIN, by single mean imputation of pending outcomes or by the effective sample size.

    ``method`` is ``imputation`` (Yuan et al. 2018) or ``ess`` (Lin and Yuan 2020): they disagree in real states, so a trial
    names one. Nobody is dosed while more than ``max_pending`` of the subjects at the dose are pending (by default 0.5, and
    1 for ``ess``). Going up with subjects pending also needs ``min_completed`` subjects (0, and 2 for ``ess``) and every
    pending subject followed for ``min_follow_up`` of the window (Chen et al. 2025: max_pending 0.49, min_follow_up 0.25).
    ``suspend_first`` looks at pending subjects before a certain de-escalation, as the R package TITEgBOIN does, whose extra-safe
    rule looks from ``eliminate_from_n`` subjects on.
    """

    name: ClassVar[str] = "TITE-BOIN"
    summary: ClassVar[str] = "BOIN that uses the follow-up of subjects still in the DLT window."
    source: ClassVar[str] = (
        "Yuan et al. 2018, Clin Cancer Res 24:4921 (Table 1) and Lin and Yuan 2020, Biostatistics 21:807; "
        "every cell as simFastBOIN 2.1, next doses as TITEgBOIN 0.4.0"
    )
    reads_follow_up: ClassVar[bool] = True

    method: str = IMPUTATION
    max_pending: float | None = None
    min_completed: int | None = None
    min_follow_up: float = 0.0
    suspend_first: bool = False

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from super().find_faults()
        yield from self.check("method", self.method in (IMPUTATION, EFFECTIVE), f"is {IMPUTATION} or {EFFECTIVE}")
        yield from self.check("max_pending", 0 < self.pending_limit <= 1, "is a share above 0, at most 1")
        yield from self.check("min_completed", self.completed_needed >= 0, "is a number of subjects")
        yield from self.check("min_follow_up", 0 <= self.min_follow_up <= 1, "is a share from 0 to 1")

    @property
    def extra_safe_from_n(self) -> int:
        """The number of subjects at the lowest dose from which the extra-safe rule looks."""
        return self.eliminate_from_n if self.suspend_first else super().extra_safe_from_n

    @property
    def pending_limit(self) -> float:
        """The share of pending subjects above which nobody is dosed."""
        return self.max_pending if self.max_pending is not None else 0.5 if self.method == IMPUTATION else 1.0

    @property
    def completed_needed(self) -> int:
        """Completed subjects needed to go up while others are pending."""
        return self.min_completed if self.min_completed is not None else 0 if self.method == IMPUTATION else 2

    def find_cell(self, n: int, dlt: int, pending: int) -> TiteCell:
        """Return what happens with ``dlt`` DLTs in ``n`` subjects of whom ``pending`` are still in the window."""
        plain = self.cell(n, dlt)
        if not pending or plain == "eliminate":
            return TiteCell((plain,))
        low, high = (0.0, float(pending)) if self.method == IMPUTATION else (float(n - pending), float(n))
        up, down = self._find_bounds(n, dlt, pending)
        crowded = pending / n > self.pending_limit
        if down >= high and not (crowded and self.suspend_first):
            return TiteCell(("de-escalate",))
        if crowded:
            return TiteCell(("wait",))
        rise: Action = "escalate" if n - pending >= self.completed_needed else "wait"
        if up <= low:
            return TiteCell((rise,))
        rises, falls = up < high, down > low
        actions: tuple[Action, ...] = (*([rise] if rises else []), "stay", *(["de-escalate"] if falls else []))  # type: ignore[arg-type]
        return TiteCell(actions, up if rises else None, down if falls else None)

    def advise(self, n: int, dlt: int, pending: tuple[float, ...]) -> Action:
        """Return the action for ``dlt`` DLTs in ``n`` subjects, given the follow-up shares of the ``pending`` ones."""
        cell = self.find_cell(n, dlt, len(pending))
        seen = sum(pending) + (0 if self.method == IMPUTATION else n - len(pending))
        if cell.up_from is not None and seen >= cell.up_from:
            action = cell.actions[0]
        elif cell.down_to is not None and seen <= cell.down_to:
            action = "de-escalate"
        else:
            action = cell.actions[0] if len(cell.actions) == 1 else "stay"
        if action == "escalate" and pending and min(pending) < self.min_follow_up:
            return "wait"
        return action

    def pending_cell(self, n: int, dlt: int, pending: int) -> tuple[str, float | None, float | None]:
        """Return the possible actions and their bounds on the total follow-up of the pending subjects."""
        cell = self.find_cell(n, dlt, pending)
        known = 0 if self.method == IMPUTATION else n - pending
        up, down = (None if bound is None else bound - known for bound in (cell.up_from, cell.down_to))
        return "/".join(cell.actions), up, down

    def move(self, state: State, action: Action, closed: int | None) -> Decision:
        """Return the decision within the open doses; the plain table's ``action`` yields to the follow-up."""
        here = state.here
        if not here.pending:
            return super().move(state, action, closed)
        advised = self.advise(here.treated, here.dlt, here.pending)
        blocked = advised == "de-escalate" and state.current == 1
        enough = self.stop_at_n is not None and here.treated >= self.stop_at_n
        if advised == "wait" or (blocked and self.suspend_first and not enough):
            return answer(state, "wait", state.current, Sentence("too few subjects have been followed long enough"))
        return super().move(state, advised, closed)

    def move_followed(self, trials: Followed) -> FollowedMoves:
        """Return what the design does in each trial, given the follow-up of its pending subjects at the current dose."""
        counts = trials.counts
        rows, at = np.arange(len(counts.current)), counts.current - 1
        here = trials.pending & (trials.level == counts.current[:, None])
        cells = np.column_stack([counts.treated[rows, at], counts.dlt[rows, at], here.sum(axis=1)])
        action = self._advise_many(cells, (trials.share * here).sum(axis=1))
        least = np.where(here, trials.share, 1.0).min(axis=1, initial=1.0)
        blocked = (action == _DOWN) & (counts.current == 1) & (cells[:, 2] > 0)
        enough = self.stop_at_n is not None and cells[:, 0] >= self.stop_at_n
        waiting = (
            (action == _WAIT) | ((action == _UP) & (least < self.min_follow_up)) | (blocked & self.suspend_first & ~np.asarray(enough))
        )
        moves = self.place_many(counts, np.where(waiting, _STAY, action))
        return FollowedMoves(moves.dose, moves.stop, waiting & (moves.dose == counts.current))

    def _advise_many(self, cells: Whole, followed: NDArray[np.float64]) -> Whole:
        """The code of the action in each trial: ``cells`` holds its subjects, DLTs and pending subjects at the current dose."""
        first, inverse = find_distinct(cells)
        found = [self.find_cell(int(n), int(dlt), int(pending)) for n, dlt, pending in cells[first]]
        up = np.array([inf if cell.up_from is None else cell.up_from for cell in found])[inverse]
        down = np.array([-inf if cell.down_to is None else cell.down_to for cell in found])[inverse]
        rise = np.array([_CODES[cell.actions[0]] for cell in found])[inverse]
        rest = np.array([_CODES[cell.actions[0] if len(cell.actions) == 1 else "stay"] for cell in found])[inverse]
        seen = followed + (0 if self.method == IMPUTATION else cells[:, 0] - cells[:, 2])
        return np.where(seen >= up, rise, np.where(seen <= down, _DOWN, rest))

    def _find_bounds(self, n: int, dlt: int, pending: int) -> tuple[float, float]:
        """The follow-up from which it goes up and the one to which it goes down, of 0 to 100% of the pending windows."""
        if self.method == EFFECTIVE:
            return dlt / self.escalate_below, dlt / self.de_escalate_above if dlt else -inf
        rate = (dlt + self.target / 2) / (n - pending + 1)
        odds = (1 - rate) / rate
        if dlt / n >= self.target - 1e-12:
            return inf, pending - odds * (n * self.de_escalate_above - dlt)
        return pending - odds * (n * self.escalate_below - dlt), -inf
