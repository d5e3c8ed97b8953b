"""The notation of outcomes: ``1NNN 2NTN 2N.50.``.

A word is a cohort: its dose level, then one sign per subject: ``N`` no DLT, ``T`` a DLT, ``.`` still in the DLT window.
Digits after a full stop are the decimals of the share of the window that is over: ``.50`` is half of it, a bare ``.`` none.
The letters are those of the R package escalation (Brock 2019), whose paths the designs are checked against.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from trial.errors import Fault, FaultyInput
from trial.escalation.state import DoseCount, State

_COHORT = re.compile(r"(\d+)((?:[NT]|\.\d*)*)")
_SIGN = re.compile(r"[NT]|\.\d*")
_CURE = "Write the dose level, then N, T or . per subject, such as 2NT.50"


@dataclass(frozen=True)
class Cohort:
    """One cohort: its dose level and what is known of its subjects, in order of dosing."""

    dose: int
    outcomes: tuple[float | bool, ...]
    """True for a DLT, False for none, a number for the share of the window that is over."""

    @property
    def dlt(self) -> int:
        """Subjects with a DLT."""
        return sum(outcome is True for outcome in self.outcomes)

    @property
    def pending(self) -> tuple[float, ...]:
        """Follow-up shares of the pending subjects."""
        return tuple(float(outcome) for outcome in self.outcomes if not isinstance(outcome, bool))

    def __str__(self) -> str:
        return f"{self.dose}{''.join(_write_sign(outcome) for outcome in self.outcomes)}"


def parse_outcomes(text: str, doses: int) -> tuple[Cohort, ...]:
    """Return the cohorts that ``text`` writes, for a trial of ``doses`` levels; raise FaultyInput with every fault."""
    faults: list[Fault] = []
    cohorts = [cohort for word in text.split() if (cohort := _parse_cohort(word, doses, faults)) is not None]
    if faults:
        raise FaultyInput(faults)
    return tuple(cohorts)


def format_outcomes(cohorts: Iterable[Cohort]) -> str:
    """Return ``cohorts`` in the notation that `parse_outcomes` reads."""
    return " ".join(str(cohort) for cohort in cohorts)


def write_cohort(dose: int, size: int, dlt: int) -> Cohort:
    """Return a completed cohort of ``size`` subjects at ``dose``, the last ``dlt`` of them with a DLT."""
    return Cohort(dose, (False,) * (size - dlt) + (True,) * dlt)


def build_state(cohorts: Iterable[Cohort], doses: int, *, start: int = 1) -> State:
    """Return the state after ``cohorts`` in a trial of ``doses`` levels; ``start`` is the level before the first cohort."""
    counts = [DoseCount()] * doses
    current, latest = start, None
    for cohort in cohorts:
        old = counts[cohort.dose - 1]
        counts[cohort.dose - 1] = DoseCount(old.treated + len(cohort.outcomes), old.dlt + cohort.dlt, old.pending + cohort.pending)
        current, latest = cohort.dose, (len(cohort.outcomes), cohort.dlt)
    return State(tuple(counts), current, latest=latest)


def _parse_cohort(word: str, doses: int, faults: list[Fault]) -> Cohort | None:
    where = f"cohort {word[:40]!r}"
    match = _COHORT.fullmatch(word)
    if match is None:
        faults.append(Fault(where, "is not a dose level followed by N, T or .", _CURE + "."))
        return None
    dose, signs = int(match[1]), _SIGN.findall(match[2])
    if not 1 <= dose <= doses:
        faults.append(Fault(where, f"dose {dose} is not one of the {doses} dose levels", f"Use a level from 1 to {doses}."))
    if not signs:
        faults.append(Fault(where, "has no subjects", _CURE + "."))
    return Cohort(dose, tuple(_read_sign(sign) for sign in signs))


def _read_sign(sign: str) -> float | bool:
    return float("0" + sign + "0") if sign.startswith(".") else sign == "T"


def _write_sign(outcome: float | bool) -> str:
    if isinstance(outcome, bool):
        return "T" if outcome else "N"
    return "." + f"{min(outcome, 0.999999):.6f}"[2:].rstrip("0")
