"""The terms of adverse events in their groups: by which dictionary, and the table of them, as a part of a page."""

import html

import pandas as pd
import streamlit as st

from dashboard.charts.incidence import cohort_name
from dashboard.parts.words import show_note
from dashboard.text import say
from dashboard.view import View
from db.queries.meddra import NOT_MAPPED, meddra_versions
from trial.tables.safety import GRADE_COLUMNS, SEVERITY_COLUMNS

INDENT = "\u2003"
"""Before a term, below its category."""


def choose_grouping(view: View) -> str | None:
    """The version of MedDRA to group by; None for the categories of CTCAE, which is all there is until a site loads its own mapping."""
    loaded = view.read(meddra_versions)
    if loaded.empty:
        return None
    names = {"": say("CTCAE category"), **{version: f"MedDRA {version}" for version in loaded["version"]}}
    chosen = st.segmented_control(
        say("Grouped by"), list(names), default="", required=True, key="ae-grouped", format_func=names.__getitem__
    )
    if not chosen:
        return None
    cover = loaded.set_index("version").loc[chosen]
    show_note(
        say(
            "System organ classes and preferred terms by the site's own mapping to MedDRA {version}, which holds {mapped} of {terms} "
            "terms; the others stand under {nowhere}.",
            version=chosen,
            mapped=f"{cover['mapped']:,}",
            terms=f"{cover['terms']:,}",
            nowhere=say(NOT_MAPPED),
        )
    )
    return str(chosen)


def arrange_terms(terms: pd.DataFrame, incidence: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """One row a category and a term: subjects by cohort, in all, events, and subjects by their worst."""
    groups = incidence[incidence["measure"] == "any"]
    total = int(groups.loc[groups["total"], "dosed"].iloc[0])
    columns = [name for name in (*GRADE_COLUMNS, *SEVERITY_COLUMNS, "unstated") if terms[name].sum()]
    keys = ["category", "term"]
    filled = terms.assign(term=terms["term"].fillna(""), group=terms["cohort"].astype("Int64").astype("str"))
    summed = filled.groupby(keys, as_index=False)[["subjects", "events", "serious", *columns]].sum()
    wide = filled.pivot_table(index=keys, columns="group", values="subjects", aggfunc="sum", fill_value=0).reset_index()
    table = summed.merge(wide, on=keys)
    rank = table[table["term"] == ""].set_index("category")["subjects"]
    table = table.assign(rank=table["category"].map(rank), whole=table["term"] != "")
    table = table.sort_values(["rank", "category", "whole", "subjects", "term"], ascending=[False, True, True, False, True])
    table["name"] = table["category"].replace(NOT_MAPPED, say(NOT_MAPPED)).where(~table["whole"], INDENT + table["term"])
    headings = {"name": say("Category, and its terms")}
    for _, group in groups[~groups["total"]].iterrows():
        key = str(group["cohort"])
        if key in table:
            headings[key] = f"{html.unescape(cohort_name(group))}, n = {group['dosed']:,}"
    headings |= {"subjects": say("All, n = {n}", n=f"{total:,}"), "events": say("Events"), "serious": say("Serious")}
    return table.reset_index(drop=True), headings | {name: _worst_heading(name) for name in columns}


def _worst_heading(column: str) -> str:
    """The heading of a column that counts subjects by their worst event."""
    if column in GRADE_COLUMNS:
        return say("Worst: grade {grade}", grade=GRADE_COLUMNS.index(column) + 1)
    return say("Worst: not stated") if column == "unstated" else say("Worst: {severity}", severity=say(column))
