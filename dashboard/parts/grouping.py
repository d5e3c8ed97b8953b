"""By which dictionary the terms of adverse events are grouped, as a part of a page."""

import streamlit as st

from dashboard.parts.words import show_note
from dashboard.text import say
from dashboard.view import View
from db.queries.meddra import NOT_MAPPED, meddra_versions


def choose_grouping(view: View) -> str | None:
    """The version of MedDRA to group by; None for the categories of CTCAE, which is all there is until a site loads its own mapping."""
    loaded = view.read(meddra_versions)
    if loaded.empty:
        return None
    names = {"": say("CTCAE category"), **{version: f"MedDRA {version}" for version in loaded["version"]}}
    chosen = st.segmented_control(
        say("Grouped by"), list(names), default="", required=True, key="ae-grouped", format_func=names.__getitem__
    )
    if not chosen:
        return None
    cover = loaded.set_index("version").loc[chosen]
    show_note(
        say(
            "System organ classes and preferred terms by the site's own mapping to MedDRA {version}, which holds {mapped} of {terms} "
            "terms; the others stand under {nowhere}.",
            version=chosen,
            mapped=f"{cover['mapped']:,}",
            terms=f"{cover['terms']:,}",
            nowhere=say(NOT_MAPPED),
        )
    )
    return str(chosen)
