"""A picture is drawn once for equal data, and anew for anything that differs."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from dashboard.charts.memory import MOST_PICTURES, drawn_once, forget_pictures
from dashboard.text import use_language

drawn: list[str] = []


@drawn_once
def draw_counts(table: pd.DataFrame, *, title: str = "") -> go.Figure:
    """A picture that counts how often it is drawn."""
    drawn.append(title)
    return go.Figure(layout={"title": {"text": f"{title}{len(table)}"}})


@pytest.fixture(autouse=True)
def fresh():
    forget_pictures()
    drawn.clear()
    yield
    use_language("en")
    forget_pictures()


def table(last=3):
    return pd.DataFrame({"code": ["a", "b", "c"], "n": [1, 2, last]})


def test_equal_tables_give_the_same_picture():
    assert draw_counts(table()) is draw_counts(table())
    assert len(drawn) == 1


def test_one_cell_an_option_or_the_language_draws_anew():
    draw_counts(table())
    draw_counts(table(last=4))
    draw_counts(table(), title="x")
    use_language("zh")
    draw_counts(table())
    assert len(drawn) == 4


def test_a_long_table_that_differs_in_its_last_cell_is_drawn_anew():
    long = pd.DataFrame({"n": range(100_000)})
    other = long.copy()
    other.loc[99_999, "n"] = -1
    assert draw_counts(long) is not draw_counts(other)


def test_the_least_recent_picture_goes_first():
    for n in range(MOST_PICTURES + 1):
        draw_counts(table(last=n))
    draw_counts(table(last=MOST_PICTURES))
    assert len(drawn) == MOST_PICTURES + 1
    draw_counts(table(last=0))
    assert len(drawn) == MOST_PICTURES + 2
