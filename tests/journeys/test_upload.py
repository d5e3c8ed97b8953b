"""A data manager uploads an export; it may be cancelled; whoever may not import is told so; a bad file changes nothing."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError

from dashboard.parts.intake import FILE_TYPES
from tests.exports import write_export
from tests.journeys.test_every_page import DEFAULT_CODE


def become(reader, role):
    """Choose a role in the sidebar."""
    box = reader.page.locator("[data-testid=stSidebar] [data-testid=stSelectbox]").filter(has_text="Role")
    box.locator("input").click()
    reader.page.get_by_role("option", name=role, exact=True).click()
    reader.wait()


def head(reader):
    """The version of the record at the foot of the page."""
    found = re.search(r"Audit head (\d[\d,]*) · (\w+)", reader.text())
    assert found
    return found[0]


def upload(reader, study, files):
    """Fill in and send the form."""
    reader.page.get_by_label("Study code").fill(study)
    reader.page.locator("[data-testid=stFileUploaderDropzoneInput]").last.set_input_files([str(path) for path in files])
    reader.page.locator("[data-testid=stFileChip]").nth(len(files) - 1).wait_for()
    reader.page.get_by_role("button", name="Import", exact=True).click()
    finish(reader)


def finish(reader):
    """Wait until no import runs any more."""
    with suppress(TimeoutError):  # a short one may be over before it is seen
        reader.page.get_by_role("button", name="Cancel the import").wait_for(timeout=3_000)
    reader.page.get_by_role("button", name="Cancel the import").wait_for(state="detached")
    reader.page.get_by_role("button", name="Import", exact=True).wait_for()
    reader.wait()


@pytest.fixture
def manager(reader):
    """A data manager on the Data page."""
    reader.go("data", f"?study={DEFAULT_CODE}")
    become(reader, "data manager")
    return reader


def test_an_export_comes_in_by_upload(manager, tmp_path):
    assert "csv" in FILE_TYPES
    upload(manager, "UPLOADED", write_export(tmp_path, subjects=6, events=3))
    assert "UPLOADED is in: 30 rows" in manager.text()
    manager.go("adverse_events", "?study=UPLOADED")
    assert "UPLOADED" in manager.page.locator(".fw-question").inner_text()
    manager.check()
    manager.shoot("UPLOADED-adverse_events")


def test_a_bad_file_is_refused_and_changes_nothing(manager, tmp_path):
    before = head(manager)
    bad = tmp_path / "ae.csv"
    bad.write_text("this,is\nno,export\n", encoding="utf-8")
    upload(manager, "REFUSED", [bad])
    assert "Refused" in manager.text()
    assert "The record is as it was" in manager.text()
    assert head(manager) == before


def test_an_import_that_runs_is_shown_and_can_be_cancelled(manager, tmp_path):
    before = head(manager)
    files = write_export(tmp_path, subjects=2_000, events=40)
    manager.page.get_by_label("Study code").fill("CANCELLED")
    manager.page.locator("[data-testid=stFileUploaderDropzoneInput]").last.set_input_files([str(path) for path in files])
    manager.page.locator("[data-testid=stFileChip]").nth(len(files) - 1).wait_for()
    manager.page.get_by_role("button", name="Import", exact=True).click()
    manager.page.get_by_text("Reading the files").wait_for()
    manager.page.get_by_role("link", name="Cohorts").click()
    manager.page.wait_for_selector("h1 >> text=Cohorts")  # other pages answer meanwhile, and the import goes on
    manager.wait()
    manager.page.get_by_role("link", name="Data", exact=True).click()
    manager.page.get_by_role("button", name="Cancel the import").click()
    finish(manager)
    assert "Refused. The record is as it was." in manager.text()
    assert head(manager) == before


def test_a_statistician_may_not_import(reader):
    reader.go("data", f"?study={DEFAULT_CODE}")
    become(reader, "statistician")
    assert "may import; your role is statistician" in reader.text()
    assert not reader.page.locator("[data-testid=stFileUploaderDropzoneInput]").count()
