"""The words on the screen: English in the code, other languages in catalogues beside it."""

import tomllib
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from trial.sentence import Sentence

LANGUAGES = {"en": "English", "zh": "中文"}
_language: ContextVar[str] = ContextVar("language", default="en")


def use_language(code: str) -> None:
    """Choose the language of everything said in this run; an unknown code means English."""
    _language.set(code if code in LANGUAGES else "en")


def current_language() -> str:
    """Return the code of the language in use."""
    return _language.get()


def say(template: str, /, **values: Any) -> str:
    """Return ``template`` in the language in use, filled with ``values`` (sentences among them are translated too)."""
    said = {name: translate(value) if isinstance(value, Sentence) else value for name, value in values.items()}
    wording = load_catalogue(_language.get()).get(template, template)
    return wording.format(**said) if said else wording


def translate(sentence: str) -> str:
    """Return a sentence made by a rule in the language in use; plain text is looked up as it stands."""
    if isinstance(sentence, Sentence):
        return say(sentence.template, **sentence.values)
    return say(sentence.replace("{", "{{").replace("}", "}}")) if "{" in sentence else say(sentence)


@cache
def load_catalogue(language: str) -> dict[str, str]:
    """Return the translations of one language, by English template; English itself has none."""
    if language == "en":
        return {}
    found: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / "catalogue").glob(f"{language}*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found
