"""Audit: who changed what, when and why; the whole trail, newest first, and whether it still holds."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.address import pin, recall, unpin
from dashboard.parts.frame import show_page
from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.verifying import show_verification
from dashboard.parts.words import Tone, show_answer, show_missing, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.heads import complaint_of_heads
from db.queries.audit import AuditFilter, audit_acts, audit_detail, audit_entries
from db.queries.change_kinds import MODELS
from trial.clocks.calendar import FIRST_DAY, LAST_DAY, read_day

PAGE_ROWS = 50
WHOLE_RECORD = ("data manager", "administrator")
"""Roles that keep the whole record and may see the entries of every study."""
TABLES = tuple(sorted((*MODELS, "account", "import_batch", "role_grant", "study")))
MOST_DOWNLOADED = 100_000
DAYS: dict[str, Any] = {"value": None, "format": "YYYY-MM-DD", "min_value": FIRST_DAY, "max_value": LAST_DAY}


def render(view: View) -> None:
    """Show the page."""
    _show_state(view)
    show_verification(view)
    _show_trail(view)


def _show_state(view: View) -> None:
    """One sentence: how long the trail is, its head, and the newest entry; what is wrong with the heads outside."""
    newest = view.read(audit_entries, limit=1)
    complaint = complaint_of_heads(view.engine.url, view.head.sequence)
    tone: Tone = "caution" if complaint else "plain"
    basis = [translate(complaint)] if complaint else [say("Each head is noted outside the database too.")]
    if view.as_of.sites is not None:
        basis.append(say("You see the entries about the subjects of your own site."))
    if newest.empty:
        show_answer(say("The record has {count} entries, none of them is yours to see", count=f"{view.head.sequence:,}"), basis, tone=tone)
        return
    last = newest.iloc[0]
    basis.insert(0, say("The trail is of the record itself: it shows every entry, whatever the cut-off."))
    show_answer(
        say(
            "{count} entries, head {head}; newest of this trial: {when} by {who} ({role})",
            count=f"{view.head.sequence:,}",
            head=str(view.head),
            when=_local(newest["at"], view).iloc[0],
            who=last["actor"],
            role=say(last["role"]),
        ),
        basis,
        tone=tone,
    )


@piece
def _trail(view: View) -> None:
    chosen = _choose(view)
    place = f"audit-before-{hash(chosen)}"
    steps: list[int] = st.session_state.setdefault(place, [])
    found = view.read(audit_entries, filters=chosen, before=steps[-1] if steps else None, limit=PAGE_ROWS + 1)
    page = found.head(PAGE_ROWS)
    if page.empty:
        show_missing(say("No entry passes these filters."), say("Take a filter away."))
        return
    show_table(_in_words(page, view), key=f"audit-{page['number'].iloc[0]}", headings=_headings(view), subject="subject", rows=14)
    _show_steps(page, place, steps, older=len(found) > PAGE_ROWS)
    _show_entry(view, page, everywhere=chosen.everywhere)
    offer_download(
        view, "audit-trail", lambda now: now.read(audit_entries, filters=chosen, limit=MOST_DOWNLOADED), filters=_describe(chosen)
    )


def _show_trail(view: View) -> None:
    st.subheader(say("Every entry"), anchor=False)
    _trail(view)


def _choose(view: View) -> AuditFilter:
    """The filters, in two rows; those that name nobody stand in the address."""
    everywhere = (
        view.role in WHOLE_RECORD
        and view.studies is None
        and st.toggle(say("every trial, accounts and acts on the whole record"), key="audit-everywhere")
    )
    acts = view.read(audit_acts, everywhere=everywhere)["act"].tolist()
    _recall("audit-act", "act", acts)
    _recall("audit-table", "table", list(TABLES))
    first, second, third, fourth = st.columns([2, 2, 2, 2], gap="small", vertical_alignment="bottom")
    actor = first.text_input(say("Who (part of the name)"), key="audit-actor", max_chars=100)
    act = second.selectbox(say("Act"), ["", *acts], key="audit-act", format_func=lambda name: translate(name) if name else say("any act"))
    table = third.selectbox(
        say("Table"), ["", *TABLES], key="audit-table", format_func=lambda name: name.replace("_", " ") if name else say("any table")
    )
    subject = fourth.text_input(say("Subject code"), key="audit-subject", max_chars=40)
    _recall_day("audit-from", "from")
    _recall_day("audit-to", "to")
    first, second, _ = st.columns([2, 2, 4], gap="small", vertical_alignment="bottom")
    first_on = first.date_input(say("Written from"), key="audit-from", **DAYS)
    last_on = second.date_input(say("Written to"), key="audit-to", **DAYS)
    for name, value in (("act", act), ("table", table), ("from", first_on), ("to", last_on)):
        pin(name, str(value)) if value else unpin(name)
    return AuditFilter(actor.strip(), act or "", table or "", subject.strip(), first_on, last_on, everywhere)


def _recall(key: str, name: str, options: list[str]) -> None:
    """Take over what the address says, where it is one of the options."""
    said = recall(name)
    if said in options:
        st.session_state[key] = said
    if st.session_state.get(key) not in ("", *options):
        st.session_state[key] = ""


def _recall_day(key: str, name: str) -> None:
    try:
        said = recall(name)
        if said:
            st.session_state[key] = read_day(said)
    except ValueError:
        unpin(name)


def _headings(view: View) -> dict[str, str]:
    return {
        "number": say("number"),
        "when": say("written ({zone})", zone=view.study.time_zone),
        "actor": say("who"),
        "act_words": say("act"),
        "where": say("table"),
        "subject": say("subject"),
        "words": say("what changed"),
        "reason": say("reason"),
        "role_words": say("role"),
        "hash": say("hash"),
    }


def _in_words(page: pd.DataFrame, view: View) -> pd.DataFrame:
    """One page of the trail with times of the study's zone and the words of the reader."""
    return page.assign(
        when=_local(page["at"], view),
        role_words=[translate(role) for role in page["role"]],
        act_words=[translate(act) for act in page["act"]],
        where=page["table"].fillna("").str.replace("_", " "),
    )


def _local(moments: pd.Series, view: View) -> pd.Series:
    return moments.dt.tz_convert(view.study.time_zone).dt.strftime("%Y-%m-%d %H:%M:%S").astype("str")


def _show_steps(page: pd.DataFrame, place: str, steps: list[int], *, older: bool) -> None:
    """Buttons to the older and newer entries; the place is kept by number, so that a new entry moves nothing."""
    newest, oldest = page["number"].iloc[0], page["number"].iloc[-1]
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(say("Newer"), key=f"{place}-newer", disabled=not steps):
            st.session_state[place] = steps[:-1]
            st.rerun(scope="fragment")
        if st.button(say("Older"), key=f"{place}-older", disabled=not older):
            st.session_state[place] = [*steps, int(oldest)]
            st.rerun(scope="fragment")
        show_note(say("Entries {newest} to {oldest}, newest first; a row opens its subject.", newest=f"{newest:,}", oldest=f"{oldest:,}"))


def _show_entry(view: View, page: pd.DataFrame, *, everywhere: bool) -> None:
    """One entry in full: every field before and after."""
    numbers = page["number"].tolist()
    number = st.selectbox(say("Show an entry in full"), [None, *numbers], key=f"audit-entry-{numbers[0]}", format_func=_number)
    if number is None:
        return
    detail = view.read(audit_detail, number=int(number), everywhere=everywhere)
    headings = {"field": say("field"), "before": say("before"), "after": say("after")}
    show_table(detail, key=f"audit-detail-{number}", headings=headings, rows=20)


def _number(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _describe(chosen: AuditFilter) -> str:
    """The filters that narrow, for the head of the download."""
    default = AuditFilter()
    return ", ".join(f"{name} {value}" for name, value in vars(chosen).items() if value != getattr(default, name))


if __name__ == "__main__":
    show_page("audit", render)
