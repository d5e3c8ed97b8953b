"""Figures on a page: the house configuration, a description for those who cannot see it, and the click to a subject."""

import plotly.graph_objects as go
import streamlit as st

from dashboard.parts.journey import journey_round, open_subject, picked_subject
from dashboard.style import PLOT_CONFIG


def show_figure(figure: go.Figure, *, key: str, alt: str, clickable: bool = False) -> None:
    """Show a figure; ``alt`` says in words what it shows. In a clickable one each mark's customdata[0] is a subject code."""
    if not clickable:
        st.plotly_chart(figure, theme=None, key=key, config=PLOT_CONFIG, alt=alt)
        return
    code = pick_mark(figure, key=key, alt=alt)
    if code:
        open_subject(code)


def pick_mark(figure: go.Figure, *, key: str, alt: str) -> str:
    """Show a figure and return what the clicked mark carries as its first custom datum; nothing before a click."""
    chosen = st.plotly_chart(
        figure, theme=None, key=f"{key}-{journey_round()}", config=PLOT_CONFIG, alt=alt, on_select="rerun", selection_mode="points"
    )
    return picked_subject(chosen) or ""
