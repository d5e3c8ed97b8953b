"""Declared tables: types from the declaration, also when empty, and every departure named."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from trial.tables.schema import Table, day, flag, integer, moment, number, text

TABLE = Table(
    "t",
    "a row",
    (text("a", "x"), integer("b", "x", missing=True), number("c", "x", missing=True), flag("d", "x"), day("e", "x"), moment("f", "x")),
)
ROW = ("0012", None, 1.5, True, date(2026, 3, 1), datetime(2026, 3, 1, 8, tzinfo=UTC))


def test_frames_have_the_declared_types_also_when_empty():
    for frame in (TABLE.frame([ROW]), TABLE.empty()):
        TABLE.check(frame)
        assert [str(t) for t in frame.dtypes] == ["str", "Int64", "float64", "boolean", "datetime64[us]", "datetime64[us, UTC]"]
    assert TABLE.frame([ROW])["a"].tolist() == ["0012"]


def test_every_departure_is_named():
    frame = TABLE.frame([ROW]).drop(columns="a").assign(b=1.0, g=1)
    frame.loc[0, "d"] = pd.NA
    with pytest.raises(ValueError, match="a is absent; g is not declared; b is float64, not Int64; d has missing values"):
        TABLE.check(frame)


def test_rows_of_another_length_are_refused():
    with pytest.raises(ValueError, match="2 values for 6 columns"):
        TABLE.frame([(1, 2)])
