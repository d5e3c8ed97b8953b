"""One ISNCSCI worksheet as one line of text: how the record keeps the raw inputs, one measurement for each examination.

``ISNCSCI-2019;RLT=...;RPP=...;RM=...;LLT=...;LPP=...;LM=...;VAC=N;DAP=N``: light touch and pin prick of a side from C2 to S4-5 (28
values), its key muscles from C5 to S1 (10), then anal contraction and pressure (Y, N or NT). A value is a digit, N for not testable, or a
point where the worksheet was left empty; stars follow their value. ``RO=`` and ``LO=`` name the lowest other muscle with function. A
worksheet without stars has at most 196 characters, so it fits a variable of an SDTM transport file (200).
"""

import re
from typing import Any, Final

from trial.errors import Fault, FaultyInput
from trial.grading.isncsci_exam import SIDES, Exam, Score, read_exam
from trial.grading.spine import DERMATOMES, KEY_MUSCLES, UPPER_MUSCLES

TEST: Final = "ISNCSCI"
"""The test code of a measurement that holds a worksheet."""
MARK: Final = "ISNCSCI-2019"
LONGEST: Final = 600
PARTS: Final = (("LT", "lightTouch", DERMATOMES), ("PP", "pinPrick", DERMATOMES), ("M", "motor", KEY_MUSCLES))
"""The parts of a side: in the text, as `read_exam` names them, and where their values stand."""
ANSWERS: Final = (("VAC", "voluntaryAnalContraction"), ("DAP", "deepAnalPressure"))
_LETTERS: Final = {"Y": "Yes", "N": "No", "NT": "NT"}
_VALUE = re.compile(r"(?:[0-5N.])\*{0,2}")
_VALUES = re.compile(r"(?:[0-5N.]\*{0,2})*")


def write_text(exam: Exam) -> str:
    """Return a worksheet as its one line; equal worksheets give equal lines."""
    words = [MARK]
    for letter, side in zip("RL", exam.sides, strict=True):
        scores = (side.light_touch, side.pin_prick, side.motor)
        words += [
            f"{letter}{key}={''.join(_write(part[name]) for name in names)}" for (key, _, names), part in zip(PARTS, scores, strict=True)
        ]
    answers = (exam.anal_contraction, exam.anal_pressure)
    short = {long: letter for letter, long in _LETTERS.items()}
    words += [f"{key}={short[answer]}" for (key, _), answer in zip(ANSWERS, answers, strict=True)]
    words += [f"{letter}O={side.lowest_other_muscle}" for letter, side in zip("RL", exam.sides, strict=True) if side.lowest_other_muscle]
    return ";".join(words)


def _write(score: Score) -> str:
    return f"{'N' if score.points is None else score.points}{'*' * score.stars}"


def read_text(text: str) -> Exam:
    """Return the worksheet that a line holds; raise FaultyInput naming every value that is missing, impossible or too many."""
    plain = text[: LONGEST + 1].strip().upper()
    mark, *words = plain.split(";")
    if mark.strip() != MARK or len(plain) > LONGEST:
        raise FaultyInput([Fault("worksheet", f"does not begin with {MARK}, or is too long", "Write it as one line of this form.")])
    faults: list[Fault] = []
    found = _read_words(words, faults)
    raw: dict[str, Any] = {name: _LETTERS.get(found.get(key, "")) for key, name in ANSWERS}
    for letter, side in zip("RL", SIDES, strict=True):
        raw[side] = {name: _read_values(found.get(f"{letter}{key}", ""), f"{side} {name}", names, faults) for key, name, names in PARTS}
        raw[side]["lowestNonKeyMuscleWithMotorFunction"] = found.get(f"{letter}O")
    try:
        exam = read_exam(raw)
    except FaultyInput as error:
        raise FaultyInput([*faults, *error.faults]) from None
    if faults:
        raise FaultyInput(faults)
    return exam


_KEYS: Final = frozenset([*(f"{letter}{part[0]}" for letter in "RL" for part in PARTS), "VAC", "DAP", "RO", "LO"])


def _read_words(words: list[str], faults: list[Fault]) -> dict[str, str]:
    """The parts of the line by their key; a word that is no part, or comes twice, is a fault."""
    found: dict[str, str] = {}
    for word in words:
        key, _, value = (part.strip() for part in word.partition("="))
        if key not in _KEYS or key in found:
            faults.append(Fault("worksheet", f"has a part {key[:12]!r} that does not belong there, or twice", "Take it out."))
        found[key] = value
    return found


def _read_values(text: str, where: str, names: tuple[str, ...], faults: list[Fault]) -> dict[str, str]:
    """The values of one part by level, the empty ones left out."""
    values = _VALUE.findall(text) if _VALUES.fullmatch(text) else []
    if len(values) != len(names):
        count = f"has {len(values)} values that can be read, not {len(names)}"
        faults.append(Fault(where, count, "Write one for each level, a point where the worksheet was left empty."))
        return {}
    written = zip(names, values, strict=True)
    return {name: value.replace("N", "NT") for name, value in written if value[0] != "."}


def read_muscles(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the key muscles right and left as they are written, C5 to S1, of a line that `read_text` accepts."""
    parts = dict(word.split("=", 1) for word in text.strip().upper().split(";")[1:])
    return tuple(_VALUE.findall(parts["RM"])), tuple(_VALUE.findall(parts["LM"]))


def list_untested(exam: Exam) -> tuple[str, ...]:
    """Return what could not be tested by the worksheet's own abbreviations, from the head down; what is considered normal is left out.

    LTR and LTL are light touch right and left, PPR and PPL pin prick, UER, UEL, LER and LEL the key muscles of the extremities, VAC and
    DAP anal contraction and pressure: "PPR T4".
    """
    found = [
        (DERMATOMES.index(level), f"{name_part(key, level)}{letter} {level}")
        for letter, side in zip("RL", exam.sides, strict=True)
        for (key, _, levels), part in zip(PARTS, (side.light_touch, side.pin_prick, side.motor), strict=True)
        for level in levels
        if part[level].points is None and not part[level].excused
    ]
    asked = (("VAC", exam.anal_contraction), ("DAP", exam.anal_pressure))
    return (*(cell for _, cell in sorted(found, key=lambda one: one[0])), *(name for name, answer in asked if answer == "NT"))


def name_part(key: str, level: str) -> str:
    """Return the worksheet's abbreviation of a part (LT, PP or M) at a level, without its side."""
    return key if key != "M" else "UE" if level in UPPER_MUSCLES else "LE"
