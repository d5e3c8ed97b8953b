"""The schema: one migration path, equal to the models, with one clear sentence where it is missing."""

import pytest
from alembic import command

from db.engine import open_engine
from db.schema import make_config, newest_version, read_version, require_current, upgrade
from trial.errors import FaultyInput


def test_upgrade_is_repeatable_and_leaves_nothing_to_migrate(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    assert upgrade(engine) == (None, newest_version())
    assert upgrade(engine) == (newest_version(), newest_version())
    config = make_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)  # raises when the models and the migrations differ


def test_a_database_without_tables_is_refused_in_one_sentence(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    assert read_version(engine) is None
    with pytest.raises(FaultyInput, match="python -m db init"):
        require_current(engine)
