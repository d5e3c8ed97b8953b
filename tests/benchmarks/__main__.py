"""``python -m tests.benchmarks``: how long generation, import and every page take for trials of several sizes; ``record``: its guards;
``signals``: the statistics of monitors.
"""

import argparse
import json
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from db.audit import Actor
from db.commands.import_study import import_study
from db.engine import open_engine
from db.history import table_of
from db.models import Study
from synthetic.generator import generate
from tests.benchmarks import record, signals
from tests.benchmarks.pages import CLOCK, PageTime, measure_pages
from tests.exports import write_export

SIZES = (12, 300, 30_000)
EVENTS = 20
REPEATS = 5
PAST_DAYS = 400
"""How long before the last day the past look is taken: while subjects were still being dosed."""
ACTOR = Actor("benchmark", "administrator", datetime(2026, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class SizeTime:
    """The figures of one size; seconds but for the pages, which are milliseconds."""

    subjects: int
    events: int
    generation: float
    megabytes: float
    import_rows: int
    importing: float
    pages: tuple[PageTime, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks and print a table, or JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure, for each number of dosed subjects: making a trial up, importing an SDTM export of that size with 20"
        " adverse events each, and the script time of every page: warm (all reads cached), cold (none cached), past (cold, on a day"
        " 400 days earlier, which reads the history), the SQL of the page run alone by sqlite3, and how many times the SQL the cold"
        " page takes. Medians of --repeats runs. The whole, with 30,000 subjects, takes some minutes and 1 GB of disk.",
    )
    parser.add_argument("--subjects", type=int, nargs="+", default=list(SIZES), metavar="N", help="sizes (default: 12 300 30000)")
    parser.add_argument("--events", type=int, default=EVENTS, help="adverse events per subject of the export (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="runs of which the median is taken (default: %(default)s)")
    parser.add_argument("--skip-import", action="store_true", help="leave the import out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--database", metavar="URL", help="measure the pages on this made-up trial instead, which is only read")
    parser.add_argument("--cpu", action="store_true", help="take the processor's time of the pages, not the wall's: for a busy machine")
    options = parser.parse_args(arguments)
    if options.cpu:
        CLOCK.read = time.thread_time
    if options.database:
        print_pages(measure_pages(options.database, _last_day(options.database) - timedelta(days=PAST_DAYS), options.repeats))
        return 0
    figures = [measure(subjects, options.events, options.repeats, importing=not options.skip_import) for subjects in options.subjects]
    if options.json:
        facts = {"machine": platform.platform(), "python": platform.python_version(), "sizes": [asdict(figure) for figure in figures]}
        options.json.write_text(json.dumps(facts, indent=1), encoding="utf-8")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"Python {platform.python_version()} on {platform.machine()}; most memory used: {peak:,.0f} MB")
    return 0


def measure(subjects: int, events: int, repeats: int, *, importing: bool) -> SizeTime:
    """Measure one size in a folder of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "trial.db"
        url = f"sqlite:///{file}"
        start = time.perf_counter()
        engine = open_engine(url)
        truth = generate(engine, scenario="default", seed=1, subjects=subjects)
        generation = time.perf_counter() - start
        rows, seconds = _import(folder, subjects, events) if importing else (0, 0.0)
        engine.dispose()
        megabytes, happened = file.stat().st_size / 2**20, truth.counts["adverse_events"]
        print(f"\n{subjects:,} subjects, {happened:,} adverse events, {megabytes:,.0f} MB")
        print(f"  generation {generation:8.2f} s")
        if rows:
            print(f"  import     {seconds:8.2f} s   ({rows:,} rows)")
        pages = print_pages(measure_pages(url, _last_day(url) - timedelta(days=PAST_DAYS), repeats))
    return SizeTime(subjects, happened, generation, megabytes, rows, seconds, pages)


def _import(folder: Path, subjects: int, events: int) -> tuple[int, float]:
    """Rows of an export of this size, and the seconds its import takes into a database of its own."""
    files = write_export(folder / "export", subjects=subjects, events=events)
    engine = open_engine(f"sqlite:///{folder / 'imported.db'}")
    start = time.perf_counter()
    report = import_study(engine, ACTOR, paths=files, study_code="EXPORT")
    seconds = time.perf_counter() - start
    engine.dispose()
    return sum(report.rows.values()), seconds


def _last_day(url: str) -> date:
    with open_engine(url).connect() as connection:
        return connection.execute(select(table_of(Study).c.data_through)).scalar_one()


def print_pages(measured: Iterable[PageTime]) -> tuple[PageTime, ...]:
    """Print each page's figures as soon as they are there, and return them all."""
    print(f"  {'page':<16}{'warm ms':>9}{'cold ms':>9}{'past ms':>9}{'SQL ms':>9}{'queries':>9}{'cold/SQL':>10}", flush=True)
    pages = []
    for page in measured:
        numbers = f"{page.warm:>9.0f}{page.cold:>9.0f}{page.past:>9.0f}{page.sql:>9.1f}{page.statements:>9}{page.ratio:>10.1f}"
        print(f"  {page.page:<16}{numbers}", flush=True)
        pages.append(page)
    return tuple(pages)


if __name__ == "__main__":
    OTHERS = {"record": record.main, "signals": signals.main}
    sys.exit(OTHERS[sys.argv[1]](sys.argv[2:]) if sys.argv[1:2] and sys.argv[1] in OTHERS else main())
