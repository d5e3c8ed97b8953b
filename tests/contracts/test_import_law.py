"""Imports run one way: app -> dashboard -> synthetic -> db -> trial; the rules stand in pyproject.toml."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.contracts.sources import PACKAGES, ROOT, imports, program

LAWS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]


def run_linter(folder: Path, config: Path) -> subprocess.CompletedProcess[str]:
    """The linter's answer about the packages in ``folder``."""
    program = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as run; run()"
    command = [sys.executable, "-c", program, "--config", str(config), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture
def planted(tmp_path):
    """Four empty packages under our own laws, into which a violation can be planted."""
    for package in (*PACKAGES, "dashboard/charts", "dashboard/pages", "dashboard/parts"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def test_the_laws_name_every_package():
    assert set(LAWS["root_packages"]) == set(PACKAGES)


def test_imports_keep_to_the_laws():
    found = run_linter(ROOT, ROOT / "pyproject.toml")
    assert found.returncode == 0, found.stdout


def test_nothing_that_is_shipped_imports_the_tests():
    assert not [(source.path, name) for source in program() for _, name in imports(source.tree) if name.split(".")[0] == "tests"]


def test_empty_packages_keep_to_the_laws(planted):
    found = run_linter(planted, planted / "pyproject.toml")
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("package", "line"),
    [("trial", "import db"), ("trial", "import sqlalchemy"), ("db", "import dashboard"), ("dashboard/charts", "import streamlit")],
)
def test_a_planted_import_is_refused(planted, package, line):
    (planted / package / "planted.py").write_text(line, encoding="utf-8")
    found = run_linter(planted, planted / "pyproject.toml")
    assert found.returncode == 1, found.stdout + found.stderr
    assert "BROKEN" in found.stdout
