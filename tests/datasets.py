"""The databases that contract tests, journeys and benchmarks look at; each is made once for a run of the tests, whoever needs it first."""

import fcntl
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from db.audit import Actor
from db.commands.import_study import import_study
from db.engine import open_engine
from synthetic.generator import generate
from synthetic.hostile import plant_hostile
from synthetic.scenarios import SCENARIOS

SHARED = Path(__file__).parents[2] / "shared" / "data"
PILOT = SHARED / "sdtm_csv_pharmaversesdtm"
PILOT_CODE = "CDISCPILOT01"
ACTOR = Actor("test", "data manager", datetime(2026, 1, 1, tzinfo=UTC))
LARGE = 300


def _generate(engine: Engine, scenario: str = "default", subjects: int | None = None) -> None:
    generate(engine, scenario=scenario, seed=1, subjects=subjects)


def _make_hostile(engine: Engine) -> None:
    plant_hostile(engine, seed=1)


def _import_pilot(engine: Engine) -> None:
    import_study(engine, ACTOR, paths=[PILOT], study_code=PILOT_CODE)


def _make_both(engine: Engine) -> None:
    _generate(engine)
    if PILOT.is_dir():
        _import_pilot(engine)


MAKERS: dict[str, Callable[[Engine], None]] = {
    "empty": lambda engine: _generate(engine, subjects=0),
    "one subject": lambda engine: _generate(engine, subjects=1),
    "large": lambda engine: _generate(engine, subjects=LARGE),
    "hostile": _make_hostile,
    "pilot": _import_pilot,
    "default and pilot": _make_both,
    **{name: partial(_generate, scenario=name) for name in SCENARIOS},
}
"""Every data set by its name: declared but empty, one subject, many, hostile text, a real trial's export, and each scenario."""


def why_absent(name: str) -> str | None:
    """Why a data set cannot be made here; None when it can."""
    return f"no exported trial at {PILOT}" if name == "pilot" and not PILOT.is_dir() else None


def find_dataset(folder: Path, name: str) -> str:
    """Return the URL of a data set in ``folder``, made now unless another worker has made it; to be read, never changed."""
    path = folder / f"{name.replace(' ', '-')}.db"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            started = path.with_suffix(".started")
            engine = open_engine(f"sqlite:///{started}")
            MAKERS[name](engine)
            engine.dispose()
            started.rename(path)
    return f"sqlite:///{path}"
