"""Whether neurological function is worse than at the subject's own baseline: a configurable rule, red, amber or none.

No consensus defines a neurological deterioration (SAFETY.md section 4): the thresholds are a proposal, to be declared by the protocol. In
AIS A the scale cannot fall, so levels and scores speak. A loss above the lesion is an ascending loss, flagged by itself. Checked
against the proposal's reference cases, every cell.
"""

from dataclasses import dataclass, field
from typing import Literal

from trial.grading.spine import LEVELS, find_level
from trial.terms import AIS

Flag = Literal["RED", "AMBER", "NONE"]


@dataclass(frozen=True)
class Neurology:
    """One examination: upper and lower extremity motor scores, light touch and pin prick, motor levels right and left, AIS."""

    upper: int
    lower: int
    light_touch: int
    pin_prick: int
    motor_right: str
    motor_left: str
    ais: str


@dataclass(frozen=True)
class Thresholds:
    """From which loss on an examination is red or amber (a proposal, not a published standard)."""

    red_motor: int = 10
    red_levels: int = 2
    red_ais_steps: int = 1
    amber_motor: int = 5
    amber_upper: int = 4
    amber_levels: int = 1
    amber_sensory: int = 10


@dataclass(frozen=True)
class Change:
    """What changed since baseline: points gained (negative is lost), most motor levels and AIS steps lost (negative is gained)."""

    motor: int
    upper: int
    lower: int
    sensory: int
    levels_lost: int
    ais_steps_lost: int
    flag: Flag = field(default="NONE")


def compute_change(baseline: Neurology, now: Neurology, thresholds: Thresholds | None = None) -> Change:
    """Return the change from ``baseline`` to ``now`` and its flag; raise ValueError for a level or grade that does not exist."""
    pairs = ((baseline.motor_right, now.motor_right), (baseline.motor_left, now.motor_left))
    upper, lower = now.upper - baseline.upper, now.lower - baseline.lower
    change = Change(
        motor=upper + lower,
        upper=upper,
        lower=lower,
        sensory=now.light_touch + now.pin_prick - baseline.light_touch - baseline.pin_prick,
        levels_lost=max(find_level(before) - find_level(after) for before, after in pairs),
        ais_steps_lost=AIS.index(baseline.ais) - AIS.index(now.ais),
    )
    return Change(**{**vars(change), "flag": classify_change(change, thresholds or Thresholds())})


def classify_change(change: Change, thresholds: Thresholds) -> Flag:
    """Return the flag of a change: the worst that any of its parts reaches."""
    lost = -change.motor
    if lost >= thresholds.red_motor or change.levels_lost >= thresholds.red_levels or change.ais_steps_lost >= thresholds.red_ais_steps:
        return "RED"
    amber = (
        lost >= thresholds.amber_motor, -change.upper >= thresholds.amber_upper,
        change.levels_lost >= thresholds.amber_levels, -change.sensory >= thresholds.amber_sensory,
    )  # fmt: skip
    return "AMBER" if any(amber) else "NONE"


def is_ascending_loss(baseline_level: str, level: str) -> bool:
    """Return whether a neurological level now lies above the baseline's: a new zone of loss above the lesion."""
    return find_level(level) < find_level(baseline_level)


def list_levels_lost(baseline_level: str, level: str) -> tuple[str, ...]:
    """Return the segments between a baseline level and a higher one now, from the rostral end; empty when nothing was lost."""
    return LEVELS[find_level(level) + 1 : find_level(baseline_level) + 1]
