"""Do rows and history agree with the chain? Every row is the version that its newest entry says, every earlier one is in the history."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from db.guards.canonical import same_row, write_moment
from db.guards.chain_check import CURE, ChainCheck, digest
from db.guards.guarded import Guarded, guarded_tables
from db.guards.raw import read_rows, read_said, read_versions
from trial.errors import Fault

AT_ONCE = 500


def check_rows(connection: Connection, chain: ChainCheck) -> Iterator[Fault]:
    """Yield every row that is not what the chain says, that the chain does not know, or that is gone; and the same of the history."""
    for guarded in guarded_tables():
        yield from _check_table(connection, guarded, chain)
        if guarded.history is not None:
            yield from _check_history(connection, guarded, chain)


def _check_table(connection: Connection, guarded: Guarded, chain: ChainCheck) -> Iterator[Fault]:
    left = {key for table, key in chain.newest if table == guarded.name}
    doubtful = _Doubtful(connection, guarded, "after")
    for key, row in read_rows(connection, guarded):
        said = chain.newest.get((guarded.name, key))
        if said is None:
            yield Fault(f"{guarded.name}, row {key}", "is not in the audit chain", CURE)
            continue
        left.discard(key)
        if digest(row) != said.digest:
            yield from doubtful.add(
                said.entry, row, Fault(f"{guarded.name}, row {key}", f"is not what audit entry {said.entry} says", CURE)
            )
    yield from doubtful.judge()
    for key in sorted(left, key=str):
        entry = chain.newest[guarded.name, key].entry
        yield Fault(f"{guarded.name}, row {key}", f"is gone, but audit entry {entry} says it is there", CURE)


def _check_history(connection: Connection, guarded: Guarded, chain: ChainCheck) -> Iterator[Fault]:
    left = dict(chain.ended.get(guarded.name, {}))
    doubtful = _Doubtful(connection, guarded, "before")
    for number, valid_to, row in read_versions(connection, guarded):
        said = left.pop(number, None)
        where = f"{guarded.name}_history, change {number}"
        if said is None:
            yield Fault(where, "is not in the audit chain", CURE)
            continue
        if digest(row) != said.digest:
            yield from doubtful.add(number, row, Fault(where, "is not what its audit entry says", CURE))
        if _moment(valid_to) != _moment(said.until):
            yield Fault(where, "does not end when its audit entry says", CURE)
    yield from doubtful.judge()
    for number in sorted(left):
        yield Fault(f"{guarded.name}_history, change {number}", "is gone, but the audit chain says it is there", CURE)


@dataclass
class _Doubtful:
    """Rows whose text is not what their entry says, perhaps only because another database wrote it; judged many at a time."""

    connection: Connection
    guarded: Guarded
    side: str
    waiting: dict[int, tuple[str, Fault]] = field(default_factory=dict)
    """By number of the entry: the row, and the fault that it is unless it is the same."""

    def add(self, entry: int, row: str, fault: Fault) -> Iterator[Fault]:
        """Keep a row until there are enough to be judged."""
        self.waiting[entry] = row, fault
        if len(self.waiting) >= AT_ONCE:
            yield from self.judge()

    def judge(self) -> Iterator[Fault]:
        """Yield the faults of those that differ in what they say and not only in how it is written."""
        for number, text in read_said(self.connection, self.side, self.waiting).items():
            row, fault = self.waiting[number]
            if not same_row(self.guarded.table, text, row):
                yield fault
        self.waiting.clear()


def _moment(value: Any) -> str:
    return str(value) if isinstance(value, str | bytes) else write_moment(value)
