"""Commands that copy the whole database: backup, restore, copy."""

import argparse
import sys

from db.backup import back_up, back_up_server, restore, restore_server
from db.commandline.progress import progress_bar
from db.commandline.situation import Situation
from db.commands.copy_database import copy_database
from db.heads import begin_heads
from db.schema import require_current
from db.verification import Verification
from trial.errors import refuse


def backup_database(situation: Situation, options: argparse.Namespace) -> int:
    """Copy the database to a file while it is in use, and verify the copy."""
    file, engine = situation.file, situation.engine()
    require_current(engine)
    if file is not None:
        found = back_up(file, options.file)
    else:
        with progress_bar() as progress:
            found = back_up_server(engine, options.file, progress=progress)
    _say(f"Copied to {options.file} and verified. {_describe_head(found)}")
    return 0


def restore_database(situation: Situation, options: argparse.Namespace) -> int:
    """Bring a backup back where there is no database yet."""
    if situation.file is not None:
        found = restore(options.file, situation.file)
    else:
        with progress_bar() as progress:
            found = restore_server(options.file, situation.engine(), progress=progress)
    begin_heads(situation.url, found.head.sequence, found.head.hash, situation.asked_at)
    _say(f"Restored from {options.file} and verified. {_describe_head(found)}")
    return 0


def copy_to(situation: Situation, options: argparse.Namespace) -> int:
    """Copy the database into an empty one of either kind."""
    other = Situation(situation.asked_at, options.to)
    if other.url == situation.url:
        raise refuse("target", "is the database itself", "Name another one with --to.")
    source = situation.engine()
    new = other.file is not None and not other.file.exists()
    done = False
    try:
        with progress_bar() as progress:
            copied = copy_database(source, other.engine(create=True), progress=progress)
        done = True
    finally:
        other.close()
        if new and not done and other.file is not None:
            for end in ("", "-wal", "-shm"):
                other.file.with_name(other.file.name + end).unlink(missing_ok=True)
    found = copied.verification
    begin_heads(other.url, found.head.sequence, found.head.hash, situation.asked_at)
    _say(f"Copied {sum(copied.rows.values()):,} rows and verified both. {_describe_head(found)}")
    return 0


def _describe_head(found: Verification) -> str:
    """The head of the audit chain in words."""
    return f"Audit chain: {found.entries:,} entries, head {found.head}."


def _say(sentence: str) -> None:
    """Print one line."""
    sys.stdout.write(sentence + "\n")
