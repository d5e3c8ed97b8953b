"""The import in a process of its own: the same result, the same faults; ended at any moment, the record is as it was."""

import os
import signal
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from db.audit import Actor
from db.commands.import_study import import_study
from db.engine import embedded_url, open_engine
from db.importers import confined
from db.importers.confined import FOLDER, ConfinedImport, Confinement, import_confined, order_import
from db.importers.sources import Upload
from tests.blank import open_blank
from tests.db.sdtm_export import MANAGER, small_export, to_csv, write_export
from tests.db.test_import_small import dump
from tests.exports import write_export as write_large
from trial.errors import FaultyInput

UPLOADS = [Upload(f"{name}.csv", to_csv(rows).encode()) for name, rows in small_export().items()]


def left_behind():
    return list(Path(tempfile.gettempdir()).glob(f"{FOLDER}{os.getpid()}-*"))


@pytest.fixture
def engine(tmp_path):
    found = open_blank(tmp_path / "record.db")
    yield found
    found.dispose()


def test_it_does_what_the_import_does(engine, tmp_path):
    told = []
    here = open_blank(tmp_path / "here.db")
    expected = import_study(here, MANAGER, paths=[write_export(tmp_path / "export")], study_code="SMALL")
    report = import_confined(engine, MANAGER, paths=[tmp_path / "export"], study_code="SMALL", progress=lambda *said: told.append(said))
    assert (report.rows, report.issues, report.batch, report.unused) == (expected.rows, expected.issues, expected.batch, expected.unused)
    assert dump(engine) == dump(here)
    assert told
    assert not left_behind()


def test_uploads_come_through_and_the_same_again_changes_nothing(engine):
    assert not import_confined(engine, MANAGER, paths=UPLOADS, study_code="SMALL").unchanged
    before = dump(engine)
    assert import_confined(engine, MANAGER, paths=UPLOADS, study_code="SMALL").unchanged
    assert dump(engine) == before


def test_faults_come_back_by_place_and_a_role_is_refused_before_anything_starts(engine, monkeypatch):
    tables = small_export()
    tables["ae"][2]["AESTDTC"] = "2013-02-30"
    before = dump(engine)
    with pytest.raises(FaultyInput) as caught:
        import_confined(engine, MANAGER, paths=[Upload(f"{n}.csv", to_csv(rows).encode()) for n, rows in tables.items()], study_code="S")
    assert [str(fault.where) for fault in caught.value.faults] == ["ae.csv, row 3, column AESTDTC"]
    monkeypatch.setattr(confined, "ConfinedImport", None)
    with pytest.raises(FaultyInput, match="not open to the role viewer"):
        import_confined(engine, Actor("V", "viewer", MANAGER.at), paths=UPLOADS, study_code="S")
    with pytest.raises(FaultyInput, match="is larger than 0 MB"):
        order_import(engine, MANAGER, UPLOADS, "S", confinement=Confinement(upload_bytes=10))
    assert dump(engine) == before


@pytest.mark.parametrize(
    ("confinement", "what"),
    [
        (Confinement(wall_seconds=1), "took longer than 1 seconds"),
        (Confinement(cpu_seconds=2), "needed more than 2 seconds of processor time"),
        (Confinement(memory_bytes=400 << 20), "memory"),
    ],
)
def test_each_limit_ends_it_and_is_named(engine, tmp_path, confinement, what):
    files = write_large(tmp_path / "large", subjects=1_500, events=60)
    before = dump(engine)
    with pytest.raises(FaultyInput, match=what):
        import_confined(engine, MANAGER, paths=files, study_code="LARGE", confinement=confinement)
    assert dump(engine) == before
    assert not left_behind()


@pytest.mark.parametrize("end", ["cancel", "kill"])
def test_ended_while_it_records_it_leaves_the_record_as_it_was(engine, tmp_path, end):
    files = write_large(tmp_path / "large", subjects=300, events=20)
    before = dump(engine)
    job = ConfinedImport(order_import(engine, MANAGER, files, "LARGE"))
    assert Path(job._folder).stat().st_mode & 0o777 == 0o700
    until = time.monotonic() + 60
    while not job.progress[2].startswith("recording") and job.running and time.monotonic() < until:
        time.sleep(0.01)
    assert job.running
    if end == "cancel":
        job.cancel()
    else:
        os.killpg(job._child.pid, signal.SIGKILL)
    with pytest.raises(FaultyInput, match="was cancelled" if end == "cancel" else "crashed the process"):
        job.result()
    assert dump(engine) == before
    assert not left_behind()


def test_only_so_many_run_at_once(engine, monkeypatch):
    monkeypatch.setattr(confined, "MOST_AT_ONCE", 1)
    job = ConfinedImport(order_import(engine, MANAGER, UPLOADS, "ONE"))
    with pytest.raises(FaultyInput, match="another import is running"):
        ConfinedImport(order_import(engine, MANAGER, UPLOADS, "TWO"))
    assert job.result().study == "ONE"


def test_what_a_dead_process_left_behind_is_removed(engine, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    stale = tmp_path / f"{FOLDER}999999999-x"
    stale.mkdir()
    confined._remove_left_behind()
    assert not stale.exists()


def test_nonsense_from_the_child_is_not_believed(engine, monkeypatch, tmp_path):
    """Whatever comes over the pipe is data: no line of it is run, and a line that is no report makes no report."""
    child = tmp_path / "child.py"
    child.write_text("import sys; sys.stdin.readline(); print('cos\\nsystem\\n(S\"touch x\"\\ntR.'); print('[1, 2]')")
    start = confined.subprocess.Popen
    monkeypatch.setattr(confined.subprocess, "Popen", lambda command, **options: start([command[0], str(child)], **options))
    with pytest.raises(FaultyInput, match="crashed the process"):
        ConfinedImport(order_import(engine, MANAGER, UPLOADS, "S")).result()


def test_the_time_of_entry_goes_with_it(engine):
    tables = small_export()
    for row in tables["ae"]:
        row["ENTERED"] = "2025-04-10T09:00:00+08:00"
    uploads = [Upload(f"{name}.csv", to_csv(rows).encode()) for name, rows in tables.items()]
    import_confined(engine, MANAGER, paths=uploads, study_code="S", entry_time="entered")
    rows = dump(engine)[0]["adverse_event"]
    assert {row.known_from for row in rows} == {datetime(2025, 4, 10, 1, tzinfo=UTC)}
    assert date(2025, 4, 10) in dump(engine)[0]["study"][0]


def test_an_engine_in_memory_is_not_meant(tmp_path):
    order = order_import(open_engine(embedded_url(tmp_path / "new.db")), MANAGER, UPLOADS, "S")
    assert order.url.endswith("new.db")
