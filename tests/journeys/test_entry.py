"""A person records an event, finds it, corrects it, meets another editor, and voids; every past day still shows what it showed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from db.audit import Actor
from db.commands.correct_row import Correction, correct_row
from db.engine import open_engine, reading
from db.history import table_of
from db.models import AdverseEvent, Study, Subject
from synthetic.generator import generate
from tests.journeys.server import serve, visit
from tests.journeys.test_upload import become

TERM = "Sharp pain in the left heel"


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    """A made-up trial that these journeys may change."""
    folder = tmp_path_factory.mktemp("entry")
    engine = open_engine(f"sqlite:///{folder / 'trial.db'}")
    generate(engine, scenario="default", seed=1)
    return engine, folder


@pytest.fixture(scope="module")
def door(browser, trial):
    """The address of a server of that trial."""
    engine, folder = trial
    with serve(str(engine.url), folder / "server.log") as where:
        yield where


@pytest.fixture
def person(browser, door):
    """Somebody at the entry page, without complaints at the end."""
    with visit(browser, door) as window:
        window.go("entry")
        yield window
        window.check()


def newest_event(engine):
    """The event with the highest key, and the code of its subject."""
    event, subject = table_of(AdverseEvent), table_of(Subject)
    with reading(engine) as session:
        found = select(event, subject.c.code.label("person")).join(subject, subject.c.id == event.c.subject_id)
        return session.connection().execute(found.order_by(event.c.id.desc()).limit(1)).mappings().one()


def dosed_subject(engine):
    """The code of a subject that was dosed."""
    subject = table_of(Subject)
    with reading(engine) as session:
        found = select(subject.c.code).where(subject.c.actual_cohort_id.is_not(None)).order_by(subject.c.id).limit(1)
        return session.connection().execute(found).scalar_one()


def turn_to(person, role, act):
    """Take a role and choose a form."""
    become(person, role)
    person.page.locator("[data-testid=stSidebar]").get_by_text("Entry", exact=True).click()
    person.wait()
    person.page.locator("[data-testid=stButtonGroup]").get_by_text(act, exact=True).click()
    person.wait()


def choose(person, label, option):
    """Choose an option of a select box by its words."""
    box = person.page.locator("[data-testid=stMain] [data-testid=stSelectbox]").filter(has_text=label).first
    box.locator("input").click()
    box.locator("input").fill(option)
    person.page.get_by_role("option").filter(has_text=option).first.click()
    person.wait()


def fill(person, label, text):
    """Write into a field."""
    person.page.locator("[data-testid=stMain]").get_by_label(label, exact=True).fill(text)


def press(person, name):
    """Press a button and wait."""
    person.page.get_by_role("button", name=name, exact=True).click()
    person.page.wait_for_timeout(600)
    person.wait()


def test_an_event_is_recorded_found_corrected_and_voided(person, trial):
    engine, _ = trial
    code = dosed_subject(engine)
    day = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
    turn_to(person, "coordinator", "Record an event")
    choose(person, "Subject", code)
    fill(person, "What happened, as reported *", TERM)
    fill(person, "Onset *", "2999-01-01")
    press(person, "Save")
    assert "Not saved: 2 faults" in person.text()
    assert person.page.get_by_label("What happened, as reported *").input_value() == TERM, "what was typed is still there"
    person.shoot("entry-faults")
    fill(person, "Onset *", day)
    choose(person, "CTCAE grade", "2")
    press(person, "Save")
    event = newest_event(engine)
    assert (event["verbatim"], event["grade"], event["onset_text"], event["person"]) == (TERM, 2, day, code)
    assert f"Recorded: adverse event {event['code']}" in person.text()
    assert re.search(r"Known from \d{4}-.* UTC\. Audit head [\d,]+ · \w{12}", person.text())
    person.shoot("entry-recorded")
    if person.page.get_by_role("button", name=re.compile("Show the trial as of")).count():
        person.page.get_by_role("button", name=re.compile("Show the trial as of")).click()
        person.wait()
    find_in_listing(person, TERM, "1 of")
    turn_to(person, "data manager", "Correct")
    choose(person, "Subject", code)
    choose(person, "Row", event["code"])
    choose(person, "CTCAE grade", "3")
    fill(person, "Reason *", "source document says 3")
    press(person, "Save the correction")
    assert newest_event(engine)["grade"] == 3
    assert "Recorded: adverse event" in person.text()
    turn_to(person, "data manager", "Void")
    choose(person, "Subject", code)
    choose(person, "Row", event["code"])
    fill(person, "Reason *", "entered for the wrong subject")
    press(person, "Void this row")
    assert newest_event(engine)["code"] != event["code"]
    find_in_listing(person, TERM, "0 of")


def find_in_listing(person, term, count):
    """Search the listing of adverse events, as of the cut-off that stands in the sidebar, through the menu."""
    person.page.locator("[data-testid=stSidebar]").get_by_text("Adverse events", exact=True).click()
    person.wait()
    search = person.page.get_by_label("Term, verbatim or category contains")
    search.fill(term)
    search.press("Enter")
    person.page.locator("[data-testid=stMain]").get_by_text(re.compile(rf"^{count} [\d,]+ events")).wait_for()


def test_a_voided_event_still_stands_on_the_day_before(person, trial):
    engine, _ = trial
    event = newest_event(engine)
    turn_to(person, "data manager", "Void")
    choose(person, "Subject", event["person"])
    choose(person, "Row", event["code"])
    fill(person, "Reason *", "entered twice")
    press(person, "Void this row")
    known = event["known_from"].date().isoformat()
    person.go("adverse_events", f"?as_of={max(known, yesterday())}")
    assert_listed(person, event)


def yesterday():
    """The day before this one."""
    return (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


def assert_listed(person, event):
    """The past still tells of the event."""
    search = person.page.get_by_label("Term, verbatim or category contains")
    search.fill(event["verbatim"])
    search.press("Enter")
    person.page.locator("[data-testid=stMain]").get_by_text(re.compile(r"^[1-9][\d,]* of [\d,]+ events")).wait_for()


def test_the_later_of_two_editors_sees_both_versions_and_loses_nothing(person, trial):
    engine, _ = trial
    event = newest_event(engine)
    turn_to(person, "data manager", "Correct")
    choose(person, "Subject", event["person"])
    choose(person, "Row", event["code"])
    fill(person, "What happened, as reported *", "mine")
    with reading(engine) as session:
        study = session.connection().execute(select(table_of(Study).c.id)).scalar_one()
    other = Actor("Zoe", "data manager", datetime.now(UTC))
    correct_row(engine, other, study, Correction("adverse_event", event["id"], event["known_from"], {"action": "unknown"}, "call"))
    fill(person, "Reason *", "source document")
    press(person, "Save the correction")
    assert "somebody has changed this row meanwhile" in person.text()
    assert newest_event(engine)["verbatim"] == event["verbatim"]
    assert person.page.get_by_label("What happened, as reported *").input_value() == "mine"
    person.shoot("entry-conflict")
    assert person.page.get_by_label("Reason *", exact=True).input_value() == "source document"
    press(person, "Save the correction")
    after = newest_event(engine)
    assert (after["verbatim"], after["action"]) == ("mine", "unknown")
