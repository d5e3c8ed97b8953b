"""Commands on the schema of the database: init and upgrade."""

import argparse
import sys

from db.commandline.situation import Situation
from db.commands.database_roles import prepare_roles
from db.commands.initialise import initialise
from db.schema import read_version, require_current, upgrade


def init_database(situation: Situation, _options: argparse.Namespace) -> int:
    """Create the tables, or say that they are there; on PostgreSQL create the roles too."""
    engine = situation.engine(create=True)
    created = initialise(engine)
    _say("The tables were created." if created else "The tables are there already; nothing was changed.")
    if roles := prepare_roles(engine):
        _say(roles)
    return 0


def upgrade_database(situation: Situation, _options: argparse.Namespace) -> int:
    """Bring the schema up to date, and say from which version to which."""
    engine = situation.engine()
    if read_version(engine) is None:
        require_current(engine)
    before, after = upgrade(engine, at=situation.asked_at)
    _say(f"The schema is up to date ({after})." if before == after else f"The schema was upgraded from {before} to {after}.")
    return 0


def _say(sentence: str) -> None:
    """Print one line."""
    sys.stdout.write(sentence + "\n")
