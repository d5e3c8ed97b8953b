"""The i3+3 design."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from trial.errors import Fault
from trial.escalation.decision import Action
from trial.escalation.interval import IntervalDesign


@dataclass(frozen=True, kw_only=True)
class I3Plus3(IntervalDesign):
    """i3+3: compare the observed rate with an equivalence interval, and again with one DLT less.

    Below the interval it goes up, inside it stays; above it goes down, unless one DLT less would lie below the interval.
    The interval runs from ``low`` to ``high``; rates are compared as exact fractions, so that 0.3 against 0.3 stays.
    """

    name: ClassVar[str] = "i3+3"
    summary: ClassVar[str] = "Compares the observed rate with an equivalence interval, and again with one DLT less."
    source: ClassVar[str] = "Liu, Wang and Ji 2020, J Biopharm Stat 30:294; every cell as FIND 0.1.1 and PhIdesign 0.2.0."

    low: float | None = None
    high: float | None = None

    def find_faults(self) -> Iterator[Fault]:
        """Yield everything that is wrong with the parameters."""
        yield from super().find_faults()
        low, high = self.interval
        yield from self.check("low", 0 < low < Fraction(str(self.target)), "lies between 0 and the target")
        yield from self.check("high", Fraction(str(self.target)) < high < 1, "lies between the target and 1")

    @property
    def interval(self) -> tuple[Fraction, Fraction]:
        """The equivalence interval; 0.05 to either side of the target where it is not given."""
        aim = Fraction(str(self.target))
        low = aim - Fraction("0.05") if self.low is None else Fraction(str(self.low))
        return low, aim + Fraction("0.05") if self.high is None else Fraction(str(self.high))

    def place(self, n: int, dlt: int) -> Action:
        """Return the action for ``dlt`` DLTs in ``n`` subjects, before overdose control."""
        low, high = self.interval
        if Fraction(dlt, n) < low:
            return "escalate"
        return "stay" if Fraction(dlt, n) <= high or Fraction(dlt - 1, n) < low else "de-escalate"
