"""What all tests share: the data sets, made once for all workers, fresh databases of both kinds, and a home for nothing but the test."""

import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from db.engine import embedded_url, open_engine
from db.schema import upgrade
from tests.datasets import find_dataset, why_absent
from tests.postgresql import Server, find_server

KINDS = ("sqlite", "postgresql")
"""The two databases that the record may be kept in."""


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The URL of a data set by its name, to be read only; skips with the reason where it cannot be made."""
    shared = shared_folder(tmp_path_factory) / "datasets"
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


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The PostgreSQL of this run of the tests; skips with the reason where none can be started."""
    try:
        return find_server(shared_folder(tmp_path_factory))
    except Exception as error:
        pytest.skip(f"no PostgreSQL can be started here ({type(error).__name__}: {error})")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema and nothing in it, to be copied."""
    path = shared_folder(tmp_path_factory) / "migrated.db"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            started = path.with_suffix(".started")
            engine = open_engine(embedded_url(started))
            upgrade(engine)
            engine.dispose()
            started.rename(path)
    return path


NewDatabase = Callable[..., str]
"""Returns the URL of a new database: ``kind``, and ``migrated`` (default) or with nothing in it."""


def make_databases(request: pytest.FixtureRequest, folder: Path) -> Iterator[NewDatabase]:
    """Make databases, as many as are asked for; those of the server are dropped at the end."""
    servers: dict[str, Server] = {}

    def create(kind: str, *, migrated: bool = True) -> str:
        if kind == "sqlite":
            path = folder / f"{uuid4().hex[:12]}.db"
            if migrated:
                shutil.copy(request.getfixturevalue("migrated_file"), path)
            return embedded_url(path)
        server: Server = request.getfixturevalue("postgresql")
        name = server.create(migrated=migrated)
        servers[name] = server
        return server.url(name)

    yield create
    for name, server in servers.items():
        server.drop(name)


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Makes databases for one test."""
    yield from make_databases(request, tmp_path)


@pytest.fixture(scope="module")
def lasting_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewDatabase]:
    """Makes databases that all tests of a file look at and none changes."""
    yield from make_databases(request, tmp_path_factory.mktemp("lasting"))


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, new_database: NewDatabase) -> str:
    """The URL of a database with the newest schema and nothing in it, once of each kind."""
    return new_database(request.param)


@pytest.fixture(params=KINDS)
def blank(request: pytest.FixtureRequest, new_database: NewDatabase) -> str:
    """The URL of a database with no table at all, once of each kind."""
    return new_database(request.param, migrated=False)


@pytest.fixture
def record(database: str) -> Iterator[Engine]:
    """The engine of a database with the newest schema and nothing in it, once of each kind."""
    engine = open_engine(database)
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def same_program() -> Iterator[None]:
    """Put back the program that runs: Streamlit leaves the app in its place, and later child processes would import that."""
    program = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = program
