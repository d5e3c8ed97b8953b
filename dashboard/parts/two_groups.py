"""Two cohorts or dose levels against each other: shares, odds and rates of one kind of event in one table, and who is behind them."""

import html
from math import isinf
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts.dose_response import write_chance
from dashboard.charts.incidence import cohort_name
from dashboard.kept import kept
from dashboard.numbers import decimal
from dashboard.parts.basis import name_dosed, show_basis
from dashboard.parts.behind import pick_group, show_people
from dashboard.parts.table import offer_download, show_table
from dashboard.parts.words import show_answer, show_note
from dashboard.text import say, translate
from dashboard.view import View
from db.queries.cohorts import cohorts
from db.queries.event_courses import measure_subjects
from db.queries.events import Arms, event_overview
from trial.signals.dose_response import list_levels
from trial.signals.group_comparison import NO_COHORT, compare_groups, count_group, list_groups
from trial.signals.intervals import describe_rate

FIRST_SHOWN = ("serious", "emergent")
"""The kind of event that stands chosen, the first of these that there is."""


def show_two_groups(view: View, overview: pd.DataFrame, names: dict[str, str], arms: Arms) -> None:
    """Let the reader choose a measure of ``names`` and two groups of EVENT_OVERVIEW, and compare them."""
    levels = list_levels(view.read(cohorts))
    groups = list_groups(overview, levels)
    if len(groups) < 2:
        show_note(say("Fewer than two cohorts have dosed subjects: there is nothing to compare."))
        return
    titles = _name_groups(overview, groups, {level: label for level, label in levels.values()})
    dated = set(overview.dropna(subset=["days_to_first"])["measure"])
    measure, one, other = _choose({code: name for code, name in names.items() if code in dated}, groups, titles)
    compared = _compare(view, arms, measure, groups[one], groups[other])
    share = compared.iloc[0]
    show_answer(describe_difference(share, names[measure], titles[one], titles[other]))
    _show_table(compared, [f"{titles[key]}, n = {n:,.0f}" for key, n in ((one, share["size"]), (other, share["other_size"]))])
    method = say(
        "Exact 95% intervals: shares Clopper-Pearson, rates Garwood, ratios conditional; difference Newcombe. Fisher's p is two-sided and "
        "stands only where some split of as many events would be rare. All events of a subject are not independent: their ratio's interval "
        "is too narrow. The groups are not randomised, and nothing is adjusted for having been chosen."
    )
    show_basis(view, name_dosed(int(share["size"] + share["other_size"])), method)
    if view.sees(measure_subjects):
        _show_behind(view, arms, measure, {key: titles[key] for key in (one, other)})
    offer_download(view, "two-groups", compared, filters=f"{measure}, {one} against {other}, arms {arms}")


@kept
def _compare(view: View, arms: Arms, measure: str, first: tuple[int, ...], second: tuple[int, ...]) -> pd.DataFrame:
    """GROUPS_COMPARED of two groups of cohorts."""
    overview = view.read(event_overview, arms=arms, aesi=view.protocol.aesi)
    return compare_groups(count_group(overview, measure, first), count_group(overview, measure, second))


def _name_groups(overview: pd.DataFrame, groups: dict[str, tuple[int, ...]], labels: dict[int, str]) -> dict[str, str]:
    """The groups in words: a cohort by number and label, a dose level by number, label and cohorts."""
    labelled = overview.drop_duplicates("cohort").set_index("cohort")["label"]
    titles = {}
    for key, numbers in groups.items():
        level = key.removeprefix("level ")
        if level != key:
            own = ", ".join(map(str, numbers))
            titles[key] = say("level {level} · {label} (cohorts {own})", level=level, label=labels[int(level)], own=own)
        elif key == NO_COHORT:
            titles[key] = say("no cohort on record")
        else:
            titles[key] = f"{key} · {html.unescape(cohort_name({'label': labelled.loc[numbers[0]]}))}"
    return titles


def _choose(names: dict[str, str], groups: dict[str, tuple[int, ...]], titles: dict[str, str]) -> tuple[str, str, str]:
    """The measure and two groups that share no cohort; at first the last cohort against the first."""
    kind, left, right = st.columns(3, gap="medium")
    first = next((list(names).index(code) for code in FIRST_SHOWN if code in names), 0)
    with kind:
        measure = st.selectbox(say("Which events"), list(names), index=first, key="ae-groups-kind", format_func=names.__getitem__)
    apart = {key: [other for other in groups if other != key and not set(groups[other]) & set(groups[key])] for key in groups}
    ones = [key for key in groups if apart[key]]
    last = max(place for place, key in enumerate(ones) if key.isdigit() or place == 0)
    with left:
        one = st.selectbox(say("Group"), ones, index=last, key="ae-groups-one", format_func=titles.__getitem__)
    with right:
        other = st.selectbox(say("Against"), apart[one], key=f"ae-groups-other-{one}", format_func=titles.__getitem__)
    return measure, one, other


def describe_difference(share: Any, measure: str, one: str, other: str) -> str:
    """Return the first row of GROUPS_COMPARED in words: both shares, their difference, and whether its interval holds none."""
    words = {
        "measure": measure[:1].upper() + measure[1:], "one": one, "other": other,
        "rate": describe_rate(int(share["count"]), int(share["size"])),
        "rate_other": describe_rate(int(share["other_count"]), int(share["other_size"])),
        "difference": _points(share["result"]), "lower": _points(share["result_lower"]), "upper": _points(share["result_upper"]),
    }  # fmt: skip
    if share["result_lower"] <= 0 <= share["result_upper"]:
        return say(
            "{measure}: {rate} in {one}, {rate_other} in {other}; the difference, {difference} percentage points ({lower} to {upper}), "
            "may be none.",
            **words,
        )
    return say(
        "{measure}: {rate} in {one}, {rate_other} in {other}; the difference is {difference} percentage points ({lower} to {upper}).",
        **words,
    )


def _points(share: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    points = 100 * share
    if round(points, 1) == 0:
        return "0"
    return f"{points:+.1f}" if abs(points) < 9.95 else f"{points:+.0f}"


def _show_table(compared: pd.DataFrame, heads: list[str]) -> None:
    """The two groups as columns, what is compared as rows."""
    labels = {
        "share": say("Subjects with an event"),
        "odds": say("Their odds"),
        "first": say("First events, per subject-year"),
        "all": say("All events, per subject-year"),
    }
    rows = [row for _, row in compared.iterrows()]
    table = pd.DataFrame(
        {
            "what": [labels[row["compared"]] for row in rows],
            "one": [_describe_side(row, "") for row in rows],
            "other": [_describe_side(row, "other_") for row in rows],
            "result": [describe_result(row) for row in rows],
        }
    )
    headings = {"what": say("Compared"), "result": say("The first against the second"), "one": heads[0], "other": heads[1]}
    show_table(table, key="ae-groups", headings=headings)


def _describe_side(row: Any, prefix: str) -> str:
    """One group in one row: the share with its interval, the odds as counts, or a rate with its interval."""
    count, size = int(row[f"{prefix}count"]), row[f"{prefix}size"]
    if row["compared"] == "share":
        return translate(describe_rate(count, int(size)))
    if row["compared"] == "odds":
        return say("{n} with, {more} without", n=count, more=int(size) - count)
    if pd.isna(row[f"{prefix}value"]):
        return say("no time at risk")
    values = {"rate": f"{prefix}value", "lower": f"{prefix}lower", "upper": f"{prefix}upper"}
    return say(
        "{rate} ({lower} to {upper}): {n} in {years} subject-years",
        n=count, years=decimal(size), **{name: decimal(row[column]) for name, column in values.items()},
    )  # fmt: skip


def describe_result(row: Any) -> str:
    """Return what the first group is against the second in one row of GROUPS_COMPARED: always with its interval, or that there is none."""
    if pd.isna(row["result"]):
        return say("no ratio can be given")
    if row["compared"] == "share":
        points = {"points": _points(row["result"]), "lower": _points(row["result_lower"]), "upper": _points(row["result_upper"])}
        return say("{points} percentage points ({lower} to {upper})", **points)
    limits = {"ratio": _write(row["result"]), "lower": _write(row["result_lower"]), "upper": _write(row["result_upper"])}
    if row["compared"] != "odds":
        return say("ratio {ratio} ({lower} to {upper})", **limits)
    chance = say("too few for a p-value") if pd.isna(row["chance"]) else say("Fisher p {chance}", chance=write_chance(row["chance"]))
    return say("odds ratio {ratio} ({lower} to {upper}); {chance}", chance=chance, **limits)


def _write(number: float) -> str:
    return "∞" if isinf(number) else decimal(number)


def _show_behind(view: View, arms: Arms, measure: str, titles: dict[str, str]) -> None:
    """The subjects with an event in both groups; a row opens its subject."""
    people = view.read(measure_subjects, measure=measure, arms=arms, aesi=view.protocol.aesi)
    both = pd.concat([pick_group(view, people, key).assign(group=title) for key, title in titles.items()], ignore_index=True)
    if both.empty:
        show_note(say("Nobody in the two groups had one."))
        return
    show_note(say("{n} subjects had one. A row opens its subject.", n=f"{len(both):,}"))
    show_people(both, key="ae-groups-behind", groups=True)
