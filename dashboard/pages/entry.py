"""Entry: what waits for somebody, and the forms that the reader's role may use."""

import streamlit as st

from dashboard.forms.register import forms_of
from dashboard.forms.saving import newest, show_recorded
from dashboard.parts.frame import show_page
from dashboard.parts.words import show_answer, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.entry import entry_waiting
from trial.sentence import Sentence

ACT_KEY = "entry-act"


def render(view: View) -> None:
    """Show the page. Forms work on the record as it stands, whatever the cut-off of the other pages."""
    forms = forms_of(view.role)
    today = newest(view)
    _show_waiting(today)
    if not forms:
        show_missing(
            say("Your role {role} enters nothing.", role=say(view.role)),
            say("Ask an administrator for another role if you need to."),
        )
        return
    if view.study.kind == "imported":
        show_note(say("This study came by import. What you enter here stands beside it; another export of it would be a study of its own."))
    show_recorded(view)
    titles = [str(form.title) for form in forms]
    if st.session_state.get(ACT_KEY) not in titles:
        st.session_state[ACT_KEY] = titles[0]
    chosen = st.pills(
        say("What do you want to enter?"), titles, key=ACT_KEY, format_func=lambda title: translate(Sentence(title)), required=True
    )
    next(form for form in forms if str(form.title) == chosen).show(today)


def _show_waiting(view: View) -> None:
    """What waits for an entry, as the record stands."""
    row = view.read(entry_waiting).iloc[0]
    waiting = [
        say("awaiting DLT judgement: {n}", n=row["dlt_pending"]) if row["dlt_pending"] else "",
        say("serious and not reviewed: {n}", n=row["unreviewed"]) if row["unreviewed"] else "",
        say("in screening: {n}", n=row["screening"]) if row["screening"] else "",
        say("awaiting enrolment: {n}", n=row["eligible"]) if row["eligible"] else "",
        say("awaiting the dose: {n}", n=row["enrolled"]) if row["enrolled"] else "",
    ]
    told = " · ".join(part for part in waiting if part)
    told = told[:1].upper() + told[1:]
    basis = say("As the record stands now, whatever the cut-off of the other pages.")
    show_answer(told or say("Nothing waits for an entry."), [basis], tone="caution" if row["dlt_pending"] else "plain")


if __name__ == "__main__":
    show_page("entry", render)
