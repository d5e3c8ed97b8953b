"""More toxicity never means more dose, whatever the curve.

With two parameters one DLT more makes the curve steeper, which can make an overdose at the doses below it less likely. By BLRM with
amounts 1, 2, 4, 8 and target 0.3, 1 DLT in 7 subjects at dose 2, 3 in 5 at dose 3 and 3 in 4 at dose 4 send a trial to dose 1, but 4 in 4
at dose 4 to dose 2: Pr(rate > 0.33) at dose 2 falls from 0.266 to 0.249. A recommendation is therefore the lowest of the model's own
for the same subjects with as many DLTs or fewer at each dose.
"""

from collections.abc import Hashable, Iterator
from functools import lru_cache
from itertools import product
from math import prod
from typing import Protocol

from trial.escalation.crm_model import CrmData
from trial.sentence import Sentence

MOST_COMPARED = 5_000
"""Up to this many combinations of fewer DLTs are all looked at (half a millisecond each); of more, those with fewer at a single dose."""


class Picks(Hashable, Protocol):
    """A design that recommends a dose from data alone."""

    def pick(self, data: CrmData) -> int:
        """Return the dose level that the model recommends by itself; 0 for none."""
        ...


def recommend_lowest(design: Picks, data: CrmData) -> int:
    """Return the lowest dose level that the model recommends on ``data`` or on the same with fewer DLTs; 0 for none."""
    lowest = _pick(design, data)
    for dlt in _list_fewer(data.dlt):
        if not lowest:
            break
        free = tuple(free + old - new for free, old, new in zip(data.free, data.dlt, dlt, strict=True))
        lowest = min(lowest, _pick(design, CrmData(dlt, free, data.partial)))
    return lowest


def explain_lowest(reason: Sentence, dose: int, own: int) -> Sentence:
    """Return ``reason`` with why it is not the dose level ``own`` of the model alone, where that one is higher than ``dose``."""
    if own <= dose:
        return reason
    template = "{reason}; the model alone says dose {own}, but no more than dose {dose} with fewer DLTs, and more never mean a higher dose"
    return Sentence(template, reason=reason, own=own, dose=dose)


@lru_cache(maxsize=50_000)
def _pick(design: Picks, data: CrmData) -> int:
    return design.pick(data)


def _list_fewer(dlt: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The counts of DLTs per dose with none more and some fewer."""
    if prod(count + 1 for count in dlt) <= MOST_COMPARED:
        yield from product(*(range(count + 1) for count in dlt))
        return
    for place, count in enumerate(dlt):
        yield from ((*dlt[:place], fewer, *dlt[place + 1 :]) for fewer in range(count))
