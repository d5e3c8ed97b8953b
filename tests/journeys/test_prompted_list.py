"""A coordinator asks for complications by name after an operation, and the perioperative page counts the answer."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from db.engine import open_engine, reading
from db.history import table_of
from db.models import ComplicationCheck, Procedure, Subject
from synthetic.generator import generate
from tests.journeys.server import serve, visit
from tests.journeys.test_entry import choose, press, turn_to

ZONE = "Asia/Shanghai"
COMPLICATION = "CSF leak"
UNTIL = date(2026, 6, 30)
"""Some operations have been done by then after which nobody was asked yet."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """A made-up trial that this journey may change."""
    opened = open_engine(f"sqlite:///{tmp_path_factory.mktemp('lists') / 'trial.db'}")
    generate(opened, scenario="default", seed=1, until=UNTIL)
    return opened


@pytest.fixture
def person(browser, engine, tmp_path):
    """Somebody in front of that trial, without complaints at the end."""
    with serve(str(engine.url), tmp_path / "server.log") as door, visit(browser, door) as window:
        yield window
        window.check()


def find_unasked(engine):
    """The subject of the earliest procedure that no list was filled in for, and the day of it."""
    subject, procedure, check = (table_of(model) for model in (Subject, Procedure, ComplicationCheck))
    unasked = procedure.c.id.not_in(select(check.c.procedure_id))
    found = select(subject.c.code, procedure.c.performed_on).join(subject, subject.c.id == procedure.c.subject_id).where(unasked)
    with reading(engine) as session:
        return session.connection().execute(found.order_by(procedure.c.performed_on).limit(1)).one()


def read_counts(person):
    """How many procedures answer that the complication occurred, that it did not, and how many leave it open, as the page says."""
    person.go("perioperative", f"?as_of={datetime.now(ZoneInfo(ZONE)).date()}")
    person.page.get_by_text("Against expectation", exact=True).click()
    person.wait()
    row = person.page.locator("[data-testid=stDataFrame] canvas table tbody tr", has_text=COMPLICATION).first
    cell = row.locator("td", has_text=" · ").filter(has_not_text=".").first
    cell.wait_for(state="attached")
    return [int(part) for part in cell.inner_text().split(" · ")]


def test_an_answer_is_asked_for_saved_and_counted(person, engine):
    code, day = find_unasked(engine)
    occurred, denied, left_open = read_counts(person)
    person.go("entry")
    turn_to(person, "coordinator", "Ask for complications")
    choose(person, "Subject", code)
    asked_on = person.page.locator("[data-testid=stDateInput]", has_text="Asked on").locator("input")
    asked_on.fill((day + timedelta(days=5)).isoformat())
    asked_on.press("Tab")
    person.page.get_by_role("radiogroup", name=COMPLICATION).get_by_text("did not occur", exact=True).click()
    person.shoot("entry-complications")
    press(person, "Save the list")
    assert "Recorded: answer on a complication" in person.text()
    assert "1 of 5 complications were assessed." in person.text()
    person.shoot("entry-complications-saved")
    assert read_counts(person) == [occurred, denied + 1, left_open - 1]
