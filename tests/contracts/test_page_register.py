"""The register of pages and the folder of pages say the same."""

from itertools import pairwise
from pathlib import Path

import pytest

from dashboard.register import PAGES, PAGES_FOLDER, PageEntry, entry_of
from tests.contracts.sources import ROOT, calls, program


def find_strays(pages: tuple[PageEntry, ...], folder: Path) -> list[str]:
    """Pages without a file, files without an entry, entries named twice."""
    names = [entry.name for entry in pages]
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    strays = [f"{name} has no file" for name in names if name not in files]
    strays += [f"{name}.py is not registered" for name in sorted(files - set(names))]
    return strays + [f"{name} is registered twice" for name in set(names) if names.count(name) > 1]


def test_every_registered_page_exists_and_every_page_is_registered():
    assert not find_strays(PAGES, PAGES_FOLDER)


def test_paths_lead_from_the_entry_point_to_the_file():
    assert all((ROOT / entry.path).is_file() for entry in PAGES)


def test_every_page_shows_itself_under_its_own_name():
    for source in program("dashboard/pages"):
        shown = [call.args[0].value for call in calls(source.tree, "show_page")]
        assert source.path.endswith("__init__.py") or shown == [Path(source.path).stem], source.path


def test_sections_of_the_menu_are_not_torn_apart():
    sections = [entry.section for entry in PAGES]
    assert 1 + sum(before != after for before, after in pairwise(sections)) == len(set(sections))


def test_an_unknown_page_is_refused():
    with pytest.raises(KeyError):
        entry_of("nowhere")


def test_planted_strays_are_seen(tmp_path):
    (tmp_path / "lost.py").touch()
    entry = PageEntry("Conduct", "gone", "Gone", "Where?")
    assert sorted(find_strays((entry, entry), tmp_path)) == [
        "gone has no file",
        "gone has no file",
        "gone is registered twice",
        "lost.py is not registered",
    ]
