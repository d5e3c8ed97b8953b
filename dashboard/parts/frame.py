"""The frame of every page: title, question, cut-off, what stands still below it, and errors without values."""

from collections.abc import Callable

import streamlit as st

from dashboard.parts.changes import show_changes
from dashboard.parts.shield import shield
from dashboard.parts.words import show_missing, show_note
from dashboard.register import entry_of
from dashboard.text import say
from dashboard.view import View, current_view
from trial.roles import may_see

SHEET = """
<style>
.fw-answer strong { font-size: 1.15rem; line-height: 1.45; font-weight: 650; }
.fw-answer p { margin: .3rem 0 0 0; line-height: 1.5; }
.fw-answer, .fw-missing { border-left: 3px solid color-mix(in srgb, currentColor 22%, transparent); padding: .15rem 0 .15rem .8rem; }
.fw-answer.fw-good { border-left-color: #2F8F63; } .fw-answer.fw-caution { border-left-color: #C79A1B; }
.fw-answer.fw-stop { border-left-color: #C0452B; border-left-width: 5px; }
.fw-missing { border-left-style: dashed; }
.fw-missing p { margin: .2rem 0 0 0; }
.fw-note, .fw-detail, .fw-label { color: color-mix(in srgb, currentColor 68%, transparent);
  margin: 0; font-size: .9rem; line-height: 1.45; }
.fw-value { font-size: 1.6rem; font-weight: 600; margin: .1rem 0; line-height: 1.25; font-variant-numeric: tabular-nums; }
.fw-fact.fw-caution .fw-value { color: #B07C10; } .fw-fact.fw-stop .fw-value { color: #C8492E; }
dl.fw-facts.fw-facts { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; padding: 0; }
.fw-facts.fw-facts dt { color: color-mix(in srgb, currentColor 68%, transparent); margin: 0; padding: 0; }
.fw-facts.fw-facts dd { margin: 0; overflow-wrap: anywhere; }
.fw-answer, .fw-fact, .fw-note, .fw-missing { overflow-wrap: anywhere; }
.fw-question { color: color-mix(in srgb, currentColor 68%, transparent); margin: -.6rem 0 .2rem 0; font-size: .95rem; }
.fw-brand { font-size: 1.25rem; font-weight: 700; margin: 0; letter-spacing: .01em; }
.fw-section { color: color-mix(in srgb, currentColor 62%, transparent); margin: .35rem 0 -.2rem 0; font-size: .88rem; }
[data-testid=stSidebarUserContent] [data-testid=stVerticalBlock] { gap: .45rem; }
[data-testid=stSidebarUserContent] { padding-top: 1rem; }
[data-testid=stSidebarNav] { display: none; }
.fw-mark { font-weight: 650; letter-spacing: .04em; }
@media print { [data-testid=stSidebar], [data-testid=stToolbar], [data-testid=stHeader] { display: none !important; } }
</style>
"""


def show_sheet() -> None:
    """Put the house's few style rules on the page."""
    st.html(SHEET)


def show_page(name: str, render: Callable[[View], None]) -> None:
    """Show one page: its head, what ``render`` puts on it, and its foot; an error shows a reference, never a value."""
    view, entry = current_view(), entry_of(name)
    st.title(say(entry.title), anchor=False)
    st.html(f'<p class="fw-question">{_caption(view, say(entry.question))}</p>')
    if not view.sees_page(name):
        _show_closed_page(view, name)
        return
    if view.derived:
        show_note(say("This study came without a protocol file: what follows from a rule is left out and said so."))
    with shield("changes since"):
        show_changes(view)
    with shield(f"page {name}"):
        render(view)
    _show_foot(view)


def _show_closed_page(view: View, name: str) -> None:
    """One sentence: this page is not for this role, or not for a part of the sites."""
    if may_see(view.role, name):
        show_missing(
            say("This page speaks of the whole trial, and you see the subjects of your own site only."),
            say("Its numbers on some sites alone would mislead. Ask an administrator, if you need it."),
        )
        return
    show_missing(
        say("The role {role} does not see this page.", role=say(view.role)),
        say("Choose a page of the menu; ask an administrator, if you need this one."),
    )


def _caption(view: View, question: str) -> str:
    """The line under the title: question, study, cut-off with its instant, and SYNTHETIC where it is."""
    known = say(
        "{study}, as known at the end of {day} ({zone})", study=_escape(view.study.code), day=view.as_of.day, zone=view.study.time_zone
    )
    known += "" if view.as_of.sites is None else " · " + say("the subjects of your own site only; the dosing rule counts every site")
    mark = f' · <span class="fw-mark">{say("SYNTHETIC")}</span>' if view.study.synthetic else ""
    return f"{question} · {known}{mark}"


def _show_foot(view: View) -> None:
    """The line at every page's foot: audit head, grading version, how the data came in."""
    version = view.study.ctcae_version or say("not stated")
    show_note(
        say(
            "Audit head {head} · CTCAE {version} · cut-off {cut} · {role}",
            head=str(view.head),
            version=version,
            cut=say("{day} (until {moment} UTC)", day=view.as_of.day, moment=f"{view.as_of.moment:%Y-%m-%d %H:%M}"),
            role=say(view.role),
        )
    )


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
