"""What has changed since the cut-off on the screen: one line on every page that looks back, and the list behind it."""

from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from dashboard.parts.shield import piece
from dashboard.parts.table import offer_download, show_pages
from dashboard.parts.words import show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.changes import change_counts, changes, latest_known
from trial.changes import KINDS, describe_changes

LATEST = date(9999, 12, 30)
"""The cut-off of what the record knows now: everything."""


def show_changes(view: View) -> None:
    """Say what has changed since the cut-off, with the list to open; nothing at the newest cut-off, or where nothing has."""
    now = replace(view, as_of=replace(view.as_of, day=LATEST, history=False))
    if not view.sees(change_counts) or not _looks_back(view, now):
        return
    counts = dict(now.read(change_counts, since=view.as_of.day).itertuples(index=False))
    sentence = describe_changes(counts, view.as_of.day)
    if sentence is None:
        return
    if not view.sees(changes):
        show_note(translate(sentence))
        return
    opened = st.expander(translate(sentence), key="changes-since", on_change="rerun")
    if opened.open:
        with opened:
            _show_list(view, now, {kind: counts[kind] for kind in KINDS if counts[kind]})


def _looks_back(view: View, now: View) -> bool:
    """Whether anything can have changed since: the record knows what is corrected later, or has newer rows."""
    if view.as_of.history:
        return True
    newest = now.read(latest_known)["known_from"].iloc[0]
    return bool(pd.notna(newest) and newest >= view.as_of.moment)


@piece
def _show_list(view: View, now: View, counts: dict[str, int]) -> None:
    """The changes of one kind or of all, a page at a time; a row opens its subject."""
    day, zone = view.as_of.day, view.study.time_zone
    chosen = st.selectbox(
        say("Kind of change"),
        ["", *counts],
        key="changes-kind",
        format_func=lambda kind: f"{say(kind)} ({counts[kind]:,})" if kind else say("all kinds"),
    )
    kind = chosen or ""
    headings = {
        "kind_words": say("what"),
        "subject": say("subject"),
        "record": say("about"),
        "change": say("from → to"),
        "known_words": say("known from ({zone})", zone=zone),
        "reason": say("reason"),
    }

    def fetch(page: int, size: int) -> pd.DataFrame:
        """One page of the changes, in words and on the clock of the study."""
        found = now.read(changes, since=day, change=kind, offset=(page - 1) * size, limit=size)
        local = found["known_from"].dt.tz_convert(zone).dt.strftime("%Y-%m-%d %H:%M")
        return found.assign(kind_words=[say(kind) for kind in found["kind"]], known_words=local.astype("str"))

    count = counts[kind] if kind else sum(counts.values())
    show_pages(count, fetch, key=f"changes-{day}-{kind.replace(' ', '-')}", headings=headings, subject="subject", size=20)
    offer_download(
        view,
        "changes-since",
        lambda _: now.renewed().read(changes, since=day, change=kind),
        filters=f"changed after {day}, {kind or 'all kinds'}",
    )
