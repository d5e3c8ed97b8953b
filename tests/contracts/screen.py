"""The screen without a browser: the whole app run in memory, and what it would send to one."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from dashboard.access import DEMO_FLAG, DEMO_WORD
from dashboard.register import PageEntry
from tests.contracts.sources import ROOT

SECONDS = 60
DEFAULT_ROLE = "safety officer"
BROKEN = "could not be shown"
TEXT_ONLY = {
    ("arrow_data_frame", "data"),
    ("selectbox", "options"),
    ("multiselect", "options"),
    ("text_input", "value"),
    ("plotly_chart", "spec"),
}
"""Fields that hold site text and show it as text, or are examined on their own."""


@dataclass(frozen=True)
class Said:
    """One string that is sent to the browser: the kind of element, the field, and the string."""

    kind: str
    field: str
    text: str


def open_screen(url: str, monkeypatch: pytest.MonkeyPatch, *, role: str = DEFAULT_ROLE, **address: str) -> AppTest:
    """Run the app on a database, as one role, at an address (study, as_of, lang), and return it on its first page."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv(DEMO_FLAG, DEMO_WORD)  # what the door refuses is tested on its own
    screen = AppTest.from_file(ROOT / "app.py", default_timeout=SECONDS)
    screen.session_state["role"] = role
    screen.query_params.update(address)
    return screen.run()


def show(screen: AppTest, page: PageEntry) -> AppTest:
    """Go to a page and return the screen."""
    return screen.switch_page(page.path).run()


def bodies(screen: AppTest) -> list[str]:
    """Every piece of HTML on the page."""
    return [said.text for said in sent(screen) if said.kind == "html"]


def sent(screen: AppTest) -> list[Said]:
    """Every string on the page and in the sidebar, tables' cells and pictures included."""
    found = []
    for block in (screen.main, screen.sidebar):
        for element in block:
            proto = getattr(element, "proto", None)
            if isinstance(proto, Message):
                found += [Said(str(element.type), field, text) for field, text in _strings(proto)]
    return found


def _strings(message: Message, path: str = "") -> Iterator[tuple[str, str]]:
    """Each string of a message with the name of its field, however deep."""
    for field, value in message.ListFields():
        values = (
            value
            if isinstance(value, list | tuple) or (hasattr(value, "__len__") and not isinstance(value, str | bytes | Message))
            else [value]
        )
        for item in values:
            if isinstance(item, Message):
                yield from _strings(item, field.name)
            elif isinstance(item, str):
                yield field.name, item


def faults(screen: AppTest) -> list[str]:
    """What a page must not show: an exception, or the words that stand in for one."""
    found = [f"exception: {element.message}" for element in screen.exception]
    return found + [body for body in bodies(screen) if BROKEN in body]


def figures(screen: AppTest) -> list[dict[str, Any]]:
    """The figures of the page as they are sent."""
    return [json.loads(said.text) for said in sent(screen) if said.kind == "plotly_chart" and said.field == "spec"]
