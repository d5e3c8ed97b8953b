"""Commands on the whole database: init, upgrade, backup, restore."""

import argparse
import sys
from pathlib import Path

from db.backup import back_up, restore
from db.commandline.situation import Situation
from db.commands.initialise import initialise
from db.heads import begin_heads
from db.schema import read_version, require_current, upgrade
from db.verification import Verification
from trial.errors import refuse


def init_database(situation: Situation, _options: argparse.Namespace) -> int:
    """Create the tables, or say that they are there."""
    created = initialise(situation.engine(create=True))
    _say("The tables were created." if created else "The tables are there already; nothing was changed.")
    return 0


def upgrade_database(situation: Situation, _options: argparse.Namespace) -> int:
    """Bring the schema up to date, and say from which version to which."""
    engine = situation.engine()
    if read_version(engine) is None:
        require_current(engine)
    before, after = upgrade(engine)
    _say(f"The schema is up to date ({after})." if before == after else f"The schema was upgraded from {before} to {after}.")
    return 0


def backup_database(situation: Situation, options: argparse.Namespace) -> int:
    """Copy an SQLite database and verify the copy."""
    file = _file_of(situation, "pg_dump")
    require_current(situation.engine())
    found = back_up(file, options.file)
    _say(f"Copied to {options.file} and verified. {_describe_head(found)}")
    return 0


def restore_database(situation: Situation, options: argparse.Namespace) -> int:
    """Bring a copy back."""
    found = restore(options.file, _file_of(situation, "pg_restore"))
    begin_heads(situation.url, found.head.sequence, found.head.hash, situation.asked_at)
    _say(f"Restored from {options.file} and verified. {_describe_head(found)}")
    return 0


def _file_of(situation: Situation, tool: str) -> Path:
    """The file of the database; FaultyInput for a server, which has its own tools."""
    file = situation.file
    if file is None:
        raise refuse("database", "is a PostgreSQL server", f"Use {tool}, which comes with it.")
    return file


def _describe_head(found: Verification) -> str:
    """The head of the audit chain in words."""
    return f"Audit chain: {found.entries:,} entries, head {found.head}."


def _say(sentence: str) -> None:
    """Print one line."""
    sys.stdout.write(sentence + "\n")
