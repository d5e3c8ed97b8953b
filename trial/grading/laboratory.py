"""The CTCAE grade that a laboratory value has by itself, to stand beside the clinician's grade and never instead of it.

Only where the value decides. Where grades overlap and symptoms would decide (potassium below normal, sodium 125 to 129) the lower grade is
given; haemoglobin ends at grade 3, as grade 4 is clinical. Limits are the numbers of CTCAE v5.0 (27 November 2017) and v6.0 (22 July 2025),
see SAFETY.md section 3. Checked against thresholds read from the official table, boundary values included.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from trial.grading.rounding import exceeds, reaches

Side = Literal["high", "low"]
Version = Literal["5.0", "6.0"]


@dataclass(frozen=True)
class Value:
    """A result with its unit, the limits of the laboratory's normal range, and the subject's baseline, where these are known."""

    number: float
    unit: str
    lower: float | None = None
    upper: float | None = None
    baseline: float | None = None


@dataclass(frozen=True)
class Multiples:
    """Grades by multiples of the upper limit of normal, or of the baseline where that was above it.

    ``begins`` is the multiple of an abnormal baseline from which grade 1 counts, itself included or not.
    """

    of_limit: tuple[float, ...]
    of_baseline: tuple[float, ...]
    begins: float
    begins_included: bool = True

    def grade(self, value: Value) -> int | None:
        """Return the grade 0 to 4; None without an upper limit of normal."""
        if value.upper is None:
            return None
        if value.baseline is None or value.baseline <= value.upper:
            return _count_above(value.number, (1.0, *self.of_limit), value.upper)
        begun = reaches if self.begins_included else exceeds
        if not begun(value.number, self.begins * value.baseline):
            return 0
        return 1 + _count_above(value.number, self.of_baseline, value.baseline)


@dataclass(frozen=True)
class Creatinine:
    """Grades by multiples of the upper limit of normal and, for grades 2 and 3, of the baseline: the worse of the two."""

    only_low_baseline: bool = False

    def grade(self, value: Value) -> int | None:
        """Return the grade 0 to 4.

        Without an upper limit of normal it is the least that the baseline shows (2 or 3), None where that shows none.
        """
        counts = value.baseline is not None and (
            not self.only_low_baseline or (value.lower is not None and value.baseline < value.lower)
        )  # fmt: skip
        steps = _count_above(value.number, (1.5, 3.0), value.baseline) if counts and value.baseline else 0
        by_baseline = steps + 1 if steps else 0
        if value.upper is None:
            return by_baseline or None
        return max(_count_above(value.number, (1.0, 1.5, 3.0, 6.0), value.upper), by_baseline)


@dataclass(frozen=True)
class AboveBoth:
    """Grade 1 above the upper limit of normal and above the baseline; there is no other grade."""

    def grade(self, value: Value) -> int | None:
        """Return the grade 0 or 1; None without an upper limit of normal, or above it without a baseline."""
        if value.upper is None:
            return None
        if value.number <= value.upper:
            return 0
        return None if value.baseline is None else int(value.number > value.baseline)


@dataclass(frozen=True)
class Limits:
    """Grades by fixed limits in each unit; grade 1 begins outside the normal range, or at ``begins`` where the term says so.

    ``grades`` are the grades that begin beyond each limit.
    """

    side: Side
    grades: tuple[int, ...]
    units: Mapping[str, tuple[float, ...]]
    begins: Mapping[str, float] | None = None

    def grade(self, value: Value) -> int | None:
        """Return the grade; None for a unit that is not known, or without the limit of normal where no fixed limit is exceeded."""
        unit = _plain(value.unit)
        limits = next((found for name, found in self.units.items() if _plain(name) == unit), None)
        normal = value.upper if self.side == "high" else value.lower
        if self.begins is not None:
            normal = next((found for name, found in self.begins.items() if _plain(name) == unit), None)
        if limits is None:
            return None
        sign = 1 if self.side == "high" else -1
        reached = [grade for grade, limit in zip(self.grades, limits, strict=True) if sign * value.number > sign * limit]
        if normal is None:
            return max(reached, default=None)
        return max([int(sign * value.number > sign * normal), *reached])


def _count_above(number: float, multiples: tuple[float, ...], unit: float) -> int:
    """How many of the multiples of ``unit`` a number exceeds; a multiple itself is not exceeded, whatever rounding did to it."""
    return sum(exceeds(number, multiple * unit) for multiple in multiples)


_BILLION_A_LITRE = {
    "10e9/l",
    "x10e9/l",
    "x109/l",
    "giga/l",
    "gi/l",
    "103/ul",
    "x103/ul",
    "10e3/ul",
    "x10e3/ul",
    "k/ul",
    "thou/ul",
    "103/mm3",
}
"""Ways to write 10^9/L once blanks, signs of power and capitals are gone; 10^3/uL is the same number."""


_UNIT_SIGNS = ((" ", ""), ("µ", "u"), ("μ", "u"), ("^", ""), ("*", ""), ("/mcl", "/ul"))
"""What is replaced in a unit, in small letters, before it is compared."""


def _plain(unit: str) -> str:
    plain = unit.strip().lower()
    for sign, other in _UNIT_SIGNS:
        plain = plain.replace(sign, other)
    plain = plain.replace("gm/", "g/", 1) if plain.startswith("gm/") else plain
    return "109/l" if plain in _BILLION_A_LITRE else plain


_EQUAL_UNITS = ({"ng/ml", "ug/l"}, {"ug/ml", "mg/l"}, {"mg/ml", "g/l"}, {"pg/ml", "ng/l"})
"""Units, written plainly, in which the same result has the same number."""
SINGLE_CHARGE = ("K", "NA", "CL", "BICARB")
"""Analytes of which 1 mmol is 1 mEq; of calcium and magnesium it is 2."""


def same_unit(test: str, unit: str, other: str) -> bool:
    """Return whether a result of ``test`` has the same number in both units, however they are written."""
    first, second = _plain(unit), _plain(other)
    if first == second:
        return True
    single = ALIASES.get(test.strip().upper(), test.strip().upper()) in SINGLE_CHARGE
    return any({first, second} <= equal for equal in (*_EQUAL_UNITS, *([{"mmol/l", "meq/l"}] if single else [])))


_CELL_UNITS = {"10^9/L": 1, "G/L": 1, **dict.fromkeys(("/mm3", "/uL", "cells/mm3", "cells/uL"), 1000)}
"""How many of each unit are 10^9 cells per litre; G/L is giga per litre here, as nobody weighs cells."""


def _cells(limits: tuple[float, ...], side: Side = "low", begins: float | None = None) -> Limits:
    """Limits of blood cells, given per 10^9/L."""
    units = {unit: tuple(factor * one for one in limits) for unit, factor in _CELL_UNITS.items()}
    starts = None if begins is None else {unit: factor * begins for unit, factor in _CELL_UNITS.items()}
    return Limits(side, (2, 3, 4), units, starts)


_LIVER = Multiples((3.0, 5.0, 20.0), (3.0, 5.0, 20.0), 1.5)
_LIVER_6 = Multiples((3.0, 5.0, 20.0), (1.5, 2.0, 4.0), 1.0)
_BILE_DUCT = Multiples((2.5, 5.0, 20.0), (2.5, 5.0, 20.0), 2.0)
Rule = Multiples | Creatinine | AboveBoth | Limits
_COMMON: dict[str, dict[Side, Rule]] = {
    "WBC": {"low": _cells((3.0, 2.0, 1.0))},
    "HGB": {"low": Limits("low", (2, 3), {"g/L": (100, 80), "g/dL": (10, 8), "mmol/L": (6.2, 4.9)})},
    "K": {
        "high": Limits("high", (2, 3, 4), {"mmol/L": (5.5, 6.0, 7.0), "mEq/L": (5.5, 6.0, 7.0)}),
        "low": Limits("low", (3, 4), {"mmol/L": (3.0, 2.5), "mEq/L": (3.0, 2.5)}),
    },
    "NA": {
        "high": Limits("high", (2, 3, 4), {"mmol/L": (150, 155, 160), "mEq/L": (150, 155, 160)}),
        "low": Limits("low", (2, 3, 4), {"mmol/L": (130, 125, 120), "mEq/L": (130, 125, 120)}),
    },
    "MG": {
        "high": Limits("high", (3, 4), {"mmol/L": (1.23, 3.30), "mg/dL": (3.0, 8.0)}),
        "low": Limits("low", (2, 3, 4), {"mmol/L": (0.5, 0.4, 0.3), "mg/dL": (1.2, 0.9, 0.7)}),
    },
    "CA": {
        "high": Limits("high", (2, 3, 4), {"mmol/L": (2.9, 3.1, 3.4), "mg/dL": (11.5, 12.5, 13.5)}),
        "low": Limits("low", (2, 3, 4), {"mmol/L": (2.0, 1.75, 1.5), "mg/dL": (8.0, 7.0, 6.0)}),
    },
    "ALB": {"low": Limits("low", (2, 3), {"g/L": (30, 20), "g/dL": (3, 2)})},
    "GLUC": {"low": Limits("low", (2, 3, 4), {"mmol/L": (3.0, 2.2, 1.7), "mg/dL": (55, 40, 30)})},
}
RULES: dict[Version, dict[str, dict[Side, Rule]]] = {
    "5.0": _COMMON | {
        "ALT": {"high": _LIVER}, "AST": {"high": _LIVER}, "ALP": {"high": _BILE_DUCT}, "GGT": {"high": _BILE_DUCT},
        "BILI": {"high": Multiples((1.5, 3.0, 10.0), (1.5, 3.0, 10.0), 1.0, begins_included=False)},
        "CREAT": {"high": Creatinine()},
        "LYMPH": {"low": _cells((0.8, 0.5, 0.2))},
        "PLAT": {"low": _cells((75.0, 50.0, 25.0))},
        "NEUT": {"low": _cells((1.5, 1.0, 0.5))},
    },
    "6.0": _COMMON | {
        "ALT": {"high": _LIVER_6}, "AST": {"high": _LIVER_6}, "ALP": {"high": AboveBoth()},
        "GGT": {"high": Multiples((2.5, 5.0, 20.0), (1.5, 3.0, 10.0), 1.0)},
        "BILI": {"high": Multiples((1.5, 3.0, 10.0), (1.5, 2.5, 10.0), 1.0)},
        "CREAT": {"high": Creatinine(only_low_baseline=True)},
        "PLAT": {"low": _cells((75.0, 50.0, 10.0))},
        "NEUT": {"low": _cells((1.0, 0.5, 0.1), begins=1.5)},
    },
}  # fmt: skip
"""By version and analyte, the rule of each side on which the value alone decides; v6.0 has no term for few lymphocytes."""
ALIASES: dict[str, str] = {
    "SGPT": "ALT", "SGOT": "AST", "ALKP": "ALP", "BILIRUBIN": "BILI", "TBILI": "BILI", "TBIL": "BILI", "CREATININE": "CREAT",
    "PLT": "PLAT", "PLATELETS": "PLAT", "NEUTROPHILS": "NEUT", "ANC": "NEUT", "LYMPHOCYTES": "LYMPH", "LYM": "LYMPH", "LEUKOCYTES": "WBC",
    "HB": "HGB", "HEMOGLOBIN": "HGB", "HAEMOGLOBIN": "HGB", "POTASSIUM": "K", "SODIUM": "NA", "SODI": "NA", "MAGNESIUM": "MG",
    "CALCIUM": "CA", "ALBUMIN": "ALB", "GLUCOSE": "GLUC",
}  # fmt: skip
"""Other names of the analytes (SDTM LBTESTCD and common abbreviations)."""


def grade_value(test: str, value: Value, version: Version = "5.0", *, side: Side | None = None) -> int | None:
    """Return the lab-derived grade 0 to 4 of ``test`` on one ``side``, or the worse of both.

    None says that the value alone does not decide: an analyte or unit without a rule, or a limit of normal that is missing on a side
    on which it could still be abnormal. A grade of 1 and above on one side says that there is none on the other.
    """
    rules = RULES[version].get(ALIASES.get(test.strip().upper(), test.strip().upper()), {})
    found = [rule.grade(value) for name, rule in rules.items() if side in (None, name)]
    worst = max((grade for grade in found if grade is not None), default=None)
    return None if worst == 0 and None in found else worst


@cache
def list_fixed_limits(test: str, unit: str) -> Mapping[Side, float]:
    """Return by side the mildest limit that any version of CTCAE fixes for ``test`` in ``unit``; beyond it a range is not needed."""
    analyte, mildest = ALIASES.get(test.strip().upper(), test.strip().upper()), dict[Side, float]()
    for side, rule in _list_fixed(analyte):
        pick = min if side == "high" else max
        numbers = [one for name, limits in rule.units.items() if _plain(name) == _plain(unit) for one in limits]
        numbers += [one for name, one in (rule.begins or {}).items() if _plain(name) == _plain(unit)]
        if numbers:
            mildest[side] = pick(mildest.get(side, numbers[0]), *numbers)
    return mildest


def _list_fixed(analyte: str) -> Iterator[tuple[Side, Limits]]:
    """The rules of an analyte with fixed limits, by side, in every version."""
    for rules in RULES.values():
        yield from ((side, rule) for side, rule in rules.get(analyte, {}).items() if isinstance(rule, Limits))
