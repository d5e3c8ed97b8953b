"""Does the audit chain hold? Each entry follows the one before, its hash fits, and what it says of a row follows from what was said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import Connection

from db.guards.canonical import compute_hash, same_row
from db.guards.guarded import CHAIN, ENTRY_COLUMNS, Guarded, guarded_tables
from db.guards.raw import read_raw, read_said
from db.guards.sqlite import GENESIS
from trial.errors import Fault

CURE = "Do not work on; compare with a backup."

Row = tuple[str, Any]
"""A row of the record: its table and its id."""


class Said(NamedTuple):
    """What the chain says of one version of a row: in which entry, its digest, and until when it held."""

    entry: int
    digest: bytes | None
    until: Any = None


@dataclass
class ChainCheck:
    """What the chain says: how many entries, where it is broken, the newest version of each row and each version that ended."""

    entries: int = 0
    faults: list[Fault] = field(default_factory=list)
    newest: dict[Row, Said] = field(default_factory=dict)
    """The version that each row should have now; rows that were voided are gone from it."""
    ended: dict[str, dict[int, Said]] = field(default_factory=dict)
    """By table and number of the entry: the version that ended with it."""


def check_chain(connection: Connection) -> ChainCheck:
    """Return what the chain says, and every entry where it is broken, the first one first."""
    found = ChainCheck()
    guarded = {one.name: one for one in guarded_tables()}
    number, previous = 0, GENESIS
    for entry in read_raw(connection, CHAIN, ENTRY_COLUMNS, "sequence"):
        found.entries += 1
        found.faults += _check_link(entry, number, previous)
        found.faults += _follow_row(found, entry, guarded, connection)
        number, previous = entry["sequence"], entry["hash"]
    return found


def _check_link(entry: dict[str, Any], number: int, previous: str) -> Iterator[Fault]:
    """The entry is the next one, follows from the one before, and was not changed."""
    sequence = entry["sequence"]
    if sequence != number + 1:
        yield Fault(f"audit entry {number + 1}", "is missing", CURE)
    elif entry["previous_hash"] != previous:
        yield Fault(f"audit entry {sequence}", "does not follow from the entry before", CURE)
    if compute_hash(entry[name] for name in ENTRY_COLUMNS[:-1]) != entry["hash"]:
        yield Fault(f"audit entry {sequence}", "was changed: its hash does not fit", CURE)


def _follow_row(found: ChainCheck, entry: dict[str, Any], guarded: Mapping[str, Guarded], connection: Connection) -> Iterator[Fault]:
    """Keep what the entry says of its row; the version it says was there before is the one that was."""
    if entry["change"] == "act":
        return
    row = entry["table_name"], entry["row_key"]
    before = digest(entry["before"])
    last = found.newest.pop(row, None)
    if before != (last.digest if last else None) and not _says_same(connection, guarded.get(row[0]), entry["before"], last):
        yield Fault(f"audit entry {entry['sequence']}", "says another version before than the entries before it", CURE)
    if entry["after"] is not None:
        found.newest[row] = Said(entry["sequence"], digest(entry["after"]))
    if before is not None and row[0] in guarded and guarded[row[0]].history is not None:
        found.ended.setdefault(row[0], {})[entry["sequence"]] = Said(entry["sequence"], before, entry["known_from"])


def _says_same(connection: Connection, guarded: Guarded | None, before: Any, last: Said | None) -> bool:
    """Whether the version before is the one that the last entry says, written in another form: it was in another database then."""
    if guarded is None or last is None or before is None:
        return False
    return same_row(guarded.table, read_said(connection, "after", [last.entry]).get(last.entry), before)


def digest(text: Any) -> bytes | None:
    """Return a short digest of the JSON of a row; None for none."""
    return None if text is None else blake2b(str(text).encode("utf-8", "surrogatepass"), digest_size=16).digest()
