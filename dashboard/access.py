"""Who is looking: in this first form a role chooser, marked as a demonstration."""

import streamlit as st

from dashboard.text import say
from trial.roles import ROLES


def choose_role() -> str:
    """Show the role chooser in the sidebar and return the role; there is no sign-in yet, and the label says so."""
    chosen = st.session_state.get("role")
    st.session_state["role"] = chosen if chosen in ROLES else "safety officer"  # said anew, since another language makes another widget
    role = st.selectbox(say("Role (demonstration, no sign-in)"), ROLES, key="role", format_func=say, persist_state="session")
    return role if role in ROLES else "viewer"
