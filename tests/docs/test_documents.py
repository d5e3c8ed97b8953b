"""The documents are true: what they name exists, what they tell to type runs, and what they promise of themselves holds."""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from functools import cache
from pathlib import Path

import pytest

from dashboard.register import PAGES
from synthetic.scenarios import SCENARIOS
from tests.contracts.sources import PACKAGES, ROOT
from tests.docs.documents import NAMES, asked, commands, document, links, paths
from trial.escalation.register import DESIGNS

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
MACHINE = re.compile(r"(?<![\w.])/(?:work|tmp|root|home|Users)/")
TEXTS = {".md", ".py", ".toml", ".in", ".sh", ".txt", ".yml", ""}


def tracked() -> list[str]:
    """Files under version control; all that are there when this is no checkout."""
    found = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    return found or [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts]


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name):
    assert not [target for target in links(document(name)) if not (ROOT / target).exists()]


@pytest.mark.parametrize("name", NAMES)
def test_paths_exist(name):
    homes = [ROOT, *(ROOT / package for package in PACKAGES)]
    assert not [path for path in paths(document(name)) if not any((home / path).exists() for home in homes)]


@pytest.mark.parametrize("name", NAMES)
def test_make_targets_exist(name):
    named = {line.split()[1] for line in commands(document(name)) if line.startswith("make ")}
    assert named <= TARGETS


SHOWN = sorted({(asked(line), line) for name in NAMES for line in commands(document(name)) if line.startswith("python -m ")})


@cache
def explain(command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """What a command says of itself, asked for in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        line = [sys.executable, "-m", *command, "--help"]
        told = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert not list(Path(folder).iterdir()), "asking for help must leave nothing behind"
    return told


@pytest.mark.xdist_group("documents")
@pytest.mark.parametrize(("command", "line"), SHOWN, ids=lambda value: value if isinstance(value, str) else "")
def test_commands_explain_themselves_and_know_their_options(command, line):
    told = explain(command)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("usage:")
    assert not [word for word in line.split() if word.startswith("--") and word not in told.stdout]


def test_the_architecture_keeps_to_its_length_and_names_every_package():
    text = document("ARCHITECTURE.md")
    assert len(text.splitlines()) <= 150
    assert all(f"{package}/" in text for package in PACKAGES)


def test_contributing_says_where_to_add_each_kind_of_member():
    text = document("CONTRIBUTING.md")
    assert all(f"| a {kind} |" in text for kind in ("page", "figure", "query", "design", "scenario"))


def test_the_readme_shows_three_pictures_and_the_changelog_names_every_page():
    pictures = [target for target in links(document("README.md")) if target.endswith(".png")]
    assert len(pictures) >= 3
    assert all((ROOT / picture).stat().st_size > 10_000 for picture in pictures)
    assert not [page.title for page in PAGES if page.title not in document("CHANGELOG.md")]


def test_the_licence_is_the_one_that_is_declared():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["license"]
    assert declared == "Apache-2.0"
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert "Version 2.0, January 2004" in licence


def test_scenarios_and_designs_that_are_named_exist():
    text = "\n".join(document(name) for name in NAMES)
    assert set(re.findall(r"--scenario (\S+)", text)) - {"NAME"} <= set(SCENARIOS)
    assert set(re.findall(r"--design (\S+)", text)) - {"NAME"} <= set(DESIGNS)


def test_continuous_integration_runs_everybodys_command():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_nothing_names_a_place_on_somebodys_machine():
    found = []
    for name in tracked():
        path = ROOT / name
        if path.suffix in TEXTS and path.is_file() and not name.startswith("tests/docs/"):
            found += [f"{name}: {line.strip()}" for line in path.read_text(encoding="utf-8").splitlines() if MACHINE.search(line)]
    assert not found, "\n".join(found)


def test_planted_untruths_are_seen():
    text = "See [that](missing.md), `db/nowhere.py` and `make nothing`.\n```\npython -m nowhere run   # never\n```\n"
    assert links(text) == ["missing.md"]
    assert paths(text) == ["db/nowhere.py"]
    assert commands(text) == ["python -m nowhere run", "make nothing"]
    assert MACHINE.search("open " + "/".join(("", "work", "main", "x")))
