"""SAS transport files (XPT version 5): checked by their own headers, then read in a child process.

The child process is there because the C parser of pyreadstat can crash on damaged files; the headers are read here because
the parser takes a truncated file for a shorter one. Layout: SAS Institute, TS-140, "The record layout of a data set in SAS
transport (XPORT) format".
"""

import json
import math
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from db.importers.findings import Findings
from db.importers.raw import RawTable
from db.importers.sources import Source

RECORD = 80
MAGIC = b"HEADER RECORD*******"
TIME_LIMIT_SECONDS = 600
COLUMNS_LIMIT = 1_000
CHILD = Path(__file__).with_name("xpt_child.py")
_CURE = "Export it again as XPT v5, or as CSV."


class XptFault(ValueError):
    """A transport file that cannot be trusted; the text says why."""


def is_xpt(content: bytes) -> bool:
    """Whether the bytes begin like a SAS transport file."""
    return content.startswith(MAGIC)


def count_rows(content: bytes) -> int:
    """Return the number of rows that a transport file holds, from its headers and length, padding not counted.

    Raises XptFault when the file is truncated, of another version, or holds more than one dataset.
    """
    if not content.startswith(MAGIC + b"LIBRARY HEADER RECORD"):
        raise XptFault("is a transport file of another version than 5")
    if len(content) % RECORD:
        raise XptFault(f"is truncated: {len(content):,} bytes are not whole records of {RECORD}")
    members = content.count(MAGIC + b"MEMBER  HEADER RECORD")
    if members != 1:
        raise XptFault(f"holds {members} datasets instead of one")
    start, row_length = _find_rows(content)
    used = len(content[start:].rstrip(b" "))
    rows = math.ceil(used / row_length)
    if start + rows * row_length > len(content):
        raise XptFault(f"is truncated in row {rows:,}")
    return rows


def _find_rows(content: bytes) -> tuple[int, int]:
    """Where the rows begin and how long each is, from the list of variables."""
    at = content.find(MAGIC + b"NAMESTR HEADER RECORD")
    member = content.find(MAGIC + b"MEMBER  HEADER RECORD")
    try:
        variables = int(content[at + 54 : at + 58])
        size = int(content[member + 74 : member + 78])
    except ValueError:
        raise XptFault("is truncated or damaged in its headers") from None
    first = at + RECORD
    end = first + math.ceil(variables * size / RECORD) * RECORD
    if at < 0 or not content[end:].startswith(MAGIC + b"OBS     HEADER RECORD"):
        raise XptFault("is truncated or damaged in its headers")
    if not 0 < variables <= COLUMNS_LIMIT:
        raise XptFault(f"has {variables:,} columns, more than {COLUMNS_LIMIT:,} or none")
    lengths = (int.from_bytes(content[first + i * size + 4 : first + i * size + 6], "big") for i in range(variables))
    return end + RECORD, max(sum(lengths), 1)


def read_xpt(sources: Sequence[Source], findings: Findings, advance: Callable[[str], None]) -> list[RawTable]:
    """Return the readable ones of ``sources`` as text; the others are noted as faults. ``advance`` is told each name done."""
    expected: dict[int, int] = {}
    for i, source in enumerate(sources):
        try:
            expected[i] = count_rows(source.content)
        except XptFault as fault:
            findings.fault(source.name, str(fault), _CURE)
            advance(source.name)
    tables: list[RawTable] = []
    if not expected:
        return tables
    with tempfile.TemporaryDirectory(prefix="firstwatch-") as folder:
        for i in expected:
            Path(folder, f"{i}.xpt").write_bytes(sources[i].content)
        results = _run_children(Path(folder), list(expected), lambda i: advance(sources[i].name))
        for i, rows in expected.items():
            answer = results.get(i, {"error": "crashed the reader: it is damaged"})
            if "error" in answer:
                findings.fault(sources[i].name, f"could not be read: {answer['error']}", _CURE)
                continue
            table = _to_raw(sources[i], json.loads(Path(folder, f"{i}.json").read_bytes()), answer)
            if len(table.numbers) != rows:
                findings.fault(sources[i].name, f"holds {rows:,} rows of which {len(table.numbers):,} could be read", _CURE)
            tables.append(table)
    return tables


def _to_raw(source: Source, columns: dict[str, list[str]], answer: dict[str, object]) -> RawTable:
    """The child's columns as a table, without the blank rows that pad a transport file at its end."""
    rows = max((len(cells) for cells in columns.values()), default=0)
    while rows and not any(cells[rows - 1] for cells in columns.values()):
        rows -= 1
    upper = {name.upper().strip(): cells[:rows] for name, cells in columns.items()}
    table = RawTable(source.name, source.named, upper, list(range(1, rows + 1)))
    if answer["encoding"] != "utf-8":
        table.notes.append(("encoding", "is not UTF-8", f"read as {answer['encoding']}"))
    return table


def _run_children(folder: Path, numbers: list[int], advance: Callable[[int], None]) -> dict[int, dict[str, object]]:
    """Answers of the child for each numbered file; a file that crashes it has none, the others are read by a next child."""
    answers: dict[int, dict[str, object]] = {}
    todo = list(numbers)
    while todo:
        done = 0
        for answer in _run_child(folder, todo):
            answers[todo[done]] = answer
            advance(todo[done])
            done += 1
        todo = todo[done + 1 :]  # the next one after those done, if any, is what ended the child
    return answers


def _run_child(folder: Path, numbers: list[int]) -> Iterator[dict[str, object]]:
    """Answers of one child, in the order of ``numbers``; fewer when it crashed or ran out of time."""
    command = [sys.executable, "-I", str(CHILD), str(folder), *map(str, numbers)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
    ) as child:
        timer = threading.Timer(TIME_LIMIT_SECONDS, child.kill)
        timer.start()
        assert child.stdout is not None
        yield from (json.loads(line) for line in child.stdout if line.endswith("}\n"))
        timer.cancel()
