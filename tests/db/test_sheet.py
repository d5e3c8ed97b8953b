"""Downloads: whatever a cell holds, a spreadsheet shows it and never runs it."""

import csv
import io

import pandas as pd
import pytest

from db.exports.sheet import make_inert, write_sheet


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "\n=cmd"])
def test_formulas_are_inert(cell):
    assert make_inert(cell).startswith("'")


@pytest.mark.parametrize("cell", ["", "Headache", "0012", "a=b", "null", "NaN"])
def test_ordinary_text_stays(cell):
    assert make_inert(cell) == cell


def test_a_sheet_carries_its_facts_and_reads_back():
    frame = pd.DataFrame(
        {"subject": pd.Series(["0012", "=1+1", 'a,"b"\nc'], dtype="str"), "n": [-1, 2, 3], "day": pd.to_datetime(["2026-03-01"] * 3)}
    )
    rows = list(csv.reader(io.StringIO(write_sheet(frame, {"cut-off": "2026-03-01", "audit head": "7"}).decode("utf-8-sig"))))
    assert rows[0] == ["# cut-off: 2026-03-01"]
    assert rows[2] == ["subject", "n", "day"]
    assert rows[3] == ["0012", "-1", "2026-03-01"]
    assert rows[4][0] == "'=1+1"
    assert rows[5][0] == 'a,"b"\nc'
