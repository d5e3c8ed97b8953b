"""What the record costs: guards and chain on a bulk import, and reading the past, each as a ratio."""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from db.audit import Actor, begin_act
from db.engine import open_engine, reading, writing
from db.guards.install import install, remove
from db.history import HISTORY, cut_off, table_of
from db.insertion import insert_rows
from db.models import Administration, AdverseEvent, Cohort, DoseLevel, Site, Study, Subject
from db.queries.event_listing import event_listing, event_tally
from db.queries.events import event_overview, event_terms
from db.queries.monitors import monitor_counts
from db.schema import upgrade
from tests.benchmarks.pages import CLOCK
from tests.contracts.queries import monitors
from trial.asof import AsOf

ACTOR = Actor("benchmark", "administrator", datetime(2026, 6, 1, tzinfo=UTC))
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 400
EVENTS_EACH = 20
CHANGED = 10
"""One event in so many is corrected once."""
TERMS = 200


@dataclass(frozen=True)
class Ratio:
    """Two times in seconds, of the same thing done with and without what is measured."""

    what: str
    with_it: float
    without: float

    @property
    def ratio(self) -> float:
        """How many times as long it takes."""
        return self.with_it / self.without

    def __str__(self) -> str:
        return f"  {self.what:<44}{self.with_it:>10.3f} s{self.without:>10.3f} s{self.ratio:>8.2f}x"


def main(arguments: Sequence[str]) -> int:
    """Run the benchmarks of the record and print a ratio a line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks record",
        description="Measure the cost of guards and audit chain on inserting events, as a ratio to the same rows inserted bare, and the"
        " cost of reading a past day that needs the history, as a ratio to reading the newest day.",
    )
    parser.add_argument("--rows", type=int, default=50_000, help="events to insert (default: %(default)s)")
    parser.add_argument("--events", type=int, default=300_000, help="events to read, one in ten corrected (default: %(default)s)")
    parser.add_argument("--postgresql", metavar="URL", help="an empty PostgreSQL database to insert into too")
    parser.add_argument("--repeats", type=int, default=5, help="runs of which the median is taken (default: %(default)s)")
    parser.add_argument("--cpu", action="store_true", help="take the processor's time, not the wall's: for a busy machine, SQLite only")
    options = parser.parse_args(arguments)
    if options.cpu:
        CLOCK.read = time.thread_time
    with tempfile.TemporaryDirectory() as folder:
        for ratio in measure_record(Path(folder), options.rows, options.events, options.postgresql, options.repeats):
            print(ratio, flush=True)
    return 0


def measure_record(folder: Path, rows: int, events: int, postgresql: str | None, repeats: int) -> Iterator[Ratio]:
    """Yield the cost of the guards on importing ``rows`` events, and that of the past on reading ``events``."""
    yield from measure_guards(f"sqlite:///{folder / 'guards.db'}", rows)
    if postgresql:
        yield from measure_guards(postgresql, rows)
    yield from measure_past(f"sqlite:///{folder / 'past.db'}", events, repeats)


def measure_guards(url: str, rows: int) -> Iterator[Ratio]:
    """Yield what guards and chain cost when ``rows`` events are inserted."""
    engine = open_engine(url)
    upgrade(engine)
    _plant(engine, subjects=rows // EVENTS_EACH + 1)
    made = [version for (version, *_) in _events(rows, changed=0)]
    bare = _without_guards(engine, made)
    kind = engine.dialect.name
    with writing(engine) as session:
        begin_act(session, ACTOR, "import study", reason="benchmark")
        guarded = _time(lambda: insert_rows(session.connection(), table_of(AdverseEvent), made))
    yield Ratio(f"{kind}: insert {rows:,} events, guarded / bare", guarded, bare)
    engine.dispose()


def _without_guards(engine: Engine, made: list[dict[str, Any]]) -> float:
    """The seconds that the same rows take without guards; nothing of it stays."""
    with engine.connect().execution_options(writer=True) as connection, Session(connection) as session:
        remove(connection)
        seconds = _time(lambda: insert_rows(session.connection(), table_of(AdverseEvent), made))
        session.rollback()
        connection.rollback()
    with engine.connect().execution_options(writer=True) as connection:
        install(connection)
        connection.commit()
    return seconds


def measure_past(url: str, events: int, repeats: int) -> Iterator[Ratio]:
    """Yield what it costs to read a past day, when history must be read, against the newest day, with the same rows known on both."""
    engine = open_engine(url)
    upgrade(engine)
    _plant(engine, subjects=events // EVENTS_EACH)
    with engine.connect().execution_options(writer=True) as connection, Session(connection) as session:
        remove(connection)  # rows and history are put there by hand: the guards are measured elsewhere
        versions = list(_events(events, CHANGED))
        insert_rows(session.connection(), table_of(AdverseEvent), [held[-1] for held in versions])
        past = [{"change_number": n, **held[0], "valid_to": held[1]["known_from"]} for n, held in enumerate(versions) if len(held) > 1]
        insert_rows(session.connection(), HISTORY[AdverseEvent], past)
        session.commit()
        connection.commit()
    today, then = date(2027, 1, 1), (FIRST + timedelta(days=DAYS + 5)).date()
    with reading(engine) as session:
        looks = {day: cut_off(session, 1, AsOf(day)) for day in (today, then)}
        if looks[today].history or not looks[then].history:
            raise RuntimeError("the past of this benchmark needs no history, or its present does")
        for name, read in QUERIES.items():
            past_time, now_time = (_median(partial(read, session, looks[day]), repeats) for day in (then, today))
            yield Ratio(f"{engine.dialect.name}: {name}, past / today", past_time, now_time)
    engine.dispose()


QUERIES: dict[str, Callable[[Session, AsOf], Any]] = {
    "event overview": lambda session, as_of: event_overview(session, as_of, 1),
    "event terms": lambda session, as_of: event_terms(session, as_of, 1),
    "listing page": lambda session, as_of: (event_tally(session, as_of, 1), event_listing(session, as_of, 1, limit=50)),
    "monitors": lambda session, as_of: monitor_counts(session, as_of, 1, monitors=monitors()),
}


def _plant(engine: Engine, *, subjects: int) -> None:
    """A study with one site, one cohort and ``subjects`` dosed subjects."""
    day = FIRST.date()

    def row(model: Any, key: int, **values: Any) -> dict[str, Any]:
        return dict.fromkeys(column.name for column in table_of(model).columns) | {"id": key, "study_id": 1, "known_from": FIRST} | values

    person = {"site_id": 1, "actual_cohort_id": 1, "planned_cohort_id": 1, "status": "on study"}
    given = {"number": 1, "product": "P", "start_precision": "day", "first_on": day, "planned_vector": "[]", "delivered_vector": "[]"}
    with _unguarded(engine) as session:
        session.add(Study(id=1, code="BENCH", title="t", kind="synthetic", time_zone="UTC"))
        session.flush()
        for model, rows in {
            Site: [row(Site, 1, code="1", name="x", time_zone="UTC")],
            DoseLevel: [row(DoseLevel, 1, code="1", number=1, label="1", vector="[]")],
            Cohort: [row(Cohort, 1, code="1", number=1, label="1", dose_level_id=1)],
            Subject: [row(Subject, key, code=f"S{key}", **person) for key in range(1, subjects + 1)],
            Administration: [row(Administration, key, code=f"D{key}", subject_id=key, **given) for key in range(1, subjects + 1)],
        }.items():
            insert_rows(session.connection(), table_of(model), rows)


@contextmanager
def _unguarded(engine: Engine) -> Iterator[Session]:
    with engine.connect().execution_options(writer=True) as connection, Session(connection) as session:
        remove(connection)
        yield session
        install(connection)
        session.commit()
        connection.commit()


def _events(count: int, changed: int) -> Iterator[list[dict[str, Any]]]:
    """The versions of ``count`` events; one in ``changed`` was corrected after the others were known."""
    blank = dict.fromkeys(column.name for column in table_of(AdverseEvent).columns)
    for number in range(count):
        known = FIRST + timedelta(days=number % DAYS, hours=8)
        onset = known.date()
        first = blank | {
            "id": number + 1, "study_id": 1, "known_from": known, "code": f"AE-{number:07}", "subject_id": number // EVENTS_EACH + 1,
            "verbatim": f"verbatim term {number % TERMS}", "term_used": f"Term {number % TERMS}", "category": f"Category {number % 20}",
            "dictionary": "CTCAE", "grade": number % 4 + 1, "onset_text": onset.isoformat(), "onset_precision": "day", "onset_date": onset,
            "onset_latest": onset, "end_precision": "unknown", "serious": number % 9 == 0, "outcome": "recovered",
            "investigator_product": "possible" if number % 3 else "unrelated",
        }  # fmt: skip
        later = first | {"known_from": FIRST + timedelta(days=DAYS + 30), "grade": number % 4 + 2}
        yield [first, later] if changed and number % changed == 0 else [first]


def _time(act: Callable[[], Any]) -> float:
    start = CLOCK.read()
    act()
    return CLOCK.read() - start


def _median(act: Callable[[], Any], repeats: int) -> float:
    act()
    return statistics.median(_time(act) for _ in range(repeats))
