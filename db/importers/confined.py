"""An import in a process of its own, with limits on memory and time: whatever a file holds, this process never looks into it.

The child does the whole import in one transaction. When it is cancelled, crashes or meets a limit, the database rolls it back.
It answers in JSON lines; nothing that it says is run or unpickled.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Engine

from db.audit import Actor
from db.commands.import_study import ImportReport
from db.importers.reading import Progress, ignore_progress
from db.importers.sources import Limits, Upload
from trial.errors import Fault, FaultyInput, refuse
from trial.roles import may

ROOT = Path(__file__).parents[2]
LONGEST_ANSWER = 16 << 20
"""Characters of one line of the child; it never needs more."""
FOLDER = "firstwatch-import-"
MOST_AT_ONCE = 2
"""Imports that may run at the same time in one process; on a machine with little memory a third would harm the pages."""
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "HOME")
"""What the child is told of this process's environment, besides our own (FIRSTWATCH_...) and what PostgreSQL's library reads (PG...)."""


@dataclass(frozen=True)
class Confinement:
    """What one import may use: memory (bytes), processor time and time by the clock (seconds), and the bytes uploaded."""

    memory_bytes: int = 4 << 30
    cpu_seconds: int = 3_600
    wall_seconds: int = 7_200
    upload_bytes: int = Limits.total_bytes


@dataclass(frozen=True)
class Order:
    """What is to be imported, by whom, and into which database; the fields are those of `db.commands.import_study`."""

    url: str
    actor: Actor
    paths: Sequence[Path | Upload]
    study_code: str
    protocol: str | None = None
    time_zone: str | None = None
    entry_time: str | None = None


class ConfinedImport:
    """One import that runs in a child process from the moment it is made; any thread may ask how far it is, or cancel it."""

    def __init__(self, order: Order, confinement: Confinement | None = None) -> None:
        self.progress: tuple[int, int, str] = (0, 1, "starting")
        self._bounds = confinement or Confinement()
        self._answer: Mapping[str, Any] = {}
        self._cancelled = False
        self._overdue = False
        self._ending = threading.Lock()
        if sum(job.running for job in _JOBS) >= MOST_AT_ONCE:
            raise refuse("import", "another import is running", "Wait until it is done, or cancel it.")
        _remove_left_behind()
        self._folder = tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-")  # readable by this user only
        self._child = self._start()
        self._thread = threading.Thread(target=self._follow, args=(order,), daemon=True)
        self._thread.start()
        _JOBS.add(self)

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self._thread.is_alive()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is over, at most for ``seconds``, and return whether it is."""
        self._thread.join(seconds)
        return not self.running

    def cancel(self) -> None:
        """End it now; the database is left as it was, unless it had just been done."""
        self._cancelled = True
        self._kill()
        self._thread.join()

    def result(self) -> ImportReport:
        """Wait for the end and return the report; raise FaultyInput with every reason why nothing was recorded."""
        self._thread.join()
        said = self._answer
        if "report" in said:
            return ImportReport(**{**said["report"], "unused": tuple((name, why) for name, why in said["report"]["unused"])})
        if "faults" in said:
            raise FaultyInput(Fault(*map(str, fault)) for fault in said["faults"])
        raise refuse("import", self._explain(), "Nothing was changed.")

    def _explain(self) -> str:
        """Why there is neither a report nor a list of faults."""
        if self._cancelled:
            return "was cancelled"
        if self._overdue:
            seconds = self._bounds.wall_seconds
            return f"took longer than {seconds:,} seconds"
        if "failed" in self._answer:
            place = self._answer["failed"]
            return f"met a fault of this program ({place})"
        if self._child.returncode == -signal.SIGXCPU:
            seconds = self._bounds.cpu_seconds
            return f"needed more than {seconds:,} seconds of processor time"
        return "crashed the process that read it, or ran out of memory: a file is damaged or hostile"

    def _start(self) -> "subprocess.Popen[bytes]":
        """The child, at the head of a group of its own, so that its own children end with it."""
        environment = {name: value for name, value in os.environ.items() if name in ENVIRONMENT or name.startswith(("PG", "FIRSTWATCH_"))}
        environment |= {"PYTHONPATH": str(ROOT), "TMPDIR": self._folder, "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"}
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "db.importers.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )

    def _follow(self, order: Order) -> None:
        """Tell the child what to do and listen until it is over; in a thread of its own."""
        timer = threading.Timer(self._bounds.wall_seconds, self._time_out)
        timer.daemon = True
        timer.start()
        try:
            self._tell(order)
            assert self._child.stdout is not None
            for said in _read_answers(self._child.stdout):
                self._hear(said)
        finally:
            timer.cancel()
            self._kill(reap=True)
            for pipe in (self._child.stdin, self._child.stdout):
                _close(pipe)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _tell(self, order: Order) -> None:
        """Write the request and the uploaded bytes; the input stays open as a sign that this process lives."""
        uploads = [item for item in order.paths if isinstance(item, Upload)]
        request = {
            "url": order.url,
            "actor": _write_actor(order.actor),
            "paths": [str(item.absolute()) for item in order.paths if isinstance(item, Path)],
            "uploads": [[item.name, len(item.content)] for item in uploads],
            "study_code": order.study_code,
            "protocol": order.protocol,
            "time_zone": order.time_zone,
            "entry_time": order.entry_time,
            "memory_bytes": self._bounds.memory_bytes,
            "cpu_seconds": self._bounds.cpu_seconds,
        }
        given = self._child.stdin
        assert given is not None
        with contextlib.suppress(BrokenPipeError):  # it ended early; what it said, or did not say, tells why
            given.write(json.dumps(request).encode() + b"\n")
            for item in uploads:
                given.write(item.content)
            given.flush()

    def _hear(self, said: Mapping[str, Any]) -> None:
        """Take one answer of the child in."""
        if "progress" in said:
            done, total, label = said["progress"]
            self.progress = (int(done), int(total), str(label))
        else:
            self._answer = said

    def _time_out(self) -> None:
        """End a child that takes too long."""
        self._overdue = True
        self._kill()

    def _kill(self, *, reap: bool = False) -> None:
        """End the child and its children; ``reap`` takes its exit status, after which its number may be another process's."""
        with self._ending:
            if self._child.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._child.pid, signal.SIGKILL)
                if reap:
                    self._child.wait()


_JOBS: "weakref.WeakSet[ConfinedImport]" = weakref.WeakSet()
"""The imports of this process."""


def import_confined(
    engine: Engine,
    actor: Actor,
    *,
    paths: Sequence[Path | Upload],
    study_code: str,
    protocol: str | None = None,
    time_zone: str | None = None,
    entry_time: str | None = None,
    progress: Progress = ignore_progress,
    confinement: Confinement | None = None,
) -> ImportReport:
    """Import as `db.commands.import_study` does, but in a child process within ``confinement``, and return its report.

    Raises FaultyInput with every fault, or with the limit that was met; then, as on any interruption, the database is as it was.
    """
    order = order_import(engine, actor, paths, study_code, protocol=protocol, time_zone=time_zone, entry_time=entry_time)
    job = ConfinedImport(order, confinement)
    try:
        while not job.wait(0.1):
            progress(*job.progress)
    except BaseException:
        job.cancel()
        raise
    return job.result()


def order_import(
    engine: Engine, actor: Actor, paths: Sequence[Path | Upload], study_code: str, *, confinement: Confinement | None = None, **options: Any
) -> Order:
    """Return the order for an import into the database of ``engine``; raise FaultyInput where the role
    may not import, or too much was uploaded.
    """
    if not may(actor.role, "import"):
        raise refuse("import", f"is not open to the role {actor.role}", "Ask a data manager or an administrator.")
    most = (confinement or Confinement()).upload_bytes
    if sum(len(item.content) for item in paths if isinstance(item, Upload)) > most:
        raise refuse("import", f"is larger than {most >> 20:,} MB", "Import the datasets needed only.")
    return Order(engine.url.render_as_string(hide_password=False), actor, paths, study_code, **options)


def _write_actor(actor: Actor) -> dict[str, Any]:
    """Who acts, for the child."""
    granted = {name: None if getattr(actor, name) is None else sorted(getattr(actor, name)) for name in ("studies", "sites")}
    return {"name": actor.name, "role": actor.role, "at": actor.at.isoformat(), "session": actor.session, **granted}


def _read_answers(answers: IO[bytes]) -> Iterator[Mapping[str, Any]]:
    """What the child says, line by line; a line that is no JSON object, or far too long, ends it."""
    while line := answers.readline(LONGEST_ANSWER):
        try:
            said = json.loads(line)
        except ValueError:
            return
        if not isinstance(said, dict):
            return
        yield said


def _remove_left_behind() -> None:
    """Remove folders of imports whose process ended without being able to."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*-*"):
        process = folder.name.removeprefix(FOLDER).partition("-")[0]
        if process.isdigit() and not Path("/proc", process).exists() and Path("/proc/self").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _close(pipe: IO[bytes] | None) -> None:
    """Close a pipe, whatever its other end did."""
    with contextlib.suppress(OSError):
        if pipe is not None:
            pipe.close()
