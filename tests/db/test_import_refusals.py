"""Bad input: refused as a whole, with every fault named by file, row and column, and a database that stays as it was."""

import io
import struct
import zipfile

import pandas as pd
import pyreadstat
import pytest

from db.commands.import_study import import_study
from db.engine import embedded_url, open_engine
from db.importers.reading import read_export
from db.importers.sources import Limits, Upload
from db.importers.xpt import CHILD, XptFault, count_rows
from tests.db.sdtm_export import MANAGER, XPT_COPY, needs_pilot, small_export, to_csv, write_export, zip_folder
from tests.db.test_import_small import dump
from trial.errors import FaultyInput


def refused(*inputs, **options):
    """The faults for which an import of ``inputs`` is refused, as text."""
    with pytest.raises(FaultyInput) as caught:
        read_export(list(inputs), **options)
    return [str(fault) for fault in caught.value.faults]


def spoil(tmp_path, change):
    """The small export after ``change``, as a folder."""
    tables = small_export()
    change(tables)
    return write_export(tmp_path / "export", tables)


def drop(tables, file, column):
    for row in tables[file]:
        del row[column]


def write_xpt(path, rows, **options):
    """Rows as a transport file."""
    frame = pd.DataFrame(rows)
    for name in frame:
        if name.endswith(("SEQ", "DOSE")):
            frame[name] = frame[name].astype(float)
    pyreadstat.write_xport(frame, str(path), file_format_version=5, table_name=path.stem.upper()[:8], **options)
    return path


CASES = {
    "impossible date": (
        lambda t: t["ae"][2].update(AESTDTC="2013-02-30"),
        ["ae.csv, row 3, column AESTDTC: 2013-02-30 is not a possible date."],
    ),
    "date in another form": (
        lambda t: t["ex"][0].update(EXSTDTC="01/02/2025"),
        ["ex.csv, row 1, column EXSTDTC: 01/02/2025 is not an ISO 8601 date"],
    ),
    "missing column": (lambda t: drop(t, "ae", "AETERM"), ["ae.csv, column AETERM: lacks a required column."]),
    "missing key column": (lambda t: drop(t, "ae", "USUBJID"), ["ae.csv, column USUBJID: lacks a required column."]),
    "subject twice": (
        lambda t: t["dm"].append(dict(t["dm"][0])),
        ["dm.csv, row 5, column USUBJID: has the key USUBJID of row 1 in dm.csv."],
    ),
    "event twice": (
        lambda t: t["ae"][1].update(AESEQ="1.0"),
        ["ae.csv, row 2, column AESEQ: has the key USUBJID + AESEQ of row 1 in ae.csv."],
    ),
    "unknown subject": (
        lambda t: t["ae"][4].update(USUBJID="9999"),
        ["ae.csv, row 5, column USUBJID: names a subject who is not in DM."],
    ),
    "no subject named": (lambda t: t["ex"][1].update(USUBJID=""), ["ex.csv, row 2, column USUBJID: is blank."]),
    "no subject named at all": (lambda t: t["lb"][0].update(USUBJID=""), ["lb.csv, row 1, column USUBJID: is blank."]),
    "two studies": (
        lambda t: [row.update(STUDYID="S2") for row in t["ex"]],
        ["import, column STUDYID: holds 2 studies (first met in ae.csv, ex.csv)."],
    ),
    "no demographics": (lambda t: t.pop("dm"), ["import: has no DM dataset (demographics), so it has no subjects."]),
    "mixed domains": (lambda t: t["ex"][0].update(DOMAIN="EC"), ["ex.csv, column DOMAIN: mixes the domains EC, EX."]),
    "everything at once": (
        lambda t: (t["ae"][2].update(AESTDTC="2013-02-30"), t["dm"].append(dict(t["dm"][0])), drop(t, "ds", "DSDECOD")),
        [
            "ae.csv, row 3, column AESTDTC: 2013-02-30 is not a possible date.",
            "dm.csv, row 5, column USUBJID: has the key",
            "ds.csv, column DSDECOD: lacks a required column.",
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_fault_is_named_by_its_place(case, tmp_path):
    change, expected = CASES[case]
    found = refused(spoil(tmp_path, change))
    assert len(found) == len(expected), found
    for fault, beginning in zip(sorted(found), sorted(expected), strict=True):
        assert fault.startswith(beginning), fault


def test_many_faults_of_a_kind_are_counted_not_listed(tmp_path):
    def change(tables):
        tables["lb"] = [tables["lb"][0] | {"LBSEQ": str(i), "LBDTC": "2025-02-30"} for i in range(40)]

    found = refused(spoil(tmp_path, change))
    assert len(found) == 5
    assert "and 35 more like it" in found[-1]


def test_a_refused_import_leaves_the_database_as_it_was(tmp_path):
    engine = open_engine(embedded_url(tmp_path / "record.db"))
    import_study(engine, MANAGER, paths=[write_export(tmp_path / "good")], study_code="GOOD")
    before = dump(engine)
    for number, (change, _) in enumerate(CASES.values()):
        with pytest.raises(FaultyInput):
            import_study(engine, MANAGER, paths=[spoil(tmp_path / str(number), change)], study_code="BAD")
    assert dump(engine) == before


def test_a_refused_import_creates_no_database(tmp_path):
    with pytest.raises(FaultyInput):
        import_study(open_engine(embedded_url(tmp_path / "record.db")), MANAGER, paths=[tmp_path / "nothing"], study_code="BAD")
    assert not (tmp_path / "record.db").exists()


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("ae.csv", b"", "is empty"),
        ("ae.csv", b"\n \n", "is empty"),
        ("ae.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "is not a text file"),
        ("ae.csv", b"colour,size\nred,3\n", "is no SDTM dataset"),
        ("ae.csv", b'STUDYID,DOMAIN,USUBJID\nS1,AE,"0012\n', "a quotation mark is not closed"),
        ("ae.csv", b"STUDYID,DOMAIN,USUBJID,AESEQ,AETERM,AESTDTC\nS1,AE,0012,9,x,2025-02-01\nS1,AE,00", "row 2: has 3 cells instead of 6"),
        ("ae.csv", b"STUDYID,DOMAIN,USUBJID,AESEQ,AETERM,AESTDTC,AETERM\nS1,AE,0012,9,x,2025-02-01,y\n", "names column AETERM twice"),
        ("ae.xpt", b"not a transport file", "is no SAS transport file"),
        ("ae.xpt", b"HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!" + b" " * 32, "another version than 5"),
        ("ae.xpt", b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!" + b" " * 32, "holds 0 datasets"),
        ("ae.zip", b"PK\x03\x04garbage", "is a damaged or truncated zip"),
    ],
)
def test_a_wrong_file_is_refused_by_name(name, content, what, tmp_path):
    tables = small_export()
    tables.pop("ae")
    found = refused(write_export(tmp_path / "export", tables), Upload(name, content))
    assert len(found) == 1
    assert found[0].startswith(name)
    assert what in found[0]


def test_files_of_the_same_name_are_told_apart(tmp_path):
    tables = small_export()
    for name in ("one", "two"):
        part = dict(tables, ae=tables["ae"][:3] if name == "one" else tables["ae"][3:])
        write_export(tmp_path / name, part)
    inputs = [tmp_path / "one", tmp_path / "two" / "ae.csv"]
    export = read_export(inputs)
    assert len(export.of("AE")) == 5
    assert {"ae.csv", "ae.csv (2)"} <= set(export.files)
    assert export.digest == read_export([write_export(tmp_path / "whole")]).digest


def test_what_merely_lies_beside_the_datasets_is_left_aside_and_listed(tmp_path):
    folder = write_export(tmp_path / "export")
    (folder / "define.xml").write_text("<x/>")
    (folder / "notes.csv").write_text("colour,size\nred,3\n")
    (folder / "README.txt").write_text('an "odd note\n')
    (folder / "suppdm.csv").write_text("STUDYID,RDOMAIN,USUBJID,IDVAR,IDVARVAL,QNAM,QVAL\nS1,DM,0012,,,RACE1,X\n")
    (folder / "adsl.csv").write_text("STUDYID,USUBJID,ARM,TRTSDT,RFSTDTC\nS1,0012,Arm A,2025-02-01,2025-02-01\n")
    (folder / ".hidden.csv").write_text("anything")
    unused = dict(read_export([folder]).findings.unused)
    assert unused == {
        "define.xml": "is no XPT, CSV or zip file",
        "notes.csv": "is no SDTM dataset",
        "README.txt": "is no SDTM dataset",
        "suppdm.csv": "is the dataset SUPPDM, which is not read",
        "adsl.csv": "is no SDTM dataset",
    }


class TestTransportFiles:
    @pytest.fixture
    def events(self, tmp_path):
        return write_xpt(tmp_path / "ae.xpt", small_export()["ae"])

    @pytest.fixture
    def rest(self, tmp_path):
        tables = small_export()
        tables.pop("ae")
        return write_export(tmp_path / "rest", tables)

    def test_a_whole_one_is_read(self, events, rest):
        export = read_export([events, rest])
        assert [record.text("AESEQ") for record in export.of("AE")] == ["1", "2", "1", "1", "2"]
        assert export.digest == read_export([write_export(rest.parent / "as_csv")]).digest

    def test_one_that_ends_exactly_after_its_headers_is_an_empty_dataset_and_reported(self, events, rest):
        whole = events.read_bytes()
        headers = whole[: whole.index(b"HEADER RECORD*******OBS") + 80]
        export = read_export([rest, Upload("ae.xpt", headers)])
        assert [(issue.kind, issue.file) for issue in export.findings.issues if issue.kind == "no rows"] == [("no rows", "ae.xpt")]

    @pytest.mark.parametrize("cut", [1, 80, 160, 500, 720, 1500])
    def test_a_truncated_one_is_refused(self, events, rest, cut):
        whole = events.read_bytes()
        found = refused(rest, Upload("ae.xpt", whole[:-cut]))
        assert len(found) == 1
        assert "ae.xpt: is truncated" in found[0]

    def test_one_that_ends_in_its_headers_is_refused(self, events, rest):
        whole = events.read_bytes()
        for length in range(80, whole.index(b"HEADER RECORD*******OBS") + 1, 80):
            assert "ae.xpt" in refused(rest, Upload("ae.xpt", whole[:length]))[0]

    def test_two_datasets_in_one_file_are_refused(self, events, rest):
        whole = events.read_bytes()
        member = whole[whole.index(b"HEADER RECORD*******MEMBER") :]
        assert "holds 2 datasets instead of one" in refused(rest, Upload("ae.xpt", whole + member))[0]

    def test_a_crash_of_the_reader_ends_only_the_file_that_caused_it(self, events, rest, tmp_path, monkeypatch):
        child = tmp_path / "child.py"
        child.write_text(
            "import sys, runpy, os, pathlib\n"
            "first = sys.argv[2]\n"
            "if b'CRASH' in pathlib.Path(sys.argv[1], first + '.xpt').read_bytes(): os.abort()\n"
            f"runpy.run_path({str(CHILD)!r}, run_name='__main__')\n"
        )
        monkeypatch.setattr("db.importers.xpt.CHILD", child)
        whole = events.read_bytes()
        bad = Upload("bad.xpt", whole.replace(b"SEPSIS", b"CRASH "))
        found = refused(rest, bad, Upload("ae.xpt", whole))
        assert found == ["bad.xpt: could not be read: crashed the reader: it is damaged. Export it again as XPT v5, or as CSV."]

    def test_text_in_windows_1252_is_read_and_noted(self, rest, tmp_path):
        whole = write_xpt(tmp_path / "ae.xpt", small_export()["ae"]).read_bytes()
        export = read_export([rest, Upload("ae.xpt", whole.replace(b"sepsis", b"s\x92psis"))])
        assert export.of("AE")[3].text("AETERM") == "s’psis"
        assert export.findings.count()["encoding"] == 1

    def test_damaged_bytes_never_end_in_anything_but_a_fault_or_a_reading(self, events, rest):
        whole = bytearray(events.read_bytes())
        for place in range(0, 1200, 37):
            damaged = bytearray(whole)
            damaged[place] ^= 0xFF
            try:
                count_rows(bytes(damaged))
            except XptFault:
                continue

    @needs_pilot
    def test_the_last_row_of_a_text_only_dataset_is_not_lost(self):
        assert count_rows((XPT_COPY / "suppds.xpt").read_bytes()) == 3


class TestArchives:
    def make(self, *members, compression=zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", compression) as archive:
            for name, content in members:
                archive.writestr(name, content)
        return out.getvalue()

    @pytest.mark.parametrize("name", ["../ae.csv", "/etc/ae.csv", "a/../../ae.csv", "..\\ae.csv", "C:\\ae.csv", "C:ae.csv"])
    def test_names_that_lead_outside_are_refused(self, name):
        found = refused(Upload("x.zip", self.make((name, "A,B\n1,2\n"))))
        assert found == ["x.zip: holds a member whose name leads outside the archive. Do not use this file; ask its sender."]

    def test_a_zip_bomb_is_refused_before_it_expands(self):
        bomb = self.make(("ae.csv", b"0" * (64 << 20)))
        assert len(bomb) < 100_000
        assert "expands more than 200 times, like a zip bomb" in refused(Upload("x.zip", bomb))[0]

    def test_a_zip_that_lies_about_its_size_is_refused(self):
        bomb = bytearray(self.make(("ae.csv", b"0" * (64 << 20))))
        for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
            at = bomb.index(signature) + offset
            bomb[at : at + 4] = struct.pack("<I", 1000)
        assert "x.zip/ae.csv" in refused(Upload("x.zip", bytes(bomb)))[0]

    def test_zips_in_zips_have_an_end(self):
        inner = self.make(("ae.csv", "A,B\n1,2\n"))
        for _ in range(3):
            inner = self.make(("inner.zip", inner))
        assert "nested more than 2 deep" in refused(Upload("x.zip", inner))[0]

    def test_a_zip_in_a_zip_is_read(self, tmp_path):
        folder = write_export(tmp_path / "export")
        (folder / "ae.zip").write_bytes(self.make(("ae.csv", (folder / "ae.csv").read_bytes())))
        (folder / "ae.csv").unlink()
        export = read_export([zip_folder(folder, tmp_path / "x.zip")])
        assert "x.zip/export/ae.zip/ae.csv" in export.files

    @pytest.mark.parametrize(
        ("limits", "what"),
        [(Limits(total_bytes=1000), "makes the import larger"), (Limits(files=3), "is more than file number 3")],
    )
    def test_size_and_number_of_files_are_limited(self, limits, what, tmp_path):
        folder = write_export(tmp_path / "export")
        for paths in ([folder], [zip_folder(folder, tmp_path / "x.zip")]):
            found = refused(*paths, limits=limits)
            assert sum(what in fault for fault in found) == 1

    def test_an_encrypted_member_is_refused(self):
        locked = bytearray(self.make(("ae.csv", "A,B\n1,2\n"), compression=zipfile.ZIP_STORED))
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            locked[locked.index(signature) + offset] |= 1
        assert "is encrypted" in refused(Upload("x.zip", bytes(locked)))[0]

    def test_a_damaged_member_is_refused(self):
        damaged = self.make(("ae.csv", to_csv(small_export()["ae"])), compression=zipfile.ZIP_STORED).replace(b"HEADACHE", b"HEADACHS")
        assert "x.zip/ae.csv: is damaged inside its zip" in refused(Upload("x.zip", damaged))[0]

    def test_a_workbook_is_no_zip_of_datasets(self):
        book = self.make(("[Content_Types].xml", "<x/>"), ("xl/sheet.xml", "<x/>"))
        assert "is an office document, not an SDTM dataset" in refused(Upload("ae.xlsx", book))[0]
