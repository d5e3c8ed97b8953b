"""What a reference file is, and what comparing it finds."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import isinf
from pathlib import Path
from typing import Literal

from trial.errors import FaultyInput, refuse

Row = dict[str, str]
CLOSED_FORM = 1e-9
"""How far a closed form may be off (the reference prints twelve digits)."""
Verdict = Literal["agrees", "differs", "unreadable", "not covered"]


@dataclass(frozen=True)
class Finding:
    """One comparison: which ``quantity``, at which ``case``, how far off and how far it may be."""

    quantity: str
    case: str
    deviation: float
    tolerance: float = 0.0

    @property
    def agrees(self) -> bool:
        """Whether the deviation is within its tolerance (a deviation that is no number never is)."""
        return self.deviation <= self.tolerance


Comparison = Callable[[Sequence[Row]], Iterator[Finding]]


@dataclass(frozen=True)
class Folder:
    """The files that lie beside a reference file: some figures stand in one file, and what they are computed from in another."""

    path: Path

    def find(self, columns: str) -> Iterator[list[Row]]:
        """Yield the rows of each CSV file that has all of ``columns`` (separated by blanks), by name; unreadable files are passed over."""
        for file in sorted(self.path.glob("*.csv")):
            try:
                if set(columns.split()) <= _read_header(file) and (rows := read_rows(file)):
                    yield rows
            except FaultyInput:
                continue


JointComparison = Callable[[Sequence[Row], Folder], Iterator[Finding]]


@dataclass(frozen=True)
class Reference:
    """A kind of reference file: recognised by its ``columns``, compared row by row or by groups of rows by ``compare``.

    ``compare_beside`` compares a file that is understood only together with the files beside it.
    """

    name: str
    columns: frozenset[str]
    follows: str
    compare: Comparison | None = None
    compare_beside: JointComparison | None = None

    def find(self, rows: Sequence[Row], folder: Folder) -> Iterator[Finding]:
        """Yield what comparing ``rows`` finds."""
        if self.compare is not None:
            yield from self.compare(rows)
        if self.compare_beside is not None:
            yield from self.compare_beside(rows, folder)


@dataclass(frozen=True)
class Outcome:
    """What comparing one file found; ``worst`` is the finding furthest off in units of its tolerance."""

    file: str
    kind: str
    verdict: Verdict
    rows: int = 0
    comparisons: int = 0
    differing: int = 0
    worst: Finding | None = None
    quantities: dict[str, Finding] = field(default_factory=dict)
    note: str = ""


def declare(name: str, columns: str, follows: str, compare: Comparison) -> Reference:
    """Return the kind of file that has all of ``columns`` (separated by blanks); ``follows`` says whose figures it holds."""
    return Reference(name, frozenset(columns.split()), follows, compare)


def declare_beside(name: str, columns: str, follows: str, compare: JointComparison) -> Reference:
    """Return the kind of file that has all of ``columns`` and is compared together with the files beside it."""
    return Reference(name, frozenset(columns.split()), follows, compare_beside=compare)


def same(quantity: str, case: str, ours: object, theirs: object) -> Finding:
    """Return the finding of a cell that must be equal: deviation 0 or 1."""
    return Finding(quantity, case, float(ours != theirs))


def near(quantity: str, case: str, ours: float | None, theirs: str, tolerance: float) -> Finding:
    """Return the finding of a figure printed as ``theirs`` (empty for none), within ``tolerance``."""
    if ours is None or theirs in ("", "NA"):
        return Finding(quantity, case, float((ours is None) != (theirs in ("", "NA"))), 0.0)
    return Finding(quantity, case, abs(ours - float(theirs)), tolerance)


def close(quantity: str, case: str, ours: float | None, theirs: str, tolerance: float = CLOSED_FORM) -> Finding:
    """Return the finding of a figure within ``tolerance``, absolute below 1 and relative above; infinite only where theirs is."""
    if ours is not None and theirs not in ("", "NA") and (isinf(ours) or isinf(float(theirs))):
        return same(quantity, case, ours, float(theirs))
    return near(quantity, case, ours, theirs, tolerance * max(1.0, abs(float(theirs))) if theirs not in ("", "NA") else tolerance)


def read_flag(text: str) -> bool:
    """Return an R logical."""
    return text.strip().upper() in ("TRUE", "T", "1")


def read_numbers(text: str) -> list[float]:
    """Return the numbers of a cell whose parts are separated by semicolons."""
    return [float(part) for part in text.split(";")]


def read_whole(text: str) -> tuple[int, ...]:
    """Return the whole numbers of a cell whose parts are separated by semicolons."""
    return tuple(int(float(part)) for part in text.split(";"))


def group_rows(rows: Sequence[Row], *keys: str) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows that share ``keys``, with their label, in the order of the file."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    for label, members in groups.items():
        yield " ".join(label), members


def steady(label: str, members: Sequence[Row], keys: str) -> Iterator[Finding]:
    """Yield whether each row repeats what the first of its group says in the columns ``keys`` (names with spaces between)."""
    for place, row in enumerate(members[1:], start=2):
        for key in keys.split():
            if key in row:
                yield same(key, f"{label} row {place}", members[0][key], row[key])


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a CSV file as text, or the cases of a JSON file with each part as JSON text.

    Raises FaultyInput where the file is neither.
    """
    try:
        if path.suffix.lower() == ".json":
            cases = json.loads(path.read_text(encoding="utf-8-sig"))["cases"]
            return [{key: value if isinstance(value, str) else json.dumps(value) for key, value in case.items()} for case in cases]
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [{key: value or "" for key, value in row.items() if key} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise refuse(path.name, f"cannot be read ({type(error).__name__})", "Give CSV, or JSON with cases, in UTF-8.") from None


def _read_header(path: Path) -> set[str]:
    """The names of a CSV file's columns; empty where it cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return set(next(csv.reader(file), []))
    except (OSError, UnicodeDecodeError, csv.Error):
        return set()


def compare_file(path: Path, references: Sequence[Reference]) -> Outcome:
    """Return what comparing the file at ``path`` with our figures found."""
    try:
        rows = read_rows(path)
    except FaultyInput as error:
        return Outcome(path.name, "", "unreadable", note=error.sentence)
    header = set(rows[0]) if rows else set()
    fitting = [reference for reference in references if reference.columns <= header]
    if not fitting:
        return Outcome(path.name, "", "not covered", len(rows))
    reference = max(fitting, key=lambda one: len(one.columns))
    try:
        return _judge(path.name, reference, len(rows), list(reference.find(rows, Folder(path.parent))))
    except (FaultyInput, ValueError, KeyError, IndexError, ArithmeticError) as error:
        why = error.sentence if isinstance(error, FaultyInput) else f"{type(error).__name__}: {error}"
        return Outcome(path.name, reference.name, "unreadable", len(rows), note=f"a value cannot be used: {why[:300]}")


def _judge(file: str, reference: Reference, rows: int, findings: Sequence[Finding]) -> Outcome:
    worst: dict[str, Finding] = {}
    for finding in findings:
        if finding.quantity not in worst or _rank(finding) > _rank(worst[finding.quantity]):
            worst[finding.quantity] = finding
    differing = sum(not finding.agrees for finding in findings)
    verdict: Verdict = "agrees" if findings and not differing else "differs"
    overall = max(worst.values(), key=_rank, default=None)
    return Outcome(file, reference.name, verdict, rows, len(findings), differing, overall, worst, reference.follows)


def _rank(finding: Finding) -> float:
    """How far off, in units of the tolerance; what is no number ranks highest."""
    if finding.deviation != finding.deviation:
        return float("inf")
    return finding.deviation / finding.tolerance if finding.tolerance else finding.deviation * 1e300
