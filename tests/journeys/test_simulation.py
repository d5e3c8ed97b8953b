"""A reader starts a long study, sees how far it is and cancels it: the page says so, no process of it is left, the next one runs."""

import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.journeys.test_entry import choose
from tests.journeys.test_every_page import DEFAULT_CODE

PATIENCE_SECONDS = 5
"""A killed process is gone at once; what is still at work after these was not killed."""
DESIGNS = 2
"""Designs beside each other on the page as it opens; each is simulated by a child of its own."""


def read_process(entry):
    """Parent, session, state and command line of a process; None once it is gone."""
    try:
        state, parent, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        return int(parent), int(session), state, (entry / "cmdline").read_bytes().decode().split("\0")
    except (OSError, ValueError):
        return None


def list_processes():
    """Every process at work on this machine, by its id; one that has ended and waits for its parent is not at work."""
    found = {int(entry.name): read_process(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    return {number: process for number, process in found.items() if process and process[2] not in "ZX"}


def find_children(address):
    """The ids of the simulations that the server at this address has started and that are at work."""
    port, processes = str(urlsplit(address).port), list_processes()
    servers = {number for number, (_, _, _, words) in processes.items() if "streamlit" in words and port in words}
    assert len(servers) == 1
    return {number for number, (parent, _, _, words) in processes.items() if parent in servers and "simulate" in words}


def count_left(children):
    """Processes at work that one of these started, or is: each child has a session of its own, which all its workers share."""
    return sum(session in children for _, session, _, _ in list_processes().values())


@pytest.fixture
def running(reader):
    """A reader before a study that has only begun, and the children at work on it."""
    reader.go("simulation", f"?study={DEFAULT_CODE}")
    assert not reader.page.get_by_role("button", name="Cancel", exact=True).is_enabled()
    choose(reader, "Trials", "100,000")
    reader.page.get_by_label("Cohorts at most", exact=True).fill("60")
    reader.page.get_by_label("Cohorts at most", exact=True).press("Enter")
    reader.wait()
    reader.page.get_by_role("button", name="Run", exact=True).click()
    reader.page.locator("[data-testid=stProgress]").filter(has_text=re.compile(r"^[1-9][\d,]* of 800,000 trials$")).wait_for()
    children = find_children(reader.address)
    assert len(children) == DESIGNS
    return reader, children


def test_a_long_study_is_cancelled_and_no_process_of_it_is_left(running):
    reader, children = running
    assert not reader.page.get_by_role("button", name="Run", exact=True).is_enabled()
    assert "Unfinished:" in reader.text()
    reader.shoot("simulation-running")
    reader.page.get_by_role("button", name="Cancel", exact=True).click()
    reader.page.get_by_text("You cancelled it after").wait_for()
    end = time.monotonic() + PATIENCE_SECONDS
    while count_left(children) and time.monotonic() < end:
        time.sleep(0.1)
    assert not count_left(children)
    assert not find_children(reader.address)
    reader.wait()
    reader.shoot("simulation-cancelled")
    said = reader.text()
    done = re.search(r"You cancelled it after ([\d,]+) of 800,000 trials\.", said)
    assert done
    assert 0 < int(done[1].replace(",", "")) < 800_000
    assert "Unfinished:" in said
    assert "trials for each truth" not in said
    assert not reader.page.locator("[data-testid=stProgress]").count()
    assert not reader.page.get_by_role("button", name="Cancel", exact=True).is_enabled()
    choose(reader, "Trials", "1,000")
    assert done[0] in reader.text()
    reader.page.get_by_role("button", name="Run", exact=True).click()
    reader.page.locator(".fw-answer strong").filter(has_text=re.compile(r"^A: 3\+3 finds")).wait_for()
    reader.wait()
    assert "1,000 trials for each truth." in reader.text()
    assert "Unfinished" not in reader.text()
    assert "You cancelled it" not in reader.text()
