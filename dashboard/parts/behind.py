"""Who is behind a mark: a click on a figure of counts names the subjects that it counts, and each row leads to its subject."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard.charts.marks import grade_words
from dashboard.parts.journey import journey_round, picked_subject
from dashboard.parts.table import show_table
from dashboard.parts.words import show_note
from dashboard.style import PLOT_CONFIG
from dashboard.text import say
from dashboard.view import View
from db.queries.cohorts import cohorts
from db.queries.event_courses import measure_subjects
from db.queries.events import Arms


def show_counts(view: View, figure: go.Figure, *, key: str, alt: str, names: dict[str, str], arms: Arms) -> None:
    """Show a figure whose marks carry measure and group (`charts.incidence.group_key`); a click lists the subjects of that mark.

    ``names`` are the measures in words. A reader who may see no subject sees the figure alone.
    """
    if not view.sees(measure_subjects):
        st.plotly_chart(figure, theme=None, key=key, config=PLOT_CONFIG, alt=alt)
        return
    chosen = st.plotly_chart(
        figure, theme=None, key=f"{key}-{journey_round()}", config=PLOT_CONFIG, alt=alt, on_select="rerun", selection_mode="points"
    )
    measure, _, group = (picked_subject(chosen) or "").partition("|")
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
