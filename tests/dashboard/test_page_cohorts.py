"""The cohorts page on the screen: its counts against the table behind them, paging, and a study without a DLT window."""

import re

import pytest

from dashboard.register import entry_of
from tests.contracts.screen import bodies, faults, figures, open_screen, show


@pytest.fixture
def screen(dataset, monkeypatch):
    def look(name):
        found = show(open_screen(dataset(name), monkeypatch), entry_of("cohorts"))
        assert not faults(found)
        return found

    return look


def text_of(screen):
    return re.sub(r"<[^>]+>", " ", " ".join(bodies(screen)))


def test_the_answer_counts_what_the_table_lists(screen):
    looked = screen("default")
    table = looked.dataframe[0].value
    counted = re.search(r"(\d+) dosed: (\d+) evaluable, of these (\d+) with a DLT; (\d+) pending; (\d+) not evaluable", text_of(looked))
    states = table["State"].value_counts()
    expected = (len(table), states.get("evaluable", 0) + states.get("DLT", 0), states.get("DLT", 0), states.get("pending", 0))
    assert tuple(map(int, counted.groups())) == (*expected, states.get("not evaluable", 0))


def test_each_lane_of_the_picture_is_a_row_of_the_table(screen):
    looked = screen("default")
    lanes = figures(looked)[0]["layout"]["yaxis"]["ticktext"]
    assert sorted(lanes) == sorted(looked.dataframe[0].value["Subject"])


def test_many_lanes_come_a_page_at_a_time(screen):
    looked = screen("large")
    assert len(figures(looked)[0]["layout"]["yaxis"]["ticktext"]) == 40
    assert "Lanes 1-40 of 300." in text_of(looked)
    looked.selectbox(key="lanes-cohort").select(2).run()
    assert re.search(r"Lanes 1-40 of 1\d\d\.|Lanes 1-40 of \d\d\.", text_of(looked))


def test_a_study_without_a_window_says_what_is_missing_and_shows_the_rest(screen):
    looked = screen("pilot")
    assert "No DLT window is declared, so nobody is counted as evaluable." in text_of(looked)
    assert "254 dosed." in text_of(looked)
    assert figures(looked)


def test_nobody_dosed_is_said_once(screen):
    assert text_of(screen("empty")).count("Nobody has been dosed yet.") == 1
