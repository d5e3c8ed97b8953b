"""Another language changes words only: never the trial, the cut-off or the role that the reader has chosen."""

from datetime import date

import pytest

from dashboard.text import use_language
from db.engine import open_engine
from synthetic.generator import generate
from tests.contracts.screen import open_screen


@pytest.fixture
def speaking():
    """Sets the language in which this thread, like the browser, knows the options of the screen."""
    yield use_language
    use_language("en")


def choices(screen):
    return screen.session_state["study"], screen.session_state["as_of"], screen.session_state["role"]


def test_another_language_keeps_what_was_chosen(own_dataset, monkeypatch, speaking):
    url = own_dataset("empty")
    generate(open_engine(url), scenario="oncology", seed=1, subjects=0)
    screen = open_screen(url, monkeypatch, role="data manager", study="FW-SCI-01", as_of="2026-03-02")
    chosen = choices(screen)
    assert chosen == ("FW-SCI-01", date(2026, 3, 2), "data manager")
    for language, title in (("zh", "今日"), ("en", "Today"), ("zh", "今日")):
        screen.sidebar.button_group(key="lang").set_value(language).run()
        speaking(language)
        assert not screen.exception
        assert screen.title[0].value == title
        assert choices(screen) == chosen
        assert screen.query_params.get("lang", "en") == language
        assert screen.query_params["study"] == "FW-SCI-01"
