"""Numbers as they are written on the screen: shares, rates, days and moments."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from trial.signals.intervals import describe_percent


def percent(share: float) -> str:
    """Return a share of 0 to 1 as percent that never rounds something to nothing, or nearly all to all."""
    return describe_percent(share)


def percent_range(low: float, high: float) -> str:
    """Return the two ends of an interval of shares as percent, such as 3%-71%."""
    return f"{describe_percent(low)}-{describe_percent(high)}"


def decimal(value: float) -> str:
    """Return a rate or a mean with as many decimals as a reader needs: 0.42, 3.1, 27."""
    if abs(value) < 1:
        return f"{value:.2f}"
    return f"{value:.1f}" if abs(value) < 10 else f"{value:,.0f}"


def iso(day: object) -> str:
    """Return a day as YYYY-MM-DD; an empty text when it is missing."""
    return "" if pd.isna(day) else (day if isinstance(day, date) else pd.Timestamp(day)).strftime("%Y-%m-%d")


def local_moment(text: str, time_zone: str) -> str:
    """Return an instant in ISO form, UTC where it names no offset, as day, time and zone of a study: 2026-03-02 09:30 (Asia/Shanghai).

    Raises ValueError for a text that is no instant.
    """
    instant = datetime.fromisoformat(text)
    local = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(ZoneInfo(time_zone))
    return f"{local:%Y-%m-%d %H:%M} ({time_zone})"
