"""Everything that writes: each command of the entry forms, accounts, import, generation, copy and migration, ready to be called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from db.audit import Actor
from db.commands.accounts import add_account, disable_account, enable_account, grant_role, withdraw_role
from db.commands.copy_database import copy_database
from db.commands.import_study import import_study
from db.engine import open_engine
from db.schema import upgrade
from synthetic.generator import generate
from tests.exports import write_export
from tests.faults.acts import prepare_acts
from tests.faults.first_schema import make_first_schema

KEEPER = Actor("a test", "administrator", datetime(2026, 11, 25, tzinfo=UTC))
MANAGER = Actor("a test", "data manager", datetime(2026, 11, 25, tzinfo=UTC))
WHY = {"reason": "to test"}

Write = Callable[[Engine], Any]


@dataclass(frozen=True)
class Base:
    """A database that acts begin with: how it is filled, and the acts, made from what it holds. ``folder`` is for files beside it."""

    name: str
    fill: Callable[[Engine, Path], None]
    writes: Callable[[Engine, Path], Mapping[str, Write]]
    long: bool = False
    """Whether its acts take hundreds of statements, of which a short form tries some."""


def _fill_trial(engine: Engine, _folder: Path) -> None:
    """The default trial, one account with a role and one that is shut out."""
    generate(engine, scenario="default", seed=1)
    for login in ("one", "two"):
        key = add_account(engine, KEEPER, issuer="https://login", login=login, name=login, **WHY)
        grant_role(engine, KEEPER, account=key, role="viewer", **WHY)
    disable_account(engine, KEEPER, account=2, **WHY)


def _entries(engine: Engine, _folder: Path) -> Mapping[str, Write]:
    return {
        **prepare_acts(engine),
        "add account": lambda one: add_account(one, KEEPER, issuer="https://login", login="three", name="three", **WHY),
        "grant role": lambda one: grant_role(one, KEEPER, account=1, role="statistician", **WHY),
        "withdraw role": lambda one: withdraw_role(one, KEEPER, account=1, role="viewer", **WHY),
        "disable account": lambda one: disable_account(one, KEEPER, account=1, **WHY),
        "enable account": lambda one: enable_account(one, KEEPER, account=2, **WHY),
    }


def _fill_empty(engine: Engine, folder: Path) -> None:
    """An empty record, with an export and another database beside it."""
    upgrade(engine)
    write_export(folder / "files", subjects=3, events=3)
    other = open_engine(f"sqlite:///{folder / 'other.db'}")
    generate(other, scenario="default", seed=1, subjects=1)
    other.dispose()


def _whole_studies(_engine: Engine, folder: Path) -> Mapping[str, Write]:
    return {
        "import": lambda one: import_study(one, MANAGER, paths=[folder / "files"], study_code="S"),
        "generate": lambda one: generate(one, scenario="default", seed=1, subjects=1),
        "copy": lambda one: copy_database(open_engine(f"sqlite:///{folder / 'other.db'}"), one),
    }


TRIAL = Base("entry and accounts", _fill_trial, _entries)
EMPTY = Base("whole studies", _fill_empty, _whole_studies, long=True)
OLD = Base("migration", make_first_schema, lambda _engine, _folder: {"upgrade": upgrade}, long=True)
BASES = (TRIAL, EMPTY, OLD)
"""Every database to begin with."""
