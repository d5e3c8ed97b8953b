"""Run one command: its errors become one sentence on stderr and an exit status."""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from db.commandline.accounts import manage_accounts
from db.commandline.copying import backup_database, copy_to, restore_database
from db.commandline.database import init_database, upgrade_database
from db.commandline.grading import import_mapping, import_terms
from db.commandline.parser import Act, make_parser
from db.commandline.situation import Situation
from db.commandline.studies import export_tables, import_export, list_problems, summarise
from db.commandline.verifying import verify_database
from trial.errors import FaultyInput

ACTS: Mapping[str, Act] = {
    "init": init_database,
    "upgrade": upgrade_database,
    "import": import_export,
    "summary": summarise,
    "problems": list_problems,
    "export": export_tables,
    "verify": verify_database,
    "backup": backup_database,
    "restore": restore_database,
    "copy": copy_to,
    "account": manage_accounts,
    "import-ctcae": import_terms,
    "import-meddra": import_mapping,
}
"""Each subcommand and what does it."""

TRACEBACK_VARIABLE = "FIRSTWATCH_TRACEBACK"
"""Environment variable; set, a fault of this program shows its traceback."""


def run(arguments: Sequence[str], now: datetime) -> int:
    """Do what the ``arguments`` ask at the moment ``now`` and return the exit status: 0 done, 1 refused, 2 not understood.

    Raises SystemExit for --help and for arguments that are not understood.
    """
    options = make_parser(ACTS).parse_args(arguments)
    situation = Situation(now, options.database)
    try:
        status: int = options.act(situation, options)
        sys.stdout.flush()
    except FaultyInput as error:
        return _complain(error.sentence)
    except BrokenPipeError:  # the reader had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _complain("stopped by you; the database is as it was", status=130)
    except (SQLAlchemyError, OSError) as error:
        return _complain(_explain(error))
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        what = f"a fault of this program ({type(error).__name__}); the database is as it was"
        return _complain(f"{what}. Set {TRACEBACK_VARIABLE}=1 and run it again to see where", status=70)
    finally:
        situation.close()
    return status


def _explain(error: SQLAlchemyError | OSError) -> str:
    """One sentence for what the database or the system refused."""
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or type(error).__name__}"
    cause = error.orig if isinstance(error, DBAPIError) else error
    first = next(iter(str(cause).splitlines()), "")  # PostgreSQL puts the row's values into the lines that follow
    words = " ".join(first.split()) or type(error).__name__
    return f"database: {words[:300].rstrip('.?! ')}. The database is as it was"


def _complain(sentence: str, *, status: int = 1) -> int:
    """Write one sentence to stderr and return the exit status."""
    sys.stderr.write(f"firstwatch: {sentence.rstrip('.')}.\n")
    return status
