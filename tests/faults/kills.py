"""Processes struck down by SIGKILL at random moments of their work: nothing acknowledged may be lost, nothing may be there in part."""

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import make_url

from db.engine import embedded_url
from tests.faults.children import Say, run_child
from tests.faults.figure import Figure
from tests.faults.works import WORKS, Place, Work
from tests.postgresql import Server, find_server

ATTEMPTS = 3
"""Tries for each kill that is asked for: one may come after the work is done."""
SETTLING = 30
"""Seconds that a server may take to notice that a client is gone."""


@dataclass(frozen=True)
class Course:
    """One work on one kind of database, and how to begin it anew."""

    name: str
    work: Work
    begin: Callable[[], Place]
    end: Callable[[Place], None]


def run_kills(count: int, folder: Path, *, works: Sequence[Work] = WORKS, seed: int = 1) -> Figure:
    """Strike ``count`` processes down that work on SQLite, each of the ``works`` in its turn."""
    return _strike_all([_embedded(work, folder) for work in works], count, seed)


def run_served_kills(count: int, folder: Path, *, server: Server | None = None, seed: int = 1) -> Figure:
    """Strike ``count`` processes down that work on PostgreSQL."""
    server = server or find_server(folder)
    return _strike_all([_served(work, folder, server) for work in WORKS if work.servers], count, seed)


def _strike_all(courses: Sequence[Course], count: int, seed: int) -> Figure:
    """Share the kills out among the courses."""
    figure = Figure("killed at random: acknowledged work lost, or work there in part")
    for number, course in enumerate(courses):
        share = count // len(courses) + (number < count % len(courses))
        _strike(figure, course, share, random.Random(f"{seed} {course.name}"))
    return figure


def _strike(figure: Figure, course: Course, count: int, chance: random.Random) -> None:
    """Do the work undisturbed once, to know how long it takes and what it leaves; then strike within that time."""
    whole = course.begin()
    undisturbed = run_child(do, course.work.name, whole)
    if faults := course.work.check(whole, undisturbed.said, whole):
        figure.failures.append(f"{course.name}, not killed: {faults[:3]}")
    struck = acknowledged = 0
    for _ in range(ATTEMPTS * count):
        if struck == count:
            break
        place = course.begin()
        ended = run_child(do, course.work.name, place, strike_after=chance.uniform(0, undisturbed.seconds))
        struck, acknowledged = struck + ended.struck, acknowledged + len(ended.said) * ended.struck
        faults = course.work.check(place, ended.said, whole)
        figure.failures += [f"{course.name}, killed after {ended.seconds:.3f} s: {fault}" for fault in faults]
        course.end(place)
    course.end(whole)
    figure.tried += struck
    figure.notes.append(f"{course.name}: {struck} killed within {undisturbed.seconds:.2f} s, {acknowledged} acts acknowledged before")


def do(name: str, place: Place, say: Say) -> None:
    """Do a work by its name; the child's part."""
    next(work for work in WORKS if work.name == name).act(place, say)


def _embedded(work: Work, folder: Path) -> Course:
    """A work on SQLite: the prepared folder is copied each time."""
    home = folder / work.name
    prepared = Place(home / "prepared", embedded_url(home / "prepared" / "trial.db"))
    prepared.folder.mkdir(parents=True)
    work.prepare(prepared)
    numbers = iter(range(1_000_000))

    def begin() -> Place:
        target = home / str(next(numbers))
        shutil.copytree(prepared.folder, target)
        return Place(target, embedded_url(target / "trial.db"))

    return Course(work.name, work, begin, lambda place: shutil.rmtree(place.folder))


def _served(work: Work, folder: Path, server: Server) -> Course:
    """A work on PostgreSQL: the prepared database is the template of each."""
    home = folder / f"{work.name}-postgresql"
    home.mkdir(parents=True)
    prepared = server.create(migrated=False)
    work.prepare(Place(home, server.url(prepared)))

    def begin() -> Place:
        name = f"{prepared}_{monotonic():.6f}".replace(".", "_")
        server.run(f"CREATE DATABASE {name} TEMPLATE {prepared}")
        return Place(home, server.url(name))

    def end(place: Place) -> None:
        server.drop(_name_of(place))

    calm = Work(work.name, work.prepare, work.act, lambda place, said, whole: _settled(server, place) or work.check(place, said, whole))
    return Course(f"{work.name} on PostgreSQL", calm, begin, end)


def _settled(server: Server, place: Place) -> list[str]:
    """Wait until the server has noticed that its client is gone: nothing of the killed process runs any more."""
    end = monotonic() + SETTLING
    while server.run(f"SELECT 1 FROM pg_stat_activity WHERE datname = '{_name_of(place)}'"):
        if monotonic() > end:
            return ["the server still works for a client that was killed"]
        sleep(0.01)
    return []


def _name_of(place: Place) -> str:
    """The name of the database at a place on the server."""
    return str(make_url(place.url).database)
