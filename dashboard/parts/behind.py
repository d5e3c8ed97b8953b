"""Who is behind a mark: a click on a figure of counts names the subjects that it counts, and each row leads to its subject."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.marks import grade_words
from dashboard.parts.figure import pick_mark, show_figure
from dashboard.parts.table import show_table
from dashboard.parts.words import show_note
from dashboard.text import say
from dashboard.view import View
from db.queries.cohorts import cohorts
from db.queries.event_courses import measure_subjects
from db.queries.events import Arms

MOST_CODES = 12
"""A cell of a table names so many subjects, and how many more there are."""


def show_counts(view: View, figure: go.Figure, *, key: str, alt: str, names: dict[str, str], arms: Arms) -> None:
    """Show a figure whose marks carry measure and group (`charts.incidence.group_key`); a click lists the subjects of that mark.

    ``names`` are the measures in words. A reader who may see no subject sees the figure alone.
    """
    if not view.sees(measure_subjects):
        show_figure(figure, key=key, alt=alt)
        return
    measure, _, group = pick_mark(figure, key=key, alt=alt).partition("|")
    if measure not in names:
        show_note(say("A click on a mark lists its subjects."))
        return
    people = pick_group(view, view.read(measure_subjects, measure=measure, arms=arms, aesi=view.protocol.aesi), group)
    show_note(say("{measure}: {n} subjects behind the mark. A row opens its subject.", measure=names[measure], n=f"{len(people):,}"))
    show_people(people, key=f"{key}-behind")


def show_people(people: pd.DataFrame, *, key: str, groups: bool = False) -> None:
    """Show MEASURE_SUBJECTS, with ``groups`` their column "group" too; a row opens its subject."""
    table = people.assign(worst=[grade_words(one.grade, one.severity) for one in people.itertuples()])
    headings = {
        "subject": say("Subject"), **({"group": say("Group")} if groups else {}), "cohort": say("Cohort"),
        "first_day": say("First, days after the first dose"), "events": say("Events"), "worst": say("Worst"), "serious": say("Serious"),
    }  # fmt: skip
    show_table(table, key=key, headings=headings, subject="subject", rows=8)


def pick_group(view: View, people: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return the MEASURE_SUBJECTS of a cohort by number ("3"), of a dose level ("level 2"), of no cohort ("none"), or "all"."""
    if group == "none":
        return people[people["cohort"].isna()]
    if group.startswith("level "):
        known = view.read(cohorts)
        return people[people["cohort"].isin(known.loc[known["dose_level"] == int(group.removeprefix("level ")), "cohort"])]
    return people if group == "all" else people[people["cohort"] == int(group)]


def show_rates_behind(figure: go.Figure, events: pd.DataFrame | None, labels: Mapping[str, str], *, key: str, alt: str, day: str) -> None:
    """Show a figure whose marks carry the code of a background rate; a click lists the subjects of ``events`` with such an event.

    ``events`` has a row for each event with background, subject and day, headed ``day``; None for a reader who may see no subject.
    """
    if events is None:
        show_figure(figure, key=key, alt=alt)
        return
    mark = pick_mark(figure, key=key, alt=alt)
    if mark not in labels:
        show_note(say("A click on a mark lists its subjects."))
        return
    found = events[events["background"] == mark].groupby("subject", as_index=False).agg(events=("event", "count"), day=("day", "min"))
    show_note(say("{measure}: {n} subjects behind the mark. A row opens its subject.", measure=labels[mark], n=f"{len(found):,}"))
    show_table(
        found, key=f"{key}-behind", headings={"subject": say("Subject"), "events": say("Events"), "day": day}, subject="subject", rows=8
    )


def list_codes(events: pd.DataFrame, rate: str) -> str:
    """Return the codes of the subjects whose ``events`` a background rate counts; the last says how many more there are."""
    found = sorted(set(events.loc[events["background"] == rate, "subject"]))
    return ", ".join(found if len(found) <= MOST_CODES else [*found[:MOST_CODES], f"+{len(found) - MOST_CODES}"])
