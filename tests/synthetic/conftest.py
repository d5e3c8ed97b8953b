"""Databases with made-up trials, generated once for all tests that only read them."""

from pathlib import Path

import pytest

from db.engine import open_engine
from synthetic.generator import generate


@pytest.fixture(scope="session")
def default_trial(tmp_path_factory):
    """The default scenario with seed 1: its engine and its truth."""
    engine = open_engine(f"sqlite:///{Path(tmp_path_factory.mktemp('default')) / 'trial.db'}")
    truth = generate(engine, scenario="default", seed=1)
    yield engine, truth
    engine.dispose()


@pytest.fixture(scope="session")
def large_trial(tmp_path_factory):
    """Three hundred dosed subjects."""
    engine = open_engine(f"sqlite:///{Path(tmp_path_factory.mktemp('large')) / 'trial.db'}")
    truth = generate(engine, scenario="default", seed=5, subjects=300)
    yield engine, truth
    engine.dispose()
