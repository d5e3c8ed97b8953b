"""What an import finds: faults, which refuse it as a whole, and issues, which it reports and lives with."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date

from trial.errors import Fault, FaultyInput
from trial.sentence import Sentence

FAULTS_SHOWN = 5
"""Faults of one kind in one column that are spelled out; the rest are counted."""


@dataclass(frozen=True)
class Issue:
    """Something doubtful: what kind, where it stands (data row from 1), what it is and what was done about it.

    ``known_on`` is the day on which the row in question came to be known; None for what concerns a whole file.
    """

    kind: str
    file: str
    message: str
    done: str
    row: int | None = None
    column: str | None = None
    subject: str | None = None
    known_on: date | None = None

    def at(self, known_on: date) -> "Issue":
        """Return the same issue, known from ``known_on``."""
        return replace(self, known_on=known_on)


@dataclass
class Findings:
    """The faults and issues of one import, in the order they were found."""

    issues: list[Issue] = field(default_factory=list)
    unused: list[tuple[str, str]] = field(default_factory=list)
    absent: set[tuple[str, str]] = field(default_factory=set)
    """Files and the columns they lack, already noted as such."""
    _faults: dict[tuple[str, str | None, str], list[Fault]] = field(default_factory=lambda: defaultdict(list))

    def fault(self, file: str, what: str, cure: str, *, row: int | None = None, column: str | None = None) -> None:
        """Note a fault; the import will be refused, after everything has been looked at."""
        self._faults[file, column, cure].append(Fault(_place(file, row, column), what, cure))

    def leave(self, file: str, why: str) -> None:
        """Note a file or dataset that is not used, and why."""
        self.unused.append((file, why))
        self.issues.append(Issue("file not used", file, why, "left aside"))

    def count(self) -> dict[str, int]:
        """Return the number of issues of each kind, in order of kind."""
        return dict(sorted(Counter(issue.kind for issue in self.issues).items()))

    @property
    def faulty(self) -> bool:
        """Whether any fault has been noted."""
        return bool(self._faults)

    def stop_if_faulty(self) -> None:
        """Raise FaultyInput with all faults noted so far, if there are any."""
        if self._faults:
            raise FaultyInput(fault for group in self._faults.values() for fault in _shorten(group))


def _place(file: str, row: int | None, column: str | None) -> str:
    """Where a fault stands, in words."""
    if row and column:
        return Sentence("{file}, row {row}, column {column}", file=file, row=row, column=column)
    if row:
        return Sentence("{file}, row {row}", file=file, row=row)
    return Sentence("{file}, column {column}", file=file, column=column) if column else file


def _shorten(group: list[Fault]) -> list[Fault]:
    """The first faults of one kind, and one that counts the others."""
    more = len(group) - FAULTS_SHOWN
    if more <= 0:
        return group
    last = group[FAULTS_SHOWN - 1]
    return [*group[: FAULTS_SHOWN - 1], Fault(last.where, f"{last.what}, and {more} more like it", last.cure)]
