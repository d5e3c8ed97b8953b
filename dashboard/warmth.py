"""Keep reruns fast: collect once after the imports, then leave what is loaded out of every later collection."""

import gc

import streamlit as st


@st.cache_resource(show_spinner=False)
def warm_up() -> bool:
    """Collect and freeze what has been imported: no later collection looks at it again."""
    import plotly.graph_objects  # noqa: F401, PLC0415
    import scipy.stats  # noqa: F401, PLC0415

    gc.collect()
    gc.freeze()
    return True
