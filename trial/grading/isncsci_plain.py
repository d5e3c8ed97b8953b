"""Levels and AIS grade of a worksheet that has numbers only, found in its line of text.

The same rules as trial.grading.isncsci_levels and isncsci_scale, for the usual case in which nothing is left open: a page reads every
worksheet of a trial, and this is some thirty times faster. tests/trial/test_isncsci_text.py holds the two to the same answers.
"""

import re
from typing import Final, NamedTuple

from trial.grading.isncsci_scale import ANTIGRAVITY, FAR
from trial.grading.spine import INTACT, KEY_MUSCLES, LEVELS, LOWER_MUSCLES, UPPER_MUSCLES, find_level

_LINE = re.compile(
    "ISNCSCI-2019"
    + "".join(f";{side}LT=([0-2]{{28}});{side}PP=([0-2]{{28}});{side}M=([0-5]{{10}})" for side in "RL")
    + r";VAC=([YN]);DAP=([YN])(?:;RO=([CTLS]\d))?(?:;LO=([CTLS]\d))?"
)
_PLACES: Final = tuple(find_level(muscle) for muscle in KEY_MUSCLES)
_INTACT: Final = len(LEVELS)
_ARMS: Final = len(UPPER_MUSCLES)
_NAMES: Final = (*LEVELS, INTACT)


class Plain(NamedTuple):
    """Levels by name, right and left, and the grade; totals in points."""

    sensory: tuple[str, str]
    motor: tuple[str, str]
    injury_level: str
    scale: str
    upper: int
    lower: int
    light_touch: int
    pin_prick: int


class _Side(NamedTuple):
    """One side: places of its levels (INT is below all), of the lowest level that its key muscles leave normal, and its key muscles."""

    sensory: int
    motor: int
    muscles: int
    grades: tuple[int, ...]
    other: int


def classify_plain(line: str) -> Plain | None:
    """Return levels, grade and totals of a worksheet; None for a line that has more than numbers, or is none."""
    found = _LINE.fullmatch(line)
    if found is None or any(other and other not in KEY_MUSCLES for other in (found[9], found[10])):
        return None
    contraction, pressure = found[7] == "Y", found[8] == "Y"
    sides = [_read_side(found[n], found[n + 1], found[n + 2], found[9 + n // 4], contraction=contraction) for n in (1, 4)]
    injury = min(min(side.sensory, side.muscles) for side in sides)
    sacral = any(found[n][-1] != "0" for n in (1, 2, 4, 5))
    right, left = sides
    grades = (*right.grades, *left.grades)
    upper = sum(right.grades[:_ARMS]) + sum(left.grades[:_ARMS])
    touch, prick = (sum(map(int, found[n] + found[n + 3])) for n in (1, 2))
    return Plain(
        (_NAMES[right.sensory], _NAMES[left.sensory]),
        (_NAMES[right.motor], _NAMES[left.motor]),
        _NAMES[injury],
        _find_scale(sides, injury, sensory=sacral or pressure, contraction=contraction),
        upper,
        sum(grades) - upper,
        touch,
        prick,
    )


def _read_side(touch: str, prick: str, muscles: str, other: str | None, *, contraction: bool) -> _Side:
    impaired = (place for place, pair in enumerate(zip(touch, prick, strict=True)) if pair != ("2", "2"))
    sensory = next(impaired, _INTACT)
    grades = tuple(map(int, muscles))
    last = _find_last_muscle(grades)
    return _Side(sensory, _find_motor(sensory, grades, contraction=contraction), last, grades, find_level(other) if other else -1)


def _find_last_muscle(grades: tuple[int, ...]) -> int:
    """The lowest place that the key muscles leave normal."""
    for place, grade in zip(_PLACES, grades, strict=True):
        if grade < ANTIGRAVITY:
            return place - 1
        if grade < 5:
            return place
    return _INTACT


def _find_motor(sensory: int, grades: tuple[int, ...], *, contraction: bool) -> int:
    """The motor level: by muscles where there are key muscles, by sensation elsewhere."""
    arms, legs = _find_last_muscle((*grades[:_ARMS], *(5,) * len(LOWER_MUSCLES))), _find_last_muscle(grades)
    top, bottom = _PLACES[_ARMS - 1], _PLACES[-1]
    if sensory < _PLACES[0] - 1:
        return sensory
    if arms < _INTACT:
        return arms
    if sensory < _PLACES[_ARMS] - 1:
        return max(sensory, top)
    if legs < _INTACT:
        return legs
    if sensory < _INTACT:
        return max(sensory, bottom)
    return _INTACT if contraction else find_level("S3")


def _find_scale(sides: list[_Side], injury: int, *, sensory: bool, contraction: bool) -> str:
    if not sensory and not contraction:
        return "A"
    if contraction and all(side.sensory == side.motor == _INTACT for side in sides):
        return "E"
    if not contraction and not any(_moves_far_below(side) for side in sides):
        return "B"
    below = [grade for side in sides for place, grade in zip(_PLACES, side.grades, strict=True) if place > injury]
    return "D" if 2 * sum(grade >= ANTIGRAVITY for grade in below) >= len(below) else "C"


def _moves_far_below(side: _Side) -> bool:
    far = side.motor + FAR
    return side.other > far or any(grade and place > far for place, grade in zip(_PLACES, side.grades, strict=True))
