"""Observed against expected in tables: how each kind of event reads, and what follows from each value of its background rate."""

from typing import Any

import pandas as pd

from dashboard.numbers import decimal
from dashboard.parts.behind import list_codes
from dashboard.parts.table import show_table
from dashboard.parts.words import show_note
from dashboard.text import say, translate
from trial.signals.expected import compare_at_each_level
from trial.signals.intervals import describe_percent, describe_rate

MOST_ROWS = 15
"""Rows that are seen without scrolling: five events with three values each."""


def show_readings(table: pd.DataFrame, events: pd.DataFrame | None) -> None:
    """Show OBSERVED_EXPECTED in words, the subjects of its ``events`` where the reader may see them, and how each rate was found."""
    shown = table.assign(reading_words=[translate(one.reading) for one in table.itertuples()])
    headings = {"label": say("Event"), "reading_words": say("In words")}
    if events is not None:
        shown = shown.assign(who=[list_codes(events, one) for one in shown["background"]])
        headings["who"] = say("Codes")
    headings |= {"window": say("Background counted over"), "ascertainment": say("Found by"), "source": say("Source")}
    show_table(shown, key="background-table", headings=headings, rows=len(shown))


def show_levels(table: pd.DataFrame) -> pd.DataFrame:
    """Show what follows from OBSERVED_EXPECTED at each value of each background rate, and return it as EXPECTED_LEVELS."""
    levels = compare_at_each_level(table)
    rows = list(levels.itertuples())
    shown = levels.assign(
        counted=[translate(describe_rate(int(one.subjects), int(one.dosed))) for one in rows],
        background_rate=[say("{level}: {rate}", level=say(one.level), rate=describe_percent(one.rate)) for one in rows],
        expectation=[decimal(one.expected) for one in rows],
        ratio_words=[_ratio(one.ratio, one.ratio_lower, one.ratio_upper) for one in rows],
        chance_words=[_chances(one) for one in rows],
        shrunk_words=[_ratio(one.shrunk, one.shrunk_lower, one.shrunk_upper) for one in rows],
        doubled=[describe_percent(one.chance_doubled) for one in rows],
    )
    headings = {
        "label": say("Event"), "counted": say("Observed"), "background_rate": say("If the background is"), "expectation": say("Expected"),
        "ratio_words": say("Observed / expected"), "chance_words": say("As many by chance: exact · mid-p"),
        "shrunk_words": say("Shrunken ratio"), "doubled": say("Pr(ratio > 2)"),
    }  # fmt: skip
    show_table(shown, key="background-levels", headings=headings, rows=min(len(shown), MOST_ROWS))
    show_note(
        say(
            "Ratios with 95% intervals: Garwood over a fixed expectation. By chance: the upper tail of the binomial, one-sided; mid-p "
            "counts half of the very number observed. Shrunken ratio and Pr(ratio > 2): belief Gamma(1 + observed, 1 + expected); "
            "its prior Gamma(1, 1) is fixed in advance and worth one expected event, so one event of a rare kind is not taken for a "
            "tenfold excess."
        )
    )
    return levels


def _chances(one: Any) -> str:
    """The chance of at least as many, exact and mid-p; nothing where none was observed."""
    return "" if pd.isna(one.chance) else f"{describe_percent(one.chance)} · {describe_percent(one.chance_mid)}"


def _ratio(ratio: float, lower: float, upper: float) -> str:
    """A ratio with its limits; nothing where there is none."""
    if pd.isna(ratio):
        return ""
    return say("{ratio} ({lower} to {upper})", ratio=decimal(ratio), lower=decimal(lower), upper=decimal(upper))
