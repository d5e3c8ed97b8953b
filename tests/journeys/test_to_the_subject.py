"""From a mark of a figure and from a row of a table to the subject behind it, in one click, and without a trace in the address."""

import re

import pytest

from tests.journeys.test_every_page import DEFAULT_CODE

FIND_MARK = """() => {
  for (const path of document.querySelectorAll('.js-plotly-plot .scatterlayer .trace .points path')) {
    const trace = path.parentNode.parentNode.__data__?.[0]?.trace, place = path.__data__?.i;
    const data = trace?.customdata?.[place], code = Array.isArray(data) ? data[0] : data;
    const box = path.getBoundingClientRect();
    if (code && box.width > 3 && box.top > 80 && box.bottom < innerHeight - 5)
      return {code, x: box.x + box.width / 2, y: box.y + box.height / 2};
  }
  return null;
}"""
"""The first mark in sight that carries a subject code, and where it is."""

SUBJECT_CODE = re.compile(r"^\s*\d\d-")
"""How the made-up trial writes a subject: the site's number first. The grid fills its cells after it is drawn, so a reader waits."""


@pytest.mark.parametrize("name", ["cohorts", "today"])
def test_a_mark_opens_its_subject(reader, name):
    reader.go("" if name == "today" else name, f"?study={DEFAULT_CODE}")
    reader.page.wait_for_selector(".js-plotly-plot .scatterlayer .points path", state="attached")
    reader.page.locator(".js-plotly-plot").first.scroll_into_view_if_needed()
    reader.page.wait_for_timeout(500)
    mark = reader.page.evaluate(FIND_MARK)
    assert mark, "no mark in sight carries a subject code"
    reader.page.mouse.move(mark["x"], mark["y"])
    reader.page.mouse.click(mark["x"], mark["y"])
    expect_profile(reader, mark["code"])


def test_a_row_opens_its_subject(reader):
    reader.go("cohorts", f"?study={DEFAULT_CODE}")
    table = reader.page.locator("[data-testid=stDataFrame]").last
    table.scroll_into_view_if_needed()
    cell = table.locator("canvas table tbody tr:first-child td", has_text=SUBJECT_CODE).first
    cell.wait_for(state="attached")
    code = (cell.text_content() or "").strip()
    box = table.bounding_box()
    assert box
    reader.page.mouse.click(box["x"] + 14, box["y"] + 32 + 16)
    expect_profile(reader, code)


def test_back_from_a_subject_the_click_is_not_found_again(reader):
    test_a_mark_opens_its_subject(reader, "cohorts")
    reader.page.locator("[data-testid=stSidebar] a:has-text('Cohorts')").first.click()
    reader.page.wait_for_selector("h1:has-text('Cohorts')")
    reader.wait()
    assert reader.page.locator("h1").inner_text() == "Cohorts"


def expect_profile(reader, code):
    """The page of this subject, and nothing of it in the address."""
    reader.page.wait_for_selector("h1:has-text('Subject')")
    reader.wait()
    assert code in reader.text() or code in reader.page.locator("[data-testid=stMain] input").first.input_value()
    assert code not in reader.page.url
    reader.check()
