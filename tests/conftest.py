"""What all tests share: the data sets, made once for all workers, and a home for nothing but the test at hand."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.datasets import find_dataset, why_absent


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The URL of a data set by its name, to be read only; skips with the reason where it cannot be made."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "datasets"
    shared.mkdir(exist_ok=True)

    def find(name: str) -> str:
        reason = why_absent(name)
        if reason:
            pytest.skip(reason)
        return find_dataset(shared, name)

    return find


@pytest.fixture
def own_dataset(dataset: Callable[[str], str], tmp_path: Path) -> Callable[[str], str]:
    """A copy of a data set that the test may change."""

    def copy(name: str) -> str:
        source = Path(dataset(name).removeprefix("sqlite:///"))
        target = tmp_path / source.name
        shutil.copy(source, target)
        return f"sqlite:///{target}"

    return copy
