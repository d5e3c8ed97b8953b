"""Two scales of surgical complications: ClassIntra during the operation, Clavien-Dindo after it.

ClassIntra 1.0 rates from incision to closure (Dell-Kuster et al. 2020, BMJ 370:m2917; the name is a registered mark). Clavien-Dindo rates
the therapy that was needed (Dindo et al. 2004, Ann Surg 240:205), with the suffix d for a disability at discharge. It is blind to a
paralysis that nobody treats, so it never stands alone for a neurological event. CTCAE is graded always, beside either.
"""

import re
from dataclasses import dataclass

from trial.terms import CLASSINTRA, CLAVIEN_DINDO

CLASSINTRA_NAME, CLAVIEN_NAME = "ClassIntra", "Clavien-Dindo"
NEUROLOGICAL = "nervous system"
"""What the category of a neurological term says, in CTCAE and MedDRA alike."""
_CLAVIEN = re.compile(rf"({'|'.join(sorted(CLAVIEN_DINDO, key=len, reverse=True))})(\s*-?\s*d)?", re.IGNORECASE)


@dataclass(frozen=True)
class ClavienDindo:
    """A grade I to V, and whether a disability remained at discharge."""

    grade: str
    disability: bool = False

    def __str__(self) -> str:
        return f"{self.grade}{'-d' if self.disability else ''}"

    @property
    def rank(self) -> int:
        """The place of the grade from 1 (I) to 7 (V)."""
        return CLAVIEN_DINDO.index(self.grade) + 1


@dataclass(frozen=True)
class Treatment:
    """What a post-operative complication needed, and what came of it."""

    drugs_or_transfusion: bool = False
    intervention: bool = False
    general_anaesthesia: bool = False
    organs_failing: int = 0
    death: bool = False
    disability_at_discharge: bool = False


def read_clavien_dindo(text: str) -> ClavienDindo:
    """Return the grade written as ``text`` ("IIIa", "IIIb-d", "Id"); raise ValueError for anything else."""
    found = _CLAVIEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:20]} is not a Clavien-Dindo grade")
    grade = next(one for one in CLAVIEN_DINDO if one.upper() == found[1].upper())
    if grade == "V" and found[2]:
        raise ValueError("a death leaves no disability at discharge")
    return ClavienDindo(grade, bool(found[2]))


def grade_clavien_dindo(treatment: Treatment) -> ClavienDindo:
    """Return the Clavien-Dindo grade of what a complication needed; organ failure means intensive care."""
    if treatment.death:
        return ClavienDindo("V")
    steps = (
        (treatment.organs_failing > 1, "IVb"),
        (treatment.organs_failing == 1, "IVa"),
        (treatment.intervention and treatment.general_anaesthesia, "IIIb"),
        (treatment.intervention, "IIIa"),
        (treatment.drugs_or_transfusion, "II"),
    )
    return ClavienDindo(next((grade for holds, grade in steps if holds), "I"), treatment.disability_at_discharge)


def needs_a_second_scale(scale: str, *, neurological: bool) -> bool:
    """Return whether ``scale`` may not stand alone: Clavien-Dindo for a neurological event."""
    return neurological and scale == CLAVIEN_NAME


def is_neurological(category: str) -> bool:
    """Return whether a category of terms (CTCAE category or system organ class) is that of the nervous system."""
    return NEUROLOGICAL in category.casefold()


def rank_classintra(grade: str) -> int:
    """Return the place of a ClassIntra grade, 0 (none) to 5 (death during the operation); raise ValueError for none of these."""
    if grade not in CLASSINTRA:
        raise ValueError(f"{grade[:20]} is not a ClassIntra grade")
    return CLASSINTRA.index(grade)
