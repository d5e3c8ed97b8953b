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
_STARRED_ZEROS = frozenset({Score(0, 1), Score(0, 2)})


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


def find_scale(exam: Exam, motor: tuple[Levels, Levels], injury: Levels) -> str:
    """Return the AIS grades that are possible, A to E, separated by commas.

    ``motor`` are the motor levels right and left, ``injury`` the neurological levels.
    """
    spared = find_completeness(exam)
    grades = [f"A{'*' if spared.starred else ''}"] if spared.complete else []
    return ",".join([*grades, *_grade_sparing(exam, motor, injury), *_grade_intact(exam, injury)])


def _grade_sparing(exam: Exam, motor: tuple[Levels, Levels], injury: Levels) -> Iterator[str]:
    """Grades B to D: what is spared at S4-5, and whether muscles far below move."""
    contraction = exam.anal_contraction
    sacral = {score for score in _sacral_scores(exam) if score != Score(0)}
    sensory = exam.anal_pressure != "No" or bool(sacral)
    motion = [_find_distant(side, levels) for side, levels in zip(exam.sides, motor, strict=True)]
    if sensory and contraction != "Yes" and all(found.may_lack for found in motion):
        rested = exam.anal_pressure == "No" and sacral <= _STARRED_ZEROS
        starred = rested or (contraction == "No" and any(found.lack_starred for found in motion))
        yield f"B{'*' if starred else ''}"
    if contraction != "No" or (sensory and any(found.may_move for found in motion)):
        yield from _grade_strength(exam, injury, contraction == "No" and any(found.move_starred for found in motion))


def _grade_intact(exam: Exam, injury: Levels) -> Iterator[str]:
    """Grade E: nothing is impaired, and the anus contracts."""
    if exam.anal_contraction != "No" and injury[-1].name == INTACT:
        yield f"E{'*' if injury[-1].starred else ''}"


def _grade_strength(exam: Exam, injury: Levels, borrowed: bool) -> Iterator[str]:
    """Grades C and D; ``borrowed`` says that the injury is motor incomplete thanks to a muscle that is considered normal.

    C has a star too where it would not be possible if no star were written (only the level that stars move leaves muscles weak), and
    where it needs one at the highest level of injury at which it is possible; D where it needs one at each such level.
    """
    strengths = _list_strengths(exam, injury)
    weak = [strength for strength in strengths if strength.weak]
    strong = [strength for strength in strengths if strength.strong]
    if weak:
        bare = _take_stars_away(exam)
        rested = bare != exam and not any(strength.weak for strength in _list_strengths(bare, find_injury_levels(bare)))
        yield f"C{'*' if borrowed or rested or weak[0].weak_starred else ''}"
    if strong:
        yield f"D{'*' if borrowed or all(strength.strong_starred for strength in strong) else ''}"


def _take_stars_away(exam: Exam) -> Exam:
    return replace(exam, right=_bare(exam.right), left=_bare(exam.left))


def _bare(side: Side) -> Side:
    parts = (side.light_touch, side.pin_prick, side.motor)
    light_touch, pin_prick, motor = ({name: Score(score.points) for name, score in part.items()} for part in parts)
    return Side(light_touch, pin_prick, motor, side.lowest_other_muscle)


@dataclass(frozen=True)
class _Motion:
    """Whether a side may have motor function more than three levels below its motor level, and whether it may have none.

    ``move_starred``: the first muscle there that may move is one without function that is considered normal. ``lack_starred``: among
    those looked at is one without function, but for another reason or considered normal.
    """

    may_move: bool
    move_starred: bool
    may_lack: bool
    lack_starred: bool


def _find_distant(side: Side, levels: Levels) -> _Motion:
    """What motor function a side has more than three levels below each motor level that is possible."""
    below = [[muscle for muscle in KEY_MUSCLES if find_level(muscle) > level.place + FAR] for level in levels]
    other = side.lowest_other_muscle
    first = next((muscle for muscle in below[0] if side.motor[muscle].may_be_present or muscle == other), None)
    looked_at: list[Score] = []
    for muscles in below:
        last = next((n for n, muscle in enumerate(muscles) if side.motor[muscle].surely_present or muscle == other), None)
        looked_at += [side.motor[muscle] for muscle in (muscles if last is None else muscles[: last + 1])]
        if last is None:
            break
    return _Motion(
        may_move=first is not None,
        move_starred=first is not None and side.motor[first] == Score(0, 2),
        may_lack=last is None,
        lack_starred=not _STARRED_ZEROS.isdisjoint(looked_at),
    )


@dataclass(frozen=True)
class _Strength:
    """Whether fewer than half of the key muscles below a level may reach grade 3, and whether at least half may; each may need a star."""

    weak: bool
    strong: bool
    weak_starred: bool
    strong_starred: bool


def _list_strengths(exam: Exam, injury: Levels) -> list[_Strength]:
    """How strong the key muscles are below each level of injury that is possible, from the head down."""
    return [_find_strength(exam, level.place) for level in injury if level.name != INTACT]


def _find_strength(exam: Exam, place: int) -> _Strength:
    scores = [side.motor[muscle] for side in exam.sides for muscle in KEY_MUSCLES if find_level(muscle) > place]
    plain = sum(score.points is not None and score.points >= ANTIGRAVITY for score in scores)
    normal = sum(score.points is None and score.excused for score in scores)
    excused = sum(score.points is not None and score.points < ANTIGRAVITY and score.excused for score in scores)
    starred = sum(score.points is not None and score.points < ANTIGRAVITY and score.stars == 1 for score in scores)
    unknown = sum(score.points is None and not score.excused for score in scores)
    sure, half = plain + normal + excused, len(scores) / 2
    return _Strength(sure < half, sure + starred + unknown >= half, sure + starred >= half, plain + normal + unknown < half)


def find_sensory_zone(exam: Exam, side: Side) -> str:
    """Return the lowest dermatome of a side with any sensation, each that is possible, or NA where S4-5 is spared.

    From a dermatome on whose only sign of sensation is a 0 with one star, all that are possible have a star.
    """
    sacral = side.sensation(LAST)
    if exam.anal_pressure == "Yes" or any(score.surely_present for score in sacral):
        return "NA"
    zone = ["NA"] if exam.anal_pressure == "NT" or any(score.may_be_present for score in sacral) else []
    found: list[str] = []
    starred = False
    for level in reversed(DERMATOMES[:-1]):
        scores = side.sensation(level)
        sure, may = any(score.surely_present for score in scores), any(score.may_be_present for score in scores)
        starred = starred or (may and not sure and all(score.points == 0 for score in scores))
        if may:
            found.append(f"{level}{'*' if starred else ''}")
        if sure:
            return ",".join([*zone, *reversed(found)])
    return ",".join([*zone, *reversed([*found, LEVELS[0]])])


def find_motor_zone(exam: Exam, side: Side, levels: Levels, scale: str) -> str:
    """Return the lowest level of a side with any motor function, each that is possible, or NA with anal contraction.

    ``levels`` are the side's motor levels, ``scale`` its AIS grades. Another muscle than the key muscles counts where the injury may be
    AIS C, and stands for every level more than three above it.
    """
    if exam.anal_contraction == "Yes":
        return "NA"
    counts = side.lowest_other_muscle is not None and "C" in scale
    other = find_level(side.lowest_other_muscle) if counts and side.lowest_other_muscle else -1
    found: dict[int, str] = {}
    for place, starred in _list_lowest(side, levels):
        lowest, label = (other, False) if other > place + FAR else (place, starred)
        found.setdefault(lowest, f"{LEVELS[lowest]}{'*' if label else ''}")
    zone = ["NA"] if exam.anal_contraction == "NT" else []
    return ",".join([*zone, *(found[place] for place in sorted(found))])


def _list_lowest(side: Side, levels: Levels) -> Iterator[tuple[int, bool]]:
    """The place of each level that may be the lowest with motor function, from the tail up to the highest motor level, and its star.

    Such are the key muscles that may move, up to the first that surely does, and the motor levels between that have no key muscle.
    """
    names, top = {level.name for level in levels}, levels[0].place
    for place in range(len(LEVELS) - 2, top - 1, -1):
        name = LEVELS[place]
        if name in KEY_MUSCLES:
            score = side.motor[name]
            if score.may_be_present:
                yield place, score.points == 0
            if score.surely_present:
                return
        elif name in names:
            yield place, _rests_on_star(side, place, is_top=place == top)


def _rests_on_star(side: Side, place: int, *, is_top: bool) -> bool:
    """Whether sensation at a level is starred, or, for the highest motor level, anything at or above it."""
    own = (part.get(LEVELS[place]) for part in (side.light_touch, side.pin_prick))
    if any(score and score.points is not None and score.stars for score in own):
        return True
    parts = (side.light_touch, side.pin_prick, side.motor)
    return is_top and any(score.stars for part in parts for name, score in part.items() if find_level(name) <= place)
