"""The dose rule that a made-up committee follows: 3+3 or BOIN on complete counts.

Kept apart from `trial/escalation` on purpose: the made-up trials are test material for it. 3+3 after Storer 1989; BOIN
boundaries after Liu & Yuan 2015 (phi1 = 0.6 phi, phi2 = 1.4 phi), without its elimination rule, which no scenario reaches.
"""

from dataclasses import dataclass
from math import log
from typing import Literal

from trial.protocol import Protocol

Step = Literal["escalate", "stay", "de-escalate", "stop"]


@dataclass(frozen=True)
class Tally:
    """Subjects dosed and DLTs known at each level (0-based)."""

    dosed: tuple[int, ...]
    toxic: tuple[int, ...]


def decide_step(protocol: Protocol, tally: Tally, level: int) -> Step:
    """Return what the committee decides after a complete cohort at ``level`` (0-based)."""
    assert protocol.escalation is not None
    n, y = tally.dosed[level], tally.toxic[level]
    move = _decide_boin(protocol, n, y) if protocol.escalation.design == "BOIN" else _decide_three(n, y)
    return _within_bounds(protocol, tally, level, move)


def _decide_three(n: int, y: int) -> Step:
    """3+3: up on 0 of 3 or at most 1 of 6, three more on 1 of 3, down on two."""
    if y >= 2:
        return "de-escalate"
    if n >= 6 or y == 0:
        return "escalate"
    return "stay"


def _decide_boin(protocol: Protocol, n: int, y: int) -> Step:
    """BOIN: compare the observed rate with the two boundaries round the target."""
    assert protocol.escalation is not None
    target = float(protocol.escalation.parameters.get("target", 0.3))
    low, high = 0.6 * target, 1.4 * target
    up = log((1 - low) / (1 - target)) / log(target * (1 - low) / (low * (1 - target)))
    down = log((1 - target) / (1 - high)) / log(high * (1 - target) / (target * (1 - high)))
    if y / n <= up:
        return "escalate"
    return "de-escalate" if y / n >= down else "stay"


def _within_bounds(protocol: Protocol, tally: Tally, level: int, move: Step) -> Step:
    """The move, bounded by the lowest and highest level and by the places left at the level it leads to."""
    assert protocol.escalation is not None
    top, most = len(tally.dosed) - 1, protocol.escalation.max_per_dose
    if move == "escalate" and level == top:
        move = "stay"
    if move == "escalate" and protocol.escalation.design != "BOIN" and tally.toxic[level + 1] >= 2:
        return "stop"
    if move == "de-escalate" and level == 0:
        return "stop"
    goal = level + {"escalate": 1, "stay": 0, "de-escalate": -1}[move]
    return "stop" if tally.dosed[goal] >= most else move
