"""What a reference file is, and what comparing it finds."""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from trial.errors import FaultyInput, refuse

Row = dict[str, str]
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
class Reference:
    """A kind of reference file: recognised by its ``columns``, compared row by row or by groups of rows by ``compare``."""

    name: str
    columns: frozenset[str]
    follows: str
    compare: Comparison


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


def same(quantity: str, case: str, ours: object, theirs: object) -> Finding:
    """Return the finding of a cell that must be equal: deviation 0 or 1."""
    return Finding(quantity, case, float(ours != theirs))


def near(quantity: str, case: str, ours: float | None, theirs: str, tolerance: float) -> Finding:
    """Return the finding of a figure printed as ``theirs`` (empty for none), within ``tolerance``."""
    if ours is None or theirs in ("", "NA"):
        return Finding(quantity, case, float((ours is None) != (theirs in ("", "NA"))), 0.0)
    return Finding(quantity, case, abs(ours - float(theirs)), tolerance)


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


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a CSV file as text; raise FaultyInput where it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [{key: value or "" for key, value in row.items() if key} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise refuse(path.name, f"cannot be read ({type(error).__name__})", "Give a CSV file in UTF-8.") from None


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
        return _judge(path.name, reference, len(rows), list(reference.compare(rows)))
    except (FaultyInput, ValueError, KeyError, IndexError) as error:
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
