"""What stands before a closed door: one sentence that says why, one that says what to do, and a button."""

from collections.abc import Callable

import streamlit as st

from dashboard.access import DEMO_FLAG, DEMO_WORD, Refusal, Why
from dashboard.parts.words import show_answer, show_facts
from dashboard.text import say

WITHOUT_BUTTON = ("demonstration", "settings")
NARROW = 620
"""Pixels: a line of reading length."""


def show_closed(refusal: Refusal, sign_out: Callable[[], None]) -> None:
    """Show why nobody comes in and what to do; nothing of the record is read for it."""
    with st.container(width=NARROW):
        st.title("Firstwatch", anchor=False)
        what, cure = _words(refusal.why)
        show_answer(what, [cure], tone="plain" if refusal.why == "sign in" else "caution")
        if refusal.why in ("unknown", "no grants") and refusal.ticket:
            show_facts([(say("Issuer"), refusal.ticket.issuer), (say("Login"), refusal.ticket.login)])
        if refusal.why not in WITHOUT_BUTTON:
            _show_buttons(refusal, sign_out)


def _show_buttons(refusal: Refusal, sign_out: Callable[[], None]) -> None:
    """Sign in, or in again; and out, for whoever is known to the provider."""
    known = refusal.why != "sign in"
    with st.container(horizontal=True):
        if refusal.why not in ("unknown", "disabled", "no grants"):
            label = say("Sign in again") if known else say("Sign in")
            st.button(label, key="sign-in", type="primary", on_click=st.login)
        if known:
            st.button(say("Sign out"), key="sign-out", on_click=sign_out)


def _words(why: Why) -> tuple[str, str]:
    """What is the matter, and what to do."""
    again = say("Sign in again to go on; what was saved is saved.")
    words: dict[Why, tuple[str, str]] = {
        "demonstration": (
            say("This database holds a trial that is not made up, and nobody signs in here: nothing of it is shown."),
            say(
                "Configure sign-in under [auth] in .streamlit/secrets.toml (README, Signing in), or allow the role chooser on real data "
                "by starting Firstwatch with {flag}.",
                flag=f"{DEMO_FLAG}={DEMO_WORD}",
            ),
        ),
        "settings": (
            say("The settings of sign-in cannot be read: nobody comes in."),
            say("Correct .streamlit/secrets.toml (README, Signing in) and start Firstwatch again."),
        ),
        "sign in": (say("Sign in to see the trial."), say("Your organisation's identity provider asks who you are.")),
        "claims": (
            say("The identity provider did not say who you are and since when."),
            say("Firstwatch needs the claims iss, sub and iat of its ID token; ask your administrator."),
        ),
        "unknown": (
            say("You are signed in, but there is no account for you here."),
            say("Give these two lines to an administrator of Firstwatch, who can add you; then sign out and in again."),
        ),
        "disabled": (say("Your account is disabled."), say("Ask an administrator of Firstwatch.")),
        "no grants": (say("Your account has no role in any study."), say("Ask an administrator of Firstwatch to grant you one.")),
        "idle": (say("Your session ended, because nothing was done for too long."), again),
        "too long": (say("Your session ended, because it had lasted as long as one may."), again),
        "ended": (say("This session is over."), say("Sign in again to begin another.")),
        "too early": (
            say("The identity provider's clock is ahead of this server's: your session has not begun yet."),
            say("Try again in some minutes; if it stays so, ask your administrator to set the clocks."),
        ),
    }
    return words[why]
