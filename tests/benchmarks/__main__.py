"""Benchmarks: what generation, import and every page cost at 12, 300 and 30,000 subjects, and each page against its bare SQL.

Figures are printed, never asserted: they belong to the machine they were made on. Run: python -m tests.benchmarks --help
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st
from sqlalchemy import Engine, event
from streamlit.testing.v1 import AppTest

from dashboard.register import PAGES
from db.audit import Actor
from db.commands.import_study import import_study
from db.engine import open_engine
from synthetic.generator import generate
from tests.exports import write_export

ROOT = Path(__file__).parents[2]
EVENTS_EACH = 20


def main() -> None:
    """Print the figures for each size asked for, as a table or as JSON."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--subjects", type=int, nargs="+", default=[12, 300], help="sizes to measure; the full set is 12 300 30000")
    parser.add_argument("--runs", type=int, default=5, help="reruns of each page; the median counts")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    figures = [measure(subjects, options.runs) for subjects in options.subjects]
    if options.format == "json":
        print(json.dumps(figures, indent=1))
    else:
        for size in figures:
            print_size(size)


def measure(subjects: int, runs: int) -> dict[str, Any]:
    """Return the figures of one size, times in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/made.db"
        engine = open_engine(url)
        made = clock(lambda: generate(engine, scenario="default", seed=1, subjects=subjects))
        engine.dispose()
        taken = measure_import(Path(folder), subjects)
        pages = {entry.name: measure_page(url, entry.path, runs) for entry in PAGES}
    return {"subjects": subjects, "generation": made, "import": taken, "pages": pages}


def measure_import(folder: Path, subjects: int) -> float:
    """Return the time to import a CSV export with twenty events a subject."""
    write_export(folder / "export", subjects=subjects, events=EVENTS_EACH)
    engine = open_engine(f"sqlite:///{folder}/imported.db")
    actor = Actor("benchmark", "data manager", datetime.now(UTC))
    taken = clock(lambda: import_study(engine, actor, paths=[folder / "export"], study_code="BENCH"))
    engine.dispose()
    return taken


def measure_page(url: str, path: str, runs: int) -> dict[str, float]:
    """Return the median rerun of a page with warm caches and with cold ones, and the time of the bare SQL of a cold run."""
    os.environ["DATABASE_URL"] = url
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600)
    app.run()
    app.switch_page(path).run()
    warm = statistics.median(clock(app.run) for _ in range(runs))
    cold = statistics.median(_run_cold(app) for _ in range(runs))
    with _listen() as statements:
        _run_cold(app)
    bare = statistics.median(_run_bare(open_engine(url), statements) for _ in range(runs))
    return {"warm": warm, "cold": cold, "sql": bare, "ratio": cold / max(bare, 1e-6), "statements": len(statements)}


def _run_cold(app: AppTest) -> float:
    st.cache_data.clear()
    return clock(app.run)


def _run_bare(engine: Engine, statements: list[tuple[str, Any]]) -> float:
    """The time of the statements alone, rows fetched, nothing made of them."""
    with engine.connect() as connection:
        taken = clock(lambda: [connection.exec_driver_sql(text, values).fetchall() for text, values in statements])
    engine.dispose()
    return taken


@contextmanager
def _listen() -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that any engine executes meanwhile."""
    heard: list[tuple[str, Any]] = []

    def hear(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")) and not many:
            heard.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def clock(act: Callable[[], Any]) -> float:
    """Return how long ``act`` takes, in seconds."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def print_size(figures: dict[str, Any]) -> None:
    """Print the figures of one size as a table."""
    print(f"\n{figures['subjects']:,} subjects: generation {figures['generation']:.1f} s, import {figures['import']:.1f} s")
    print(f"{'page':16} {'warm':>8} {'cold':>8} {'bare SQL':>9} {'ratio':>6} {'statements':>11}")
    for name, page in figures["pages"].items():
        print(f"{name:16} {page['warm']:8.3f} {page['cold']:8.3f} {page['sql']:9.3f} {page['ratio']:6.1f} {page['statements']:11d}")


if __name__ == "__main__":
    sys.exit(main())
