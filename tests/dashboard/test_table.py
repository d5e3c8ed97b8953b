"""Tables on a page: a column is as wide as its exceptional cell, which the grid would cut."""

import pandas as pd

from dashboard.parts.table import WIDEST, room_for


def test_one_long_cell_among_short_ones_gets_its_room():
    room = room_for(pd.Series(["yes, hospitalisation", "no", "no", "no", "no"], dtype="str"))
    assert room is not None and room >= 6 * len("yes, hospitalisation")


def test_a_chinese_sign_takes_twice_the_room():
    latin, chinese = (room_for(pd.Series([word * 10, "", "", ""], dtype="str")) for word in ("a", "是"))
    assert latin is not None and chinese is not None and chinese > latin + 60


def test_cells_of_one_length_numbers_and_no_rows_are_left_to_the_grid():
    assert room_for(pd.Series(["recovered", "recovering"], dtype="str")) is None
    assert room_for(pd.Series([1, 2_000_000])) is None
    assert room_for(pd.Series([], dtype="str")) is None


def test_no_cell_takes_the_whole_table():
    assert room_for(pd.Series(["x" * 10_000, "", ""], dtype="str")) == WIDEST
