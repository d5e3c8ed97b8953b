"""Who signed the committee's decisions, as a part of a page: printed name, date and time, and meaning."""

import streamlit as st

from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import show_note
from dashboard.text import say
from dashboard.view import View
from db.queries.decisions import decision_signatures


def show_signatures(view: View) -> None:
    """Every signature known at the cut-off, the newest decision first; to which version of the decision, on which state of the record."""
    st.subheader(say("Signatures to the committee's decisions"), anchor=False)
    signed = view.read_whole(decision_signatures)[::-1]
    if signed.empty:
        show_note(say("No decision is signed at this cut-off."))
        return
    moments = signed["signed_at"].dt.tz_convert(view.study.time_zone).dt.strftime("%Y-%m-%d %H:%M:%S").astype("str")
    rows = signed.assign(
        role_words=[say(role) for role in signed["role"]],
        meaning_words=[say(meaning) for meaning in signed["meaning"]],
        when=moments,
        version=[say("as it stands") if this else say("before a correction") for this in signed["of_this_version"]],
        head=[f"{row.head_number:,} · {row.head_hash[:12]}" for row in signed.itertuples()],
    )
    headings = {
        "code": say("decision"), "signer": say("signed by"), "role_words": say("role"), "meaning_words": say("meaning"),
        "when": say("signed at ({zone})", zone=view.study.time_zone), "version": say("version signed"), "head": say("audit head seen"),
    }  # fmt: skip
    show_table(rows, key="signatures", headings=headings, rows=6)
    offer_download(view, "signatures", signed)
