"""Terms and dose levels in the table that the dots with intervals are drawn from, counted by hand."""

import pytest

from dashboard.charts.incidence import draw_incidence
from dashboard.style import LIGHT
from trial.signals.incidence import compute_incidence, compute_term_incidence, pool_levels
from trial.signals.intervals import compute_clopper_pearson
from trial.tables.safety import EVENT_OVERVIEW, EVENT_TERMS, INCIDENCE

COHORTS = [(1, "A", 3), (2, "B", 4), (3, "C", 5), (4, "D", 2), (None, None, 1)]
LEVELS = {1: (1, "low"), 2: (1, "low"), 3: (2, "high")}
"""Cohort 4, and whoever has no cohort, has no dose level."""


def term(category, name, cohort, subjects, events):
    return (category, name, cohort, subjects, events, 0, *[0] * 9)


TERMS = [
    term("Nervous", None, 1, 2, 3),
    term("Nervous", "Headache", 1, 2, 3),
    term("Nervous", "Headache", 3, 5, 6),
    term("Nervous", "Headache", None, 1, 1),
    term("Skin", "Rash", 4, 1, 1),
    term("Other", "Rash", 4, 2, 2),
]


@pytest.fixture
def incidence():
    return compute_incidence(
        EVENT_OVERVIEW.frame(("any", number, label, dosed, 1, 1, 10, None) for number, label, dosed in COHORTS),
    )


def counts(table, measure):
    rows = table[table["measure"] == measure]
    return [("all" if row.total else str(row.cohort), row.subjects, row.dosed, row.events) for row in rows.itertuples()]


def test_a_term_is_counted_in_every_cohort_with_its_dosed_subjects(incidence):
    table = compute_term_incidence(EVENT_TERMS.frame(TERMS), incidence, [("Nervous", "Headache"), ("Skin", "Rash")])
    INCIDENCE.check(table)
    assert counts(table, "t0") == [("1", 2, 3, 3), ("2", 0, 4, 0), ("3", 5, 5, 6), ("4", 0, 2, 0), ("<NA>", 1, 1, 1), ("all", 8, 15, 10)]
    assert counts(table, "t1")[3:] == [("4", 1, 2, 1), ("<NA>", 0, 1, 0), ("all", 1, 15, 1)]  # the same word in another category is not it
    limits = compute_clopper_pearson(2, 3)
    assert table[["lower", "upper"]].iloc[0].tolist() == [limits.lower, limits.upper]


def test_cohorts_of_a_dose_level_are_taken_together_and_the_total_still_holds_all(incidence):
    pooled = pool_levels(compute_term_incidence(EVENT_TERMS.frame(TERMS), incidence, [("Nervous", "Headache")]), LEVELS)
    INCIDENCE.check(pooled)
    assert counts(pooled, "t0") == [("1", 2, 7, 3), ("2", 5, 5, 6), ("all", 8, 15, 10)]
    assert pooled["label"].tolist()[:2] == ["low", "high"]
    limits = compute_clopper_pearson(2, 7)
    assert pooled[["lower", "upper"]].iloc[0].tolist() == [limits.lower, limits.upper]
    assert counts(pool_levels(incidence, {}), "any") == [("all", 5, 15, 5)]


def test_a_dot_says_whose_it_is(incidence):
    table = compute_term_incidence(EVENT_TERMS.frame(TERMS), incidence, [("Nervous", "Headache")])

    def keys(drawn, *, levels):
        figure = draw_incidence(drawn, {"t0": "Headache"}, levels=levels, colours=LIGHT)
        return [datum[0] for trace in figure.data if trace.customdata is not None for datum in trace.customdata]

    assert keys(pool_levels(table, LEVELS), levels=True) == ["t0|level 1", "t0|level 2", "t0|all"]
    few = table[table["total"] | table["cohort"].isin([1, 3])]
    assert keys(few, levels=False) == ["t0|1", "t0|3", "t0|all"]
    assert keys(table, levels=False) == ["t0|all"]  # more cohorts than are drawn one by one
