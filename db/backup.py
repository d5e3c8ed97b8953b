"""Backups: one SQLite file, taken while the database is in use, and verified before it counts; of an SQLite record or of a server's.

A backup is written beside its final name and gets that name only when it is complete, sound and on the disk.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from db.commands.copy_database import Progress, copy_database
from db.engine import embedded_url, open_engine
from db.verification import Verification, verify
from trial.errors import FaultyInput, refuse

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database in use. It would be played into any database that came to stand there."""


def back_up(source: Path, target: Path) -> Verification:
    """Copy the SQLite database ``source`` to the new file ``target`` and return the verification of the copy.

    Raises FaultyInput when something stands at ``target``, or with every fault of the copy.
    """
    _require_free(target, "Name a new file; a backup never overwrites.")
    return _copy_verified(source, target)


def back_up_server(engine: Engine, target: Path, *, progress: Progress | None = None) -> Verification:
    """Copy the database of a server, as it is at one moment, to the new SQLite file ``target`` and return the verification of the copy.

    Raises FaultyInput when something stands at ``target``, and when the database or the copy is not sound.
    """
    _require_free(target, "Name a new file; a backup never overwrites.")
    with _taking_shape(target) as partial:
        copy = open_engine(embedded_url(partial))
        try:
            return copy_database(engine, copy, progress=progress).verification
        finally:
            copy.dispose()


def restore(source: Path, target: Path) -> Verification:
    """Bring the backup ``source`` back as the SQLite database ``target`` and return its verification.

    Raises FaultyInput when anything stands at ``target``, whatever it holds, or when the backup is not sound.
    """
    _require_backup(source)
    _require_free(target, "Move it away first, whole; a restore never overwrites a database.")
    return _copy_verified(source, target)


def restore_server(source: Path, engine: Engine, *, progress: Progress | None = None) -> Verification:
    """Bring the backup ``source`` back as the empty database of a server and return its verification.

    Raises FaultyInput when that database holds anything, or when the backup is not sound.
    """
    _require_backup(source)
    with TemporaryDirectory(prefix="firstwatch-") as folder:  # open to nobody else; the backup itself is never opened for writing
        file = Path(folder) / "backup.db"
        _copy_verified(source, file)
        backup = open_engine(embedded_url(file))
        try:
            return copy_database(backup, engine, progress=progress).verification
        finally:
            backup.dispose()


def _require_backup(source: Path) -> None:
    if not source.is_file():
        raise refuse(str(source), "does not exist", "Name a file made by backup.")


def _require_free(target: Path, cure: str) -> None:
    """Nothing stands at ``target``, nor what SQLite keeps beside a database of that name."""
    for path in (target, *(target.with_name(target.name + end) for end in BESIDE)):
        if path.exists() or path.is_symlink():
            raise refuse(str(path), "exists already", cure)


def _copy_verified(source: Path, target: Path) -> Verification:
    """Copy by SQLite's online backup, which sees one moment of the database, and verify the copy."""
    try:
        with _taking_shape(target) as partial:
            with (
                closing(sqlite3.connect(source.resolve().as_uri() + "?mode=ro", uri=True)) as old,
                closing(sqlite3.connect(partial)) as new,
            ):
                old.backup(new)
            engine = open_engine(embedded_url(partial))
            try:
                found = verify(engine)
            finally:
                engine.dispose()
            if found.faults:
                raise FaultyInput(found.faults)
            return found
    except (sqlite3.DatabaseError, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise refuse(str(source), f"cannot be copied ({cause})", "Name a sound database of this program.") from None


@contextmanager
def _taking_shape(target: Path) -> Iterator[Path]:
    """Yield a new file beside ``target``, for nobody else to read; left without an error, it becomes ``target``, else it vanishes."""
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    _clear_left(target)
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield partial
        _make_single_file(partial)
        _name(partial, target)
    finally:
        _remove(partial)


def _make_single_file(path: Path) -> None:
    """Leave the write-ahead log, so that the copy is one file that can be carried anywhere, and see it safely on the disk."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    _settle(path)


def _name(partial: Path, target: Path) -> None:
    """Give the file its name, unless somebody else took it meanwhile."""
    try:
        target.hardlink_to(partial)
    except FileExistsError:
        raise refuse(str(target), "exists already", "It came to be meanwhile; name a new file.") from None
    except OSError:  # a file system without hard links
        _require_free(target, "It came to be meanwhile; name a new file.")
        partial.rename(target)
    _settle(target.parent)


def _settle(path: Path) -> None:
    """Return when a file, or the list of a folder, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _clear_left(target: Path) -> None:
    """Remove what a backup to the same name left when it was struck down; one that is under way is left alone."""
    for path in target.parent.glob(f"{target.name}.*.partial"):
        number = path.name.removesuffix(".partial").rpartition(".")[2]
        if number.isdigit() and (int(number) == os.getpid() or not _runs(int(number))):
            _remove(path)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it runs, and belongs to somebody else
        pass
    return True


def _remove(partial: Path) -> None:
    """Remove a file that was taking shape, and what stands beside it."""
    for end in ("", *BESIDE):
        partial.with_name(partial.name + end).unlink(missing_ok=True)
