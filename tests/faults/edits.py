"""Offline edits: any byte of any column of any row changed behind the guards, and the end of the chain cut off; all must be found."""

import random
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from db.audit import Head, read_head
from db.engine import embedded_url, open_engine, reading
from db.guards.guarded import CHAIN, guarded_tables
from db.verification import verify
from synthetic.generator import generate
from tests.blank import open_blank
from tests.faults.figure import Figure
from tests.faults.tampering import behind_the_guards


class Edit(NamedTuple):
    """A value of one column of one row."""

    table: str
    key: str
    row: Any
    column: str
    value: Any


def run_edits(count: int, folder: Path, *, seed: int = 1) -> Figure:
    """Make ``count`` random edits, one after the other, each undone after it was looked for."""
    figure = Figure("an edited byte of any column is found and located")
    path = make_trial(folder)
    engine = open_engine(embedded_url(path))
    chance = random.Random(seed)
    with sqlite3.connect(path) as bare:
        places = list_places(bare)
    undo: Edit | None = None
    for _ in range(count):
        table, key, row, column, stored = _choose(path, places, chance, undo)
        with behind_the_guards(path, table, *([undo.table] if undo else [])) as bare:
            if undo:
                write(bare, undo)
            edited = next(value for value in variants(stored, chance) if write(bare, Edit(table, key, row, column, value)))
        undo = Edit(table, key, edited if column == key else row, column, stored)
        figure.tried += 1
        _judge(figure, verify(engine).faults, table, row, column, edited)
    engine.dispose()
    return figure


def run_tails(count: int, folder: Path, *, seed: int = 1) -> Figure:
    """Cut the end of the chain off ``count`` times, with the rows and versions that it tells of; the noted head must tell."""
    figure = Figure("a missing end of the chain is found by the head noted outside")
    path = make_trial(folder)
    engine = open_engine(embedded_url(path))
    with reading(engine) as session:
        head = read_head(session)
    engine.dispose()
    whole = path.read_bytes()
    chance = random.Random(seed)
    for _ in range(count):
        path.write_bytes(whole)
        first = chance.randint(1, head.sequence)
        with behind_the_guards(path) as bare:
            _forget(bare, first)
        figure.tried += 1
        faults = verify(engine, noted=[Head(head.sequence, head.hash)]).faults
        engine.dispose()
        if not any(fault.where == f"audit entries {first} to {head.sequence}" for fault in faults):
            figure.failures.append(f"cut from entry {first}: {[fault.where for fault in faults]}")
    return figure


def make_trial(folder: Path) -> Path:
    """A small made-up trial with corrections, in one file without a write-ahead log."""
    path = folder / "trial.db"
    engine = open_blank(path)
    generate(engine, scenario="default", seed=1, subjects=1)
    engine.dispose()
    with sqlite3.connect(path) as bare:
        bare.execute("PRAGMA journal_mode=DELETE")
    return path


def variants(stored: Any, chance: random.Random) -> Iterator[Any]:
    """Yield values that differ from the stored one by a bit, at random, without end."""
    while True:
        if (edited := edit(stored, chance)) != stored:
            yield edited


def write(bare: sqlite3.Connection, made: Edit) -> bool:
    """Write a value; False where a key already has it."""
    try:
        bare.execute(f'UPDATE {made.table} SET "{made.column}" = ? WHERE {made.key} = ?', (made.value, made.row))
    except sqlite3.IntegrityError:
        return False
    return True


def list_places(bare: sqlite3.Connection) -> list[tuple[str, str, int, list[str]]]:
    """Every row of chain, guarded tables and histories: its table, key column, key and columns."""
    tables = [(CHAIN, "sequence")]
    for guarded in guarded_tables():
        tables += [(guarded.name, "id"), *([(guarded.history.name, "change_number")] if guarded.history is not None else [])]
    places = []
    for table, key in tables:
        columns = [name for _, name, *_ in bare.execute(f"PRAGMA table_info({table})")]
        places += [(table, key, row, columns) for (row,) in bare.execute(f"SELECT {key} FROM {table}")]
    return places


def edit(stored: Any, chance: random.Random) -> Any:
    """Return the value with one bit of it changed; something in the place of a missing one."""
    if stored is None:
        return chance.choice([0, 1, "x", "2026-01-01"])
    if isinstance(stored, int):
        return stored ^ (1 << chance.randrange(20))
    if isinstance(stored, float):
        bits = struct.unpack("<q", struct.pack("<d", stored))[0] ^ (1 << chance.randrange(52))
        return struct.unpack("<d", struct.pack("<q", bits))[0]
    octets = bytearray(stored.encode())
    if not octets:
        return "x"
    octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(7)
    return octets.decode(errors="surrogateescape").encode(errors="surrogateescape").decode(errors="replace")


def _choose(
    path: Path, places: list[tuple[str, str, int, list[str]]], chance: random.Random, before: Edit | None
) -> tuple[str, str, int, str, Any]:
    """A column of a row, other than the row that was edited before."""
    table, key, row, columns = chance.choice(places)
    while before and before.table == table:
        table, key, row, columns = chance.choice(places)
    column = chance.choice(columns)
    with sqlite3.connect(path) as bare:
        (stored,) = bare.execute(f'SELECT "{column}" FROM {table} WHERE {key} = ?', (row,)).fetchone()
    return table, key, row, column, stored


def _judge(figure: Figure, faults: Any, table: str, row: int, column: str, edited: Any) -> None:
    """The edit must be found, and its place named."""
    named = {f"audit entry {row}", f"audit entry {row + 1}"} if table == CHAIN else {f"{table}, row {row}", f"{table}, change {row}"}
    if not named & {fault.where for fault in faults}:
        figure.failures.append(f"{table}.{column} of {row} to {edited!r}: {[fault.where for fault in faults][:3]}")


def _forget(bare: sqlite3.Connection, first: int) -> None:
    """Cut the chain off before entry ``first`` and undo what the lost entries tell, so that all that is left agrees."""
    names = {guarded.name: guarded for guarded in guarded_tables()}
    lost = bare.execute(f"SELECT sequence, change, table_name, row_key FROM {CHAIN} WHERE sequence >= ? ORDER BY sequence DESC", (first,))
    for sequence, change, table, key in lost.fetchall():
        if change == "insert":
            bare.execute(f"DELETE FROM {table} WHERE id = ?", (key,))
        elif change in ("update", "delete") and names[table].history is not None:
            columns = ", ".join(f'"{name}"' for name in names[table].columns)
            bare.execute(
                f"INSERT OR REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}_history WHERE change_number = ?", (sequence,)
            )
            bare.execute(f"DELETE FROM {table}_history WHERE change_number = ?", (sequence,))
    bare.execute(f"DELETE FROM {CHAIN} WHERE sequence >= ?", (first,))
