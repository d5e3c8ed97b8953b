"""How often, and how sure: exact and approximate intervals of a share of subjects, and the words for them.

Clopper-Pearson is the interval of this dashboard; the others stand beside it for those who ask. Sources: Clopper and Pearson
1934 (Biometrika 26:404); Wilson 1927 (JASA 22:209); Brown, Cai and DasGupta 2001 (Stat Sci 16:101) for Jeffreys and its rule at
the edges. Checked against R 4.2.2 (binom.test, prop.test, qbeta) to 1e-9.
"""

from dataclasses import dataclass
from math import sqrt

from scipy.special import bdtr, betaincinv, ndtri

from trial.sentence import Sentence


@dataclass(frozen=True)
class Interval:
    """Lower and upper limit of a share, each from 0 to 1."""

    lower: float
    upper: float


NOTHING_KNOWN = Interval(0.0, 1.0)
"""The interval when nobody has been looked at."""


def compute_clopper_pearson(events: int, subjects: int, *, confidence: float = 0.95) -> Interval:
    """Return the exact interval of ``events`` of ``subjects``; at least ``confidence`` whatever the true share is.

    Raises ValueError when there are more events than subjects, or fewer than none.
    """
    _require_counts(events, subjects)
    tail = (1 - confidence) / 2
    return Interval(compute_lower_limit(events, subjects, confidence=1 - tail), compute_upper_limit(events, subjects, confidence=1 - tail))


def compute_upper_limit(events: int, subjects: int, *, confidence: float = 0.95) -> float:
    """Return the exact one-sided upper limit of a share: 1 when every subject had the event."""
    _require_counts(events, subjects)
    return 1.0 if events == subjects else float(betaincinv(events + 1, subjects - events, confidence))


def compute_lower_limit(events: int, subjects: int, *, confidence: float = 0.95) -> float:
    """Return the exact one-sided lower limit of a share: 0 when no subject had the event."""
    _require_counts(events, subjects)
    return 0.0 if events == 0 else float(betaincinv(events, subjects - events + 1, 1 - confidence))


def compute_jeffreys(events: int, subjects: int, *, confidence: float = 0.95) -> Interval:
    """Return the Jeffreys interval (prior Beta(1/2, 1/2)), with its limit 0 at no event and 1 at events in all."""
    _require_counts(events, subjects)
    if subjects == 0:
        return NOTHING_KNOWN
    tail, a, b = (1 - confidence) / 2, events + 0.5, subjects - events + 0.5
    lower = 0.0 if events == 0 else float(betaincinv(a, b, tail))
    return Interval(lower, 1.0 if events == subjects else float(betaincinv(a, b, 1 - tail)))


def compute_wilson(events: int, subjects: int, *, confidence: float = 0.95) -> Interval:
    """Return the Wilson score interval, without continuity correction."""
    _require_counts(events, subjects)
    if subjects == 0:
        return NOTHING_KNOWN
    z = float(ndtri(1 - (1 - confidence) / 2))
    share, spread = events / subjects, z * z / subjects
    middle = share + spread / 2
    half = z * sqrt(share * (1 - share) / subjects + spread / (4 * subjects))
    lower = 0.0 if events == 0 else (middle - half) / (1 + spread)
    return Interval(lower, 1.0 if events == subjects else (middle + half) / (1 + spread))


def compute_mid_p(events: int, subjects: int, *, confidence: float = 0.95) -> Interval:
    """Return the mid-P interval: as Clopper-Pearson, with only half of the chance of the very number observed."""
    from scipy.optimize import brentq  # noqa: PLC0415  # slow to load, and needed by few

    _require_counts(events, subjects)
    tail = (1 - confidence) / 2

    def fewer(rate: float) -> float:
        """The mid-P chance of as few events at this rate."""
        least = 0.0 if events == 0 else float(bdtr(events - 1, subjects, rate))
        return (least + float(bdtr(events, subjects, rate))) / 2

    lower = 0.0 if events == 0 else float(brentq(lambda rate: fewer(rate) - (1 - tail), 0.0, 1.0, xtol=1e-15))
    upper = 1.0 if events == subjects else float(brentq(lambda rate: fewer(rate) - tail, 0.0, 1.0, xtol=1e-15))
    return Interval(lower, upper)


def compute_chance_of_none(subjects: int, rate: float) -> float:
    """Return the chance that none of ``subjects`` has an event whose true rate is ``rate``."""
    return float((1 - rate) ** subjects)


def describe_percent(share: float) -> str:
    """Return a share from 0 to 1 as a percentage that never rounds something to nothing, or nearly all to all."""
    percent = 100 * share
    if 0 < percent < 0.05:
        return "<0.1%"
    if 0 < percent < 0.95 or 99.5 <= percent < 99.95:
        return f"{percent:.1f}%"
    return ">99.9%" if 99.95 <= percent < 100 else f"{percent:.0f}%"


def describe_interval(events: int, subjects: int) -> Sentence:
    """Return the exact 95% interval in words; no event says only how often it may still be."""
    if subjects == 0:
        return Sentence("nobody at risk yet")
    interval = compute_clopper_pearson(events, subjects)
    if events == 0:
        return Sentence("up to {upper}", upper=describe_percent(interval.upper))
    return Sentence("{lower} to {upper}", lower=describe_percent(interval.lower), upper=describe_percent(interval.upper))


def describe_rate(events: int, subjects: int) -> Sentence:
    """Return count, denominator and exact 95% interval; the percentage itself only from ten subjects on."""
    words = describe_interval(events, subjects)
    if subjects < 10 or events == 0:
        return Sentence("{events} of {subjects} ({interval})", events=events, subjects=f"{subjects:,}", interval=words)
    share = describe_percent(events / subjects)
    return Sentence(
        "{events} of {subjects} ({share}; {interval})", events=f"{events:,}", subjects=f"{subjects:,}", share=share, interval=words
    )


def describe_reach(subjects: int, rate: float = 0.1) -> Sentence:
    """Return what seeing no event in ``subjects`` leaves open: the highest rate still possible, and how easily it is missed."""
    if subjects == 0:
        return Sentence("Nobody has been observed, so nothing can be said.")
    return Sentence(
        "No event in {subjects}: a true rate up to {upper} is not excluded; one of {rate} would stay unseen in {missed} of such trials.",
        subjects=f"{subjects:,}",
        upper=describe_percent(compute_clopper_pearson(0, subjects).upper),
        rate=describe_percent(rate),
        missed=describe_percent(compute_chance_of_none(subjects, rate)),
    )


def _require_counts(events: int, subjects: int) -> None:
    if not 0 <= events <= subjects:
        raise ValueError(f"{events} of {subjects} is not a share")
