"""Our operating characteristics beside simulated ones: how many standard errors these are off."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, sqrt

from scipy.stats import binom, norm

from trial.errors import FaultyInput
from trial.escalation.design import Design
from trial.escalation.exact import enumerate_tally
from trial.escalation.simulate import Plan, run_chunks, titrates
from trial.escalation.tally import Tally
from trial.qualification.reference import ERRORS, Finding, Omission, Result

SURE = 1e-300
"""A probability below this counts as this."""


@dataclass(frozen=True)
class Yardstick:
    """Our figures beside a simulated reference: the tally, the reference's trials and cohort size, its printed unit."""

    tally: Tally
    trials: int
    size: int = 1
    unit: float = 0.0

    def judge_share(self, quantity: str, case: str, share: float, theirs: float) -> Finding:
        """Return how many standard errors a share of trials (0 to 1) is off.

        Beside an exact share the reference is binomial, and its tail probability is told as the standard errors of a normal one:
        rare events are skewed. Beside a simulated share both have an error; one trial cannot be told from none.
        """
        if self.tally.exact:
            return self._find(quantity, case, self._measure_tail(min(max(share, 0.0), 1.0), theirs))
        error = sqrt(max(share * (1 - share), 0) * (1 / self.trials + 1 / self.tally.trials))
        return self._find(quantity, case, self._off(share, theirs) / max(error, 1 / self.trials))

    def judge_mean(self, quantity: str, case: str, mean: float, theirs: float, spread: float) -> Finding:
        """Return how many standard errors a mean is off, where single trials spread by ``spread``; one cohort is the finest step."""
        own = 0.0 if self.tally.exact else spread**2 / self.tally.trials
        error = max(sqrt(spread**2 / self.trials + own), self.size / self.trials)
        return self._find(quantity, case, self._off(mean, theirs) / error)

    def judge_level(self, case: str, level: int, theirs: Sequence[str], *, per: float = 100) -> Iterator[Result]:
        """Yield the findings of a dose level: share selected (printed per ``per`` trials), then subjects and DLTs where they are given."""
        total, means, spread = self.tally.trials, self.tally.sums / self.tally.trials, self.tally.compute_spread()
        for place, (name, cell) in enumerate(zip(("selected", "subjects", "dlt"), theirs, strict=False)):
            if not cell:
                yield Omission(case, f"{name} is empty")
            elif place:
                yield self.judge_mean(name, case, float(means[place - 1][level]), float(cell), float(spread[place - 1][level]))
            else:
                yield self.judge_share(name, case, float(self.tally.selected[level] / total), float(cell) / per)

    def _find(self, quantity: str, case: str, errors: float) -> Finding:
        return Finding(quantity, case, errors, ERRORS, chance=True)

    def _off(self, ours: float, theirs: float) -> float:
        return max(abs(ours - theirs) - self.unit / 2, 0.0)

    def _measure_tail(self, share: float, theirs: float) -> float:
        """How far the count behind ``theirs`` lies in the tail of a binomial with ``share``; of rounded counts the nearest."""
        low, high = (theirs - self.unit / 2) * self.trials, (theirs + self.unit / 2) * self.trials
        if low > share * self.trials:
            tail = float(binom.sf(ceil(low - 1e-6) - 1, self.trials, share))
        elif high < share * self.trials:
            tail = float(binom.cdf(floor(high + 1e-6), self.trials, share))
        else:
            return 0.0
        return max(float(norm.isf(max(tail, SURE))), 0.0)


def run_plan(design: Design, plan: Plan, *, trials: int = 100_000) -> Tally:
    """Return exact figures, or those of ``trials`` simulated trials where the courses are too many to enumerate."""
    if not titrates(design):
        try:
            return enumerate_tally(design, plan)
        except FaultyInput:
            pass
    return run_chunks(design, replace(plan, trials=trials))
