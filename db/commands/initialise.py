"""Bring a database into being, or refuse to touch one that is not ours."""

from sqlalchemy import Engine, inspect

from db.schema import newest_version, read_version, require_current, upgrade
from trial.errors import refuse


def initialise(engine: Engine) -> bool:
    """Create the tables of the record in an empty database; return False when they are there already.

    Raises FaultyInput for a database that holds other tables, or tables of an older schema.
    """
    if read_version(engine) is not None:
        require_current(engine)
        return False
    others = inspect(engine).get_table_names()
    if others:
        raise refuse("database", f"holds {len(others)} tables of another program", "Name a database of its own with --database.")
    upgrade(engine)
    assert read_version(engine) == newest_version()
    return True
