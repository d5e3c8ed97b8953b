"""Events by time at risk: first events and all events per subject-year, each with its exact interval.

Sources: Garwood 1936 (Biometrika 28:437) for the interval of a Poisson rate; Przyborowski and Wilenski 1940 for the conditional
comparison of two. Checked against R 4.2.2 (poisson.test) to 1e-9.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import bdtrc, gammaincinv, gammaln

from trial.signals.intervals import compute_clopper_pearson
from trial.tables.safety import RATES

DAYS_A_YEAR = 365.25
TIED = 1e-7
"""Two chances that differ by less than this part are equally likely."""


@dataclass(frozen=True)
class Rate:
    """Events per unit of time with its interval."""

    rate: float
    lower: float
    upper: float


@dataclass(frozen=True)
class RateRatio:
    """One rate over another with its interval, and the chance of a ratio at least as high, or as far off, when both are equal."""

    ratio: float
    lower: float
    upper: float
    chance_as_high: float
    chance_as_far: float


def compute_rate(events: int, time: float, *, confidence: float = 0.95) -> Rate:
    """Return ``events`` over ``time`` (above 0) with Garwood's exact interval; raise ValueError without time at risk."""
    if events < 0 or time <= 0:
        raise ValueError("a rate needs time at risk")
    tail = (1 - confidence) / 2
    lower = 0.0 if events == 0 else float(gammaincinv(events, tail))
    return Rate(events / time, lower / time, float(gammaincinv(events + 1, 1 - tail)) / time)


def compute_jeffreys_rate(events: int, time: float, *, confidence: float = 0.95) -> Rate:
    """Return ``events`` over ``time`` with the interval of the Jeffreys prior, its lower limit 0 without events.

    Raises ValueError without time at risk.
    """
    if events < 0 or time <= 0:
        raise ValueError("a rate needs time at risk")
    tail = (1 - confidence) / 2
    lower = 0.0 if events == 0 else float(gammaincinv(events + 0.5, tail))
    return Rate(events / time, lower / time, float(gammaincinv(events + 0.5, 1 - tail)) / time)


def compute_rate_ratio(events: int, time: float, events_other: int, time_other: float, *, confidence: float = 0.95) -> RateRatio:
    """Return the rate of one group over that of another; its upper limit is infinite when the other had no event.

    Raises ValueError without time at risk or without any event.
    """
    total = events + events_other
    if min(time, time_other) <= 0 or total == 0:
        raise ValueError("a rate ratio needs time at risk in both groups and at least one event")
    share = compute_clopper_pearson(events, total, confidence=confidence)
    scale = time_other / time
    expected = time / (time + time_other)
    chance = 1.0 if events == 0 else float(bdtrc(events - 1, total, expected))
    return RateRatio(
        _ratio(events / total) * scale,
        _ratio(share.lower) * scale,
        _ratio(share.upper) * scale,
        chance,
        _chance_as_far(events, total, expected),
    )


def _chance_as_far(events: int, total: int, share: float) -> float:
    """The chance of a count that is no likelier than the one observed (the exact two-sided test of poisson.test)."""
    counts = np.arange(total + 1)
    chances = (
        np.exp(gammaln(total + 1) - gammaln(counts + 1) - gammaln(total - counts + 1)) * share**counts * (1 - share) ** (total - counts)
    )
    return min(1.0, float(chances[chances <= chances[events] * (1 + TIED)].sum()))


def _ratio(share: float) -> float:
    return float("inf") if share >= 1 else share / (1 - share)


def compute_rates(overview: pd.DataFrame) -> pd.DataFrame:
    """Return RATES for EVENT_OVERVIEW: its rows whose first events are dated, and for each such measure the total of all cohorts.

    A rate without time at risk is missing.
    """
    return RATES.frame(_rows(overview.dropna(subset=["days_to_first"])))


def _rows(overview: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    counted = ["dosed", "subjects", "days_to_first", "events", "days"]
    for measure, rows in overview.groupby("measure", sort=False):
        for row in rows.itertuples(index=False):
            name = (None if pd.isna(row.cohort) else int(row.cohort), None if pd.isna(row.label) else str(row.label))
            yield (measure, False, *name, int(row.dosed), *_line(row.subjects, row.days_to_first), *_line(row.events, row.days))
        dosed, subjects, first_days, events, days = (int(rows[column].sum()) for column in counted)
        yield (measure, True, None, None, dosed, *_line(subjects, first_days), *_line(events, days))


def _line(events: int, days: int) -> tuple[int, float, float | None, float | None, float | None]:
    """Count, years, rate and limits."""
    years = days / DAYS_A_YEAR
    if years <= 0:
        return int(events), 0.0, None, None, None
    found = compute_rate(int(events), years)
    return int(events), years, found.rate, found.lower, found.upper
