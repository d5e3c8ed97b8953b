"""ISNCSCI worksheets for tests: plain inputs, and the line that the record keeps."""

from trial.grading.isncsci_exam import read_exam
from trial.grading.isncsci_text import write_text
from trial.grading.spine import DERMATOMES, KEY_MUSCLES, find_level


def worksheet(level="INT", *, contraction="No", pressure="No", **changes):
    """An exam that is normal down to ``level`` on both sides and without any function below; changes as right_motor_L3="2"."""
    place = find_level(level)
    raw = {"voluntaryAnalContraction": contraction, "deepAnalPressure": pressure}
    for side in ("right", "left"):
        raw[side] = {
            "motor": {name: "5" if find_level(name) <= place else "0" for name in KEY_MUSCLES},
            "lightTouch": {name: "2" if find_level(name) <= place else "0" for name in DERMATOMES},
            "pinPrick": {name: "2" if find_level(name) <= place else "0" for name in DERMATOMES},
        }
    for key, value in changes.items():
        side, part, name = key.split("_")
        raw[side][{"light": "lightTouch", "pin": "pinPrick"}.get(part, part)][name.replace("S45", "S4-5")] = value
    return raw


def line(level="INT", **changes):
    """The same as the record keeps it."""
    return write_text(read_exam(worksheet(level, **changes)))
