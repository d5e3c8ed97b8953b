"""Two groups on the adverse events page: what is compared in words, each with its interval, and the subjects behind."""

import re

import pytest

from dashboard.parts.two_groups import describe_difference, describe_result
from dashboard.register import entry_of
from tests.contracts.screen import bodies, faults, open_screen, show
from trial.signals.group_comparison import Group, compare_groups


def rows(one, other):
    return [row for _, row in compare_groups(one, other).iterrows()]


def test_the_answer_says_both_shares_and_whether_the_difference_may_be_none():
    """Wilson limits of 3 of 6 (.188 .812), 6 of 6 (.610 1) and 1 of 4 (.046 .699), put together by hand as Newcombe does."""
    few, clear = (rows(Group(6, count, count, 1.0, 2.0), Group(4, 1, 1, 2.0, 2.0))[0] for count in (3, 6))
    assert describe_difference(few, "serious", "A", "B") == (
        "Serious: 3 of 6 (12% to 88%) in A, 1 of 4 (0.6% to 81%) in B; the difference, +25 percentage points (-30 to +62), may be none."
    )
    assert "the difference is +75 percentage points (+15 to +95)." in describe_difference(clear, "Serious", "A", "B")


def test_no_result_stands_without_its_interval():
    few = [describe_result(row) for row in rows(Group(3, 3, 4, 0.1, 1.0), Group(3, 0, 0, 1.0, 1.0))]
    assert few[1].endswith("to ∞); too few for a p-value")
    more = [describe_result(row) for row in rows(Group(8, 7, 9, 1.0, 4.0), Group(8, 1, 1, 4.0, 4.0))]
    assert re.fullmatch(r"odds ratio \d+ \([\d.]+ to [\d,.]+\); Fisher p = 0\.010", more[1])
    assert all(re.search(r"\([^ ]+ to [^ ]+\)", said) for said in few + more)
    assert describe_result(rows(Group(3, 0, 0, 1.0, 1.0), Group(3, 0, 0, 1.0, 1.0))[2]) == "no ratio can be given"


@pytest.mark.parametrize("name", ["default", "one subject", "empty", "large"])
def test_two_groups_are_one_table_with_the_subjects_behind(name, dataset, monkeypatch):
    looked = show(open_screen(dataset(name), monkeypatch), entry_of("adverse_events"))
    ways = [one for one in looked.get("button_group") if one.key == "ae-course"]
    if name == "empty":
        assert not ways
        return
    ways[0].set_value("groups").run()
    assert not faults(looked)
    said = " ".join(bodies(looked))
    if name == "one subject":
        assert "Fewer than two cohorts have dosed subjects" in said
        return
    table = next(frame.value for frame in looked.dataframe if "The first against the second" in frame.value)
    assert len(table) == 4 and all(re.search(r"n = \d", heading) for heading in table.columns[2:4])
    behind = next(frame.value for frame in looked.dataframe if "Group" in frame.value)
    counts = [int(re.match(r"[\d,]+", cell)[0].replace(",", "")) for cell in table.iloc[0, 2:4]]
    assert len(behind) == sum(counts) and behind["Group"].value_counts().sort_index().tolist() == [
        n for n in sorted_counts(table, counts) if n
    ]
    assert "as known at the end of" in said and "percentage points" in said


def sorted_counts(table, counts):
    """The counts of the two groups in the order of their headings."""
    return [count for _, count in sorted(zip(table.columns[2:4], counts, strict=True))]
