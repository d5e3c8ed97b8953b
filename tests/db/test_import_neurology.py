"""Neurological examinations from an export: the domain NV with totals, grade and whole worksheets."""

import pytest

from db.commands.import_study import import_study
from db.engine import embedded_url, open_engine, reading
from db.queries.data_faults import data_fault_listing
from db.queries.neurology import neuro_levels, neuro_results
from tests.db.sdtm_export import small_export, write_export
from tests.db.test_import_small import LAST, MANAGER
from tests.worksheets import line


def nv(number, test, result, day, **more):
    """One row of NV of the subject 0012, who was dosed on 2025-02-01."""
    return {
        "STUDYID": "S1", "DOMAIN": "NV", "USUBJID": "0012", "NVSEQ": str(number), "NVTESTCD": test, "NVTEST": test, "NVORRES": result,
        "NVSTAT": "", "VISIT": "V", "NVDTC": day, **more
    }  # fmt: skip


ROWS = [
    nv(1, "ISNCSCI", line("T6"), "2025-01-30"),
    nv(2, "LT", "52", "2025-01-30"),
    nv(3, "AIS", "A", "2025-01-30"),
    nv(4, "ISNCSCI", line("T4"), "2025-03-01T09:00"),
    nv(5, "LT", "50", "2025-03-01T09:00"),
    nv(6, "AIS", "B", "2025-03-01"),
    nv(7, "ISNCSCI", line("T4")[:-20], "2025-03-20"),
    nv(8, "ISNCSCI", "", "2025-03-21", NVSTAT="NOT DONE"),
]


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("neurology")
    engine = open_engine(embedded_url(folder / "record.db"))
    report = import_study(engine, MANAGER, paths=[write_export(folder / "export", {**small_export(), "nv": ROWS})], study_code="SMALL")
    yield engine, report
    engine.dispose()


def test_worksheets_come_with_what_they_say(imported):
    engine, report = imported
    assert report.rows["NV"] == len(ROWS)
    with reading(engine) as session:
        levels, results = neuro_levels(session, LAST, 1), neuro_results(session, LAST, 1)
    told = levels[["day", "injury_level", "scale", "light_touch"]].to_numpy(na_value=None).tolist()
    assert told[:2] == [[-2, "T6", "A", 52], [28, "T4", "A", 44]]
    assert levels["fault"].notna().tolist() == [False, False, True, True]
    assert results[["day", "test", "value", "letter"]].to_numpy(na_value=None).tolist() == [
        [-2, "AIS", None, "A"], [-2, "LT", 52.0, "52"], [28, "AIS", None, "B"], [28, "LT", 50.0, "50"]
    ]  # fmt: skip


def test_a_worksheet_that_was_cut_off_is_kept_and_noted_once(imported):
    _, report = imported
    assert report.issues["worksheet not readable"] == 1


def test_what_contradicts_its_worksheet_is_a_data_fault(imported):
    engine, _ = imported
    with reading(engine) as session:
        listed = data_fault_listing(session, LAST, 1)
    told = listed[listed["event"] == "ISNCSCI"][["rule", "subject", "term"]].to_numpy().tolist()
    assert ["worksheet against totals", "0012", "LT 50 ≠ 44"] in told
    assert ["worksheet against grade", "0012", "AIS B ≠ A"] in told
