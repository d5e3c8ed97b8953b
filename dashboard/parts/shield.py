"""Errors on a page: the reader sees a reference and what to do, the log the place; nobody sees a value."""

import functools
import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner_utils.exceptions import RerunException, StopException

from dashboard.discretion import describe_error
from dashboard.parts.words import show_missing
from dashboard.text import current_language, say, tell_faults, use_language
from dashboard.view import VIEW_KEY, NotOpen, current_view

P = ParamSpec("P")

LOGGER = logging.getLogger("firstwatch")


@contextmanager
def shield(place: str) -> Iterator[None]:
    """Show a reference instead of whatever is raised inside, and log the kind of error and where it passed, without its message."""
    try:
        yield
    except (RerunException, StopException):
        raise  # how Streamlit ends a run on purpose
    except NotOpen as error:
        show_missing(say("Your role does not see this part."), tell_faults(error))
    except Exception as error:
        reference = uuid.uuid4().hex[:8]
        LOGGER.error("%s failed, reference %s: %s", place, reference, describe_error(error))
        show_missing(
            say("This part could not be shown."),
            say(
                "Nothing was changed. Try again; if it happens again, give your administrator the reference {reference}.",
                reference=reference,
            ),
        )


def piece(function: Callable[P, None], *, run_every: float | None = None) -> Callable[P, None]:
    """Run a part of a page as a fragment of its own (it reruns alone) behind the shield, in the language of the page that places it.

    A part that reruns alone passes the door again: where its reader would not come in any more, or the cut-off needs more of history
    than the page had read, the whole page runs instead.
    ``run_every`` seconds it reruns by itself, for work that goes on elsewhere.
    """

    @functools.wraps(function)
    def placed(*args: P.args, **kwargs: P.kwargs) -> None:
        """The part in the language of the page, rerunning alone."""
        language = current_language()

        @functools.wraps(function)
        def shielded(*args: P.args, **kwargs: P.kwargs) -> None:
            """The part itself, while its reader may still look; its faults are told in its place."""
            use_language(language)  # a fragment reruns without the frame, which chose it
            if VIEW_KEY in st.session_state and not _still_holds():
                st.rerun()
            with shield(function.__qualname__):
                function(*args, **kwargs)

        st.fragment(shielded, run_every=run_every)(*args, **kwargs)

    return placed


def _still_holds() -> bool:
    view = current_view()
    return view.still_open() and view.still_whole()
