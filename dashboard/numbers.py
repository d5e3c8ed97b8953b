"""Numbers as they are written on the screen: rates and days (shares: trial/signals/intervals.py)."""

from datetime import date

import pandas as pd


def decimal(value: float) -> str:
    """Return a rate or a mean with as many decimals as a reader needs: 0.42, 3.1, 27."""
    if abs(value) < 1:
        return f"{value:.2f}"
    return f"{value:.1f}" if abs(value) < 10 else f"{value:,.0f}"


def iso(day: object) -> str:
    """Return a day as YYYY-MM-DD; an empty text when it is missing."""
    return "" if pd.isna(day) else (day if isinstance(day, date) else pd.Timestamp(day)).strftime("%Y-%m-%d")
