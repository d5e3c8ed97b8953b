"""What is written on an ISNCSCI worksheet: 28 dermatomes and 10 key muscles a side, anal contraction and pressure.

A value is a number, or NT for what could not be tested. A star marks an impairment that the cord injury does not explain: one star is
considered not normal when the injury is classified, two stars are considered normal (ISNCSCI revision 2019, SAFETY.md section 4).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from trial.errors import Fault, FaultyInput
from trial.grading.spine import DERMATOMES, KEY_MUSCLES

Answer = Literal["Yes", "No", "NT"]
ANSWERS: tuple[Answer, ...] = ("Yes", "No", "NT")
SIDES = ("right", "left")
_SCORE = re.compile(r"(NT|[0-5])(\*{0,2})")


@dataclass(frozen=True)
class Score:
    """One value: its points (None for not testable) and its stars, 0 to 2."""

    points: int | None
    stars: int = 0

    @property
    def excused(self) -> bool:
        """Whether an impairment is considered normal (two stars)."""
        return self.stars == 2

    @property
    def unsure(self) -> bool:
        """Whether the value leaves open how much the injury impairs: not testable, or without any function for another reason."""
        return not self.excused and (self.points is None or (self.points == 0 and self.stars == 1))

    @property
    def may_be_present(self) -> bool:
        """Whether function may be there."""
        return self.points != 0 or self.stars > 0

    @property
    def surely_present(self) -> bool:
        """Whether function is there, or considered to be."""
        return self.excused or (self.points is not None and self.points > 0)


@dataclass(frozen=True)
class Side:
    """One side of the body: light touch and pin prick by dermatome, key muscles, and the lowest other muscle that moves."""

    light_touch: Mapping[str, Score]
    pin_prick: Mapping[str, Score]
    motor: Mapping[str, Score]
    lowest_other_muscle: str | None = None

    def sensation(self, level: str) -> tuple[Score, Score]:
        """Return light touch and pin prick at ``level``."""
        return self.light_touch[level], self.pin_prick[level]


@dataclass(frozen=True)
class Exam:
    """A whole worksheet."""

    right: Side
    left: Side
    anal_contraction: Answer
    anal_pressure: Answer

    @property
    def sides(self) -> tuple[Side, Side]:
        """Right and left."""
        return self.right, self.left


def read_score(text: str, most: int) -> Score:
    """Return a value such as "2", "NT" or "0**"; raise ValueError for anything else, or more than ``most`` points."""
    found = _SCORE.fullmatch(text.strip().upper())
    if found is None or (found[1] != "NT" and int(found[1]) > most) or (found[1] == str(most) and found[2]):
        raise ValueError(f"{text[:12]!r} is no score from 0 to {most}, NT, or one of these with stars")
    return Score(None if found[1] == "NT" else int(found[1]), len(found[2]))


def read_exam(raw: Mapping[str, Any]) -> Exam:
    """Return the worksheet from plain values, as data systems and the Praxis calculator write them.

    ``raw`` has right and left, each with motor, lightTouch and pinPrick by level (S4_5 or S4-5), voluntaryAnalContraction and
    deepAnalPressure, and may have lowestNonKeyMuscleWithMotorFunction a side. What is missing is missing, never zero: raises FaultyInput
    with every value that is absent or impossible.
    """
    faults: list[Fault] = []
    sides = [_read_side(_open(raw, side, side, faults), side, faults) for side in SIDES]
    answers = [_read_answer(raw.get(name), name, faults) for name in ("voluntaryAnalContraction", "deepAnalPressure")]
    if faults:
        raise FaultyInput(faults)
    return Exam(sides[0], sides[1], answers[0], answers[1])


def _read_answer(value: object, name: str, faults: list[Fault]) -> Answer:
    found = next((answer for answer in ANSWERS if str(value).strip().lower() == answer.lower()), None)
    if found is None:
        faults.append(Fault(name, "is not answered", "Write Yes, No, or NT for not testable."))
    return found or "NT"


def _read_side(raw: Mapping[str, Any], side: str, faults: list[Fault]) -> Side:
    parts = (("lightTouch", DERMATOMES, 2), ("pinPrick", DERMATOMES, 2), ("motor", KEY_MUSCLES, 5))
    light_touch, pin_prick, motor = (
        _read_part(_open(raw, name, f"{side} {name}", faults), f"{side} {name}", names, most, faults) for name, names, most in parts
    )
    other = str(raw.get("lowestNonKeyMuscleWithMotorFunction") or "").strip().upper() or None
    if other is not None and other not in KEY_MUSCLES:
        faults.append(Fault(f"{side} lowest non-key muscle", "is no level of a key muscle", f"Write one of {', '.join(KEY_MUSCLES)}."))
    return Side(light_touch, pin_prick, motor, other)


def _open(raw: Mapping[str, Any], name: str, where: str, faults: list[Fault]) -> Mapping[str, Any]:
    """The values below ``name``, none where it is absent; a fault where there is something else."""
    found = raw.get(name) or {}
    if isinstance(found, Mapping):
        return found
    faults.append(Fault(where, "is no group of values", "Write the values by their names."))
    return {}


def _read_part(
    raw: Mapping[str, Any], where: str, names: tuple[str, ...], most: int, faults: list[Fault]
) -> dict[str, Score]:  # fmt: skip
    plain = {str(level).replace("_", "-").upper(): str(value) for level, value in raw.items() if value is not None}
    scores = {}
    for name in names:
        try:
            scores[name] = read_score(plain[name], most)
        except KeyError:
            faults.append(Fault(f"{where} {name}", "is missing", "Write the score, or NT for not testable."))
        except ValueError:
            faults.append(Fault(f"{where} {name}", "is no score", f"Write 0 to {most} or NT; stars for what the injury does not explain."))
    return scores
