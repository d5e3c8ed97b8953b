"""From any mark or row to the subject behind it, in one click; never by row position, never in the address."""

from typing import Any

import streamlit as st

from dashboard.register import entry_of

SUBJECT_KEY = "subject_code"
_ROUND_KEY = "journey_round"


def open_subject(code: str) -> None:
    """Go to the profile of one subject; the code travels in the session, not in the address."""
    st.session_state[SUBJECT_KEY] = code
    st.session_state[_ROUND_KEY] = journey_round() + 1
    st.switch_page(entry_of("subject").path)


def journey_round() -> int:
    """Return a number that grows with each journey; part of widget keys, so that an old click is not found again on return."""
    return int(st.session_state.get(_ROUND_KEY, 0))


def picked_subject(selection: Any) -> str | None:
    """Return the subject code that a clicked mark carries as its first custom datum; None when nothing was clicked."""
    points = selection["selection"]["points"] if selection else []
    for point in points:
        data = point.get("customdata")
        code = data[0] if isinstance(data, (list, tuple)) and data else data
        if code:
            return str(code)
    return None
