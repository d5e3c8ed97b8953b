"""From a subject to the forms that enter, correct or void what is on record of it."""

import streamlit as st

from dashboard.parts.journey import SUBJECT_KEY
from dashboard.register import entry_of
from dashboard.text import say
from dashboard.view import View
from trial.roles import may, may_see

CHANGES = ("record event", "correct", "void", "attribute event", "review event", "comment")
"""Acts that a reader of a subject's story may want to turn to."""


def offer_entry(view: View, code: str) -> None:
    """Offer the way to the entry forms, to those whose role may use one; the code travels in the session."""
    if may_see(view.role, "entry") and any(may(view.role, act) for act in CHANGES) and st.button(say("Enter or correct"), key="to-entry"):
        st.session_state[SUBJECT_KEY] = code
        st.switch_page(entry_of("entry").path)
