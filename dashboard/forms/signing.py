"""The form of a signature to a decision of the committee."""

import streamlit as st

from dashboard.forms.choosing import choose_row
from dashboard.forms.conflict import show_conflict
from dashboard.forms.fields import ask
from dashboard.forms.saving import entry_key, save
from dashboard.parts.words import show_facts, show_note
from dashboard.text import say
from dashboard.view import View
from db.commands.sign_decision import MEANING, SignatureEntry, sign_decision
from db.queries.decisions import committee_decisions


def show_signing(view: View) -> None:
    """Ask for a signature: name, date and time, and meaning stand beside the decision from then on."""
    decided = view.read(committee_decisions)
    if decided.empty:
        show_note(say("The committee has not decided yet."))
        return
    row = choose_row(view, "committee_decision", "", label=say("Decision"))
    if row is None:
        return
    told = next(decided[decided["code"] == row.code].itertuples())
    show_facts(
        [
            (say("Decision"), f"{row.code} · {say(told.decision)}"),
            (say("Why"), told.rationale),
            (say("You sign as"), f"{view.name} · {say(view.role)}"),
        ]
    )
    key = f"{entry_key('sign')}-{row.row}-{row.known_from:%H%M%S%f}"
    with st.form(key, border=True):
        meaning = ask(MEANING, key)
        wanted = st.form_submit_button(say("Sign"), type="primary")
    show_note(say("You sign on the record as it stands: audit head {head}. A signature is not taken back.", head=str(view.head)))
    if wanted:
        entry = SignatureEntry(int(row.row), row.known_from.to_pydatetime(), meaning, view.head)
        show_conflict("committee_decision", save(view, sign_decision, entry, subject=None))
