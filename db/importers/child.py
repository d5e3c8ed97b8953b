"""The child process of an import: the only one that ever looks into a foreign file. Run by `db.importers.confined`, never by a person.

It reads one JSON line and the uploaded bytes from standard input, and answers in JSON lines on standard output. It ends with its
parent, or when its parent closes the input.
"""

import contextlib
import json
import logging
import os
import resource
import signal
import sqlite3
import sys
import threading
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from db.audit import Actor
from db.commands.import_study import ImportReport, import_study
from db.engine import open_engine
from db.importers.sources import Upload
from trial.errors import Fault, FaultyInput, refuse

FAULTS_SENT = 200
"""Faults that are spelled out; the rest are counted."""
TOO_MUCH_MEMORY = ("import", "needs more memory than an import may have", "Import fewer or smaller files.")
REPORTED = tuple(field.name for field in fields(ImportReport) if field.name != "problems")
"""What the parent is told of a report; the problems themselves are in the record."""


def main(given: BinaryIO, answers: TextIO) -> None:
    """Do the one import that is asked for, and answer with its report or with why it was refused."""
    request = json.loads(given.readline())
    _confine(request["memory_bytes"], request["cpu_seconds"])
    uploads = [Upload(name, given.read(size)) for name, size in request["uploads"]]
    threading.Thread(target=_end_with_parent, args=(given,), daemon=True).start()

    def answer(**said: object) -> None:
        """Write one line of JSON to the parent process."""
        answers.write(json.dumps(said, ensure_ascii=False) + "\n")
        answers.flush()

    try:
        report = _import(request, uploads, lambda done, total, label: answer(progress=[done, total, label]))
    except FaultyInput as error:
        answer(faults=[[fault.where, fault.what, fault.cure] for fault in _shorten(error.faults)])
    except MemoryError:
        answer(faults=[TOO_MUCH_MEMORY])
    except SQLAlchemyError as error:
        refused = ["database", _explain(error), "Nothing was changed. Give your administrator this sentence."]
        answer(faults=[TOO_MUCH_MEMORY if _lacks_memory(error) else refused])
    except Exception as error:  # whatever a hostile file brings about ends here, without its message
        answer(failed=f"{type(error).__name__} at {_place_of(error)}")
    else:
        answer(report={name: getattr(report, name) for name in REPORTED})


def _lacks_memory(error: SQLAlchemyError) -> bool:
    """Whether SQLite could not have the memory that it asked for: its own, or that of the index of its log."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return code in (sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_IOERR_NOMEM, sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_MMAP)


def _import(request: Mapping[str, Any], uploads: list[Upload], progress: Any) -> ImportReport:
    """The import itself."""
    engine = open_engine(request["url"])
    try:
        return import_study(
            engine,
            _read_actor(request["actor"]),
            paths=[*map(Path, request["paths"]), *uploads],
            study_code=request["study_code"],
            protocol=request["protocol"],
            time_zone=request["time_zone"],
            entry_time=request["entry_time"],
            progress=progress,
        )
    finally:
        engine.dispose()


def _read_actor(said: Mapping[str, Any]) -> Actor:
    """Who acts, as the parent said."""
    granted = {name: None if said[name] is None else frozenset(said[name]) for name in ("studies", "sites")}
    return Actor(said["name"], said["role"], datetime.fromisoformat(said["at"]), said["session"], **granted)


def _confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Take away what an import does not need; what the limits end is rolled back by the database."""
    with contextlib.suppress(OSError):
        os.nice(5)  # pages answer first
    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),  # a core dump would hold the data
        (resource.RLIMIT_NOFILE, 256),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed if kind != resource.RLIMIT_CPU else hard))  # its signal tells the parent why


def _end_with_parent(given: BinaryIO) -> None:
    """Wait until the parent is gone or closes the input, then end at once, with every child of one's own."""
    given.read(1)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _shorten(faults: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """The faults, or the first ones and one that counts the others."""
    if len(faults) <= FAULTS_SENT:
        return faults
    n = len(faults) - FAULTS_SENT
    return faults[:FAULTS_SENT] + refuse("import", f"has {n:,} faults more", "Correct these first.").faults


def _explain(error: SQLAlchemyError) -> str:
    """What the database refused, in the first line of its own words: PostgreSQL puts values into the others."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = str(cause).splitlines() or [type(error).__name__]
    words = lines[0].split(":")[0][:100] if isinstance(error, DBAPIError) else type(error).__name__
    return f"refused it ({words})"


def _place_of(error: BaseException) -> str:
    """Where an error was raised, without its message."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return f"{Path(step.tb_frame.f_code.co_filename).name}:{step.tb_lineno}" if step is not None else "an unknown place"


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    main(sys.stdin.buffer, sys.stdout)
    os._exit(0)  # the thread that waits for the parent holds the input
