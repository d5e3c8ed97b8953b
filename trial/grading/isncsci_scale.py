"""Completeness, AIS grade and zones of partial preservation of an ISNCSCI worksheet, from its levels.

Where a value could not be tested, each grade that some value would give is possible and listed. A star says that the grade rests on an
impairment that the injury does not explain. ISNCSCI revision 2019; SAFETY.md section 4, steps 4 to 6.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from trial.grading.isncsci_exam import Exam, Score, Side
from trial.grading.isncsci_levels import LAST, Levels, find_injury_levels
from trial.grading.spine import DERMATOMES, INTACT, KEY_MUSCLES, LEVELS, find_level

FAR = 3
"""Motor function more than so many levels below the motor level makes an injury motor incomplete."""
ANTIGRAVITY = 3
"""The grade from which a key muscle counts towards AIS D."""


@dataclass(frozen=True)
class Completeness:
    """Whether the injury may be complete, and whether it may be incomplete; starred where only a single star decides."""

    complete: bool
    incomplete: bool
    starred: bool

    def __str__(self) -> str:
        star = "*" if self.starred else ""
        return ",".join(f"{letter}{star}" for letter, holds in (("C", self.complete), ("I", self.incomplete)) if holds)


def find_completeness(exam: Exam) -> Completeness:
    """Return whether anything is spared at S4-5: sensation on either side, anal pressure, or anal contraction."""
    scores = _sacral_scores(exam)
    answers = {exam.anal_contraction, exam.anal_pressure}
    complete = "Yes" not in answers and not any(score.surely_present for score in scores)
    incomplete = answers != {"No"} or any(score.may_be_present for score in scores)
    kinds = {score for score in scores if score != Score(0)}
    starred = answers == {"No"} and kinds in ({Score(0, 1)}, {Score(0, 2)})
    return Completeness(complete, incomplete, starred)


def _sacral_scores(exam: Exam) -> list[Score]:
    return [score for side in exam.sides for score in side.sensation(LAST)]


def find_scale(exam: Exam, levels: tuple[Levels, Levels, Levels, Levels], injury: Levels) -> str:
    """Return the AIS grades that are possible, A to E, separated by commas.

    ``levels`` are the sensory levels right and left, then the motor levels right and left; ``injury`` the neurological levels.
    """
    spared = find_completeness(exam)
    star = "*" if spared.starred else ""
    grades = [f"A{star}"] if spared.complete else []
    if spared.incomplete:
        grades += _grade_incomplete(exam, levels, injury, star)
    return ",".join(grades)


def _grade_incomplete(exam: Exam, levels: tuple[Levels, Levels, Levels, Levels], injury: Levels, star: str) -> Iterator[str]:
    """Grades B to E."""
    sensory = exam.anal_pressure != "No" or any(score.may_be_present for score in _sacral_scores(exam))
    motion = [_find_distant(side, motor) for side, motor in zip(exam.sides, levels[2:], strict=True)]
    if sensory and exam.anal_contraction != "Yes" and not any(found.sure for found in motion):
        yield f"B{star or ('*' if any(found.starred for found in motion) else '')}"
    if exam.anal_contraction != "No" or (sensory and any(found.may for found in motion)):
        borrowed = exam.anal_contraction == "No" and not any(found.may and not found.excused for found in motion)
        strengths = [(_find_strength(exam, level.place), level.starred) for level in injury if level.name != INTACT]
        rested = any(starred for _, starred in strengths) and _is_strong_without_excuses(exam)
        weak = [strength.weak_starred or borrowed or (rested and starred) for strength, starred in strengths if strength.weak]
        strong = [strength.strong_starred for strength, _ in strengths if strength.strong]
        yield from (f"{grade}{'*' if any(stars) else ''}" for grade, stars in (("C", weak), ("D", strong)) if stars)
    if all(level[-1].name == INTACT for level in levels):
        yield f"E{'*' if any(level[-1].starred for level in levels) else ''}"


def _is_strong_without_excuses(exam: Exam) -> bool:
    """Whether at least half of the key muscles would be strong below the level of injury if nothing were considered normal."""
    plain = replace(exam, right=_withdraw_excuses(exam.right), left=_withdraw_excuses(exam.left))
    return any(level.name != INTACT and _find_strength(plain, level.place).certain for level in find_injury_levels(plain))


def _withdraw_excuses(side: Side) -> Side:
    light_touch, pin_prick, motor = (
        {name: _withdraw(score) for name, score in part.items()} for part in (side.light_touch, side.pin_prick, side.motor)
    )
    return Side(light_touch, pin_prick, motor, side.lowest_other_muscle)


def _withdraw(score: Score) -> Score:
    return Score(score.points, 1) if score.excused and score.points is not None else score


@dataclass(frozen=True)
class _Motion:
    """Whether a side surely has, and may have, motor function more than three levels below its motor level."""

    sure: bool
    may: bool
    starred: bool
    """It may only thanks to a muscle without function for another reason."""
    excused: bool
    """It does only thanks to a muscle that is considered normal."""


def _find_distant(side: Side, levels: Levels) -> _Motion:
    """What motor function a side has more than three levels below each motor level that is possible."""
    far = [level.place + FAR for level in levels]
    other = find_level(side.lowest_other_muscle) if side.lowest_other_muscle else -1
    below = [[side.motor[muscle] for muscle in KEY_MUSCLES if find_level(muscle) > place] for place in far]
    sure = [other > place or any(score.surely_present for score in scores) for place, scores in zip(far, below, strict=True)]
    open_scores = {score for scores in below for score in scores if score.may_be_present}
    may = any(sure) or bool(open_scores)
    return _Motion(
        all(sure),
        may,
        not any(sure) and open_scores == {Score(0, 1)},
        other <= min(far) and bool(open_scores) and open_scores <= {Score(0, 2)},
    )


@dataclass(frozen=True)
class _Strength:
    """Whether fewer than half of the key muscles below a level may reach grade 3, and whether at least half may."""

    weak: bool
    strong: bool
    weak_starred: bool
    strong_starred: bool
    certain: bool
    """At least half do reach it by their own grade."""


def _find_strength(exam: Exam, place: int) -> _Strength:
    scores = [side.motor[muscle] for side in exam.sides for muscle in KEY_MUSCLES if find_level(muscle) > place]
    plain = sum(score.points is not None and score.points >= ANTIGRAVITY for score in scores)
    normal = sum(score.points is None and score.excused for score in scores)
    excused = sum(score.points is not None and score.points < ANTIGRAVITY and score.excused for score in scores)
    starred = sum(score.points is not None and score.points < ANTIGRAVITY and score.stars == 1 for score in scores)
    unknown = sum(score.points is None and not score.excused for score in scores)
    sure, half = plain + normal + excused, len(scores) / 2
    return _Strength(sure < half, sure + starred + unknown >= half, sure + starred >= half, plain + normal + unknown < half, plain >= half)


def find_sensory_zone(exam: Exam, side: Side) -> str:
    """Return the lowest dermatome of a side with any sensation, each that is possible, or NA where S4-5 is spared."""
    sacral = side.sensation(LAST)
    if exam.anal_pressure == "Yes" or any(score.surely_present for score in sacral):
        return "NA"
    zone = ["NA"] if exam.anal_pressure == "NT" or any(score.may_be_present for score in sacral) else []
    found: list[str] = []
    starred = False
    for level in reversed(DERMATOMES[:-1]):
        scores = side.sensation(level)
        sure, may = any(score.surely_present for score in scores), any(score.may_be_present for score in scores)
        starred = starred or (not sure and any(score == Score(0, 1) for score in scores))
        if may:
            found.append(f"{level}{'*' if starred else ''}")
        if sure:
            return ",".join([*zone, *reversed(found)])
    return ",".join([*zone, *reversed([*found, LEVELS[0]])])


def find_motor_zone(exam: Exam, side: Side, levels: Levels, scale: str) -> str:
    """Return the lowest myotome of a side with any function, each that is possible, or NA with anal contraction.

    ``levels`` are the side's motor levels, ``scale`` its AIS grades. Another muscle than the key muscles counts where the injury is AIS C
    and it lies more than three levels below.
    """
    if exam.anal_contraction == "Yes":
        return "NA"
    counts = side.lowest_other_muscle is not None and scale.rstrip("*") == "C"
    other = find_level(side.lowest_other_muscle) if counts and side.lowest_other_muscle else -1
    found: dict[int, str] = {}
    for level in levels:
        for place, starred in _list_lowest(side):
            lowest, label = (place, starred) if place >= level.place else (level.place, level.starred)
            if other > lowest + FAR:
                lowest, label = other, False
            found.setdefault(lowest, f"{LEVELS[lowest]}{'*' if label else ''}" if lowest < len(LEVELS) else "")
    zone = ["NA"] if exam.anal_contraction == "NT" else []
    return ",".join([*zone, *(found[place] for place in sorted(found) if found[place])])


def _list_lowest(side: Side) -> Iterator[tuple[int, bool]]:
    """The place of each key muscle that may be the lowest with function, and whether that rests on a star; -1 where none may."""
    for muscle in reversed(KEY_MUSCLES):
        score = side.motor[muscle]
        if score.surely_present or (score.may_be_present and muscle == side.lowest_other_muscle):
            yield find_level(muscle), score.points == 0
            return
        if score.may_be_present:
            yield find_level(muscle), score == Score(0, 1)
    yield -1, False
