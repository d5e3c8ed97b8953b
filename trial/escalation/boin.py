"""The Bayesian optimal interval design."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor, log
from typing import ClassVar

from trial.errors import Fault
from trial.escalation.decision import Action
from trial.escalation.interval import IntervalDesign


@dataclass(frozen=True, kw_only=True)
class Boin(IntervalDesign):
    """BOIN: compare the observed DLT rate with two boundaries around the target.

    ``safe_rate`` and ``toxic_rate`` are the highest rate that is sub-therapeutic and the lowest that is overly toxic (0.6 and
    1.4 times the target by default). ``stay_on_one_of_three`` is the accepted change that stays on 1 DLT in 3 subjects.
    ``down_on_boundary`` goes down where the rate equals the boundary, as the paper and R PhIdesign do; R BOIN stays there.
    ``bound_selection`` lets only doses be selected whose isotonic rate does not exceed the de-escalation boundary.
    ``titration`` begins with single subjects until the first DLT, and then fills that dose to a whole cohort (used by simulations), as R
    BOIN 2.7.2 does. Another version of the package (cran/BOIN@0665b33) fills the dose below, and only in the first trial that it simulates.
    """

    name: ClassVar[str] = "BOIN"
    summary: ClassVar[str] = "Compares the observed DLT rate with two optimal boundaries around the target."
    source: ClassVar[str] = "Liu and Yuan 2015, JRSS-C 64:507; every cell as R BOIN 2.7.2, which goes down strictly above the boundary."

    safe_rate: float | None = None
    toxic_rate: float | None = None
    stay_on_one_of_three: bool = False
    down_on_boundary: bool = False
    bound_selection: bool = False
    titration: bool = False

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from super().find_faults()
        yield from self.check("target", not 0 < self.target < 1 or 0.05 <= self.target <= 0.6, "lies from 0.05 to 0.6")
        gap, below, above = 0.1 * self.target, self.target - self.safe, self.toxic - self.target
        if self.safe_rate is not None:
            yield from self.check("safe_rate", self.safe > 0 and below >= gap, "lies at least a tenth of the target below it")
        if self.toxic_rate is not None:
            yield from self.check("toxic_rate", self.toxic < 1 and above >= gap, "lies at least a tenth of the target above it")

    @property
    def safe(self) -> float:
        """The highest sub-therapeutic DLT rate."""
        return 0.6 * self.target if self.safe_rate is None else self.safe_rate

    @property
    def toxic(self) -> float:
        """The lowest overly toxic DLT rate."""
        return 1.4 * self.target if self.toxic_rate is None else self.toxic_rate

    @property
    def escalate_below(self) -> float:
        """lambda_e: escalate when the observed rate does not exceed it."""
        return _compute_boundary(self.target, self.safe)

    @property
    def de_escalate_above(self) -> float:
        """lambda_d: de-escalate when the observed rate exceeds it."""
        return _compute_boundary(self.target, self.toxic)

    @property
    def select_below(self) -> float | None:
        """The de-escalation boundary where ``bound_selection`` asks for it."""
        return self.de_escalate_above if self.bound_selection else None

    def place(self, n: int, dlt: int) -> Action:
        """Return the action for ``dlt`` DLTs in ``n`` subjects, before overdose control."""
        if dlt <= floor(self.escalate_below * n):
            return "escalate"
        return "de-escalate" if dlt >= self.find_de_escalation(n) else "stay"

    def find_de_escalation(self, n: int) -> int:
        """Return the smallest number of DLTs in ``n`` subjects that goes down.

        Where the boundary falls on a whole number, BOIN 2.7.2 stays on it and the paper goes down; ``down_on_boundary`` chooses.
        """
        edge = self.de_escalate_above * n
        least = round(edge) + (not self.down_on_boundary) if abs(edge - round(edge)) < 1e-12 else ceil(edge)
        return max(least, 2) if self.stay_on_one_of_three and n == 3 else least


def _compute_boundary(target: float, other: float) -> float:
    """The rate at which ``target`` and ``other`` are equally likely (Liu and Yuan 2015, equations for lambda)."""
    low, high = sorted((target, other))
    return log((1 - low) / (1 - high)) / log(high * (1 - low) / (low * (1 - high)))
