"""A child process that works and says what it has committed, and its sudden end."""

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONTEXT = multiprocessing.get_context("forkserver")
"""Children are forked from a process that has this program loaded and no database open, so that they start at once."""
CONTEXT.set_forkserver_preload(["tests.faults.live_backups"])
PATIENCE = 120
"""Seconds that a child may take to begin, and to end."""
READY = "ready"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Ended:
    """What a child had said when it ended, whether it was struck down, and how long it worked (seconds)."""

    said: tuple[str, ...]
    struck: bool
    seconds: float


def run_child(work: Callable[..., None], *given: Any, strike_after: float | None = None) -> Ended:
    """Run ``work(*given, say)`` in a child; kill it with SIGKILL so many seconds after it said that it is ready.

    What it said is what it had written before: each line goes straight into a pipe. Raises RuntimeError when it fails by itself.
    """
    reader, writer = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=_work, args=(work, given, writer), daemon=True)
    child.start()
    writer.close()
    if not reader.poll(PATIENCE):
        child.kill()
        raise RuntimeError(f"{work.__name__} did not begin")
    heard = os.read(reader.fileno(), len(READY) + 1)
    start = time.perf_counter()
    if strike_after is not None:
        child.join(strike_after)
        child.kill()
    while part := os.read(reader.fileno(), 65536):
        heard += part
    child.join(PATIENCE)
    if child.exitcode not in (0, -9) or not heard:
        raise RuntimeError(f"{work.__name__} failed by itself with status {child.exitcode}")
    return Ended(tuple(heard.decode().split("\n")[1:-1]), child.exitcode == -9, time.perf_counter() - start)


def _work(work: Callable[..., None], given: tuple[Any, ...], writer: Any) -> None:
    """The child's part: quiet on the screen, and each line said whole."""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)

    def say(line: str) -> None:
        os.write(writer.fileno(), f"{line}\n".encode())

    say(READY)
    work(*given, say)


def list_files(folder: Path, pattern: str) -> list[Path]:
    """The files of a folder, without those that SQLite keeps beside a database."""
    return sorted(path for path in folder.glob(pattern) if path.suffix not in (".heads", ".partial", ".export"))
