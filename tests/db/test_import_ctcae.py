"""Loading the term table of CTCAE: all or nothing, once, with every fault named."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db.audit import Actor
from db.commands.import_ctcae import import_ctcae
from db.engine import embedded_url, open_engine, reading
from db.history import table_of
from db.models import CtcaeTerm
from db.verification import verify
from trial.errors import FaultyInput

REFERENCE = Path(__file__).parents[3] / "shared" / "reference"
MANAGER = Actor("A. Manager", "data manager", datetime(2026, 3, 1, tzinfo=UTC))
GRADES = [f"Grade {grade}" for grade in range(1, 6)]


@pytest.fixture
def engine(tmp_path):
    return open_engine(embedded_url(tmp_path / "a.db"))


def table(tmp_path, *rows, headings=("CTCAE Term", "MedDRA SOC", *GRADES), name="terms_v5.csv"):
    path = tmp_path / name
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def held(engine):
    terms = table_of(CtcaeTerm)
    with reading(engine) as session:
        return session.connection().execute(select(terms).order_by(terms.c.id)).mappings().all()


def test_a_table_is_loaded_once_and_a_dash_is_a_grade_not_offered(engine, tmp_path):
    path = table(tmp_path, ("Sneezing", "Respiratory", "a little", "much", "-", "", "\u2014"))
    assert import_ctcae(engine, MANAGER, path).unchanged is False
    assert import_ctcae(engine, MANAGER, path).unchanged is True
    (row,) = held(engine)
    assert (row["version"], row["term"], row["grade_2"]) == ("5.0", "Sneezing", "much")
    assert [row[f"grade_{grade}"] for grade in (3, 4, 5)] == [None] * 3
    assert verify(engine).faults == ()


def test_another_table_under_the_same_version_is_refused(engine, tmp_path):
    import_ctcae(engine, MANAGER, table(tmp_path, ("Sneezing", "R", "a", "", "", "", "")))
    with pytest.raises(FaultyInput, match=r"keep their meaning"):
        import_ctcae(engine, MANAGER, table(tmp_path, ("Sneezing", "R", "other words", "", "", "", "")))
    assert held(engine)[0]["grade_1"] == "a"


def test_every_fault_of_a_table_is_named_and_nothing_is_loaded(engine, tmp_path):
    rows = [
        ("Sneezing", "R", "a", "", "", "", ""),
        ("", "R", "a", "", "", "", ""),
        ("Sneezing", "R", "b", "", "", "", ""),
        ("X", "R", *[""] * 5),
    ]
    with pytest.raises(FaultyInput) as refused:
        import_ctcae(engine, MANAGER, table(tmp_path, *rows))
    assert [fault.where for fault in refused.value.faults] == [f"terms_v5.csv, row {row}" for row in (3, 4, 5)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"a\x00b", "not text"),
        (b"", "has no column term"),
        (b"term,soc\nx,y\n", "has no column grade 1"),
    ],
)
def test_what_is_no_table_of_terms_is_refused(engine, tmp_path, content, words):
    path = tmp_path / "v5.csv"
    path.write_bytes(content)
    with pytest.raises(FaultyInput, match=words):
        import_ctcae(engine, MANAGER, path)


def test_the_version_must_be_known_and_the_role_may_import(engine, tmp_path):
    path = table(tmp_path, ("Sneezing", "R", "a", "", "", "", ""), name="terms.csv")
    with pytest.raises(FaultyInput, match="which version"):
        import_ctcae(engine, MANAGER, path)
    assert import_ctcae(engine, MANAGER, path, version="6.0").version == "6.0"
    with pytest.raises(FaultyInput, match="not open to the role viewer"):
        import_ctcae(engine, Actor("V", "viewer", MANAGER.at), path, version="6.0")


@pytest.mark.parametrize(("name", "version", "terms"), [("ctcae_v5.csv", "5.0", 837), ("ctcae_v6.csv", "6.0", 850)])
def test_the_official_tables_are_loaded_whole(engine, name, version, terms):
    if not (REFERENCE / name).exists():
        pytest.skip(f"{name} is kept outside this repository and is not here")
    report = import_ctcae(engine, MANAGER, REFERENCE / name)
    assert (report.version, report.terms, report.categories) == (version, terms, 26)
    with reading(engine) as session:
        headache = select(table_of(CtcaeTerm)).where(func.lower(table_of(CtcaeTerm).c.term) == "headache")
        row = session.connection().execute(headache).mappings().one()
    assert row["grade_3"] and row["grade_4"] is None and row["grade_5"] is None
