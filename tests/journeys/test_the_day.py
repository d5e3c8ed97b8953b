"""A reader looks at another day, and sends somebody the link."""

from tests.journeys.test_every_page import DEFAULT_CODE

DAY = "2026-08-14"


def choose_day(reader, day):
    """Type a day into the cut-off."""
    box = reader.page.locator("[data-testid=stSidebar] [data-testid=stDateInput]")
    box.locator("[data-type=year]").click()
    reader.page.keyboard.type(day.replace("-", ""), delay=60)
    reader.page.keyboard.press("Enter")
    reader.page.keyboard.press("Escape")
    reader.page.wait_for_url(f"**as_of={day}**")
    reader.wait()


def words(reader):
    """The words on the page, without its figures and without its foot, whose version of the record is the same anyway."""
    said = reader.page.locator("[data-testid=stMain] [data-testid=stHtml]").all_inner_texts()
    return "\n".join(text for text in said if "Audit head" not in text)


def test_another_day_shows_other_numbers_and_another_address(reader):
    reader.go("enrolment", f"?study={DEFAULT_CODE}")
    last, address = words(reader), reader.page.url
    choose_day(reader, DAY)
    assert f"as known at the end of {DAY}" in words(reader)
    assert words(reader).replace(DAY, "") != last
    assert reader.page.url != address
    assert f"study={DEFAULT_CODE}" in reader.page.url


def test_the_day_stays_on_the_way_through_the_menu(reader):
    reader.go("enrolment", f"?study={DEFAULT_CODE}")
    choose_day(reader, DAY)
    reader.page.locator("[data-testid=stSidebar] a:has-text('Cohorts')").first.click()
    reader.page.wait_for_selector("h1:has-text('Cohorts')")
    reader.wait()
    assert f"as known at the end of {DAY}" in words(reader)
    assert f"as_of={DAY}" in reader.page.url


def test_a_link_shows_the_same_to_somebody_else(reader, another):
    reader.go("enrolment", f"?study={DEFAULT_CODE}")
    choose_day(reader, DAY)
    with another() as colleague:
        colleague.page.goto(reader.page.url)
        colleague.wait()
        assert words(colleague) == words(reader)
        colleague.check()
