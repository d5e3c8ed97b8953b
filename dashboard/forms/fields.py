"""Fields as widgets: every value comes back as it was typed, the command reads and judges it."""

from typing import Any

import streamlit as st

from dashboard.text import say, translate
from trial.clocks.calendar import FIRST_DAY, LAST_DAY
from trial.entry.field import LONGEST_NOTE, LONGEST_TEXT, Field

EXAMPLE = "2026-03-01T14:30"


def ask(field: Field, key: str, value: Any = None, *, help: str | None = None) -> Any:
    """Show the widget of a field with ``value`` in it, and return what stands in it now; None or an empty text for nothing."""
    label = translate(field.label) + (" *" if field.required else "")
    name = f"{key}-{field.name}"
    if field.kind in ("choice", "flag"):
        options = [None, True, False] if field.kind == "flag" else [None, *field.words]
        return _choose(label, options, name, value, help)
    if field.kind == "long text":
        return st.text_area(label, value or "", key=name, max_chars=LONGEST_NOTE, height=90, help=help)
    if field.kind == "day":
        return st.date_input(label, value, key=name, format="YYYY-MM-DD", min_value=FIRST_DAY, max_value=LAST_DAY, help=help)
    timed = field.kind in ("collected date", "moment")
    if field.kind == "collected date":
        help = help or partial_help()
    typed = "" if value is None else str(value)
    return st.text_input(label, typed, key=name, max_chars=LONGEST_TEXT, placeholder=EXAMPLE if timed else None, help=help)


def partial_help() -> str:
    """What to write where a date is not known whole."""
    return say("Local at the site. Write what is known: 2026-03-01T14:30, 2026-03-01, 2026-03 or 2026; a lone - where nothing is known.")


def _choose(label: str, options: list[Any], name: str, value: Any, help: str | None) -> Any:
    """One of the closed words; the empty one says that nothing was said."""
    index = options.index(value) if value in options else 0
    return st.selectbox(label, options, index=index, key=name, format_func=tell, help=help, placeholder="–")


def tell(value: Any) -> str:
    """Return a closed word, yes or no in the language of the page; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return str(value) if isinstance(value, int) else say(value)
