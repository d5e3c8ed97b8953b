"""Many trials at once: the state of each as a row, and what a design does with them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trial.escalation.state import DoseCount, State

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Batch:
    """Trials whose outcomes are all known: a trial per row, a dose level per column of ``treated`` and ``dlt``.

    ``current`` is the level of the latest cohort, ``latest_treated`` and ``latest_dlt`` its subjects and DLTs.
    """

    treated: Whole
    dlt: Whole
    current: Whole
    latest_treated: Whole
    latest_dlt: Whole

    @property
    def top(self) -> int:
        """The highest dose level."""
        return int(self.treated.shape[1])

    def take(self, rows: Whole | Flags) -> "Batch":
        """Return only the trials ``rows``."""
        return Batch(self.treated[rows], self.dlt[rows], self.current[rows], self.latest_treated[rows], self.latest_dlt[rows])

    def read_state(self, row: int) -> State:
        """Return one trial as a state."""
        doses = tuple(DoseCount(int(n), int(y)) for n, y in zip(self.treated[row], self.dlt[row], strict=True))
        return State(doses, int(self.current[row]), latest=(int(self.latest_treated[row]), int(self.latest_dlt[row])))

    def stack(self) -> Whole:
        """Return everything known of each trial as one row of whole numbers."""
        last = (self.current, self.latest_treated, self.latest_dlt)
        return np.column_stack([self.treated, self.dlt, *last])


@dataclass(frozen=True)
class Moves:
    """What a design does in each trial: the next dose level (0 for a stop without a dose) and whether the trial stops."""

    dose: Whole
    stop: Flags


def find_distinct(rows: Whole) -> tuple[Whole, Whole]:
    """Return the first index of each distinct row, and for every row which of these it equals."""
    sizes = [int(size) for size in rows.max(axis=0) + 1] if len(rows) else []
    capacity = 1
    for size in sizes:
        capacity *= size
    if capacity < 2**62:
        places = np.cumprod([1, *sizes[:-1]], dtype=np.int64)
        _, first, inverse = np.unique(rows @ places, return_index=True, return_inverse=True)
    else:
        _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first.astype(np.int64), inverse.reshape(-1).astype(np.int64)


def move_singly(batch: Batch, decide: Callable[[State], tuple[int, bool]]) -> Moves:
    """Return the moves of ``batch`` by asking ``decide`` once for each distinct trial."""
    first, inverse = find_distinct(batch.stack())
    answers = [decide(batch.read_state(int(row))) for row in first]
    dose = np.array([answer[0] for answer in answers], dtype=np.int64)
    stop = np.array([answer[1] for answer in answers], dtype=bool)
    return Moves(dose[inverse], stop[inverse])


@dataclass(frozen=True)
class Followed:
    """Trials in the middle of follow-up: a trial per row.

    ``counts`` holds subjects dosed and DLTs seen so far per dose level. Per subject (a column, in order of dosing): ``level``
    (0 before dosing), ``share`` of the DLT window that is over, and whether the subject is ``pending``.
    """

    counts: Batch
    level: Whole
    share: NDArray[np.float64]
    pending: Flags

    def take(self, rows: Whole | Flags) -> "Followed":
        """Return only the trials ``rows``."""
        return Followed(self.counts.take(rows), self.level[rows], self.share[rows], self.pending[rows])


@dataclass(frozen=True)
class FollowedMoves:
    """`Moves`, and in which trials nobody is dosed yet (``wait``); there ``dose`` and ``stop`` mean nothing."""

    dose: Whole
    stop: Flags
    wait: Flags
