"""People sign in at a real identity provider, see what their role sees, and are shown out again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from db.audit import Actor
from db.commands.accounts import add_account, disable_account, enable_account, grant_role
from db.engine import open_engine, reading
from db.history import table_of
from db.models import AuditEntry
from tests.datasets import find_dataset
from tests.journeys.provider import provide, sign_in, write_secrets
from tests.journeys.server import PATIENCE, SCREENSHOTS, find_port, serve

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the provider's own

STUDY = "FW-SCI-01"
IDLE_SECONDS = 15
ADMINISTRATOR = Actor("the holder", "administrator", datetime(2026, 3, 1, 8, tzinfo=UTC))
PEOPLE = {
    "sub-officer-71": ("Officer Seventy-One", [("safety officer", None)]),
    "sub-viewer-72": ("Viewer Seventy-Two", [("viewer", STUDY)]),
    "sub-many-73": ("Many Seventy-Three", [("statistician", STUDY), ("viewer", STUDY)]),
    "sub-nothing-74": ("Nothing Seventy-Four", []),
}
"""Each login with the name of its account and its roles."""
CLOSED = "[data-testid=stMain] .fw-answer"
MENU_LINKS = "[data-testid=stSidebar] [data-testid=stPageLink] a"


class House:
    """A server that asks people to sign in, its database and its accounts."""

    def __init__(self, address: str, url: str, log: Path, accounts: dict[str, int]) -> None:
        self.address, self.log, self.accounts = address, log, accounts
        self.engine = open_engine(url)

    def acts(self) -> list[tuple[str, str]]:
        """Who signed in and out, in the order of the audit chain."""
        table = table_of(AuditEntry)
        wanted = select(table.c.actor, table.c.act).where(table.c.act.in_(["sign in", "sign out", "session ended"]))
        with reading(self.engine) as session:
            return [tuple(row) for row in session.connection().execute(wanted.order_by(table.c.sequence))]


@contextmanager
def open_house(folder: Path, issuer: str, **variables: str) -> Iterator[House]:
    """Serve the default trial to those who sign in."""
    url, port = find_dataset(folder, "default"), find_port()
    engine = open_engine(url)
    accounts = {}
    for login, (name, roles) in PEOPLE.items():
        accounts[login] = add_account(engine, ADMINISTRATOR, issuer=issuer, login=login, name=name, reason="for this test")
        for role, study in roles:
            grant_role(engine, ADMINISTRATOR, account=accounts[login], role=role, study=study, reason="for this test")
    engine.dispose()
    secrets = write_secrets(folder / "secrets.toml", issuer=issuer, port=port)
    with serve(url, folder / "server.log", port=port, secrets=secrets, **variables) as address:
        yield House(address, url, folder / "server.log", accounts)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provide() as where:
        yield where


@pytest.fixture(scope="module")
def house(browser: Browser, issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house"), issuer) as opened:
        yield opened


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


def come(context: BrowserContext, house: House, login: str, name: str = "") -> Page:
    """Open a page of the house as somebody, signed in."""
    page = context.new_page()
    page.goto(f"{house.address}/{name}")
    sign_in(page, login)
    return page


def await_page(page: Page) -> None:
    """Wait until a page of the dashboard stands."""
    page.wait_for_selector(".fw-question")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def await_no_menu(page: Page) -> None:
    """Wait until the run has ended: only then does Streamlit take down what a run before it drew."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(page.locator(MENU_LINKS)).to_have_count(0, timeout=PATIENCE)


def menu(page: Page) -> list[str]:
    return page.locator(MENU_LINKS).all_inner_texts()


def test_nobody_sees_anything_before_signing_in(context, house):
    page = context.new_page()
    page.goto(f"{house.address}/subject?study={STUDY}")
    page.wait_for_selector(f"{CLOSED} >> text=Sign in to see the trial.")
    assert STUDY not in page.content()
    await_no_menu(page)
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "sign-in.png")


def test_a_role_sees_its_own_pages_only(context, house):
    page = come(context, house, "sub-viewer-72")
    await_page(page)
    page.wait_for_selector("[data-testid=stSidebar] [data-testid=stPageLink] a:has-text('Signals')")
    assert menu(page) == ["Enrolment", "Adverse events", "Signals"]
    assert page.locator("h1").inner_text() == "Enrolment"
    assert "Signed in: Viewer Seventy-Two" in page.locator("[data-testid=stSidebar]").inner_text()
    assert not page.locator("[data-testid=stSidebar] >> text=Role").count(), "one role leaves nothing to choose"
    page.goto(f"{house.address}/subject")
    page.wait_for_selector("text=The role viewer does not see this page.")
    assert not page.locator("[data-testid=stDataFrame]").count()


def test_a_person_chooses_among_his_own_roles(context, house):
    page = come(context, house, "sub-many-73")
    await_page(page)
    assert "Subject" in menu(page)
    page.locator("[data-testid=stSidebar] [data-testid=stSelectbox]:has-text('Role') input").click()
    options = page.locator("[role=option]").all_inner_texts()
    assert options == ["statistician", "viewer"]
    page.locator("[role=option]:has-text('viewer')").click()
    page.wait_for_selector("[data-testid=stSidebar] a:has-text('Escalation')", state="detached")
    await_page(page)
    assert menu(page) == ["Enrolment", "Adverse events", "Signals"]


@pytest.mark.parametrize(
    ("login", "words"),
    [("sub-stranger-79", "there is no account for you here"), ("sub-nothing-74", "Your account has no role in any study.")],
)
def test_whoever_is_granted_nothing_sees_nothing(context, house, login, words):
    page = come(context, house, login)
    page.wait_for_selector(f"{CLOSED} >> text={words}")
    said = page.locator("body").inner_text()
    assert login in said, "an administrator needs the login to add the account"
    assert STUDY not in page.content()
    await_no_menu(page)
    page.screenshot(path=SCREENSHOTS / f"refused-{login[4:-3]}.png")
    page.locator("button:has-text('Sign out')").click()
    page.wait_for_url("**/end_session**")


MENU, PART = "[data-testid=stSidebar] a:has-text('Signals')", "label:has-text('serious only')"
"""A click that runs the whole page, and one that runs a part of it alone."""


@pytest.mark.parametrize("click", [MENU, PART], ids=["menu", "part"])
def test_the_disabled_flag_works_at_the_next_click(context, house, click):
    page = come(context, house, "sub-officer-71")
    await_page(page)
    page.locator("[data-testid=stSidebar] a:has-text('Adverse events')").click()
    page.wait_for_selector(PART)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    account = house.accounts["sub-officer-71"]
    disable_account(house.engine, ADMINISTRATOR, account=account, reason="left")
    try:
        page.locator(click).click()
        page.wait_for_selector(f"{CLOSED} >> text=Your account is disabled.")
        await_no_menu(page)
    finally:
        enable_account(house.engine, ADMINISTRATOR, account=account, reason="back")


def test_a_signed_out_session_is_over_whoever_kept_its_cookie(browser, context, house):
    page = come(context, house, "sub-officer-71")
    await_page(page)
    kept = [cookie for cookie in context.cookies() if cookie["name"].startswith("_streamlit")]
    page.locator("[data-testid=stSidebar] button:has-text('Sign out')").click()
    page.wait_for_url("**/end_session**")
    page.locator("button").first.click()
    page.wait_for_selector(f"{CLOSED} >> text=Sign in to see the trial.")
    thief = browser.new_context()
    thief.add_cookies(kept)
    stolen = thief.new_page()
    stolen.goto(house.address)
    stolen.wait_for_selector(f"{CLOSED} >> text=This session is over.", timeout=PATIENCE)
    assert STUDY not in stolen.content()
    thief.close()
    assert house.acts()[-2:] == [("Officer Seventy-One", "sign in"), ("Officer Seventy-One", "sign out")]


def test_an_idle_session_ends_on_the_server(browser, context, issuer, tmp_path):
    with open_house(tmp_path, issuer, FIRSTWATCH_IDLE_SECONDS=str(IDLE_SECONDS)) as house:
        warm = browser.new_context().new_page()
        warm.goto(house.address)
        warm.wait_for_selector(CLOSED, timeout=PATIENCE)
        page = come(context, house, "sub-officer-71")
        await_page(page)
        page.wait_for_timeout((IDLE_SECONDS + 1) * 1000)
        page.locator("[data-testid=stSidebar] a:has-text('Signals')").click()
        page.wait_for_selector(f"{CLOSED} >> text=nothing was done for too long")
        page.reload()
        page.wait_for_selector(f"{CLOSED} >> text=nothing was done for too long")
        sign_in(page, "sub-officer-71")
        await_page(page)
        assert [act for _, act in house.acts()] == ["sign in", "session ended", "sign in"]


def test_no_identity_stands_in_an_address_or_in_the_log(context, house):
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(house.address)
    sign_in(page, "sub-officer-71")
    await_page(page)
    page.locator("[data-testid=stSidebar] a:has-text('Signals')").click()
    page.wait_for_selector("h1:has-text('Signals')")
    marks = [word for login, (name, _) in PEOPLE.items() for word in (login, name, name.replace(" ", "%20"))] + ["sub-stranger-79"]
    ours = [url for url in asked if url.startswith(house.address)]
    assert ours
    assert not [url for url in [*ours, page.url] if any(mark in url for mark in marks)]
    said = house.log.read_text(encoding="utf-8")
    assert not [mark for mark in marks if mark in said]
