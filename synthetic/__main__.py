"""``python -m synthetic``: write a made-up trial with a known truth into a database."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import NoReturn

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from tqdm import tqdm

from db.engine import embedded_url, open_engine
from db.schema import upgrade
from synthetic.holdings import holds_any_study
from synthetic.scenarios import SCENARIOS
from trial.errors import FaultyInput, refuse

DEFAULT_SCENARIO, DEFAULT_SEED = "default", 1


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence."""

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong in one sentence, and leave with status 2."""
        self.exit(2, f"synthetic: {message}. See python -m synthetic --help.\n")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day like 2026-11-20") from None


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m synthetic",
        description="Write a made-up trial, marked SYNTHETIC, with its known truth beside it. Same seed and options: same bytes.",
        epilog="With --subjects N the dose rule and the stagger do not apply: N dosed subjects are spread over the dose levels, DLTs fall"
        " by their true probability, and above 100 subjects only a few measurements, failed eligibility criteria, required medication"
        " and no medical history are written.",
    )
    parser.add_argument("--scenario", default=DEFAULT_SCENARIO, help="name of the story; --list shows them all (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="whole number that decides every chance (default: %(default)s)")
    parser.add_argument("--database", metavar="URL", help="database URL (default: DATABASE_URL, else the embedded firstwatch.db)")
    parser.add_argument("--subjects", type=int, metavar="N", help="this many dosed subjects instead of the scenario's own escalation")
    parser.add_argument("--until", type=_day, metavar="DATE", help="last day known, YYYY-MM-DD (default: the story's own)")
    parser.add_argument("--study", metavar="CODE", help="study code (default: the protocol's own)")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="where the truth goes (default: beside the database)")
    parser.add_argument("--if-empty", action="store_true", help="only when the database holds no study at all")
    parser.add_argument("--list", action="store_true", help="list the scenarios and end")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of what is printed (default: %(default)s)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 after one clear sentence on stderr."""
    options = _make_parser().parse_args(arguments)
    try:
        if options.list:
            _print_scenarios(options.format)
        else:
            _run(options)
    except FaultyInput as fault:
        return _complain(fault.sentence)
    except BrokenPipeError:
        return 1
    except (DBAPIError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        return _complain(f"The database or the truth file cannot be used ({' '.join(str(cause).split())}).")
    except KeyboardInterrupt:
        return _complain("Interrupted; nothing was written.", 130)
    return 0


def _complain(sentence: str, code: int = 1) -> int:
    print(f"synthetic: {sentence}", file=sys.stderr)
    return code


def _print_scenarios(form: str) -> None:
    listed = [{"name": s.name, "summary": s.summary, "protocol": s.protocol, "until": s.until.isoformat()} for s in SCENARIOS.values()]
    if form == "json":
        print(json.dumps(listed, indent=1, ensure_ascii=False))
    else:
        for item in listed:
            print(f"{item['name']:18} {item['summary']} ({item['protocol']}, until {item['until']})")


def _run(options: argparse.Namespace) -> None:
    url = options.database or os.environ.get("DATABASE_URL") or embedded_url()
    engine = _open(url)
    try:
        if options.if_empty and holds_any_study(engine):
            upgrade(engine)
            _say(options.format, {"generated": False}, "The database holds a study already; nothing was generated.")
            return
        _generate(options, engine, url)
    finally:
        engine.dispose()


def _open(url: str) -> Engine:
    """The engine of a URL; a URL that cannot be one is refused without being repeated, it may hold a password."""
    try:
        return open_engine(url)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError):
        raise refuse("database", "is not a database URL that can be opened here", "Write it like sqlite:///firstwatch.db.") from None


def _generate(options: argparse.Namespace, engine: Engine, url: str) -> None:
    """Generate and write the truth beside the data."""
    from synthetic.generator import generate  # noqa: PLC0415  NumPy and Faker are slow to load; --if-empty may not need them

    path = options.truth
    if path and (path.is_dir() or not os.access(path.parent, os.W_OK)):
        raise refuse("truth", f"{path} cannot be written", "Name a file in a folder that exists.")
    with tqdm(desc="Making the trial up", unit=" rows", file=sys.stderr, disable=not sys.stderr.isatty(), leave=False) as bar:

        def progress(done: int, total: int) -> None:
            """Move the bar on."""
            bar.total = total
            bar.update(done - bar.n)

        truth = generate(
            engine,
            scenario=options.scenario,
            seed=options.seed,
            subjects=options.subjects,
            until=options.until,
            study_code=options.study,
            progress=progress,
        )
    path = path or _truth_path(url, truth.study)
    truth.write(path)
    counts = truth.counts
    sentence = (
        f"{truth.study} ({truth.scenario}, seed {truth.seed}, known until {truth.until}): {counts['screened']} screened,"
        f" {counts['dosed']} dosed, {counts['adverse_events']} adverse events, {counts['dlts']} DLT. SYNTHETIC. Truth: {path}"
    )
    _say(options.format, {"generated": True, "truth_file": str(path), **asdict(truth)}, sentence)


def _truth_path(url: str, study: str) -> Path:
    """Where the truth goes: the folder of an SQLite file, else the current folder."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and parts.database and parts.database != ":memory:":
        file = Path(parts.database)
        return file.with_name(f"{file.stem}.{study}.truth.json")
    return Path(f"{study}.truth.json")


def _say(form: str, values: dict[str, object], sentence: str) -> None:
    print(json.dumps(values, indent=1, ensure_ascii=False) if form == "json" else sentence)


if __name__ == "__main__":
    sys.exit(main())
