"""Two groups held against each other: who is a group, what is counted, and no p-value that so few subjects cannot carry."""

from math import inf

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.signals.group_comparison import Group, compare_groups, count_group, list_groups
from trial.signals.two_groups import compute_fisher, compute_least_chance
from trial.tables import EVENT_OVERVIEW
from trial.tables.event_courses import GROUPS_COMPARED

LEVELS = {1: (1, "10 M"), 2: (2, "50 M"), 3: (2, "50 M"), 4: (3, "150 M")}


def overview(*rows):
    """Cohort, dosed subjects, subjects with a serious event, events, days at risk, and days to the first."""
    return EVENT_OVERVIEW.frame(
        ("serious", cohort, None if cohort is None else f"C{cohort}", dosed, subjects, events, days, first)
        for cohort, dosed, subjects, events, days, first in rows
    )


def compare(one, other):
    table = compare_groups(one, other)
    GROUPS_COMPARED.check(table)
    return table.set_index("compared")


def test_groups_are_cohorts_with_dosed_subjects_and_levels_of_several():
    table = overview((1, 3, 0, 0, 900, 900), (2, 3, 1, 1, 600, 500), (3, 2, 1, 2, 300, 200), (4, 0, 0, 0, 0, 0), (None, 1, 0, 0, 10, 10))
    assert list_groups(table, LEVELS) == {"1": (1,), "2": (2,), "3": (3,), "none": (), "level 2": (2, 3)}
    level = count_group(table, "serious", (2, 3))
    assert (level.dosed, level.subjects, level.events) == (5, 2, 3)
    assert (level.first_years, level.years) == pytest.approx((700 / 365.25, 900 / 365.25))
    assert count_group(table, "serious", ()).dosed == 1


def test_three_against_three_carry_no_p_value_and_eight_against_eight_do():
    """All of three against none of three has p = 2/20 at best; 7 of 8 against 1 of 8 has 130/12870 (R: fisher.test, 0.01010)."""
    few = compare(Group(3, 3, 4, 0.1, 1.0), Group(3, 0, 0, 1.0, 1.0))
    assert few.loc["odds", "result"] == inf and few.loc["odds", "result_lower"] > 0 and pd.isna(few.loc["odds", "chance"])
    more = compare(Group(8, 7, 9, 1.0, 4.0), Group(8, 1, 1, 4.0, 4.0)).loc["odds"]
    assert more["chance"] == pytest.approx(130 / 12870) and 1 < more["result_lower"] < more["result"] < more["result_upper"] < inf
    assert compute_least_chance(3, 3, 3) == pytest.approx(2 / 20)


def test_every_row_has_its_counts_and_an_interval():
    """3 of 6 against 1 of 4, 5 events in 2 years against 1 in 3."""
    table = compare(Group(6, 3, 5, 1.5, 2.0), Group(4, 1, 1, 2.5, 3.0))
    assert table.loc["share", ["count", "size", "other_count", "other_size"]].tolist() == [3, 6, 1, 4]
    assert table.loc["share", "result"] == pytest.approx(0.25)
    assert table.loc["first", "result"] == pytest.approx((3 / 1.5) / (1 / 2.5)) and table.loc["all", "result"] == pytest.approx(7.5)
    assert (table["result_lower"] < table["result"]).all() and (table["result"] < table["result_upper"]).all()


def test_without_events_or_time_there_is_no_ratio_and_no_chance():
    table = compare(Group(4, 0, 0, 2.0, 2.0), Group(3, 0, 0, 0.0, 0.0))
    assert table.loc[["odds", "first", "all"], ["result", "result_lower", "result_upper", "chance"]].isna().all(axis=None)
    assert table.loc["share", "result"] == 0 and table.loc["share", "result_upper"] > 0.4
    assert pd.isna(table.loc["first", "other_value"]) and table.loc["first", "value"] == 0
    assert pd.isna(compare(Group(2, 2, 2, 1.0, 1.0), Group(2, 2, 2, 1.0, 1.0)).loc["odds", "result"])
    with pytest.raises(ValueError, match="both groups"):
        compare_groups(Group(0, 0, 0, 0.0, 0.0), Group(3, 0, 0, 1.0, 1.0))


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_the_least_chance_is_that_of_some_split(size, other, data):
    total = data.draw(st.integers(0, size + other))
    splits = range(max(0, total - other), min(size, total) + 1)
    least = min(compute_fisher(count, size, total - count, other).chance_as_far for count in splits)
    assert compute_least_chance(size, other, total) == pytest.approx(least)
