"""Copies of an SQLite database, taken while it is in use, and verified before they count."""

import sqlite3
from contextlib import closing
from pathlib import Path

from db.engine import embedded_url, open_engine
from db.verification import Verification, verify
from trial.errors import FaultyInput, refuse


def back_up(source: Path, target: Path) -> Verification:
    """Copy the database ``source`` to the new file ``target`` and return the verification of the copy.

    The copy stands under its name only once it is complete and sound. Raises FaultyInput when ``target`` exists, or with
    every fault of the copy.
    """
    if target.exists():
        raise refuse(str(target), "exists already", "Name a new file; a backup never overwrites.")
    return _copy_verified(source, target)


def restore(source: Path, target: Path) -> Verification:
    """Bring the copy ``source`` back as the database ``target`` and return its verification.

    Raises FaultyInput when ``target`` exists, whatever it holds, or when the copy is not sound.
    """
    if not source.is_file():
        raise refuse(str(source), "does not exist", "Name a file made by backup.")
    if target.exists():
        raise refuse(str(target), "exists already", "Move it away first; a restore never overwrites a database.")
    return _copy_verified(source, target)


def _copy_verified(source: Path, target: Path) -> Verification:
    """Copy by SQLite's online backup into a file beside ``target``, verify it, and give it its name."""
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(source.resolve().as_uri() + "?mode=ro", uri=True)) as old, closing(sqlite3.connect(partial)) as new:
            old.backup(new)
        engine = open_engine(embedded_url(partial))
        try:
            found = verify(engine)
        finally:
            engine.dispose()
        if found.faults:
            raise FaultyInput(found.faults)
        _make_single_file(partial)
        partial.rename(target)
    except sqlite3.DatabaseError as error:
        raise refuse(str(source), f"cannot be copied ({error})", "Name a database of this program.") from None
    finally:
        for left in (partial, *(partial.with_name(partial.name + end) for end in ("-wal", "-shm", "-journal"))):
            left.unlink(missing_ok=True)
    return found


def _make_single_file(path: Path) -> None:
    """Leave the write-ahead log, so that the copy is one file that can be carried anywhere."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
