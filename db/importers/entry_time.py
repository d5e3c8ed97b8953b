"""When a row was entered into the system that an export comes from, where the export says so.

SDTM has no variable for it, so sponsors add one. It is looked for in each dataset under the names below, or under the one that is
asked for. It must hold ISO 8601 dates or times; a time without an offset is taken in the study's zone.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Self

from db.importers.domains import Domain, Variable
from trial.errors import refuse

ENTRY_TIME = "entry time"
"""Under this name a record keeps it, whatever its column is called."""
ENTRY_NAMES = ("--ENTDTC", "ENTDTC")
"""Columns that are looked for when no other is asked for; ``--`` stands for the domain (AEENTDTC)."""


class EntryDay(date):
    """A day on which a row was entered, with the instant (UTC)."""

    instant: datetime

    @classmethod
    def at(cls, day: date, instant: datetime) -> Self:
        """Return the ``day`` (in the study's zone) of an ``instant``."""
        found = cls(day.year, day.month, day.day)
        found.instant = instant
        return found

    def __deepcopy__(self, _memo: object) -> Self:
        return self


def check_entry_name(name: str | None) -> str | None:
    """Return the column that is asked for in upper case, None for none; raise FaultyInput for what can be no column."""
    wanted = (name or "").strip().upper()
    if wanted and (len(wanted) > 40 or not wanted.replace("_", "").removeprefix("--").isalnum()):
        raise refuse("entry time", "is no name of a column", "Name it like AEENTDTC, or --ENTDTC for each domain's own.")
    return wanted or None


def find_entry_column(columns: Collection[str], domain: Domain, wanted: str | None) -> str | None:
    """Return the column of a dataset that says when each row was entered; None when it has none."""
    names = [name.replace("--", domain.code) for name in ((wanted,) if wanted else ENTRY_NAMES)]
    return next((name for name in names if name in columns), None)


def add_entry_variable(domain: Domain, column: str | None) -> tuple[Variable, ...]:
    """Return the variables to read of a dataset: those of its domain, and the entry time where it is none of them."""
    if column is None or column in domain.names:
        return domain.variables
    return (*domain.variables, Variable(column, "date"))
