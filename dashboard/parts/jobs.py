"""Long work outside the server: a child process per job, in a folder of its own, bounded in number and time.

The server only starts a child, reads the progress file that the child writes, and kills it: on cancel, when its reader has gone
or has not looked for a while, and when its time is over. A child sees neither the database nor the server's environment.
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
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from trial.errors import refuse
from trial.sentence import Sentence

MOST_RUNNING = 4
"""Children at a time on one server; the machine has other readers to serve."""
FORGOTTEN_AFTER = 180
"""Seconds after which a job that nobody looks at is ended; a browser wakes a hidden page once a minute."""
MOST_SECONDS = 900
LONGEST_MESSAGE = 600
ROOT = Path(__file__).parents[2]

Standing = Literal["running", "done", "cancelled", "forgotten", "too long", "failed"]


@dataclass(frozen=True)
class Report:
    """How far a job is: trials ``done`` of ``trials``, its ``standing``, the ``results`` so far, and why it failed."""

    done: int
    trials: int
    standing: Standing
    results: tuple[dict[str, Any], ...]
    message: str = ""


@dataclass
class _Pulse:
    """What the job and its watcher share, so that the watcher keeps no job alive."""

    seen: float
    ended: Standing | None = None


@dataclass(eq=False)
class Job:
    """One child at work; whoever drops the last reference to it ends it and removes its folder."""

    asked: Any
    folder: Path
    process: "subprocess.Popen[bytes]"
    pulse: _Pulse = field(repr=False)

    def read(self) -> Report:
        """Return how far the job is; reading it says that somebody is still there."""
        self.pulse.seen = time.monotonic()
        code = self.process.poll()
        told = self._read_progress()
        results = tuple(told.get("results", ()))
        standing, message = _judge(code, self.pulse.ended, str(told.get("state", "")), self.folder)
        return Report(int(told.get("done", 0)), int(told.get("trials", 0)), standing, results, message)

    @property
    def running(self) -> bool:
        """Whether the child is still at work."""
        return self.process.poll() is None

    def cancel(self) -> None:
        """End the child at once; what it had found so far can still be read."""
        if self.running:
            self.pulse.ended = "cancelled"
            _kill(self.process)

    def _read_progress(self) -> dict[str, Any]:
        try:
            told = json.loads((self.folder / "progress.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}


_jobs: "weakref.WeakSet[Job]" = weakref.WeakSet()
_lock = threading.Lock()


def start_job(arguments: Sequence[str], *, asked: Any) -> Job:
    """Start `python -m trial` with ``arguments`` and a progress file; ``asked`` is kept beside the result.

    Raises FaultyInput while as many jobs run as the server bears.
    """
    with _lock:
        if sum(job.running for job in _jobs) >= MOST_RUNNING:
            raise refuse(
                Sentence("simulation"),
                Sentence("{n} simulations are running on this server already", n=MOST_RUNNING),
                Sentence("Wait until one of them is over."),
            )
        folder = Path(tempfile.mkdtemp(prefix="firstwatch-job-"))  # readable by this user only
        with (folder / "faults").open("wb") as faults:
            process = subprocess.Popen(
                [sys.executable, "-m", "trial", *arguments, "--progress", str(folder / "progress.json"), "--format", "json"],
                cwd=folder,
                env=_environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=faults,
                start_new_session=True,  # its own group, so that its workers die with it
            )
        job = Job(asked, folder, process, _Pulse(time.monotonic()))
        weakref.finalize(job, _clear, process, folder)
        _jobs.add(job)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, 10)  # pages go first
    threading.Thread(target=_watch, args=(process, job.pulse), daemon=True, name="firstwatch-job").start()
    return job


def _environment(folder: Path) -> dict[str, str]:
    """Only what Python needs: no database address, no secret."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "HOME": str(folder), "TMPDIR": str(folder), "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}


def _watch(process: "subprocess.Popen[bytes]", pulse: _Pulse) -> None:
    """End the child when nobody looks at it any more, or when its time is over."""
    started = time.monotonic()
    while process.poll() is None:
        time.sleep(0.5)
        now = time.monotonic()
        why: Standing | None = "forgotten" if now - pulse.seen > FORGOTTEN_AFTER else "too long" if now - started > MOST_SECONDS else None
        if why and process.poll() is None:
            pulse.ended = why
            _kill(process)


def _judge(code: int | None, ended: Standing | None, told: str, folder: Path) -> tuple[Standing, str]:
    """What has become of a child with this exit code."""
    if code is None:
        return ("running" if ended is None else ended), ""
    if code == 0 and told == "done":
        return "done", ""
    if ended is not None:
        return ended, ""
    return "failed", (folder / "faults").read_text(encoding="utf-8", errors="replace")[-LONGEST_MESSAGE:] if code == 1 else ""


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)


def _clear(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """End the child if it is still at work, and remove its folder."""
    if process.poll() is None:
        _kill(process)
    shutil.rmtree(folder, ignore_errors=True)
