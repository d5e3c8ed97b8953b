"""Every word on the screen can be said in Chinese, with the same placeholders, and no catalogue keeps words nobody says."""

import re

import pytest

from dashboard import text
from dashboard.register import PAGES
from dashboard.text import LANGUAGES
from tests.contracts.screen import faults, open_screen, show
from tests.contracts.sources import program, read
from tests.contracts.words import SPEAKERS, catalogue, composed, fixed, literals, literals_of, places, spoken, templates

TRIALS = ("default", "one subject", "oncology", "pilot")
OTHERS = [code for code in LANGUAGES if code != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_every_template_is_translated(language):
    known = catalogue(language)
    missing = [f"{place}: {template!r}" for template, place in sorted(spoken().items(), key=lambda pair: pair[1]) if template not in known]
    assert not missing, f"{len(missing)} of {len(spoken())} have no {language}:\n" + "\n".join(missing)


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_the_placeholders(language):
    wrong = [f"{template!r} -> {wording!r}" for template, wording in catalogue(language).items() if places(template) != places(wording)]
    assert not wrong, "\n".join(wrong)


def test_chinese_stands_with_chinese_punctuation():
    mixed = re.compile("[\u4e00-\u9fff][,;:?!(]|[,;:?!)][\u4e00-\u9fff]")
    wrong = [wording for template, wording in catalogue("zh").items() if mixed.search(wording) and "name=value" not in template]
    assert not wrong, "half-width marks beside Chinese:\n" + "\n".join(wrong)


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_stale(language):
    stale = [template for template in catalogue(language) if template not in literals()]
    assert not stale, "nobody says any more:\n" + "\n".join(stale)


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_templates_are_literal(speaker):
    found = [place for source in program(*SPEAKERS[speaker]) for place in composed(source, speaker)]
    assert not found, "give the values as placeholders:\n" + "\n".join(found)


def test_planted_templates_are_seen():
    planted = read(
        "dashboard/pages/planted.py", 'say("A {n}", n=1); show(say("B" if x else "C")); T = {"d": "D"}; say(T["d"]); say(x.title)'
    )
    assert sorted(template for _, template in templates(planted, "say")) == ["A {n}", "B", "C", "D"]
    assert composed(read("dashboard/pages/planted.py", 'say(f"A {n}")\nsay("A " + n)'), "say") == [
        "dashboard/pages/planted.py:1",
        "dashboard/pages/planted.py:2",
    ]


def test_a_changed_placeholder_is_seen():
    assert places("{n} of {total}") != places("{n} / {all}")
    assert places("{share:.0%}") == places("占 {share:.0%}")


class Listening(dict[str, str]):
    """A catalogue that notes what it is asked for and does not have."""

    def __init__(self, words: dict[str, str]) -> None:
        super().__init__(words)
        self.missed: set[str] = set()

    def get(self, word, default=None):
        """Look a word up."""
        self.missed |= set() if word in self else {word}
        return super().get(word, default)


@pytest.fixture
def listening(monkeypatch):
    """The Chinese catalogue, listening."""
    words = Listening(catalogue("zh"))
    monkeypatch.setattr(text, "load_catalogue", lambda language: words if language == "zh" else {})
    text.use_language("zh")  # widgets ask for their options' names outside the run too
    yield words
    text.use_language("en")
    text._fit.cache_clear()
    text._patterns.cache_clear()


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.xdist_group(f"pages of {name}")) for name in TRIALS])
def test_every_word_that_a_page_looks_up_is_translated(dataset, monkeypatch, listening, name):
    """The templates that reading the source cannot find: words of tables, said one by one."""
    screen = open_screen(dataset(name), monkeypatch, lang="zh")
    for page in PAGES:
        show(screen, page)
        assert not faults(screen)
        assert [title.value for title in screen.title] == [listening[page.title]]
    missing = sorted(
        word for word in (listening.missed & literals_of("trial", "db", "dashboard")) - set(spoken()) if any(map(str.isalpha, fixed(word)))
    )
    assert not missing, f"no Chinese for {missing}"
