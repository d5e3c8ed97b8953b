"""Downloads: whatever a cell holds, a spreadsheet shows it and never runs it; inside stands as of when and of which record."""

import csv
import io
import itertools
import json
import re
from datetime import date
from unittest.mock import MagicMock

import pandas as pd
import pytest

from dashboard.parts import table
from db.audit import Head
from db.engine import open_engine, reading
from db.exports.sheet import make_inert, write_sheet
from db.exports.study import write_study
from db.history import cut_off
from tests.contracts.sources import program
from trial.asof import AsOf

FORMULAS = (
    "=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "\n=cmd", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://127.0.0.1:9\",\"x\")",
    '=IMPORTXML(CONCAT("http://127.0.0.1:9/?",A1),"//a")', "=DDE(\"cmd\";\"/C calc\";\"x\")", "@SUM(1+1)*cmd|' /C calc'!A0",
    "+thespanishinquisition(cmd|'/c calc'!A", "-2+3+cmd|' /C calc'!E1", "\ufeff=1", "\u200b=1", "\u202e=1", "\u00a0=1", "\uff1d1+1",
    "\uff0b1", "\uff0d1", "\uff20SUM(A1)", "'=1+1", '"=1+1"', "\"\t=1",
)  # fmt: skip
"""What spreadsheets are known to run, or to run after dropping what stands before it (OWASP, "CSV Injection", and variations)."""
BEFORE = ("", "pain; ", "pain;", "a|b\n", "x\t", "1,2;;", 'said "no";', "line\r\n", ";\ufeff")
"""Text after which a program with other separators begins a cell."""
LIVE = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
DROPPED = "\ufeff\u200b\u202e\u00a0 \n\v\f\"'"


def live_cells(text):
    """Cells that a program might run, whichever separator it takes; an apostrophe first keeps a cell text."""
    found = []
    for separators in (",", ";", "\t", "|", ";\t|\r\n"):
        for cell in re.split(f"[{re.escape(separators)}]", text):
            dressed = cell.lstrip('"').startswith("'")
            found += [cell] if not dressed and cell.lstrip(DROPPED).startswith(LIVE) else []
    return found


@pytest.mark.parametrize(("before", "formula"), list(itertools.product(BEFORE, FORMULAS)))
def test_no_formula_is_live_in_any_program(before, formula):
    frame = pd.DataFrame({"term": pd.Series([before + formula], dtype="str"), "n": [1]})
    (row,) = list(csv.reader(io.StringIO(write_sheet(frame, {}).decode("utf-8-sig"))))[1:]
    assert not live_cells(row[0])


def test_planted_live_cells_are_seen():
    assert all(live_cells(before + "=1") for before in BEFORE)
    assert live_cells("\uff1d1")
    assert not live_cells("'=1")


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


def test_facts_are_inert_too():
    sheet = write_sheet(pd.DataFrame({"a": [1]}), {"study": "x;=1+1\n=2"}).decode("utf-8-sig")
    assert not live_cells(next(csv.reader(io.StringIO(sheet)))[0])


def test_every_download_of_the_dashboard_goes_through_the_one_that_is_inert(monkeypatch):
    callers = [s.path for s in program("dashboard") if "st.download_button" in s.text]
    assert callers == ["dashboard/parts/table.py"]
    kept = {}
    monkeypatch.setattr(table.st, "download_button", lambda label, **options: kept.update(options))

    look = MagicMock()
    look.study.code, look.as_of, look.head = "=S", AsOf(date(2026, 3, 1)), Head(1234, "0123456789abcdef" * 4)
    table.offer_download(look, "events", pd.DataFrame({"term": pd.Series(["=1+1"], dtype="str")}), filters="grade 3")
    said = kept["data"]().decode("utf-8-sig")
    assert "# cut-off: " in said and "2026-03-01" in said
    assert "# filters: grade 3" in said
    assert "1,234 · 0123456789ab" in said
    assert "'=1+1" in said
    assert "Jane" not in kept["file_name"]


def test_a_study_on_disk_says_its_cut_off_filters_and_head(dataset, tmp_path):
    with reading(open_engine(dataset("hostile"))) as session:
        as_of = cut_off(session, 1, AsOf(date(2026, 9, 1), "Asia/Shanghai"))
        manifest = write_study(session, as_of, 1, tmp_path / "out")
    assert manifest == json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["cut_off"]["day"] == "2026-09-01"
    assert manifest["filters"] == "none"
    assert re.fullmatch(r"\d[\d,]* · [0-9a-f]{12}", manifest["audit_chain_head"]["shown_as"])
    for name, about in manifest["files"].items():
        rows = list(csv.reader((tmp_path / "out" / name).open(encoding="utf-8", newline="")))
        assert len(rows) == about["rows"] + 1
        texts = [cell for row in rows for cell in row if not re.fullmatch(r"-?[\d.e+-]*", cell)]
        assert not [cell for cell in texts if live_cells(cell)]
