"""What a reference file is, and what comparing it finds."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import isinf
from pathlib import Path
from typing import Literal

from scipy.stats import norm

from trial.errors import FaultyInput
from trial.qualification.cells import NotedRow, Row, read_flag, read_header, read_rows

ERRORS = 3.0
"""Monte-Carlo standard errors that one simulated figure may be off."""
CLOSED_FORM = 1e-9
"""How far a closed form may be off (the reference prints twelve digits)."""
Verdict = Literal["agrees", "differs", "unreadable", "not covered"]


@dataclass(frozen=True)
class Finding:
    """One comparison: which ``quantity``, at which ``case``, how far off and how far it may be.

    ``chance`` marks a deviation in Monte-Carlo standard errors; see `allow_for_chance`.
    """

    quantity: str
    case: str
    deviation: float
    tolerance: float = 0.0
    chance: bool = False

    @property
    def agrees(self) -> bool:
        """Whether the deviation is within its tolerance (a deviation that is no number never is)."""
        return self.deviation <= self.tolerance


@dataclass(frozen=True)
class Omission:
    """A part of a reference file that is not computed again, and why."""

    case: str
    why: str

    def __str__(self) -> str:
        return f"{self.case}: {self.why}"


Result = Finding | Omission
Comparison = Callable[[Sequence[Row]], Iterator[Result]]


@dataclass(frozen=True)
class Folder:
    """The files that lie beside a reference file: some figures stand in one file, and what they are computed from in another."""

    path: Path
    name: str = ""
    rows: Sequence[Row] = ()
    """The rows of the file itself, called ``name``: they are not read again."""

    def find(self, columns: str) -> Iterator[list[Row]]:
        """Yield the rows of each CSV file that has all of ``columns`` (separated by blanks), by name; unreadable files are passed over."""
        for file in sorted(self.path.glob("*.csv")):
            try:
                if set(columns.split()) <= read_header(file) and (rows := self.rows if file.name == self.name else read_rows(file)):
                    yield list(rows)
            except FaultyInput:
                continue


JointComparison = Callable[[Sequence[Row], Folder], Iterator[Result]]


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

    def find(self, rows: Sequence[Row], folder: Folder) -> Iterator[Result]:
        """Yield what comparing ``rows`` finds."""
        if self.compare is not None:
            yield from self.compare(rows)
        if self.compare_beside is not None:
            yield from self.compare_beside(rows, folder)


@dataclass(frozen=True)
class Outcome:
    """What comparing one file found; ``worst`` is the finding furthest off in units of its tolerance.

    ``omitted`` says which parts of a file were not computed again.
    """

    file: str
    kind: str
    verdict: Verdict
    rows: int = 0
    comparisons: int = 0
    differing: int = 0
    worst: Finding | None = None
    quantities: dict[str, Finding] = field(default_factory=dict)
    note: str = ""
    omitted: tuple[str, ...] = ()


def declare(name: str, columns: str, follows: str, compare: Comparison) -> Reference:
    """Return the kind of file that has all of ``columns`` (separated by blanks); ``follows`` says whose figures it holds."""
    return Reference(name, frozenset(columns.split()), follows, compare)


def declare_beside(name: str, columns: str, follows: str, compare: JointComparison) -> Reference:
    """Return the kind of file that has all of ``columns`` and is compared together with the files beside it."""
    return Reference(name, frozenset(columns.split()), follows, compare_beside=compare)


def same(quantity: str, case: str, ours: object, theirs: object) -> Finding:
    """Return the finding of a cell that must be equal: deviation 0 or 1; a number may be written 2, 2.0 or 2e0."""
    return Finding(quantity, case, float(_read(ours) != _read(theirs)))


def agree_on(quantity: str, case: str, ours: bool, theirs: str) -> Finding:
    """Return the finding of a cell that holds a logical value, written TRUE, T or 1; a cell that holds none differs."""
    try:
        return same(quantity, case, ours, read_flag(theirs))
    except FaultyInput:
        return Finding(quantity, case, 1.0)


def _read(value: object) -> object:
    return float(value) if isinstance(value, str) and re.fullmatch(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?", value) else value


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


def compare_file(path: Path, references: Sequence[Reference]) -> Outcome:
    """Return what comparing the file at ``path`` with our figures found."""
    try:
        rows = read_rows(path)
    except FaultyInput as error:
        return Outcome(path.name, "", "unreadable", note=error.sentence)
    header = set(rows[0]) if rows or path.suffix.lower() == ".json" else read_header(path)
    fitting = [reference for reference in references if reference.columns <= header]
    if not fitting:
        return Outcome(path.name, "", "not covered", len(rows), note=_describe_likeness(header, references))
    reference = max(fitting, key=lambda one: len(one.columns))
    if not rows:
        return Outcome(path.name, reference.name, "unreadable", note="holds no cases, only a header")
    seen: set[str] = set()
    noted = [NotedRow(row, seen) for row in rows]
    try:
        results = list(reference.find(noted, Folder(path.parent, path.name, noted)))
        if any(isinstance(one, Finding) for one in results):
            unread = [name for name in rows[0] if name not in seen and any(row[name] for row in rows)]
            results += [Omission(f"column {name}", "is not compared") for name in unread]
        return _judge(path.name, reference, len(rows), results)
    except KeyError as error:
        return Outcome(
            path.name, reference.name, "unreadable", len(rows), note=f"the column or value {str(error)[:80]} is missing or not known"
        )
    except (FaultyInput, ValueError, TypeError, IndexError, ArithmeticError) as error:
        why = error.sentence if isinstance(error, FaultyInput) else str(error)
        return Outcome(path.name, reference.name, "unreadable", len(rows), note=f"a value cannot be used: {why[:300]}")


def _describe_likeness(header: set[str], references: Sequence[Reference]) -> str:
    """Which kind of file it might be, and which columns it lacks; empty where it resembles none."""
    likeliest = max(references, key=lambda one: len(one.columns & header) / len(one.columns), default=None)
    if likeliest is None or len(likeliest.columns & header) < 0.7 * len(likeliest.columns):
        return ""
    lacking = ", ".join(sorted(likeliest.columns - header))
    return f"resembles {likeliest.name}, but lacks the columns {lacking}"


def allow_for_chance(findings: Sequence[Finding]) -> list[Finding]:
    """Return ``findings``, simulated ones with the tolerance of the file as a whole.

    One simulated figure may be off by `ERRORS` standard errors, which a right program exceeds once in 370 times. Of hundreds of
    figures some would do so by chance, so the tolerance of each is the one (Bonferroni) that all of them together exceed as rarely.
    """
    chances = sum(finding.chance for finding in findings)
    limit = float(norm.isf(norm.sf(ERRORS) / max(chances, 1)))
    return [replace(finding, tolerance=limit) if finding.chance else finding for finding in findings]


def _judge(file: str, reference: Reference, rows: int, results: Sequence[Result]) -> Outcome:
    findings = allow_for_chance([one for one in results if isinstance(one, Finding)])
    omitted = tuple(dict.fromkeys(str(one) for one in results if isinstance(one, Omission)))
    if omitted and not findings:
        return Outcome(file, "", "not covered", rows, note=f"{reference.name}: {'; '.join(omitted)}"[:500], omitted=omitted)
    worst: dict[str, Finding] = {}
    for finding in findings:
        if finding.quantity not in worst or _rank(finding) > _rank(worst[finding.quantity]):
            worst[finding.quantity] = finding
    differing = sum(not finding.agrees for finding in findings)
    verdict: Verdict = "agrees" if findings and not differing else "differs"
    overall = max(worst.values(), key=_rank, default=None)
    return Outcome(file, reference.name, verdict, rows, len(findings), differing, overall, worst, reference.follows, omitted)


def _rank(finding: Finding) -> float:
    """How far off, in units of the tolerance; what is no number ranks highest."""
    if finding.deviation != finding.deviation:
        return float("inf")
    return finding.deviation / finding.tolerance if finding.tolerance else finding.deviation * 1e300
