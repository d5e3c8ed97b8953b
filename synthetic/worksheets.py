"""ISNCSCI worksheets of a made-up trial: cells that give the totals and the grade which the examination has anyway.

A subject has one true level of injury. Down to it all is normal, the zone below it takes what the totals have to spare, so that the noise
of a total moves cells and not the level. Points that the arms lack above a thoracic lesion are weakness of another cause, with two stars.
Where no worksheet has both the totals and the grade (motor points in the legs with AIS B), none is written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from synthetic.clock import Flags, Floats, Ints
from synthetic.course import Setting
from trial.grading.isncsci_text import MARK
from trial.grading.spine import DERMATOMES, KEY_MUSCLES, UPPER_MUSCLES, find_level

HIGHEST: Final = find_level("C2")
ARMS: Final = tuple(find_level(muscle) for muscle in UPPER_MUSCLES)
PLACES: Final = tuple(find_level(muscle) for muscle in KEY_MUSCLES)
EXCUSED_MOST: Final = 3
"""So many points of the arms may be weakness of another cause."""
FAR: Final = 3


@dataclass(frozen=True)
class Worksheets:
    """One entry for each worksheet: the place of its visit, the place of its level of injury (C1 is 0), and its line of text."""

    place: Ints
    level: Ints
    line: tuple[str, ...]


@dataclass(frozen=True)
class Examined:
    """What is known of every visit: whose, the four totals, the grade as a place from A, the level that the subject is believed to have
    (-1: none) and whether something takes function away at the time.
    """

    subject: Ints
    upper: Ints
    lower: Ints
    light_touch: Ints
    pin_prick: Ints
    grade: Ints
    level: Ints
    disturbed: Flags


class _Person(NamedTuple):
    """What is drawn once for a subject: the stronger side, how far down each cell counts as, and whether contraction is kept."""

    strong: int
    depth: Floats
    contracts: bool


class _Totals(NamedTuple):
    upper: int
    lower: int
    light_touch: int
    pin_prick: int
    grade: int


def fill_worksheets(setting: Setting, examined: Examined, people: int) -> Worksheets:
    """Return the worksheets of every visit that can have one."""
    draw = setting.stream("worksheets")
    strong, coins = draw.integers(0, 2, people), draw.random(people)
    depth = np.arange(len(DERMATOMES)) + draw.uniform(0, 3, (people, 2, len(DERMATOMES)))
    names = ("upper", "lower", "light_touch", "pin_prick", "grade")
    totals = [_Totals(*row) for row in zip(*(getattr(examined, name).tolist() for name in names), strict=True)]
    lowest = [_find_lowest(one, level) for one, level in zip(totals, examined.level.tolist(), strict=True)]
    steady = _find_steady(examined, lowest, people)
    found: list[tuple[int, int, str]] = []
    for place, (who, one, can) in enumerate(zip(examined.subject.tolist(), totals, lowest, strict=True)):
        level = min(can, int(steady[who]))
        person = _Person(int(strong[who]), depth[who], bool(coins[who] < 0.5))
        line = _write_line(one, level, person) if level >= HIGHEST else None
        found += [(place, level, line)] if line else []
    places, levels = (np.array([row[column] for row in found], dtype=np.int64) for column in (0, 1))
    return Worksheets(places, levels, tuple(row[2] for row in found))


def _find_steady(examined: Examined, lowest: Sequence[int], people: int) -> Ints:
    """The level of each subject that every undisturbed examination of it allows."""
    steady = np.full(people, 99, dtype=np.int64)
    calm = ~examined.disturbed
    np.minimum.at(steady, examined.subject[calm], np.array(lowest, dtype=np.int64)[calm])
    return steady


def _find_lowest(totals: _Totals, level: int) -> int:
    """The lowest level not below ``level`` down to which the totals let everything be normal; -1 where there is none."""
    return next((place for place in range(level, HIGHEST - 1, -1) if _reaches(totals, place)), -1)


def _reaches(totals: _Totals, level: int) -> bool:
    spare = EXCUSED_MOST if level > ARMS[-1] else 0
    return min(totals.light_touch, totals.pin_prick) >= 4 * level and totals.upper + spare >= 2 * sum(_list_needed(level))


def _list_needed(level: int) -> list[int]:
    """What each key muscle of an arm must have for the level to be no higher."""
    return [5 if place < level else 3 if place == level else 0 for place in ARMS]


def _write_line(totals: _Totals, level: int, person: _Person) -> str | None:
    """The worksheet as a line; None where no cells give these totals and this grade."""
    incomplete = totals.grade > 0
    touch = _fill_sensation(totals.light_touch, level, person, sacral=incomplete)
    prick = _fill_sensation(totals.pin_prick, level, person, sacral=incomplete, spares_next=False)
    sums = (int(touch.sum()), int(prick.sum()))
    motor = _fill_muscles(totals, level, person)
    if motor is None or sums != (totals.light_touch, totals.pin_prick) or not _has_grade(totals, level, motor):
        return None
    contracts = totals.grade > 2 or (totals.grade == 2 and (person.contracts or not totals.lower))
    sides = [
        f"{letter}LT={_join(touch[side])};{letter}PP={_join(prick[side])};{letter}M={''.join(motor[side])}"
        for side, letter in enumerate("RL")
    ]
    return ";".join([MARK, *sides, f"VAC={'NY'[contracts]}", f"DAP={'NY'[incomplete]}"])


def _join(values: Ints) -> str:
    return "".join(map(str, values.tolist()))


def _fill_sensation(points: int, level: int, person: _Person, *, sacral: bool, spares_next: bool = True) -> Ints:
    """Cells of both sides that sum to ``points`` where they can: normal down to ``level``, nothing at S4-5 of a complete injury.

    The segment below the level is never normal for pin prick (``spares_next`` false), and for light touch only when all else is.
    """
    cells = np.zeros((2, len(DERMATOMES)), dtype=np.int64)
    cells[:, :level] = 2
    last = len(DERMATOMES) - 1
    below = sorted(((person.depth[side, i], side, i) for side in (0, 1) for i in range(level, last)), key=lambda cell: cell[0])
    sacrum = [(person.strong, last), (1 - person.strong, last)] if sacral else []
    once, again = ([(side, i) for _, side, i in below if i >= first] for first in (level, level + 1))
    rest = [cell for cell in once if cell[1] == level] if spares_next else []
    order = [*sacrum, *once, *again, *sacrum, *rest]
    for side, i in order[: max(points - 4 * level, 0)]:
        cells[side, i] += 1
    return cells


def _fill_muscles(totals: _Totals, level: int, person: _Person) -> list[list[str]] | None:
    """The key muscles of both sides as they are written; None where the totals do not fit."""
    needed = _list_needed(level)
    grades = [[*needed, *([0] * (len(PLACES) - len(ARMS)))] for _ in range(2)]
    spare = totals.upper - 2 * sum(needed)
    weak = 1 - person.strong
    excused = [(weak, len(ARMS) - 1 - n) for n in range(max(-spare, 0))]
    for side, muscle in _order_arms(level, totals.grade, person)[: max(spare, 0)]:
        grades[side][muscle] += 1
    for side, muscle in _order_legs(totals.grade, person)[: totals.lower]:
        grades[side][muscle] += 1
    for side, muscle in excused:
        grades[side][muscle] -= 1
    arms = sum(sum(side[: len(ARMS)]) for side in grades)
    if (arms, sum(map(sum, grades)) - arms) != (totals.upper, totals.lower):
        return None
    return [[f"{grade}{'**' if (side, n) in excused else ''}" for n, grade in enumerate(row)] for side, row in enumerate(grades)]


def _order_arms(level: int, grade: int, person: _Person) -> list[tuple[int, int]]:
    """Point by point, where strength of the arms beyond what the level needs is found: at the level, a trace below it, then more."""
    sides = (person.strong, 1 - person.strong)
    at = [(side, n) for n, place in enumerate(ARMS) if place == level for _ in range(2) for side in sides]
    below = [n for n, place in enumerate(ARMS) if place > level]
    near = [n for n in below if grade != 1 or ARMS[n] <= level + FAR]
    far = [n for n in below if n not in near]
    return [*at, *_raise(near, 0, 2, sides), *_raise(near, 2, 5, sides), *_raise(far, 0, 2, sides), *_raise(far, 2, 5, sides)]


def _order_legs(grade: int, person: _Person) -> list[tuple[int, int]]:
    """The same for the legs: a trace everywhere first, with AIS D against gravity."""
    sides, half = (person.strong, 1 - person.strong), 3 if grade == 3 else 2
    legs = range(len(ARMS), len(PLACES))
    return [*_raise(legs, 0, half, sides), *_raise(legs, half, 5, sides)]


def _raise(muscles: Sequence[int], low: int, high: int, sides: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Muscle by muscle, side by side, the points from ``low`` to ``high``."""
    for muscle in muscles:
        for side in sides:
            yield from [(side, muscle)] * (high - low)


def _has_grade(totals: _Totals, level: int, motor: list[list[str]]) -> bool:
    """Whether the key muscles fit the grade: none in the legs with B, less than half of those below strong with C, half with D."""
    if totals.grade < 2:
        return totals.grade == 0 or not totals.lower
    below = [int(value[0]) for side in motor for place, value in zip(PLACES, side, strict=True) if place > level]
    strong = 2 * sum(value >= 3 for value in below) >= len(below)
    return totals.grade in (2, 3) and strong == (totals.grade == 3)
