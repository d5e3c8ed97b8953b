"""The words on the screen: English in the code, other languages in catalogues beside it."""

import re
import tomllib
from contextvars import ContextVar
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from trial.errors import FaultyInput
from trial.sentence import Sentence

LANGUAGES = {"en": "English", "zh": "中文"}
LONGEST_SENTENCE = 600
"""Signs up to which a sentence without its template is compared with patterns; a hostile text is given back as it stands."""
DEEPEST_SENTENCE = 5
"""How deep sentences are looked for inside sentences."""
MOST_FITTING = 4
"""How many of the templates that fit, the most specific first, are compared."""
QUOTED = frozenset({"term", "label", "event", "code", "codes", "lot", "drugs", "text"})
"""Placeholders that hold what a site or a protocol wrote: never translated, even where it reads like words of ours."""
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
    return _translate_plain(sentence, _language.get())


def tell_faults(error: FaultyInput) -> str:
    """Return every fault of refused input on one line, in the language in use."""
    parts = [{"where": translate(fault.where), "what": translate(fault.what), "cure": translate(fault.cure)} for fault in error.faults]
    return " | ".join(say("{where}: {what}. {cure}", **part) for part in parts)


def _translate_plain(sentence: str, language: str) -> str:
    """Translate a sentence that lost its template on the way through a table, by the template that explains most of it."""
    return _fit(sentence, language, 0)[1]


@lru_cache(maxsize=10_000)
def _fit(sentence: str, language: str, depth: int) -> tuple[int, str]:
    """How many letters stay untranslated, quoted ones apart, and the translation; the best of the templates that fit."""
    catalogue = load_catalogue(language)
    if sentence in catalogue:
        return 0, catalogue[sentence]
    best = len(_LATIN.findall(sentence)), sentence
    if depth > DEEPEST_SENTENCE or len(sentence) > LONGEST_SENTENCE:
        return best
    fitting = ((match, wording) for pattern, wording in _patterns(language) if (match := pattern.fullmatch(sentence)))
    for match, wording in islice(fitting, MOST_FITTING):
        values = {name: (0, value) if name in QUOTED else _fit(value, language, depth + 1) for name, value in match.groupdict().items()}
        left = sum(letters for letters, _ in values.values())
        if left < best[0]:
            best = left, wording.format(**{name: value for name, (_, value) in values.items()})
    return best


@cache
def _patterns(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Every template with placeholders as a pattern, the most specific (longest fixed text) first."""
    found = [(template, wording) for template, wording in load_catalogue(language).items() if _PLACE.search(template)]
    found.sort(key=lambda pair: -len(_PLACE.sub("", pair[0])))
    return [(_compile(template), wording) for template, wording in found if len(_PLACE.sub("", template).strip()) > 2]


def _compile(template: str) -> re.Pattern[str]:
    """A template as a pattern whose groups are its placeholders; a repeated placeholder must repeat its value."""
    seen: set[str] = set()
    parts: list[str] = []
    for part in re.split(r"(\{\w+\})", template):
        name = part[1:-1]
        if not _PLACE.fullmatch(part):
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL)


_PLACE = re.compile(r"\{\w+\}")
_LATIN = re.compile(r"[A-Za-z]")


@cache
def load_catalogue(language: str) -> dict[str, str]:
    """Return the translations of one language, by English template; English itself has none."""
    if language == "en":
        return {}
    found: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / "catalogue").glob(f"{language}*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found
