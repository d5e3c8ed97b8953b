"""What one recorded worksheet says in short: its levels, its grade, its totals, and whatever keeps one of them open."""

from dataclasses import dataclass

from trial.errors import FaultyInput
from trial.grading.isncsci import classify_exam
from trial.grading.isncsci_plain import classify_plain
from trial.grading.isncsci_text import list_untested, read_text
from trial.terms import AIS


@dataclass(frozen=True)
class Summary:
    """Each level and the grade as the standard writes them, several where they are not determinable; totals, None where ND.

    ``untested`` are the cells that could not be tested; ``fault`` names the values for which a worksheet cannot be read, and then the
    rest is empty.
    """

    sensory_right: str | None = None
    sensory_left: str | None = None
    motor_right: str | None = None
    motor_left: str | None = None
    injury_level: str | None = None
    scale: str | None = None
    upper: int | None = None
    lower: int | None = None
    light_touch: int | None = None
    pin_prick: int | None = None
    untested: tuple[str, ...] = ()
    fault: str | None = None


def summarise_worksheet(line: str) -> Summary:
    """Return what a line of text (see trial.grading.isncsci_text) says; for one that cannot be read, where."""
    plain = classify_plain(line)
    if plain is not None:
        totals = (plain.upper, plain.lower, plain.light_touch, plain.pin_prick)
        return Summary(*plain.sensory, *plain.motor, plain.injury_level, plain.scale, *totals)
    try:
        exam = read_text(line)
    except FaultyInput as refused:
        return Summary(fault=", ".join(fault.where for fault in refused.faults))
    found = classify_exam(exam)
    right, left = found.right, found.left
    return Summary(
        right.sensory_level,
        left.sensory_level,
        right.motor_level,
        left.motor_level,
        found.injury_level,
        found.scale,
        found.upper,
        found.lower,
        found.light_touch,
        found.pin_prick,
        list_untested(exam),
    )


def read_grade(scale: str | None) -> str | None:
    """Return the one grade that ``scale`` says, without its star; None where several are possible, or it says none."""
    letter = (scale or "").strip().rstrip("*").upper()
    return letter if letter in AIS else None


def contradicts_grade(recorded: str, scale: str) -> bool:
    """Return whether a recorded AIS grade is none of those that a worksheet leaves possible; stars and small letters do not matter."""
    return recorded.strip().rstrip("*").upper() not in {grade.rstrip("*") for grade in scale.split(",")}
