"""Do rows and history agree with the chain? Every row is the version that its newest entry says, every earlier one is in the history."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from db.guards.canonical import canonical_row, write_moment
from db.guards.chain_check import CURE, ChainCheck, digest
from db.guards.guarded import CHAIN, Guarded, guarded_tables
from db.guards.raw import read_rows, read_versions
from trial.errors import Fault


def check_rows(connection: Connection, chain: ChainCheck) -> Iterator[Fault]:
    """Yield every row that is not what the chain says, that the chain does not know, or that is gone; and the same of the history."""
    for guarded in guarded_tables():
        yield from _check_table(connection, guarded, chain)
        if guarded.history is not None:
            yield from _check_history(connection, guarded, chain)


def _check_table(connection: Connection, guarded: Guarded, chain: ChainCheck) -> Iterator[Fault]:
    left = {key for table, key in chain.newest if table == guarded.name}
    for key, row in read_rows(connection, guarded):
        said = chain.newest.get((guarded.name, key))
        if said is None:
            yield Fault(f"{guarded.name}, row {key}", "is not in the audit chain", CURE)
            continue
        left.discard(key)
        if digest(row) != said.digest and not _same(connection, guarded, said.entry, "after", row):
            yield Fault(f"{guarded.name}, row {key}", f"is not what audit entry {said.entry} says", CURE)
    for key in sorted(left, key=str):
        entry = chain.newest[guarded.name, key].entry
        yield Fault(f"{guarded.name}, row {key}", f"is gone, but audit entry {entry} says it is there", CURE)


def _check_history(connection: Connection, guarded: Guarded, chain: ChainCheck) -> Iterator[Fault]:
    left = dict(chain.ended.get(guarded.name, {}))
    for number, valid_to, row in read_versions(connection, guarded):
        said = left.pop(number, None)
        where = f"{guarded.name}_history, change {number}"
        if said is None:
            yield Fault(where, "is not in the audit chain", CURE)
        elif digest(row) != said.digest and not _same(connection, guarded, number, "before", row):
            yield Fault(where, "is not what its audit entry says", CURE)
        elif _moment(valid_to) != _moment(said.until):
            yield Fault(where, "does not end when its audit entry says", CURE)
    for number in sorted(left):
        yield Fault(f"{guarded.name}_history, change {number}", "is gone, but the audit chain says it is there", CURE)


def _same(connection: Connection, guarded: Guarded, entry: int, side: str, row: str) -> bool:
    """Whether a row is the same as an entry says, though another database may have written its values in another form."""
    statement = text(f"SELECT {side} FROM {CHAIN} WHERE sequence = :entry")  # one of our own two column names
    said = connection.execute(statement, {"entry": entry}).scalar_one()
    try:
        return canonical_row(guarded.table, json.loads(said)) == canonical_row(guarded.table, json.loads(row))
    except (TypeError, ValueError):
        return False


def _moment(value: Any) -> str:
    return str(value) if isinstance(value, str | bytes) else write_moment(value)
