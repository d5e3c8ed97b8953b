"""The one shape of an error that a person may see: where, what, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: ``where`` it stands, ``what`` is wrong, and the ``cure``."""

    where: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.cure}"


class FaultyInput(Exception):
    """Input that is refused as a whole; carries every fault found, not only the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        """All faults as text on one line, ready for stderr or for a page."""
        return " | ".join(str(fault) for fault in self.faults)


def refuse(where: str, what: str, cure: str) -> FaultyInput:
    """Return the error for a single fault, to be raised by the caller."""
    return FaultyInput([Fault(where, what, cure)])
