"""Figures: functions of tables, without queries, statistics or Streamlit."""
