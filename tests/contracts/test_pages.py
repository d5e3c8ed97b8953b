"""Every page renders for every kind of trial and for every role; site text reaches the browser only as text."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.register import PAGES
from dashboard.view import View
from synthetic.scenarios import SCENARIOS
from tests.contracts.screen import DEFAULT_ROLE, Said, bodies, faults, open_screen, sent, show
from trial.roles import ROLES, may_see

EVERY_ROLE = ("default", "hostile")
SOME_ROLES = ("empty", "one subject", "large", "pilot")
TELLING = (DEFAULT_ROLE, "data manager", "viewer")
LOOKS = [(name, role) for name in EVERY_ROLE for role in ROLES] + [(name, role) for name in SOME_ROLES for role in TELLING]
LOOKS += [(name, DEFAULT_ROLE) for name in SCENARIOS if name != "default"]
NAMES = [page.name for page in PAGES]

OUR_TAGS = {"p", "div", "span", "strong", "bdi", "dl", "dt", "dd", "br", "style"}
"""The tags of our own HTML; any other can only come from a site."""
OUR_FIGURE_TAGS = {"br", "b", "i", "extra", "span", "sub", "sup"}
OUR_ATTRIBUTES = {"class", "style"}
MARKDOWN = re.compile(r"!\[|\]\(|<\w+[^>]*>|\$\$|:\w+\[|\u202e")
"""What no label or heading of ours contains; there Streamlit reads markdown."""
TEXT_FIELDS = {("selectbox", "options"), ("selectbox", "raw_value"), ("multiselect", "options"), ("multiselect", "raw_values")}
TEXT_FIELDS |= {("multiselect", "default"), ("text_input", "value"), ("text_input", "default"), ("dataframe", "columns")}
"""Fields that Streamlit shows as plain text."""
ONLY_TEXT_COLUMNS = {"text", "number", "date", "datetime", "time", "checkbox"}


@pytest.fixture(scope="module")
def screens(dataset: Callable[[str], str]) -> Callable[[str, str], AppTest]:
    """A screen for each data set and role, kept while its pages are looked at."""
    kept: dict[tuple[str, str], AppTest] = {}

    def find(name: str, role: str, patch: pytest.MonkeyPatch) -> AppTest:
        patch.setenv("DATABASE_URL", dataset(name))
        if (name, role) not in kept:
            kept[name, role] = open_screen(dataset(name), patch, role=role)
        return kept[name, role]

    return find


def looks() -> list[object]:
    """Each page as each look shows it; one worker takes all of a data set, so that it is made and opened once."""
    marks = {name: pytest.mark.xdist_group(f"pages of {name}") for name, _ in LOOKS}
    return [pytest.param(name, role, page, marks=marks[name], id=f"{name}-{role}-{page.name}") for name, role in LOOKS for page in PAGES]


@pytest.mark.parametrize(("name", "role", "page"), looks())
def test_every_page_renders_for_every_trial_and_role(screens, monkeypatch, name, role, page):
    screen = show(screens(name, role, monkeypatch), page)
    assert not faults(screen)
    assert [title.value for title in screen.title] == [page.title]
    said = " ".join(bodies(screen))
    assert page.question in said, "the page does not say its question"
    if not may_see(role, page.name):
        assert f"The role {role} does not see this page." in said
        return
    assert re.search(r"Audit head \d[\d,]* · [0-9a-f]{12} · CTCAE", said), "the page does not end with the head of the audit chain"
    assert role in said
    assert ("SYNTHETIC" in said) == (name != "pilot")
    assert not find_live_text(sent(screen))
    assert screen.session_state["role"] == role


def find_live_text(said: list[Said]) -> list[Said]:
    """Strings that would be rendered as markup by the browser or by Streamlit."""
    return [part for part in said if _is_live(part)]


def _is_live(part: Said) -> bool:
    if (part.kind, part.field) in TEXT_FIELDS or part.field in ("id", "key"):
        return part.field == "columns" and bool(set(re.findall(r'"type_config": \{"type": "(\w+)"', part.text)) - ONLY_TEXT_COLUMNS)
    if part.kind == "plotly_chart" and part.field == "spec":
        return any(Tags.foreign(text, OUR_FIGURE_TAGS) for text in _drawn(json.loads(part.text)))
    return bool(Tags.foreign(part.text, OUR_TAGS) if part.kind == "html" else MARKDOWN.search(part.text))


class Tags(HTMLParser):
    """The tags and attributes that a browser would see in a text."""

    @classmethod
    def foreign(cls, text: str, ours: set[str]) -> list[str]:
        """Those that are not ours."""
        parser = cls()
        parser.found: list[str] = []
        parser.ours = ours
        parser.feed(text)
        parser.close()
        return parser.found

    def handle_starttag(self, tag, attrs):
        """Note a foreign tag, and foreign attributes of any tag."""
        self.found += [tag] if tag not in self.ours else []
        self.found += [name for name, _ in attrs if name not in OUR_ATTRIBUTES]


def _drawn(figure: dict[str, Any]) -> list[str]:
    """Every string of a figure that may be drawn; of the data carried along (subject codes, for the click) only what a template names."""
    found = _texts(figure.get("layout", {}))
    for trace in figure.get("data", []):
        shown = {key: value for key, value in trace.items() if key != "customdata"}
        named = {int(place) for place in re.findall(r"%\{customdata\[(\d+)\]", json.dumps(shown))}
        found += _texts(shown)
        for row in trace.get("customdata") or []:
            found += _texts([text for place, text in enumerate(row if isinstance(row, list) else [row]) if place in named])
    return found


def _texts(value: object) -> list[str]:
    """Every string of a figure."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _texts(part)]


@pytest.mark.parametrize(
    ("kind", "field", "text"),
    [
        ("html", "body", "<p><script>alert(1)</script></p>"),
        ("html", "body", "<p><IMG src=x onerror=alert(1)></p>"),
        ("title", "body", "![x](http://example.org/x.png)"),
        ("selectbox", "label", "[x](http://example.org)"),
        ("plotly_chart", "spec", '{"layout": {"title": {"text": "<a href=x>"}}}'),
        ("plotly_chart", "spec", '{"data": [{"hovertemplate": "%{customdata[1]}", "customdata": [["a", "<img src=x>"]]}]}'),
        ("dataframe", "columns", '{"Term": {"type_config": {"type": "link"}}}'),
    ],
)
def test_planted_live_text_is_seen(kind, field, text):
    assert find_live_text([Said(kind, field, text)])


def test_escaped_text_is_not_live():
    assert not find_live_text([Said("html", "body", "<p>&lt;script&gt;alert(1)&lt;/script&gt; ![x](y)</p>")])
    assert not find_live_text([Said("plotly_chart", "spec", '{"data": [{"hovertemplate": "x", "customdata": [["<img>"]]}]}')])
    assert not find_live_text([Said("selectbox", "options", "<b>![x](y)</b>")])


@pytest.mark.xdist_group("pages of hostile")
def test_hostile_text_does_reach_the_pages_as_text(screens, monkeypatch):
    """Without it the law above would hold for nothing: tables, HTML and figures all carry what the sites wrote."""
    screen = screens("hostile", DEFAULT_ROLE, monkeypatch)
    found: dict[str, set[str]] = {"html": set(), "plotly_chart": set(), "dataframe": set()}
    for page in PAGES:
        show(screen, page)
        said = [(part.kind, part.text) for part in sent(screen)] + [("dataframe", frame.value.to_json()) for frame in screen.dataframe]
        for kind, text in said:
            if kind in found and any(sign in text for sign in ("hostile.example", "DROP TABLE", "alert(1)", "xxxxxxxxxx")):
                found[kind].add(page.name)
    assert found["html"]
    assert {"adverse_events", "cohorts", "perioperative"} <= found["plotly_chart"] | found["dataframe"]
    assert "adverse_events" in found["dataframe"]
    assert len(set().union(*found.values())) >= 5


@pytest.mark.xdist_group("pages of default")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_that_cannot_read_says_so_and_is_seen_here(dataset, monkeypatch, page):
    """A fault on a page is shown as a reference, without the value it met, and the tests above would see it."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret value of subject 03-003")

    screen = open_screen(dataset("default"), monkeypatch)
    monkeypatch.setattr(View, "read", fail)
    show(screen, page)
    assert faults(screen)
    assert not screen.exception
    assert not any("secret" in part.text for part in sent(screen))
    assert [title.value for title in screen.title] == [page.title]
