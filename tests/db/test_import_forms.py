"""The forms in which the same export arrives: encodings, delimiters, line ends, letter case, markers of missing values."""

import csv

import pytest

from db.importers.delimited import read_delimited
from db.importers.findings import Findings
from db.importers.reading import read_export
from db.importers.sources import Source, Upload
from tests.db.sdtm_export import CSV_COPY, needs_pilot, small_export, to_csv, write_export


@pytest.fixture
def plain(tmp_path):
    """The digest of the small export in its plain form."""
    return read_export([write_export(tmp_path / "plain")]).digest


def lower_names(rows):
    return [{f" {name.lower()} ": value for name, value in row.items()} for row in rows]


def through_numbers(rows):
    """Sequence numbers and amounts as they come out of a program that keeps all numbers as decimals."""
    return [
        {name: f"{value}.0" if name.endswith(("SEQ", "STRESN", "IDVARVAL")) and value else value for name, value in row.items()}
        for row in rows
    ]


def with_blank_rows(rows):
    blank = dict.fromkeys(rows[0], "")
    return [*rows[:1], blank, *rows[1:], blank, blank]


FORMS = {
    "byte-order mark": lambda rows: b"\xef\xbb\xbf" + to_csv(rows).encode(),
    "UTF-16": lambda rows: to_csv(rows).encode("utf-16"),
    "semicolons": lambda rows: to_csv(rows, delimiter=";").encode(),
    "tabs": lambda rows: to_csv(rows, delimiter="\t").encode(),
    "CRLF": lambda rows: to_csv(rows, newline="\r\n").encode(),
    "everything quoted": lambda rows: to_csv(rows, quoting=csv.QUOTE_ALL).encode(),
    "lower-case names": lambda rows: to_csv(lower_names(rows)).encode(),
    "numbers as decimals": lambda rows: to_csv(through_numbers(rows)).encode(),
    "blank rows": lambda rows: to_csv(with_blank_rows(rows)).encode(),
    "empty lines": lambda rows: to_csv(rows).replace("\n", "\n\n").encode(),
    "no DOMAIN column": lambda rows: to_csv([{k: v for k, v in row.items() if k != "DOMAIN"} for row in rows]).encode(),
    "a column more": lambda rows: to_csv([row | {"XYZ": "1"} for row in rows]).encode(),
    "a delimiter at the end": lambda rows: to_csv(rows).replace("\n", ",\n").encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_form_does_not_change_what_is_read(form, plain):
    export = read_export([Upload(f"{i}.csv", FORMS[form](rows)) for i, rows in enumerate(small_export().values())])
    assert export.digest == plain
    assert {record.subject for record in export.of("DM")} == {"0012", "0013", "0014", "0015"}


def test_blank_rows_are_reported_and_do_not_shift_row_numbers(tmp_path):
    export = read_export([Upload("x.csv", FORMS["blank rows"](rows)) for rows in small_export().values()])
    assert [record.row for record in export.of("EX")] == [1, 3, 4, 5]
    assert export.findings.count()["blank rows"] == 6


def test_line_breaks_quotation_marks_and_foreign_letters_stay_inside_their_cell(tmp_path):
    tables = small_export()
    tables["ae"][0]["AETERM"] = 'pain "stabbing", left\nand right; 头痛'
    export = read_export([write_export(tmp_path, tables)])
    assert export.of("AE")[0].text("AETERM") == 'pain "stabbing", left\nand right; 头痛'
    assert [record.row for record in export.of("AE")] == [1, 2, 3, 4, 5]


def test_another_encoding_is_read_and_noted(tmp_path):
    folder = write_export(tmp_path)
    tables = small_export()
    tables["ae"][0]["AETERM"] = "Übelkeit"
    (folder / "ae.csv").write_bytes(to_csv(tables["ae"]).encode("cp1252"))
    export = read_export([folder])
    assert export.of("AE")[0].text("AETERM") == "Übelkeit"
    assert [(issue.file, issue.done) for issue in export.findings.issues] == [("ae.csv", "read as cp1252")]


def test_a_decimal_comma_belongs_to_the_semicolon(tmp_path):
    tables = small_export()
    tables["lb"][0]["LBSTRESN"] = "140,5"
    german = read_export([Upload(f"{name}.csv", to_csv(rows, delimiter=";").encode()) for name, rows in tables.items()])
    assert german.of("LB")[0].number("LBSTRESN") == 140.5
    english = read_export([write_export(tmp_path, tables)])
    assert english.of("LB")[0].number("LBSTRESN") is None
    assert english.findings.count() == {"not a number": 1}


def read(text):
    """Columns of one delimited text."""
    table = read_delimited(Source("x.csv", text.encode(), named=True), Findings())
    return table.columns


def test_a_bare_na_is_missing_where_text_is_quoted():
    assert read('"AETERM","AESEQ"\n"NA",NA\nNA,2\n"a, NA,b",3\n') == {"AETERM": ["NA", "", "a, NA,b"], "AESEQ": ["", "2", "3"]}


def test_a_bare_na_is_missing_where_all_other_text_is_quoted():
    assert read('"AETERM","AEACN"\n"NA",NA\nNA,"x"\n') == {"AETERM": ["NA", ""], "AEACN": ["", "x"]}


def test_a_bare_na_is_missing_where_a_number_or_date_has_it():
    assert read('AETERM,AESEQ\nNA,NA\n"NA",2\n') == {"AETERM": ["", "NA"], "AESEQ": ["", "2"]}


def test_elsewhere_na_is_text():
    assert read("LBTESTCD,LBSEQ\nNA,1\nK,2\n") == {"LBTESTCD": ["NA", "K"], "LBSEQ": ["1", "2"]}


def test_words_that_other_readers_take_for_missing_are_text():
    assert read("USUBJID,AETERM\n0012,null\n0013,None\n0014,nan\n0015,N/A\n")["AETERM"] == ["null", "None", "nan", "N/A"]


@needs_pilot
def test_the_pilots_missing_values_are_missing():
    export = read_export([CSV_COPY])
    event = export.of("AE")[0]
    assert event.date("AEENDTC") is None
    assert event.text("AEACN") is None
    assert not [record for rows in export.records.values() for record in rows if "NA" in record.values]


def test_date_and_time_keep_their_day(tmp_path):
    tables = small_export()
    tables["ds"][1]["DSDTC"] = "2025-04-02T11:45"
    export = read_export([write_export(tmp_path, tables)])
    collected = export.of("DS")[1].date("DSDTC")
    assert (collected.precision, collected.day.isoformat()) == ("minute", "2025-04-02")


def test_a_word_that_is_no_number_or_flag_is_reported_by_its_place(tmp_path):
    tables = small_export()
    tables["ex"][2]["EXDOSE"] = "five"
    tables["ae"][3]["AESER"] = "maybe"
    export = read_export([write_export(tmp_path, tables)])
    found = {(issue.kind, issue.file, issue.row, issue.column, issue.subject) for issue in export.findings.issues}
    assert found == {("not a number", "ex.csv", 3, "EXDOSE", "0013"), ("not yes or no", "ae.csv", 4, "AESER", "0014")}


def test_columns_that_matter_but_are_absent_are_reported(tmp_path):
    tables = small_export()
    for row in tables["ae"]:
        del row["AESER"]
    export = read_export([write_export(tmp_path, tables)])
    assert [(issue.kind, issue.file, issue.column) for issue in export.findings.issues] == [("column absent", "ae.csv", "AESER")]


def test_the_same_dataset_given_twice_is_read_once(tmp_path):
    folder = write_export(tmp_path)
    (folder / "copy_of_ae.csv").write_bytes((folder / "ae.csv").read_bytes())
    export = read_export([folder])
    assert len(export.of("AE")) == 5
    assert export.findings.unused == [("copy_of_ae.csv", "has the same content as ae.csv")]
