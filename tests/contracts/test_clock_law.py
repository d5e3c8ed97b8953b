"""Only app.py and the command-line entry points ask what day or time it is: everything else is measured to the cut-off."""

import ast
from fnmatch import fnmatch

import pytest

from tests.contracts.sources import Source, dotted, imports, program, read, strings

MAY_ASK = ("app.py", "*/__main__.py", "db/cli*.py", "trial/commandline*.py", "synthetic/commandline*.py")
ANYTHING = {"today", "now", "utcnow"}
"""Attributes that ask the clock, whatever they are attributes of: date.today, datetime.now, pd.Timestamp.now, func.now."""
TIME = {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "asctime"}
FAKER = {"date_this_year", "date_this_month", "date_this_decade", "date_this_century", "past_date", "future_date", "past_datetime"}
FAKER |= {"future_datetime", "date_of_birth", "date_time_this_year", "date_time_this_month", "unix_time", "date_time", "iso8601"}
MAKERS = {"Timestamp", "to_datetime", "datetime64", "Period"}
IN_SQL = ("current_timestamp", "current_date", "current_time", "datetime('now", "date('now", "strftime('%s', 'now", "julianday('now")


def find_clock_calls(source: Source) -> list[str]:
    """Each place that asks the clock, as path:line and what it asks."""
    found = [
        (line, name)
        for line, name in imports(source.tree)
        if name.partition(".")[0] == "time" and name.rpartition(".")[2] in TIME - {"time"}
    ]
    found += [(line, name) for line, name in imports(source.tree) if name == "time.time"]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            name = dotted(node)
            asked = node.attr in ANYTHING | FAKER or (name.partition(".")[0] == "time" and node.attr in TIME)
            found += [(node.lineno, name)] if asked or node.attr.lower() in IN_SQL else []
        elif isinstance(node, ast.Call) and _reads_now(node):
            found.append((node.lineno, f"{dotted(node.func)} of now"))
    found += [(line, text) for line, text in strings(source) if any(word in text.lower() for word in IN_SQL)]
    return [f"{source.path}:{line}: {name}" for line, name in found]


def _reads_now(call: ast.Call) -> bool:
    """Whether a word such as "now" is turned into an instant."""
    words = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
    return dotted(call.func).rpartition(".")[2] in MAKERS and any(word in ("now", "today") for word in words)


def test_nothing_but_the_entry_points_asks_what_day_it_is():
    asked = [place for source in program() if not any(fnmatch(source.path, door) for door in MAY_ASK) for place in find_clock_calls(source)]
    assert not asked, "ask for the cut-off instead:\n" + "\n".join(asked)


def test_the_entry_point_of_the_screen_does_ask():
    assert find_clock_calls(program("app.py")[0]), "the scan no longer sees the one call that must exist"


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import date; x = date.today()",
        "import datetime; x = datetime.datetime.now(datetime.UTC)",
        "import datetime as d; x = d.datetime.utcnow()",
        "import pandas as pd; x = pd.Timestamp.now()",
        "import pandas as pd; x = pd.Timestamp('now')",
        "import numpy as np; x = np.datetime64('today')",
        "import time; x = time.time()",
        "from time import time",
        "from time import localtime as t",
        "from sqlalchemy import func; x = func.now()",
        "from sqlalchemy import func; x = func.current_date()",
        "x = 'SELECT CURRENT_TIMESTAMP'",
        "from dataclasses import field; from datetime import datetime; x = field(default_factory=datetime.now)",
        "from faker import Faker; x = Faker().past_date()",
    ],
)
def test_a_planted_question_is_seen(line):
    assert find_clock_calls(read("trial/planted.py", line))


@pytest.mark.parametrize("line", ["import time; x = time.perf_counter()", "from datetime import time; x = time()", "x = 'as of today'"])
def test_measuring_how_long_something_takes_is_no_question(line):
    assert not find_clock_calls(read("trial/planted.py", line))
