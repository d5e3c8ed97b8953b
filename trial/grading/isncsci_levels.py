"""The levels of an ISNCSCI worksheet: how far down each side, and the whole, is normal.

Each walk goes from C1 down and looks at the segment below. What it finds there leaves up to two things possible: that the walk ends here,
and that it goes on. A value that could not be tested leaves both possible, so a level can be several; a value that is considered normal
marks every level from there on with a star. ISNCSCI revision 2019; SAFETY.md section 4, steps 1 to 3.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from trial.grading.isncsci_exam import Answer, Exam, Score, Side
from trial.grading.spine import INTACT, KEY_MUSCLES, LEVELS

LAST = LEVELS[-1]


@dataclass(frozen=True)
class Step:
    """What the segment below leaves possible; ``marked`` stars an end here, ``stars`` every end from here on."""

    ends: bool = False
    goes_on: bool = True
    marked: bool = False
    stars: bool = False


@dataclass(frozen=True)
class Level:
    """One possible level, with a star where it rests on a value that the injury does not explain."""

    name: str
    starred: bool = False

    def __str__(self) -> str:
        return f"{self.name}{'*' if self.starred else ''}"

    @property
    def place(self) -> int:
        """The place from C1 = 0 on; intact lies below all."""
        return len(LEVELS) if self.name == INTACT else LEVELS.index(self.name)


Levels = tuple[Level, ...]
Rule = Callable[[str, str, bool], Step]
"""From a level, the one below, and whether stars go with the walk already, what is possible."""


def step_sensation(side: Side, below: str) -> Step:
    """Return what light touch and pin prick of the segment ``below`` leave possible."""
    both = side.sensation(below)
    if any(score.points in (0, 1) and not score.excused for score in both):
        return Step(ends=True, goes_on=False)
    if any(score.points is None and score.stars == 1 for score in both):
        return Step(ends=True, goes_on=False, marked=True, stars=True)
    if any(score == Score(None) for score in both):
        return Step(ends=True, stars=any(score.points is not None and score.excused for score in both))
    return Step(stars=any(score.excused for score in both))


def _is_open(score: Score) -> bool:
    """Whether a muscle may be weaker or stronger than its grade: not tested, or too weak for another reason than the injury."""
    return score.stars < 2 and (score.points is None or (score.points <= 2 and score.stars == 1))


def step_into(score: Score) -> Step:
    """Return what the key muscle below leaves possible: it must reach grade 3 for the walk to go on."""
    weak = score.stars == 0 and score.points is not None and score.points <= 2
    return Step(ends=weak or _is_open(score), goes_on=not weak, stars=_is_weak_but_excused(score))


def step_within(score: Score) -> Step:
    """Return what the key muscle of the level itself leaves possible: grade 3 or 4 ends the walk here, grade 5 lets it go on."""
    if score.excused or score.points == 5:
        return Step(stars=score.excused)
    marked = score.stars == 1 and _is_open(score)
    return Step(ends=True, goes_on=score == Score(None), marked=marked, stars=marked)


def join_steps(steps: Iterable[Step]) -> Step:
    """Return what several findings together leave possible: any may end the walk, all must let it go on."""
    found = tuple(steps)
    return Step(
        any(step.ends for step in found),
        all(step.goes_on for step in found),
        any(step.marked for step in found),
        any(step.stars for step in found),
    )


def _walk(rule: Rule, at_the_end: Callable[[list[Level], bool], list[Level]]) -> Levels:
    """The levels at which a walk from C1 down may end."""
    found: list[Level] = []
    starred = False
    for place, level in enumerate(LEVELS[:-1]):
        step = rule(level, LEVELS[place + 1], starred)
        if step.ends:
            found.append(Level(level, starred or step.marked))
        starred = starred or step.stars
        if not step.goes_on:
            return tuple(found)
    return tuple(at_the_end(found, starred))


def _end_intact(found: list[Level], starred: bool) -> list[Level]:
    return [*found, Level(INTACT, starred)]


def find_sensory_levels(side: Side) -> Levels:
    """Return each level that may be the lowest with normal light touch and pin prick, with all above normal too."""
    return _walk(lambda _, below, __: step_sensation(side, below), _end_intact)


def find_motor_levels(side: Side, contraction: Answer) -> Levels:
    """Return each level that may be the motor level of a side; sensation stands in where no key muscle is."""

    def end(found: list[Level], starred: bool) -> list[Level]:
        """What stands at the lower end of the motor levels: S3 where the contraction does not rule it out, and intact."""
        third = [] if contraction == "Yes" or any(level.name == "S3" for level in found) else [Level("S3", starred)]
        return [*found, *third, *([] if contraction == "No" else [Level(INTACT, starred)])]

    return _walk(lambda level, below, _: _step_motor(side, level, below), end)


def _step_motor(side: Side, level: str, below: str) -> Step:
    if below in KEY_MUSCLES:
        return _step_muscles(side, level, below)
    if level in KEY_MUSCLES:
        region = LEVELS[LEVELS.index("C5" if level == "T1" else "L2") : LEVELS.index(below) + 1]
        sensation = join_steps(step_sensation(side, part) for part in region)
        marked = sensation.ends and _is_weak_but_excused(side.motor[level])
        return join_steps([step_within(side.motor[level]), replace(sensation, marked=marked, stars=sensation.stars and not sensation.ends)])
    return step_sensation(side, below)


def find_injury_levels(exam: Exam) -> Levels:
    """Return each level that may be the neurological level of injury: the lowest with normal function on both sides.

    An end is marked by a value the injury does not explain only where both sides end there.
    """

    def rule(level: str, below: str, _: bool) -> Step:
        """Whether the neurological level may lie at ``level``: by sensation, and by the muscles where there are key muscles."""
        sensation = [step_sensation(side, below) for side in exam.sides]
        if not {level, below} & set(KEY_MUSCLES):
            return replace(join_steps(sensation), marked=all(step.marked for step in sensation))
        muscles = [_step_muscles(side, level, below) for side in exam.sides]
        marked = all(step.ends for step in muscles) and any(step.marked for step in muscles)
        return replace(join_steps([*sensation, *muscles]), marked=marked)

    return _walk(rule, _end_intact)


def _step_muscles(side: Side, level: str, below: str) -> Step:
    """What the key muscles of and below ``level`` leave possible.

    A weak muscle that is considered normal stars its own level and all below. Where the muscle above it could not be tested, the star
    begins below its own level, which has one only where the next muscle leaves open whether the walk ends there.
    """
    own, lower = side.motor.get(level), side.motor.get(below)
    steps = [step_within(own)] if own else []
    if lower:
        into = step_into(lower)
        marked = own is not None and _is_weak_but_excused(own) and _is_open(lower)
        steps.append(replace(into, marked=marked, stars=into.stars and own != Score(None)))
    return join_steps(steps)


def _is_weak_but_excused(score: Score) -> bool:
    """Whether a muscle is too weak to be normal, and is considered normal."""
    return score.excused and score.points in (0, 1, 2)
