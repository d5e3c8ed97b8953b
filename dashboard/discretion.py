"""Logs without values: whatever is raised anywhere in the server, the log tells its kind and its place, never its message."""

import logging
import sys
import threading
from functools import cache
from types import TracebackType
from typing import Any

LOGGER = logging.getLogger("firstwatch")
STEPS = 8
"""How many of the lines that an error passed through are told, the innermost."""


def describe_error(error: BaseException) -> str:
    """Return the kind of an error and the lines it passed through, without its message, which might hold values."""
    lines = []
    step: TracebackType | None = error.__traceback__
    while step:
        lines.append(f"{step.tb_frame.f_code.co_filename.rpartition('/')[2]}:{step.tb_lineno}")
        step = step.tb_next
    return f"{type(error).__name__} at {' > '.join(lines[-STEPS:])}"


@cache
def keep_values_out_of_logs() -> None:
    """Make every log record of this process, by whatever library, tell errors by kind and place only.

    Messages of errors carry what was being worked on: a name, a date of birth. It is done once; later calls do nothing.
    """
    make = logging.getLogRecordFactory()

    def make_discreet(*args: Any, **kwargs: Any) -> logging.LogRecord:
        """A log record whose error is told without its values."""
        record = make(*args, **kwargs)
        error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
        if error is not None:
            record.msg, record.args, record.exc_info = f"Error in {record.name}: {describe_error(error)}", (), None
        return record

    logging.setLogRecordFactory(make_discreet)
    threading.excepthook = lambda said: _tell(said.exc_value)
    sys.unraisablehook = lambda said: _tell(said.exc_value)


def _tell(error: BaseException | None) -> None:
    """Log an error that nobody caught."""
    if error is not None and not isinstance(error, SystemExit):
        LOGGER.error("Not caught: %s", describe_error(error))
