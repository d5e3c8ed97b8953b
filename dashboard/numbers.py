"""Numbers as they are written on the screen: shares with their interval, rates, days."""

from datetime import date

import pandas as pd


def percent(share: float) -> str:
    """Return a share of 0 to 1 as whole percent; a share that is not 0 or 1 is never written as 0% or 100%."""
    whole = round(100 * share)
    if whole == 0 and share > 0:
        return "<1%"
    if whole == 100 and share < 1:
        return ">99%"
    return f"{whole}%"


def percent_range(low: float, high: float) -> str:
    """Return an interval of shares as whole percent, such as 3-71%; outward, so that it never looks narrower than it is."""
    return f"{int(100 * low + 1e-9)}-{-int(-(100 * high - 1e-9) // 1)}%"


def decimal(value: float) -> str:
    """Return a rate or a mean with as many decimals as a reader needs: 0.42, 3.1, 27."""
    if abs(value) < 1:
        return f"{value:.2f}"
    return f"{value:.1f}" if abs(value) < 10 else f"{value:,.0f}"


def iso(day: object) -> str:
    """Return a day as YYYY-MM-DD; an empty text when it is missing."""
    return "" if pd.isna(day) else (day if isinstance(day, date) else pd.Timestamp(day)).strftime("%Y-%m-%d")
