"""A rule that an entry breaks, and which columns are concerned, so that a correction answers only for what it changes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from trial.errors import Fault
from trial.sentence import Sentence


@dataclass(frozen=True)
class Breach:
    """One broken rule: the columns it rests on, and the fault in words."""

    columns: frozenset[str]
    fault: Fault


def breach(columns: str, where: Sentence, what: Sentence, cure: Sentence) -> Breach:
    """Return a breach; ``columns`` are their names, separated by blanks."""
    return Breach(frozenset(columns.split()), Fault(where, what, cure))


def faults_of(breaches: Iterable[Breach], changed: Collection[str] | None = None) -> list[Fault]:
    """Return the faults; of a correction only those that rest on a ``changed`` column, since the rest was there before."""
    return [found.fault for found in breaches if changed is None or found.columns & set(changed)]
