"""What the address pins: study, cut-off and language, remembered across pages; never a subject."""

import streamlit as st


def recall(name: str) -> str | None:
    """Return what the address says of ``name`` if the reader has just changed the address, else None."""
    said = st.query_params.get(name)
    return said if said and said != st.session_state.get(f"address_{name}") else None


def pin(name: str, value: str) -> None:
    """Write ``value`` into the address, so that a copied link shows the same again."""
    st.session_state[f"address_{name}"] = value
    if st.query_params.get(name) != value:
        st.query_params[name] = value


def unpin(name: str) -> None:
    """Take ``name`` out of the address: the reader is back at what holds without it."""
    st.session_state.pop(f"address_{name}", None)
    if name in st.query_params:
        del st.query_params[name]
