"""How many of the dosed subjects had an event, by cohort and in all, each share with its exact interval."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from trial.signals.intervals import compute_clopper_pearson
from trial.tables.safety import INCIDENCE


def compute_incidence(overview: pd.DataFrame) -> pd.DataFrame:
    """Return INCIDENCE for EVENT_OVERVIEW: its rows, and for each measure the total of all cohorts.

    A subject counts in one cohort only, so subjects and events add up.
    """
    return INCIDENCE.frame(_rows(overview))


def _rows(overview: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    for measure, rows in overview.groupby("measure", sort=False):
        for row in rows.itertuples(index=False):
            cohort = None if pd.isna(row.cohort) else int(row.cohort)
            label = None if pd.isna(row.label) else str(row.label)
            yield (measure, False, cohort, label, *_counted(row.dosed, row.subjects, row.events))
        yield (measure, True, None, None, *_counted(rows["dosed"].sum(), rows["subjects"].sum(), rows["events"].sum()))


def _counted(dosed: int, subjects: int, events: int) -> tuple[int, int, int, float, float]:
    """Counts with the limits of the share."""
    interval = compute_clopper_pearson(int(subjects), int(dosed))
    return int(dosed), int(subjects), int(events), interval.lower, interval.upper
