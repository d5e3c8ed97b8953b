"""A reader opens every page on both trials, in the light and in the dark, and takes pictures."""

import pytest

from dashboard.register import PAGES
from tests.datasets import PILOT_CODE, why_absent
from tests.journeys.server import PATIENCE

DEFAULT_CODE = "FW-SCI-01"
STUDIES = [
    pytest.param(DEFAULT_CODE, id="default"),
    pytest.param(PILOT_CODE, id="pilot", marks=pytest.mark.skipif(bool(why_absent("pilot")), reason=why_absent("pilot") or "-")),
]


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_opens_by_its_address(reader, page, study):
    reader.go(page.name, f"?study={study}")
    assert reader.page.locator("h1").inner_text() == page.title
    assert study in reader.page.locator(".fw-question").inner_text()
    reader.check()
    reader.shoot(f"{study}-{page.name}")


def test_every_page_is_reached_by_the_menu(reader):
    reader.go(query=f"?study={DEFAULT_CODE}")
    for page in PAGES:
        reader.page.locator(f"[data-testid=stSidebar] a:has-text('{page.title}')").first.click()
        reader.page.wait_for_selector(f"h1:has-text('{page.title}')")
        reader.wait()
        assert reader.page.locator("h1").inner_text() == page.title
        assert f"study={DEFAULT_CODE}" in reader.page.url
        reader.check()


def test_every_page_in_the_dark(another):
    with another(scheme="dark") as reader:
        for page in PAGES:
            reader.go(page.name, f"?study={DEFAULT_CODE}")
            ground = reader.page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
            assert ground == "rgb(16, 23, 29)"
            reader.check()
            reader.shoot(f"{DEFAULT_CODE}-{page.name}-dark")


def test_every_page_in_chinese(reader):
    reader.go(query=f"?study={DEFAULT_CODE}")
    reader.page.locator("[data-testid=stSidebar] button:has-text('中文')").click()
    reader.page.wait_for_url("**lang=zh**")
    titles = []
    for page in PAGES:
        reader.page.goto(f"{reader.address}/{page.name}?study={DEFAULT_CODE}&lang=zh")
        reader.page.wait_for_selector(".fw-note >> text=CTCAE")
        reader.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        titles.append(reader.page.locator("h1").inner_text())
        reader.check()
        reader.shoot(f"{DEFAULT_CODE}-{page.name}-zh")
    assert not set(titles) & {page.title for page in PAGES}


MARKED_IN_THE_MENU = """title => {
    const links = [...document.querySelectorAll("[data-testid=stSidebar] [data-testid=stPageLink-NavLink]")];
    const grounds = links.map(link => getComputedStyle(link).backgroundColor);
    const alone = links.filter((link, place) => grounds.indexOf(grounds[place]) === grounds.lastIndexOf(grounds[place]));
    return links.length > 1 && alone.length === 1 && alone[0].innerText === title;
}"""
"""Whether the link of this title alone has a ground of its own. The browser draws the mark some moments after the words."""


def test_the_bare_address_is_the_first_page_and_marked_in_the_menu(reader):
    reader.go()
    assert reader.page.locator("h1").inner_text() == PAGES[0].title
    reader.page.wait_for_function(MARKED_IN_THE_MENU, arg=PAGES[0].title, timeout=PATIENCE)
