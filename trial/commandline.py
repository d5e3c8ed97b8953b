"""The command line of the escalation rules: `python -m trial --help`.

Every command answers on standard output as JSON or CSV; what is wrong is one sentence per fault on standard error.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, NoReturn

from tqdm import tqdm

from trial.commandline_reading import Answer, Record, check_start, gather_faults, list_records, read_counts, read_design, read_levels
from trial.commandline_simulation import simulate
from trial.errors import FaultyInput, refuse
from trial.escalation.history import review_history
from trial.escalation.outcomes import format_outcomes, parse_outcomes
from trial.escalation.pathways import expand_paths
from trial.escalation.register import DESIGNS, describe_design
from trial.escalation.state import count_state
from trial.qualification.register import qualify
from trial.qualification.report import list_outcomes, write_report
from trial.tables.escalation import OUTCOMES

MOST_PATHS = 200_000
"""Paths that are listed at most."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Tell what is wrong in one sentence, and leave with status 2."""
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help.\n")


def run(arguments: Sequence[str] | None = None, *, out: IO[str] | None = None) -> int:
    """Run one command and return its exit code: 0 when all is well, 1 for refused input or a reference that differs."""
    parser = _build_parser()
    asked = parser.parse_args(arguments)
    try:
        command: _Command = asked.command
        answer, code = command(asked)
    except FaultyInput as error:
        sys.stderr.write("".join(f"{fault}\n" for fault in error.faults))
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename or 'file'}: cannot be used ({error.strerror}). Give a file that can be written.\n")
        return 1
    _write(answer, asked.format, out or sys.stdout)
    return code


def _build_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m trial", description="Dose-escalation rules: tables, decisions, paths, simulation, qualification.")
    commands = parser.add_subparsers(title="commands", required=True, parser_class=_Parser)
    for name, (command, options, words) in _COMMANDS.items():
        one = commands.add_parser(name, help=words, description=words)
        one.set_defaults(command=command)
        for option in options:
            flags, settings = _OPTIONS[option]
            one.add_argument(*flags, **settings)
        one.add_argument("--format", choices=("json", "csv"), default="json", help="how the answer is written (default json)")
    return parser


def _list_designs(_: argparse.Namespace) -> tuple[Answer, int]:
    return [describe_design(kind) for kind in DESIGNS.values()], 0


def _show_table(asked: argparse.Namespace) -> tuple[Answer, int]:
    design = read_design(asked, levels=3)
    table = design.pending_table(asked.max_n) if asked.pending else design.table(asked.max_n)
    if asked.cohort_size:
        table = table[table["n"] % asked.cohort_size == 0]
    return list_records(table), 0


def _decide(asked: argparse.Namespace) -> tuple[Answer, int]:
    gather_faults(
        lambda: read_design(asked, levels=asked.doses),
        lambda: check_start(1 if asked.start is None else asked.start, asked.doses),
        lambda: parse_outcomes(asked.outcomes, asked.doses),
    )
    design, cohorts = read_design(asked, levels=asked.doses), parse_outcomes(asked.outcomes, asked.doses)
    began = cohorts[0].dose if cohorts else 1
    history = review_history(design, cohorts, asked.doses, start=began if asked.start is None else asked.start)
    decision = design.decide(history.state)
    answer = {"action": decision.action, "dose": decision.dose, "because": str(decision.because)}
    return answer | {"departures": [str(departure) for departure in history.departures]}, 0


def _select(asked: argparse.Namespace) -> tuple[Answer, int]:
    gather_faults(lambda: read_counts("--n", asked.n), lambda: read_counts("--dlt", asked.dlt))
    treated, dlt = read_counts("--n", asked.n), read_counts("--dlt", asked.dlt)
    current = max((level for level, n in enumerate(treated, 1) if n), default=1)
    gather_faults(lambda: read_design(asked, levels=len(treated)), lambda: count_state(treated, dlt, current))
    design, state = read_design(asked, levels=len(treated)), count_state(treated, dlt, current)
    selection = design.select(state)
    answer = {"dose": selection.dose, "mtd_reached": selection.reached, "because": str(selection.because)}
    return answer | {"estimates": list_records(design.estimates(state))}, 0


def _list_paths(asked: argparse.Namespace) -> tuple[Answer, int]:
    gather_faults(lambda: read_design(asked, levels=asked.doses), lambda: check_start(asked.start, asked.doses))
    design = read_design(asked, levels=asked.doses)
    empty = count_state((0,) * asked.doses, (0,) * asked.doses, asked.start)
    steps = list(islice(expand_paths(design, empty, asked.cohorts), MOST_PATHS + 1))
    if len(steps) > MOST_PATHS:
        raise refuse("--cohorts", f"{asked.cohorts} give more than {MOST_PATHS:,} paths", "Look ahead by fewer cohorts.")
    rows = (
        (format_outcomes(s.cohorts), len(s.cohorts), s.decision.action, s.decision.dose, s.probability, s.decision.because) for s in steps
    )
    return list_records(OUTCOMES.frame(rows)), 0


def _qualify(asked: argparse.Namespace) -> tuple[Answer, int]:
    outcomes = list(tqdm(qualify(Path(asked.folder)), unit="file", disable=None))
    covered = [outcome for outcome in outcomes if outcome.verdict != "not covered"]
    if asked.report:
        write_report(outcomes, Path(asked.report))
    if not covered:
        raise refuse("folder", "holds no reference file that is known here", "Give a folder with files in the known formats.")
    return list_outcomes(outcomes), int(any(outcome.verdict != "agrees" for outcome in covered))


def _write(answer: Answer, form: str, out: IO[str]) -> None:
    if form == "json":
        out.write(json.dumps(answer, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
        return
    rows = _flatten(answer)
    writer = csv.DictWriter(out, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _flatten(answer: Answer) -> list[Record]:
    """Rows for CSV: an answer that holds one table of its own becomes that table, other lists become text."""
    if isinstance(answer, dict):
        tables = [value for value in answer.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        if "doses" in answer and tables:
            return _flatten(tables[0])
        answer = [{key: value for key, value in answer.items() if value not in tables}]
    return [{key: _flatten_cell(value) for key, value in row.items()} for row in answer]


def _flatten_cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}={part}" for key, part in value.items())
    return "; ".join(map(str, value)) if isinstance(value, list) else value


_OPTIONS: dict[str, tuple[Iterable[str], Record]] = {
    "design": (["--design"], {"required": True, "help": "name of a design, see: designs"}),
    "target": (["--target"], {"type": float, "help": "target DLT rate, 0 to 1"}),
    "cohort_size": (["--cohort-size"], {"type": int, "help": "subjects per cohort"}),
    "set": (["--set"], {"action": "append", "metavar": "NAME=VALUE", "help": "a parameter of the design or of a restriction; repeat"}),
    "max_n": (["--max-n"], {"type": int, "required": True, "help": "largest number of subjects at a dose"}),
    "pending": (["--pending"], {"action": "store_true", "help": "with subjects still in the DLT window (TITE-BOIN, rolling six)"}),
    "doses": (["--doses"], {"type": read_levels, "required": True, "metavar": "K", "help": "number of dose levels, 1 to 50"}),
    "start": (["--start"], {"type": int, "default": 1, "help": "first dose level (default 1)"}),
    "began": (["--start"], {"type": int, "help": "first dose level (default: that of the first cohort)"}),
    "outcomes": (["--outcomes"], {"required": True, "help": 'cohorts so far, such as "1NNN 2NT.50"'}),
    "n": (["--n"], {"required": True, "help": "subjects per dose level, such as 3;3;6"}),
    "dlt": (["--dlt"], {"required": True, "help": "subjects with a DLT per dose level, such as 0;0;2"}),
    "depth": (["--cohorts"], {"type": int, "required": True, "help": "cohorts to look ahead, 1 to 12"}),
    "cohorts": (["--cohorts"], {"type": int, "default": 10, "help": "most cohorts in a trial (default 10)"}),
    "truth": (
        ["--truth"],
        {"required": True, "action": "append", "help": "true DLT rate per dose level, such as 0.05;0.15;0.3; repeat for several curves"},
    ),
    "trials": (["--trials"], {"type": int, "default": 10_000, "help": "trials to simulate (default 10000)"}),
    "seed": (["--seed"], {"type": int, "default": 1, "help": "seed of the random numbers (default 1)"}),
    "exact": (["--exact"], {"action": "store_true", "help": "enumerate instead of simulating"}),
    "window": (["--window"], {"type": float, "help": "DLT window; simulates in time, with subjects pending"}),
    "accrual": (["--accrual"], {"type": float, "default": 1.0, "help": "subjects per unit of time (with --window; default 1)"}),
    "stagger": (["--stagger"], {"type": float, "default": 0.0, "help": "least time between two subjects (with --window)"}),
    "progress": (["--progress"], {"help": "file that tells how far the simulation is, as JSON; FILE.cancel ends it"}),
    "workers": (["--workers"], {"type": int, "default": 1, "help": "local processes; the figures are the same for any number (default 1)"}),
    "dask": (
        ["--dask"],
        {"metavar": "ADDRESS", "help": "scheduler of a Dask cluster that does the work (needs the package distributed)"},
    ),
    "chunk": (["--chunk"], {"type": int, "help": "trials that share a stream of random numbers (default 20000, 5000 in time)"}),
    "folder": (["folder"], {"help": "folder with reference files"}),
    "report": (["--report"], {"help": "file for the report in words (Markdown)"}),
}
_DESIGN = ("design", "target", "cohort_size", "set")
_STUDY = ("start", "truth", "trials", "cohorts", "seed", "exact", "window", "accrual", "stagger", "progress", "workers", "dask", "chunk")
_Command = Callable[[argparse.Namespace], tuple[Answer, int]]
_COMMANDS: dict[str, tuple[_Command, tuple[str, ...], str]] = {
    "designs": (_list_designs, (), "list the designs and their parameters"),
    "table": (_show_table, (*_DESIGN, "max_n", "pending"), "the decision table"),
    "decide": (_decide, (*_DESIGN, "doses", "began", "outcomes"), "what the rule says after a history, and why"),
    "select": (_select, (*_DESIGN, "n", "dlt"), "the recommended dose at the end of a trial"),
    "paths": (_list_paths, (*_DESIGN, "doses", "start", "depth"), "every path of the coming cohorts"),
    "simulate": (
        simulate,
        (*_DESIGN, *_STUDY),
        "operating characteristics against a true dose-toxicity curve",
    ),
    "qualify": (_qualify, ("folder", "report"), "compute reference files again and compare; exit 0 only if all agree"),
}
