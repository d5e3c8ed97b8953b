"""The most frequent terms as dots with exact intervals, by cohort or dose level; a click lists the subjects of a dot."""

from typing import Any

import pandas as pd

from dashboard.charts.incidence import MOST_COHORTS, draw_incidence, list_series
from dashboard.charts.marks import grade_words
from dashboard.kept import kept
from dashboard.parts.behind import pick_group
from dashboard.parts.figure import pick_mark, show_figure
from dashboard.parts.table import show_table
from dashboard.parts.words import show_note
from dashboard.style import plain
from dashboard.text import say
from dashboard.view import View
from db.queries.cohorts import cohorts
from db.queries.events import Arms, event_overview, event_terms, term_subjects
from trial.signals.dose_response import list_levels
from trial.signals.incidence import compute_incidence, compute_term_incidence, pool_levels

MOST_TERMS, FEWEST_TERMS, MOST_ROWS = 12, 6, 60
"""So many terms, but fewer where each has many rows."""


@kept
def read_incidence(view: View, arms: Arms) -> pd.DataFrame:
    """Return INCIDENCE of the trial's measures."""
    return compute_incidence(view.read(event_overview, arms=arms, aesi=view.protocol.aesi))


def count_dosed(incidence: pd.DataFrame) -> int:
    """Return the dosed subjects of all cohorts of INCIDENCE together."""
    return int(incidence.loc[incidence["total"] & (incidence["measure"] == "any"), "dosed"].iloc[0])


def group_dots(view: View, incidence: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return INCIDENCE by cohort, or with many cohorts by dose level where two have one, and whether it is by dose level."""
    groups = incidence.loc[~incidence["total"], ["cohort", "label"]].drop_duplicates()
    if len(groups) <= MOST_COHORTS:
        return incidence, False
    pooled = pool_levels(incidence, list_levels(view.read(cohorts)))
    levels = pooled.loc[~pooled["total"], "cohort"].nunique() > 1
    return (pooled, True) if levels else (incidence, False)


def rank_pairs(terms: pd.DataFrame) -> list[tuple[str, str]]:
    """Return category and term of EVENT_TERMS, the term that most subjects had first."""
    named = terms[terms["term"].notna()].groupby(["category", "term"], as_index=False)[["subjects", "events"]].sum()
    named = named.sort_values(["subjects", "events", "term"], ascending=[False, False, True])
    return [(str(one.category), str(one.term)) for one in named.itertuples()]


@kept
def _read_dots(view: View, /, arms: Arms, **scope: Any) -> tuple[pd.DataFrame, list[tuple[str, str]], bool]:
    """INCIDENCE of the most frequent terms, which terms they are, and whether it is by dose level."""
    incidence = read_incidence(view, arms)
    groups, _ = group_dots(view, incidence)
    most = max(FEWEST_TERMS, min(MOST_TERMS, MOST_ROWS // len(list_series(groups[groups["measure"] == "any"], most=MOST_ROWS))))
    terms = view.read(event_terms, arms=arms, **scope)
    order = rank_pairs(terms)[:most]
    dots, by_level = group_dots(view, compute_term_incidence(terms, incidence, order))
    return dots, order, by_level


def show_dots(view: View, arms: Arms, **scope: Any) -> int:
    """Show the most frequent terms of a scope (``emergent``, ``head``, ``meddra``) and return how many they are."""
    dots, order, by_level = _read_dots(view, arms, **scope)
    twice = {term for _, term in order if sum(other == term for _, other in order) > 1}
    words = {f"t{place}": f"{term} ({category})" if term in twice else term for place, (category, term) in enumerate(order)}
    names = {code: plain(name, longest=36) for code, name in words.items()}
    figure = draw_incidence(dots, names, levels=by_level, colours=view.colours)
    alt = say("Share of dosed subjects with each of the most frequent terms, by cohort or dose level, with exact 95% intervals")
    key = f"dots-{arms}-{'-'.join(map(str, scope.values()))}"
    if not view.sees(term_subjects):
        show_figure(figure, key=key, alt=alt)
        return len(order)
    measure, _, group = pick_mark(figure, key=key, alt=alt).partition("|")
    if measure not in words:
        show_note(say("A click on a mark lists its subjects."))
        return len(order)
    term = order[int(measure.removeprefix("t"))][1]
    people = pick_group(view, view.read(term_subjects, terms=(term,), arms=arms, **scope), group)
    show_note(say("{measure}: {n} subjects behind the mark. A row opens its subject.", measure=words[measure], n=f"{len(people):,}"))
    table = people.assign(worst=[grade_words(one.grade, one.severity) for one in people.itertuples()])
    headings = {
        "subject": say("Subject"),
        "cohort": say("Cohort"),
        "events": say("Events"),
        "worst": say("Worst"),
        "serious": say("Serious"),
    }
    show_table(table, key="dots-behind", headings=headings, subject="subject", rows=8)
    return len(order)
