"""One server and one browser for all journeys; they skip with the reason where there is no Chromium."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.datasets import find_dataset
from tests.journeys.server import ARGUMENTS, CHROMIUM, Visit, serve, visit


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every journey: it needs a browser, and all share one server, so one worker takes them all."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("journeys"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser at {CHROMIUM} (apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that shows the default trial, and the imported pilot where it can be had."""
    folder = tmp_path_factory.mktemp("journeys")
    with serve(find_dataset(folder, "default and pilot"), folder / "server.log") as where:
        yield where


@pytest.fixture
def reader(browser: Browser, address: str) -> Iterator[Visit]:
    """A reader's window; whatever happens in the test, it must end without a complaint."""
    with visit(browser, address) as window:
        yield window
        window.check()


@pytest.fixture
def another(browser: Browser, address: str) -> Callable[..., object]:
    """How to open the window of another reader."""
    return lambda **options: visit(browser, address, **options)
