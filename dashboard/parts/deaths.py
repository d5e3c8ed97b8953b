"""Deaths without a fatal event, named."""

from datetime import date
from typing import Any

import pandas as pd

from dashboard.text import say, translate
from dashboard.view import View
from db.queries.deaths import unreported_deaths
from trial.signals.deaths import DEATH, describe_death

MOST_NAMED = 5


def name_deaths(view: View) -> list[str]:
    """Return one line for each dosed subject who died without a fatal event; none for a reader who may not see subjects."""
    if not view.sees(unreported_deaths):
        return []
    found = view.read(unreported_deaths)
    lines = [
        f"{one.subject}: " + translate(describe_death(None if pd.isna(one.died_on) else one.died_on.date(), on_record=bool(one.on_record)))
        for one in found.head(MOST_NAMED).itertuples()
    ]
    more = len(found) - len(lines)
    return [*lines, say("{n} more died without a fatal event on record.", n=more)] if more else lines


def say_death(one: Any) -> str:
    """Return the term of one row of MONITOR_EVENTS as it stands; where it is a death without an event, in the language in use."""
    if one.event != DEATH:
        return str(one.term)
    died_on = None if pd.isna(one.onset) else date.fromisoformat(one.onset)
    told = (describe_death(died_on, on_record=early) for early in (False, True))
    return next((translate(words) for words in told if words == one.term), str(one.term))
