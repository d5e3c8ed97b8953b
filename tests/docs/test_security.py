"""SECURITY.md is true: every promise names modules and tests that exist, and every attack is among them."""

import re

import pytest

from tests.attacks.__main__ import ATTACKS
from tests.contracts.sources import ROOT
from tests.docs.documents import quoted

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
PROMISES = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if re.match(r"\| \d+ \|", line)]


def absent(promise):
    """Modules and tests that a promise names and that are not there."""
    _, _, modules, tests = promise
    found = [path for path in quoted(modules) if not (ROOT / path).is_file()]
    for name in quoted(tests):
        path, _, test = name.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).is_file() else ""
        found += [] if re.search(rf"^\s*def {test}\(", text, re.MULTILINE) else [name]
    return found


def test_promises_are_numbered_without_a_gap():
    assert [int(promise[0]) for promise in PROMISES] == list(range(1, len(PROMISES) + 1))
    assert len(PROMISES) >= 20


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise[0])
def test_every_module_and_test_of_a_promise_exists(promise):
    assert quoted(promise[2])
    assert quoted(promise[3])
    assert not absent(promise)


def test_a_promise_without_its_test_is_seen():
    assert absent(["1", "x", "`db/nowhere.py`", "`tests/docs/test_security.py::test_nothing` `tests/none.py::test_x`"]) == [
        "db/nowhere.py",
        "tests/docs/test_security.py::test_nothing",
        "tests/none.py::test_x",
    ]


def test_it_says_what_is_not_promised_and_how_to_report():
    assert "## What is not promised" in TEXT
    assert "## To report a weakness" in TEXT


def test_every_attack_is_explained():
    readme = (ROOT / "tests" / "attacks" / "README.md").read_text(encoding="utf-8")
    assert not [name for name in ATTACKS if f"python -m tests.attacks {name} --count {ATTACKS[name][1]}" not in readme]
