"""``python -m db verify``: the record against itself, and against the heads that were noted outside it."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from db.audit import Head
from db.commandline.situation import Situation
from db.heads import NotedHeads, complaint_of_heads, heads_of, name_database, read_heads
from db.verification import Verification, verify
from trial.errors import FaultyInput, refuse


def verify_database(situation: Situation, options: argparse.Namespace) -> int:
    """Verify the database and the heads noted outside it; every fault is named, as text or as JSON."""
    engine = situation.engine()
    noted = _choose_heads(engine, options.heads)
    found = verify(engine, noted=[Head(head.sequence, head.hash) for head in noted.heads])
    if options.format == "json":
        sys.stdout.write(json.dumps(_report(engine, found, noted), ensure_ascii=False, indent=1) + "\n")
        return 1 if found.faults else 0
    if found.faults:
        raise FaultyInput(found.faults)
    sys.stdout.write(f"Sound: {', '.join(found.checked)}. Audit chain: {found.entries:,} entries, head {found.head}.\n")
    sys.stdout.writelines(f"{line}\n" for line in _tell_heads(engine, found, noted))
    return 0


def _choose_heads(engine: Engine, file: Path | None) -> NotedHeads:
    """The heads in the file that was named: those of this database, or all where none is (it had another name); else the usual ones."""
    if file is None:
        return heads_of(engine.url)
    if not file.is_file():
        raise refuse(str(file), "does not exist", "Name a file of heads.")
    own = read_heads(file, name_database(engine.url))
    return own if own.heads else read_heads(file)


def _tell_heads(engine: Engine, found: Verification, noted: NotedHeads) -> Iterator[str]:
    """What else a reader should know of the heads outside."""
    if noted.heads and noted.heads[-1].begins:
        yield f"The heads in {noted.file} begin with number {noted.heads[-1].sequence:,}: the record was brought there then."
    if noted.unreadable:
        yield f"Lines of {noted.file} that cannot be read (cut off while they were written): {noted.unreadable:,}."
    if complaint := complaint_of_heads(engine.url, found.head.sequence):
        yield str(complaint)


def _report(engine: Engine, found: Verification, noted: NotedHeads) -> dict[str, Any]:
    """The verification as plain values."""
    return {
        "sound": not found.faults,
        "entries": found.entries,
        "head": {"sequence": found.head.sequence, "hash": found.head.hash},
        "checked": list(found.checked),
        "faults": [{"where": fault.where, "what": fault.what, "cure": fault.cure} for fault in found.faults],
        "heads": {"file": str(noted.file) if noted.file else None, "noted": len(noted.heads), "unreadable": noted.unreadable},
        "notes": list(_tell_heads(engine, found, noted)),
    }
