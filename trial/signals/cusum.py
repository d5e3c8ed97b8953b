"""The Bernoulli CUSUM: a running sum that drifts upwards when events come more often than they should, and its log-likelihood ratio.

Each subject adds the log-likelihood ratio of a higher rate against the acceptable one; the sum never falls below 0, and signals from a
height on. It shows drift; it is no boundary with a known chance of a false stop over a trial. Source: Reynolds and Stoumbos 1999
(J Qual Technol 31:87), SAFETY.md 5 row 7. Checked against R's closed form to 1e-9.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log


@dataclass(frozen=True)
class CusumStep:
    """The state after one subject: the sum, the plain log-likelihood ratio so far, and whether the height has ever been reached."""

    total: float
    ratio: float
    signal: bool


def compute_cusum(events: Iterable[bool], target: float, higher: float, height: float, *, floor_first: bool = True) -> list[CusumStep]:
    """Return the state after each subject, in order of dosing.

    ``floor_first`` false leaves the very first sum uncut when it is negative, as software does that accumulates from the first score.
    Raises ValueError unless 0 < ``target`` < ``higher`` < 1 and ``height`` > 0.
    """
    if not 0 < target < higher < 1 or height <= 0:
        raise ValueError("a CUSUM needs rates 0 < target < higher < 1 and a height above 0")
    with_event, without = log(higher / target), log((1 - higher) / (1 - target))
    steps: list[CusumStep] = []
    total = ratio = 0.0
    signal = False
    for event in events:
        score = with_event if event else without
        total = total + score if not steps and not floor_first else max(0.0, total + score)
        ratio += score
        signal = signal or total >= height
        steps.append(CusumStep(total, ratio, signal))
    return steps
