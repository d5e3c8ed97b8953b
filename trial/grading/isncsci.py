"""The ISNCSCI worksheet from its raw inputs: levels, level of injury, completeness, AIS, zones of partial preservation, totals.

Revision 2019 (ASIA and ISCoS International Standards, 2019), in the six steps of SAFETY.md section 4. Where a value could not be tested,
every result that some value would give is listed ("C5,C6"), and a total over it is not determined (ND). A star says that a result rests
on an impairment that the cord injury does not explain. Anal contraction or pressure that is missing is refused, never taken for No.

Checked against the Praxis reference implementation (npm isncsci 2.0.6): every field of the reference cases and of random worksheets.
Equal in 120,000 of 120,000 that are like real ones (a level, asymmetry, sparing, zones, another muscle; 30,000 each with numbers only,
with NT, with stars, with both), in 80,000 of 80,000 wholly random ones (20,000 of each kind), and in 20,000 of 20,000 in which nearly
every cell is normal, not tested or starred, so that the walks reach the tail.

The standard marks with a star what rests on a judgement, and does not say how stars go with a list. Ours go as the reference's do, also
where those are fewer or more than one might write (no level and no grade depends on it), and so does its zone with another muscle:

* C has a star where the uppermost muscle that moves far below is a 0**, though another moves by its own strength.
* The second of the motor levels "T1,T4*" has none in the zone, "T1,T4", unless its own sensation is starred; the first keeps its own.
* Where C6 is NT, C7 0** and C8 0, the motor levels are "C5,C6,C7"; with C6 5 it is "C7*".
* A 0* beside an NT does not star the sensory zone; beside a 0 it does.
* Another muscle than the key muscles counts in the motor zone once C is among the grades, and only for levels more than three above it:
  with L2 and L3 NT, and a muscle of L3 that moves, "L2,L3".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trial.grading.isncsci_exam import Exam, Score, Side, read_exam
from trial.grading.isncsci_levels import Levels, find_injury_levels, find_motor_levels, find_sensory_levels
from trial.grading.isncsci_scale import find_completeness, find_motor_zone, find_scale, find_sensory_zone
from trial.grading.spine import LOWER_MUSCLES, UPPER_MUSCLES

NOT_DETERMINED = "ND"
Words = dict[str, Any]


@dataclass(frozen=True)
class SideResult:
    """What one side shows: levels, zones of partial preservation and subscores (None is not determined)."""

    sensory_level: str
    motor_level: str
    sensory_zone: str
    motor_zone: str
    upper: int | None
    lower: int | None
    light_touch: int | None
    pin_prick: int | None

    @property
    def motor(self) -> int | None:
        """Motor subscore of the side, 0 to 50."""
        return _add((self.upper, self.lower))


@dataclass(frozen=True)
class Worksheet:
    """The whole result; ``injury_level``, ``complete`` (C or I) and ``scale`` (A to E) may list several."""

    right: SideResult
    left: SideResult
    injury_level: str
    complete: str
    scale: str

    @property
    def upper(self) -> int | None:
        """Upper extremity motor score, 0 to 50."""
        return _add((self.right.upper, self.left.upper))

    @property
    def lower(self) -> int | None:
        """Lower extremity motor score, 0 to 50."""
        return _add((self.right.lower, self.left.lower))

    @property
    def light_touch(self) -> int | None:
        """Light touch score, 0 to 112."""
        return _add((self.right.light_touch, self.left.light_touch))

    @property
    def pin_prick(self) -> int | None:
        """Pin prick score, 0 to 112."""
        return _add((self.right.pin_prick, self.left.pin_prick))


def score_worksheet(raw: Mapping[str, Any]) -> Worksheet:
    """Return the result of the raw inputs of a worksheet (see read_exam); raise FaultyInput naming every absent or impossible one."""
    return classify_exam(read_exam(raw))


def classify_exam(exam: Exam) -> Worksheet:
    """Return the result of a worksheet that was read."""
    sensory = [find_sensory_levels(side) for side in exam.sides]
    motor = [find_motor_levels(side, exam.anal_contraction) for side in exam.sides]
    injury = find_injury_levels(exam)
    scale = find_scale(exam, (motor[0], motor[1]), injury)
    right, left = (
        _describe_side(exam, side, own_sensory, own_motor, scale)
        for side, own_sensory, own_motor in zip(exam.sides, sensory, motor, strict=True)
    )
    return Worksheet(right, left, _list(injury), str(find_completeness(exam)), scale)


def _describe_side(exam: Exam, side: Side, sensory: Levels, motor: Levels, scale: str) -> SideResult:
    return SideResult(
        _list(sensory),
        _list(motor),
        find_sensory_zone(exam, side),
        find_motor_zone(exam, side, motor, scale),
        _total(side.motor[muscle] for muscle in UPPER_MUSCLES),
        _total(side.motor[muscle] for muscle in LOWER_MUSCLES),
        _total(side.light_touch.values()),
        _total(side.pin_prick.values()),
    )


def _list(levels: Levels) -> str:
    return ",".join(str(level) for level in levels)


def _total(scores: Iterable[Score]) -> int | None:
    return _add(score.points for score in scores)


def _add(numbers: Iterable[int | None]) -> int | None:
    """The sum; None where a part is not determined."""
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


def write_worksheet(worksheet: Worksheet) -> Words:
    """Return the result in the words and structure of the Praxis calculator, for exchange and comparison."""
    sides = {"right": worksheet.right, "left": worksheet.left}
    levels = {f"{kind}{name.title()}": getattr(side, f"{kind}_level") for name, side in sides.items() for kind in ("sensory", "motor")}
    zones = {f"{kind}{name.title()}": getattr(side, f"{kind}_zone") for name, side in sides.items() for kind in ("sensory", "motor")}
    return {
        "classification": {
            "neurologicalLevels": levels,
            "neurologicalLevelOfInjury": worksheet.injury_level,
            "injuryComplete": worksheet.complete,
            "ASIAImpairmentScale": worksheet.scale,
            "zoneOfPartialPreservations": zones,
        },
        "totals": {name: _write_totals(side) | {"motor": _write(side.motor)} for name, side in sides.items()} | _write_totals(worksheet),
    }


def _write_totals(part: SideResult | Worksheet) -> Words:
    return {
        "upperExtremity": _write(part.upper),
        "lowerExtremity": _write(part.lower),
        "lightTouch": _write(part.light_touch),
        "pinPrick": _write(part.pin_prick),
    }


def _write(number: int | None) -> str:
    return NOT_DETERMINED if number is None else str(number)
