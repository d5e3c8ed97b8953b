"""Words on a page: always text, never HTML or markdown, whoever wrote them."""

import html
from collections.abc import Iterable
from typing import Literal

import streamlit as st

Tone = Literal["plain", "good", "caution", "stop"]
LONGEST = 1000


def show_answer(sentence: str, basis: Iterable[str] = (), *, tone: Tone = "plain") -> None:
    """Show the page's answer in one bold line, with what it rests on below; ``tone`` only underlines what the words say."""
    lines = "".join(f"<p>{_safe(line)}</p>" for line in basis if line)
    st.html(f'<div class="fw-answer fw-{tone}"><strong>{_safe(sentence)}</strong>{lines}</div>')


def show_note(text: str) -> None:
    """Show a muted line: what is counted, from what source, under which assumption."""
    st.html(f'<p class="fw-note">{_safe(text)}</p>')


def show_fact(label: str, value: str, detail: str = "", *, tone: Tone = "plain") -> None:
    """Show one number with its label above and its denominator or interval below."""
    below = f'<p class="fw-detail">{_safe(detail)}</p>' if detail else ""
    st.html(f'<div class="fw-fact fw-{tone}"><p class="fw-label">{_safe(label)}</p><p class="fw-value">{_safe(value)}</p>{below}</div>')


def show_missing(what: str, how: str) -> None:
    """Say that something is not declared or not there yet, and how to get it."""
    st.html(f'<div class="fw-missing"><strong>{_safe(what)}</strong><p>{_safe(how)}</p></div>')


def show_facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Show label and value pairs as a compact definition list."""
    rows = "".join(f"<dt>{_safe(label)}</dt><dd>{_safe(value)}</dd>" for label, value in pairs)
    st.html(f'<dl class="fw-facts">{rows}</dl>')


def shorten(text: object, longest: int = 60) -> str:
    """Return text cut to ``longest`` signs, with an ellipsis where it was cut; for names that a site gives."""
    value = str(text)
    return value if len(value) <= longest else f"{value[: longest - 1]}…"


def _safe(text: object) -> str:
    """Text cut to a length that a page can bear, with every sign that HTML would act on made inert.

    Direction marks are kept apart from their surroundings.
    """
    return f"<bdi>{html.escape(shorten(text, LONGEST))}</bdi>"
