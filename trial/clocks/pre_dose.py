"""Which results were taken before the first dose: the rule of every baseline, and of everything that is held against one.

What was measured on an earlier day is before the dose, what was measured on a later day after it. On the day of dosing the instants of
result and first cell decide. Where one of them is not known, or both are the same, it is open: a result that was flagged as baseline is
before; any other is the baseline only of a series without an earlier result, else it is follow-up on day 0. So an examination after the
operation never becomes what later ones are compared with (SAFETY.md section 4: against the last examination before the dose).

db.queries.pre_dose tells the standing of each result, and settles series of single results in SQL; `settle` does the same for series that
are put together from several results.
"""

from collections.abc import Hashable, Sequence
from typing import Literal

Standing = Literal["before", "open", "after"]
BEFORE: Standing = "before"
OPEN: Standing = "open"
AFTER: Standing = "after"
STANDINGS: tuple[Standing, ...] = (BEFORE, OPEN, AFTER)
"""How a result stands to the first dose, in time."""


def settle(standings: Sequence[str], series: Sequence[Hashable], told: Sequence[bool]) -> list[bool]:
    """Return for each result whether it is follow-up: taken after the dose, or open where its series has an earlier result that tells.

    ``series`` names the series of each result; ``told`` says whether it holds anything that can be compared.
    """
    sure = {name for standing, name, tells in zip(standings, series, told, strict=True) if tells and standing == BEFORE}
    return [
        standing == AFTER or (standing == OPEN and name in sure)
        for standing, name in zip(standings, series, strict=True)
    ]  # fmt: skip
