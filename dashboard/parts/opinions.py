"""Who reviewed a subject's events and who commented, as a part of the subject page."""

from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import show_note
from dashboard.text import say
from dashboard.view import View
from db.queries.subject_opinions import subject_opinions


def show_opinions(view: View, code: str) -> None:
    """Every review and comment known at the cut-off, the newest first."""
    said = view.read(subject_opinions, subject=code)
    moments = said["said_at"].dt.tz_convert(view.study.time_zone).dt.strftime("%Y-%m-%d %H:%M").astype("str")
    rows = said.assign(
        when=moments,
        kind_words=[say(kind) for kind in said["kind"]],
        role_words=[say(role) for role in said["role"]],
        about=[row.event if isinstance(row.event, str) else say("the subject") for row in said.itertuples()],
        version=["" if same else say("before a correction") for same in said["of_this_version"]],
    )
    headings = {
        "when": say("said at ({zone})", zone=view.study.time_zone), "kind_words": say("what"), "person": say("who"),
        "role_words": say("role"), "about": say("concerning"), "term": say("term"), "words": say("in words"), "version": say("version"),
    }  # fmt: skip
    show_table(rows, key=f"opinions-{code}", headings=headings)
    show_note(say("A review is of the event as it stood then: where it was corrected afterwards, it wants another look."))
    if len(said):
        offer_download(view, "opinions", said)
