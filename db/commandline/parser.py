"""The arguments of ``python -m db``."""

import argparse
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import NoReturn

from db.commandline.accounts import add_account_arguments
from db.commandline.situation import Situation
from trial.clocks.calendar import read_day

Act = Callable[[Situation, argparse.Namespace], int]
"""Does what is asked and returns the exit status."""

DATABASE_HELP = "database URL or file (default: DATABASE_URL, else firstwatch.db here)"


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence on stderr, without a dump of the usage."""

    def error(self, message: str) -> NoReturn:
        """Tell what is wrong in one sentence, and leave with status 2."""
        self.exit(2, f"firstwatch: {message}. See {self.prog} --help.\n")


def make_parser(acts: Mapping[str, Act]) -> argparse.ArgumentParser:
    """Return the parser; each subcommand carries its act of the same name in ``act``."""
    parser = _Parser(prog="python -m db", description="The record of Firstwatch: its database, imports and numbers.", allow_abbrev=False)
    parser.add_argument("--database", metavar="URL", help=DATABASE_HELP)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    def add(name: str, purpose: str) -> argparse.ArgumentParser:
        """Add one subcommand, with the database that it works on."""
        command = commands.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.", allow_abbrev=False)
        command.add_argument("--database", metavar="URL", default=argparse.SUPPRESS, help=DATABASE_HELP)
        command.set_defaults(act=acts[name])
        return command

    add("init", "create the tables in an empty database")
    add("upgrade", "bring a database to the newest schema")
    _add_import(add("import", "import a study from its SDTM export, all of it or nothing"))
    _add_study(add("summary", "count subjects, events, terms, dispositions and data issues of a study"))
    _add_study(add("problems", "list what imports found doubtful: file, row, column, what was done"))
    export = add("export", "write a study as CSV files that spreadsheets show and never run, with a manifest")
    export.add_argument("folder", type=Path, metavar="FOLDER", help="new or empty folder for the files")
    _add_study(export, formats=False)
    verify = add("verify", "check the audit chain, the keys and the integrity of the database")
    verify.add_argument("--heads", type=Path, metavar="FILE", help="heads noted outside (default: FIRSTWATCH_HEADS, else beside the file)")
    _add_format(verify)
    backup = add("backup", "copy the database to a file while it is in use, and verify the copy")
    backup.add_argument("file", type=Path, metavar="FILE", help="file to create")
    restore = add("restore", "bring a verified copy back, where there is no database yet")
    restore.add_argument("file", type=Path, metavar="FILE", help="copy made by backup")
    copy = add("copy", "copy the whole database into an empty one, SQLite or PostgreSQL, and verify both")
    copy.add_argument("--to", required=True, metavar="URL", help="URL or file of an empty or new database")
    terms = add("import-ctcae", "load the term table of CTCAE from the official file, saved as CSV")
    terms.add_argument("--version", choices=("5.0", "6.0"), help="version of CTCAE (default: what the file says)")
    _add_terms(terms, "the table of terms: CSV in UTF-8")
    mapping = add("import-meddra", "load a licensed site's own mapping of terms to MedDRA, for grouping by system organ class")
    mapping.add_argument("--version", required=True, metavar="N.N", help="version of MedDRA that the mapping is of, such as 28.0")
    _add_terms(mapping, "CSV in UTF-8 with the columns term, preferred term, system organ class")
    add_account_arguments(add("account", "say who may come in, and as what: add, grant, withdraw, disable, enable, list"))
    return parser


def _add_terms(command: argparse.ArgumentParser, file: str) -> None:
    """The arguments of what loads a table of terms."""
    command.add_argument("file", type=Path, metavar="FILE", help=file)
    command.add_argument("--actor", metavar="NAME", help="who loads it, for the audit trail (default: the user of this computer)")
    _add_format(command)


def _add_import(command: argparse.ArgumentParser) -> None:
    """The arguments of an import."""
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="folder, XPT, CSV or zip file")
    command.add_argument("--study", required=True, metavar="CODE", help="code of the study in this database")
    command.add_argument("--protocol", type=Path, metavar="FILE", help="protocol file (TOML); without one a minimal one is derived")
    command.add_argument("--time-zone", metavar="ZONE", help="IANA zone of the study (default: the protocol's, else UTC)")
    command.add_argument(
        "--entry-time", metavar="COLUMN", help="column that says when a row was entered (default: --ENTDTC of a domain or ENTDTC, if there)"
    )
    command.add_argument("--actor", metavar="NAME", help="who imports, for the audit trail (default: the user of this computer)")
    _add_format(command)


def _add_study(command: argparse.ArgumentParser, *, formats: bool = True) -> None:
    """The study and the cut-off."""
    command.add_argument("--study", required=True, metavar="CODE", help="code of the study")
    command.add_argument(
        "--as-of", type=_read_day, metavar="DATE", help="cut-off: the study as it was known at the end of DATE (default: today)"
    )
    if formats:
        _add_format(command)


def _add_format(command: argparse.ArgumentParser) -> None:
    """How to print."""
    command.add_argument("--format", choices=("text", "json"), default="text", help="form of what is printed (default: text)")


def _read_day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
