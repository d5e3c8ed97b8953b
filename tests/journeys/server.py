"""The real server on a free port of this machine, and what a reader's browser meets there."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from dashboard.access import DEMO_FLAG, DEMO_WORD
from tests.contracts.sources import ROOT

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SCREENSHOTS = ROOT / "screenshots"
START_SECONDS = 60
PATIENCE = 30_000
"""Milliseconds to wait for the screen."""
NORMAL = ("_stcore/health", "_stcore/host-config")
"""What Streamlit's own page asks for below the address of a page and does not find there, before it asks again at the root."""


@contextmanager
def serve(url: str, log: Path, *, port: int | None = None, secrets: Path | None = None, **variables: str) -> Iterator[str]:
    """Serve the dashboard on a database and yield its address; what the server says goes to ``log``.

    ``secrets`` is the file that configures sign-in; without one the roles of the demonstration are open, on real data too.
    ``variables`` are environment variables of the server.
    """
    port = port or find_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--secrets.files", str(secrets)] if secrets else []
    flag = {} if secrets else {DEMO_FLAG: DEMO_WORD}
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": ".", **flag, **variables}
    with log.open("w", encoding="utf-8") as said, subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _await_health(address, server, log)
            yield address
        finally:
            server.terminate()


def find_port() -> int:
    """Return a port of this machine that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_health(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server answers; raise RuntimeError with what it said when it does not."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {log.read_text(encoding='utf-8')[-2000:]}")


@dataclass
class Visit:
    """One reader's window, with what went wrong in it and whom it talked to."""

    address: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def go(self, name: str = "", query: str = "") -> None:
        """Open a page by its address and wait until it is drawn."""
        self.page.goto(f"{self.address}/{name}{query}", timeout=PATIENCE)
        self.wait()

    def wait(self) -> None:
        """Wait until the page stands: its foot is there and nothing runs any more."""
        self.page.wait_for_selector(".fw-question", timeout=PATIENCE)
        self.page.wait_for_selector(".fw-note >> text=Audit head", timeout=PATIENCE)
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=PATIENCE)
        self.page.wait_for_timeout(400)
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=PATIENCE)

    def text(self) -> str:
        """The words on the page, without the sidebar."""
        return self.page.locator("[data-testid=stMain]").inner_text()

    def check(self) -> None:
        """Raise AssertionError when anything went wrong in this window."""
        assert not self.page.locator("[data-testid=stException]").count()
        assert "could not be shown" not in self.text()
        assert not self.complaints, self.complaints
        assert not self.strangers, f"talked to {self.strangers}"

    def shoot(self, name: str) -> None:
        """Save a picture of the window."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@contextmanager
def visit(browser: Browser, address: str, *, scheme: str = "light") -> Iterator[Visit]:
    """Open a window of a new reader, who notes every complaint of the console and every request to another host."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark" if scheme == "dark" else "light")
    context.set_default_timeout(PATIENCE)
    reader = Visit(address, context, context.new_page())

    def hear(message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not any(part in where or part in message.text for part in NORMAL):
            reader.complaints.append(f"{message.text} ({where})")

    def watch(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != urlsplit(address).netloc:
            reader.strangers.append(request.url)

    reader.page.on("console", hear)
    reader.page.on("pageerror", lambda error: reader.complaints.append(str(error)))
    context.on("request", watch)
    try:
        yield reader
    finally:
        context.close()
