"""Accrual against plan: how fast subjects come, and when the last planned one is expected.

Enrolments are taken as a Poisson process with one unknown, constant rate. Its prior is a gamma distribution with the planned
rate as its mean, worth as much as a tenth of the planned subjects (at least one); seen enrolments and the time they took update it.
The time to k further enrolments then has an exact distribution: prior-plus-seen time x BetaPrime(k, prior-plus-seen subjects).
Source: Gajewski, Simon and Carlson 2008, Statistics in Medicine 27:2328, in its gamma-Poisson form; intervals of observed rates
are exact (Garwood 1936), of shares exact (Clopper and Pearson 1934).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import betaincinv, gammaincinv, pdtr

from trial.clocks.calendar import compute_day_after, compute_days_between
from trial.protocol import Protocol
from trial.signals.intervals import compute_clopper_pearson
from trial.tables.enrolment import ACCRUAL_CURVE, FUNNEL_SHARES, PROJECTION, SITE_ACCRUAL

DAYS_PER_MONTH = 365.25 / 12
PRIOR_SHARE = 0.1
"""How much of the planned subjects the plan itself counts as, when the rate is estimated."""
HORIZON_DAYS = 7305
"""Twenty years: a projected day beyond it is given as missing, since no trial waits that long."""
CURVE_POINTS = 120
LEVELS = (0.025, 0.5, 0.975)


@dataclass(frozen=True)
class Plan:
    """What the protocol plans: the first enrolment, subjects a month over all sites, and subjects in all."""

    starts_on: date
    per_month: float
    subjects: int

    @property
    def ends_on(self) -> date | None:
        """The day on which the planned rate reaches the planned number; None for a rate of 0."""
        if self.per_month <= 0:
            return None
        return compute_day_after(self.starts_on, round(self.subjects / self.per_month * DAYS_PER_MONTH))

    def expected_on(self, day: date) -> float:
        """Return the subjects planned to be enrolled by the end of ``day``."""
        days = max(compute_days_between(self.starts_on, day), 0)
        return min(days / DAYS_PER_MONTH * self.per_month, float(self.subjects))


@dataclass(frozen=True)
class Accrual:
    """How enrolment stands at a cut-off; rates in subjects a month, with exact 95% intervals.

    ``this_few`` is the probability of no more than ``enrolled`` subjects if the planned rate were true.
    """

    opened_on: date
    months: float
    enrolled: int
    per_month: float | None
    low: float | None
    high: float | None
    planned_by_now: float | None = None
    this_few: float | None = None


def plan_of(protocol: Protocol) -> Plan | None:
    """Return the accrual plan of a protocol; None when it declares none."""
    if protocol.accrual is None:
        return None
    rate = sum(site.planned_per_month for site in protocol.sites)
    return Plan(protocol.accrual.first_enrolment, rate, protocol.accrual.planned_subjects)


def compute_shares(funnel: pd.DataFrame) -> pd.DataFrame:
    """Return FUNNEL_SHARES from FUNNEL: of the subjects decided at each step, the share who reached it."""
    intervals = [compute_share(int(row.reached), int(row.reached + row.lost)) for row in funnel.itertuples()]
    rows = zip(funnel.itertuples(index=False, name=None), intervals, strict=True)
    return FUNNEL_SHARES.frame([(*row, *interval) for row, interval in rows])


def compute_share(count: int, of: int) -> tuple[float | None, float | None, float | None]:
    """Return ``count / of`` and its exact 95% interval (Clopper-Pearson), each 0 to 1; three times None when ``of`` is 0."""
    if of == 0:
        return None, None, None
    interval = compute_clopper_pearson(count, of)
    return count / of, interval.lower, interval.upper


def compute_rate(count: int, time: float) -> tuple[float | None, float | None, float | None]:
    """Return ``count / time`` and its exact 95% interval (Garwood); three times None when no ``time`` has passed."""
    if time <= 0:
        return None, None, None
    low = 0.0 if count == 0 else float(gammaincinv(count, LEVELS[0]))
    return count / time, low / time, float(gammaincinv(count + 1, LEVELS[2])) / time


def compute_curve(days: pd.DataFrame) -> pd.DataFrame:
    """Return ACCRUAL_CURVE from ENROLMENT_DAYS: the counts so far at the end of each day on which one changed."""
    running = days[["screened", "enrolled", "dosed"]].cumsum()
    return ACCRUAL_CURVE.frame(zip(days["day"], *(running[name] for name in running), strict=True))


def compute_opening(days: pd.DataFrame, plan: Plan | None) -> date | None:
    """Return the day accrual opened: the first day in ENROLMENT_DAYS, else the planned one; None without either."""
    if not days.empty:
        first: date = days["day"].iloc[0].date()
        return first
    return plan.starts_on if plan else None


def compute_accrual(opened_on: date, enrolled: int, plan: Plan | None, day: date) -> Accrual:
    """Return how accrual stands at the end of ``day`` with ``enrolled`` subjects since ``opened_on``."""
    months = max(compute_days_between(opened_on, day) + 1, 0) / DAYS_PER_MONTH
    rate = compute_rate(enrolled, months)
    if plan is None:
        return Accrual(opened_on, months, enrolled, *rate)
    expected = plan.expected_on(day)
    return Accrual(opened_on, months, enrolled, *rate, expected, float(pdtr(enrolled, expected)))


def compute_projection(accrual: Accrual, plan: Plan, day: date) -> pd.DataFrame:
    """Return PROJECTION from the end of ``day``: when each further subject is expected, up to the planned number.

    At most 120 subjects, evenly spread, are given. Empty when all are enrolled or the plan has no rate.
    """
    missing = plan.subjects - accrual.enrolled
    if missing <= 0 or plan.per_month <= 0:
        return PROJECTION.empty()
    worth = max(PRIOR_SHARE * plan.subjects, 1.0)
    subjects, months = worth + accrual.enrolled, worth / plan.per_month + accrual.months
    further = np.unique(np.linspace(1, missing, min(missing, CURVE_POINTS)).round().astype(int))
    waits = [_wait_days(further, subjects, months, level) for level in LEVELS]
    rows = zip(further, *waits, strict=True)
    return PROJECTION.frame([(accrual.enrolled + int(k), *(_day_in(day, wait) for wait in waits)) for k, *waits in rows])


def compute_site_accrual(sites: pd.DataFrame, months: float) -> pd.DataFrame:
    """Return SITE_ACCRUAL from SITE_ENROLMENT, over the ``months`` since accrual opened anywhere."""
    rows = []
    for site in sites.itertuples(index=False):
        decided = int(site.screened - site.undecided)
        rows.append((*site, *compute_rate(int(site.enrolled), months), *compute_share(int(site.failed), decided)))
    return SITE_ACCRUAL.frame(rows)


def _wait_days(further: np.ndarray, subjects: float, months: float, level: float) -> np.ndarray:
    """Days until each of ``further`` enrolments at a probability ``level``: months x BetaPrime(further, subjects)."""
    rest = betaincinv(subjects, further, 1 - level)
    with np.errstate(divide="ignore"):
        return np.asarray((1 - rest) / rest * months * DAYS_PER_MONTH)


def _day_in(day: date, wait: float) -> date | None:
    return compute_day_after(day, int(np.ceil(wait))) if wait <= HORIZON_DAYS else None
